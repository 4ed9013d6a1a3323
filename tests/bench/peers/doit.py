"""doit: one sub-task a node, all made by one generator."""

import json

from tests.bench.peers.peer import FOLD_FILE, Peer, output, reads, write_inputs

DODO = f'''\
import json
from pathlib import Path

NODES = json.loads(Path("graph.json").read_text())
DOIT_CONFIG = {{"verbosity": 0, "reporter": "zero"}}


def task_fold():
    for out, files in NODES:
        yield {{
            "name": out,
            "actions": [["sh", "{FOLD_FILE}", out, *files]],
            "file_dep": files,
            "targets": [out],
        }}
'''


def write(folder, upstream):
    write_inputs(folder, upstream)
    nodes = [(f"out/{output(i)}", reads(i, sources)) for i, sources in enumerate(upstream)]
    (folder / "graph.json").write_text(json.dumps(nodes))
    (folder / "dodo.py").write_text(DODO)


PEER = Peer("doit", "doit", write, ())
