"""DVC: one stage a node.

Its first build is `dvc commit` of outputs that are already there: running the stages through DVC
takes minutes, and leaves the same lock file and cache.
"""

import json

from tests.bench.peers.peer import FOLD_FILE, Peer, output, reads, values, write_inputs

CONFIG = "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"


def write(folder, upstream):
    write_inputs(folder, upstream)
    (folder / ".dvc").mkdir()
    (folder / ".dvc" / "config").write_text(CONFIG)
    stages, known = {}, values(upstream)
    for i, sources in enumerate(upstream):
        (folder / "out" / output(i)).write_text(f"{known[i]}\n")
        files, out = reads(i, sources), f"out/{output(i)}"
        command = f"sh {FOLD_FILE} {out} {' '.join(files)}"
        stages[f"n{i}"] = {"cmd": command, "deps": files, "outs": [out]}
    (folder / "dvc.yaml").write_text(json.dumps({"stages": stages}))


PEER = Peer("dvc", "dvc", write, ("repro", "-q"), first=(("commit", "-f", "-q"),))
