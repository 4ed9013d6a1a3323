"""Ninja: one edge a node."""

from tests.bench.peers.peer import FOLD_FILE, Peer, output, reads, write_inputs


def write(folder, upstream):
    write_inputs(folder, upstream)
    lines = ["rule fold", f"  command = sh {FOLD_FILE} $out $in", "  description = fold $out"]
    for i, sources in enumerate(upstream):
        lines.append(f"build out/{output(i)}: fold {' '.join(reads(i, sources))}")
    (folder / "build.ninja").write_text("\n".join(lines) + "\n")


PEER = Peer("ninja", "ninja", write, ())
