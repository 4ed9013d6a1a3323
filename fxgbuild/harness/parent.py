"""The parent: two targets at a time, each a judge and a code process; reports to the host.

Owns the channel to the host, the deadlines and what the code prints. Loads no module of the
project and no file of a target, so that nothing of one target is in the memory another gets.
"""

import contextlib
import json
import os
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import judge, zygote
from fxgbuild.harness.confine import Walls
from fxgbuild.harness.subject import run_code
from fxgbuild.harness.verdict import Verdict

Json: TypeAlias = Any
Send: TypeAlias = Callable[[Json], None]

_PRINTED_BYTES = 1 << 20
_READ = 1 << 16


def load_modules(imports: list[str]) -> str:
    """Load what the code of one set of targets may import; say what cannot be."""
    for name in imports:
        try:
            __import__(name)
        except ModuleNotFoundError as error:
            return judge.missing_module(error.name or name)
        except BaseException as error:  # noqa: BLE001  (whatever a module raises)
            return f"module {name} cannot be imported: {type(error).__name__}: {error}"
    return ""


@dataclass(slots=True, eq=False)
class _Zygote:
    """The parent's side of a zygote."""

    channel: socket.socket
    users: int = 0
    told: bool = False
    fault: str | None = None  # None until it has loaded


@dataclass(slots=True, eq=False)
class _Target:
    """A target on its way to a verdict."""

    spec: Json
    zygote: _Zygote
    verdict: Verdict
    started: float = 0.0
    deadline: float = 0.0
    open: set[int] = field(default_factory=set)
    alive: set[str] = field(default_factory=set)
    line: bytes = b""
    handing: socket.socket | None = None  # to its judge
    again: bool = False  # the judge waits for another code process


