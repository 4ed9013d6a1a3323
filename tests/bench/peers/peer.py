"""What a peer is, and what the workspaces of all peers have in common.

Node i has the input file `pNNNNN/nNNNNNN.in` and the output `<out>/pNNNNN/nNNNNNN.out`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.synthetic import name, package

BIN = "FXG_BENCH_BIN"
FOLD_FILE = "fold.sh"
FOLD = """\
out=$1
shift
total=0
for file
do
  read -r value < "$file"
  total=$(( (total * 31 + value) % 65521 ))
done
echo "$total" > "$out"
"""


@dataclass(frozen=True)
class Peer:
    """A build tool; `build` is what its user types, without the program's own path."""

    name: str
    program: str
    write: Callable[[Path, list[list[int]]], None]
    build: tuple[str, ...]
    version: tuple[str, ...] = ("--version",)
    first: tuple[tuple[str, ...], ...] = ()  # what is typed before the first build
    stop: tuple[str, ...] = ()  # ends a server that it left running
    out: str = "out"
    server_mb: Callable[[Path], int] | None = None


def own(i):
    return f"{package(i)}/{name(i)}.in"


def output(i):
    return f"{package(i)}/{name(i)}.out"


def value(i):
    """What the input file of node i holds."""
    return 7 * i + 1


def write_inputs(folder, upstream, out="out"):
    """What every peer needs: the input files, the command, the folders of the outputs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FOLD_FILE).write_text(FOLD)
    for i in range(len(upstream)):
        path = folder / own(i)
        path.parent.mkdir(exist_ok=True)
        if out:
            (folder / out / output(i)).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value(i)}\n")


def values(upstream, given=value):
    """What every output holds once it is built, `given` what the input files hold."""
    known = []
    for i, sources in enumerate(upstream):
        total = 0
        for one in (given(i), *(known[source] for source in sources)):
            total = (total * 31 + one) % 65521
        known.append(total)
    return known


def reads(i, sources, out="out"):
    """The files that node i folds, its own first."""
    return [own(i), *(f"{out}/{output(source)}" for source in sources)]


def environment(folder):
    """A home of its own for each peer, so that no file of the user's has a say."""
    home = folder.parent / f"{folder.name}-home"
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "USER": "bench", "DVC_NO_ANALYTICS": "1"}
