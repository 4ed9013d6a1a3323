"""GNU make: one explicit rule a node; its built-in rules are off, which makes it faster."""

from tests.bench.peers.peer import FOLD_FILE, Peer, output, reads, write_inputs


def write(folder, upstream):
    write_inputs(folder, upstream)
    lines = ["MAKEFLAGS += --no-builtin-rules", ".SUFFIXES:", ".PHONY: all"]
    lines.append("all: " + " ".join(f"out/{output(i)}" for i in range(len(upstream))))
    for i, sources in enumerate(upstream):
        lines.append(f"out/{output(i)}: {' '.join(reads(i, sources))}")
        lines.append(f"\tsh {FOLD_FILE} $@ $^")
    (folder / "Makefile").write_text("\n".join(lines) + "\n")


PEER = Peer("make", "make", write, ("-s", "-j2"))