class Parent:
    """Runs a job's targets and sends one frame for each."""

    def __init__(
        self,
        job: Json,
        folders: dict[str, str],
        walls: Walls,
        send: Send,
        terminal: tuple[int, ...] = (),
    ) -> None:
        self._send = send
        self._terminal = terminal  # of a person who debugs, for the code process alone
        self._folders = folders
        self._jobs = max(1, int(job.get("jobs", 2)))
        self._selector = selectors.DefaultSelector()
        self._judges = self._zygote(judge.load_judge, lambda s, fds: judge.run_judge(walls, s, fds))
        self._zygotes: dict[tuple[str, ...], _Zygote] = {}
        self._running: dict[str, _Target] = {}
        self._waiting = [
            self._target(index, spec, str(job["kind"]), walls)
            for index, spec in enumerate(job["targets"])
        ]

    def _zygote(self, load: zygote.Load, child: zygote.Child) -> _Zygote:
        made = _Zygote(zygote.start(load, child))
        self._selector.register(made.channel, selectors.EVENT_READ, lambda: self._hear(made))
        return made

    def _target(self, index: int, spec: Json, kind: str, walls: Walls) -> _Target:
        imports = tuple(sorted(set(spec.get("imports", ()))))
        if imports not in self._zygotes:
            self._zygotes[imports] = self._zygote(
                lambda: load_modules(list(imports)), lambda s, fds: run_code(walls, s, fds)
            )
        root = Path(self._folders["job"]) / spec["dir"]
        tmp = Path(self._folders["tmp"])
        paths = {
            "kind": kind,
            "root": str(root),
            "out": self._folders.get("out", ""),
            "tmp": str(tmp / f"j{index}"),
            "code": str(root / "code"),
            "code_tmp": str(tmp / f"c{index}"),
        }
        self._zygotes[imports].users += 1
        return _Target({**spec, **paths}, self._zygotes[imports], Verdict(str(spec["id"])))

    def run(self, gone: int) -> None:
        """Run to the end, or until the host is gone (its descriptor reads as ended)."""
        self._waiting.sort(key=lambda target: tuple(sorted(target.spec.get("imports", ()))))
        left = [False]
        self._selector.register(gone, selectors.EVENT_READ, lambda: left.__setitem__(0, True))
        while (self._waiting or self._running) and not left[0]:
            self._start_some()
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj in self._selector.get_map():
                    key.data()
            self._watch()

    def _patience(self) -> float | None:
        if not self._waiting and not self._running:
            return 0.0  # all were refused at their start: nothing will be heard any more
        ends = [target.deadline for target in self._running.values()]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _start_some(self) -> None:
        """Begin as many targets as may run and have their zygotes ready; wake those of the next."""
        while self._start_one():
            pass

    def _start_one(self) -> bool:
        for target in self._waiting[: self._jobs - len(self._running)]:
            ready = [self._wake(made) for made in (self._judges, target.zygote)]
            if not all(ready):
                continue
            self._waiting.remove(target)
            fault = target.zygote.fault or self._judges.fault
            if fault:
                target.verdict.refuse(fault)
                self._finish(target)
            else:
                self._begin(target)
            return True
        return False

    def _wake(self, made: _Zygote) -> bool:
        if not made.told:
            made.told = True
            zygote.write_message(made.channel, {"do": "load"})
        return made.fault is not None

    def _begin(self, target: _Target) -> None:
        spec, name = target.spec, target.verdict.id
        for folder in (spec["tmp"], spec["code_tmp"]):
            Path(folder).mkdir(mode=0o700, exist_ok=True)
        reports, report = os.pipe()
        target.handing, handed = socket.socketpair()
        with self._start_code(target) as channel, handed:
            zygote.write_message(
                self._judges.channel,
                {"do": "spawn", "id": name, "spec": spec},
                (channel.fileno(), report, handed.fileno()),
            )
        os.close(report)
        target.started = time.monotonic()
        target.deadline = target.started + float(spec["limits"].get("wall_s", 120))
        target.open.add(reports)
        target.alive.add("judge")
        self._running[name] = target
        self._listen(reports, lambda: self._read_report(target, reports))

    def _start_code(self, target: _Target) -> socket.socket:
        """Fork a code process of a target; gives the judge's end of its channel."""
        spec = target.spec
        ours, theirs = socket.socketpair()
        printed, printer = os.pipe()
        code = {**_code_spec(spec), "tmp": spec["code_tmp"]}
        with theirs:
            zygote.write_message(
                target.zygote.channel,
                {"do": "spawn", "id": target.verdict.id, "spec": code},
                (theirs.fileno(), printer, *self._terminal),
            )
        os.close(printer)
        target.open.add(printed)
        target.alive.add("code")
        self._listen(printed, lambda: self._read_printed(target, printed))
        return ours

    def _replace_code(self, target: _Target) -> None:
        """Hand a judge that goes on after the end of the code another process of the same code."""
        if target.again and "code" not in target.alive and target.handing is not None:
            target.again = False
            with self._start_code(target) as channel, contextlib.suppress(OSError):
                zygote.write_message(target.handing, {}, (channel.fileno(),))

    def _listen(self, fd: int, react: Callable[[], None]) -> None:
        self._selector.register(fd, selectors.EVENT_READ, react)

    def _close(self, target: _Target, fd: int) -> None:
        self._selector.unregister(fd)
        os.close(fd)
        target.open.discard(fd)

    def _read_report(self, target: _Target, fd: int) -> None:
        data = os.read(fd, _READ)
        if not data:
            self._close(target, fd)
            return
        *lines, target.line = (target.line + data).split(b"\n")
        for line in map(json.loads, lines):
            if "again" in line:
                target.again = True
                self._kill(target, "code")  # it may have left its channel and live on
                self._replace_code(target)
            else:
                target.verdict.take(line)
        if target.verdict.done is not None and not target.verdict.done["died"]:
            self._kill(target, "code")  # its work is over; its own end says nothing now

    def _read_printed(self, target: _Target, fd: int) -> None:
        data = os.read(fd, _READ)
        if not data:
            self._close(target, fd)
        elif len(target.verdict.printed) <= _PRINTED_BYTES:
            target.verdict.printed += data[: _PRINTED_BYTES + 1 - len(target.verdict.printed)]

    def _kill(self, target: _Target, which: str) -> None:
        made = target.zygote if which == "code" else self._judges
        with contextlib.suppress(OSError):
            zygote.write_message(made.channel, {"do": "kill", "id": target.verdict.id})

    def _hear(self, made: _Zygote) -> None:
        received = zygote.read_message(made.channel)
        if received is None:
            self._lost(made)
            return
        message = received[0]
        if "loaded" in message:
            made.fault = message["loaded"]
            return
        target = self._running.get(message["ended"])
        if target is None:
            return
        which = "judge" if made is self._judges else "code"
        target.alive.discard(which)
        target.verdict.end(which, int(message["code"]), float(message["cpu_s"]))
        if which == "judge":
            self._kill(target, "code")
        else:
            self._replace_code(target)

    def _lost(self, made: _Zygote) -> None:
        """A zygote ended: loading a module took the process down, or it was killed."""
        self._selector.unregister(made.channel)
        made.fault = made.fault or "loading the modules ended the process"
        for target in self._running.values():
            if made in (target.zygote, self._judges):
                target.verdict.refuse("the process that starts others was killed")
                target.alive.clear()
                target.deadline = 0.0

    def _watch(self) -> None:
        """Enforce deadlines; finish the targets whose processes and pipes have ended."""
        now = time.monotonic()
        for target in list(self._running.values()):
            if not target.alive and not target.open:
                self._finish(target)
            elif now >= target.deadline:
                target.verdict.expire(float(target.spec["limits"].get("wall_s", 120)))
                target.deadline = now + 1.0
                for which in ("code", "judge"):
                    self._kill(target, which)
                if not target.alive:
                    for fd in list(target.open):
                        self._close(target, fd)

    def _finish(self, target: _Target) -> None:
        self._running.pop(target.verdict.id, None)
        if target.handing is not None:
            target.handing.close()
        wall_s = time.monotonic() - target.started if target.started else 0.0
        limits = target.spec["limits"]
        self._send(target.verdict.frame(wall_s, float(limits.get("cpu_s", 60))))
        target.zygote.users -= 1
        if not target.zygote.users and target.zygote.fault is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(target.zygote.channel)
            target.zygote.channel.close()


def _code_spec(spec: Json) -> Json:
    """What a code process is told of its target: how to load and call it, nothing of its tests."""
    shared = {"code": spec["code"], "limits": spec["limits"], "authors": spec.get("authors") or {}}
    if spec["kind"] == "run":
        nodes = spec["link"]["nodes"]
        functions = {node["name"]: [node["module"], node["function"]] for node in nodes}
        facts = {"link": spec["link"], "run_params": spec.get("run_params") or {}}
        return {**shared, **facts, "functions": functions, "inputs": {}, "outputs": {}}
    functions = {"": [spec["module"], spec["function"]]}
    ports = {"inputs": spec["inputs"], "outputs": spec["outputs"]}
    return {**shared, **ports, "functions": functions}
