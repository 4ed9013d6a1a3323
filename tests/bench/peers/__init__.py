"""The same graphs as workspaces of other build tools: one node is one command.

A command folds the node's own input file and the outputs of its upstream nodes into one output.
"""

import os
import shutil

from tests.bench.peers import bazel, doit, dvc, make, ninja, snakemake
from tests.bench.peers.peer import BIN

PEERS = tuple(part.PEER for part in (ninja, make, doit, bazel, snakemake, dvc))


def installed(names=None):
    """The peers that are found, with the path of each program, and the names of the others."""
    folders = os.environ.get(BIN, "")
    path = os.pathsep.join(part for part in (folders, os.environ.get("PATH", "")) if part)
    asked = [peer for peer in PEERS if names is None or peer.name in names]
    found = {peer: shutil.which(peer.program, path=path) for peer in asked}
    programs = {peer: program for peer, program in found.items() if program}
    return programs, [peer.name for peer in asked if peer not in programs]
