"""Starts the harness: reads its configuration, walls itself in where the host could not, runs.

Standard input brings one length-prefixed JSON configuration, then, once every zygote is forked, a
nonce: so no process that will hold candidate code has ever had the nonce in its memory.
"""

import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import kernel, landlock
from fxgbuild.harness.confine import Walls, confine_outer, limit_everything

Json: TypeAlias = Any


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            os._exit(70)  # the host is gone before it began
        data += part
    return data


def _message() -> Json:
    return json.loads(_read(struct.unpack("<I", _read(4))[0]))


def main() -> None:
    """Run one job."""
    config = _message()
    channel = int(config["channel"])
    os.set_inheritable(channel, False)
    kernel.set_dumpable(False)
    limit_everything()
    folders = {name: config[name] for name in ("job", "tmp", "out") if config.get(name)}
    if config["level"] != "A":
        writable = [folders[name] for name in ("tmp", "out") if name in folders]
        confine_outer([folders["job"], *config["binds"]], writable)
        kernel.set_dumpable(False)
    walls = Walls.of(config)
    nonce = [""]

    def send(frame: Json) -> None:
        data = memoryview(json.dumps({"nonce": nonce[0], **frame}).encode() + b"\n")
        while data:
            data = data[os.write(channel, data) :]

    job = json.loads((Path(folders["job"]) / "job.json").read_bytes())
    if job["kind"] == "canary":
        from fxgbuild.harness.attacks import run_canary  # noqa: PLC0415

        nonce[0] = _message()["nonce"]
        send({"frame": "canary", **run_canary(job, walls, folders["tmp"])})
        return
    from fxgbuild.harness.parent import Parent  # noqa: PLC0415  (the canary starts without it)

    terminal = tuple(int(fd) for fd in config.get("terminal", ()))
    parent = Parent(job, folders, walls, lambda frame: send({"frame": "result", **frame}), terminal)
    nonce[0] = _message()["nonce"]
    send({"frame": "hello", "landlock": landlock.abi(), "python": sys.version.split()[0]})
    parent.run(gone=0)
    send({"frame": "end"})
    os._exit(0)


main()
