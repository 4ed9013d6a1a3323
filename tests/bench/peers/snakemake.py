"""Snakemake: one rule with a wildcard, whose input function looks a node up."""

import json

from tests.bench.peers.peer import FOLD_FILE, Peer, output, reads, write_inputs

SNAKEFILE = f"""\
import json

with open("graph.json") as file:
    NODES = json.load(file)


rule all:
    input:
        list(NODES),


rule fold:
    input:
        lambda wildcards: NODES[f"out/{{wildcards.node}}.out"],
    output:
        "out/{{node}}.out",
    shell:
        "sh {FOLD_FILE} {{output}} {{input}}"
"""


def write(folder, upstream):
    write_inputs(folder, upstream)
    nodes = {f"out/{output(i)}": reads(i, sources) for i, sources in enumerate(upstream)}
    (folder / "graph.json").write_text(json.dumps(nodes))
    (folder / "Snakefile").write_text(SNAKEFILE)


PEER = Peer("snakemake", "snakemake", write, ("--cores", "2", "--quiet", "all"))
