"""Ports that `run --keep` left: what flowed through a graph, for runs of one of its nodes."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fxgbuild.digest import Json, digest_bytes
from fxgbuild.errors import IntegrityError
from fxgbuild.files import write_atomic
from fxgbuild.lang.model import Graph
from fxgbuild.plan.single import Fed

FOLDER = "ports"
LIST = "ports.json"


def keep_ports(
    store: Path,
    graph: Graph,
    inputs: Mapping[str, Mapping[str, bytes]],
    ports: Mapping[str, Mapping[str, Json]],
    written: Path,
) -> Path:
    """Keep what went in and every port of every node, by case; the last kept run of a graph stands.

    `written` is the folder that a port's `path` is below.
    """
    home = store / FOLDER / graph.label.package
    home.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=home.parent, prefix=".new-"))
    listed: dict[str, dict[str, str]] = {}
    for case in inputs:
        flowed = dict(inputs[case])
        for name, fact in ports.get(case, {}).items():
            flowed[name] = (written / fact["path"]).read_bytes()
        for name, data in flowed.items():
            write_atomic(fresh / case / name, data, durable=False)
        listed[case] = {name: digest_bytes(data).hex for name, data in flowed.items()}
    write_atomic(fresh / LIST, json.dumps(listed, indent=1).encode(), durable=False)
    shutil.rmtree(home, ignore_errors=True)
    fresh.replace(home)
    return home


def kept_cases(store: Path, graph: Graph, fed: Fed) -> dict[str, dict[str, bytes]]:
    """The kept values that feed a node, by case; none where no kept run has them all."""
    home = store / FOLDER / graph.label.package
    try:
        listed = json.loads((home / LIST).read_bytes())
    except (OSError, ValueError):
        return {}
    found: dict[str, dict[str, bytes]] = {}
    for case, digests in listed.items():
        if all(port in digests for port in fed.origins.values()):
            found[case] = {
                name: _verified(home / case / port, digests[port])
                for name, port in fed.origins.items()
            }
    return found


def _verified(path: Path, digest: str) -> bytes:
    data = path.read_bytes() if path.is_file() else b""
    if digest_bytes(data).hex != digest:
        raise IntegrityError(
            "a kept port is not what the run left",
            facts={"file": str(path)},
            hint="`fxgbuild run` of the graph with `--keep` makes it again",
        )
    return data
