"""Random workspaces as plain dicts, and their files.

A state is what a user would have in mind: packages with nodes and edges, versions of the rule
set's files. It knows nothing of fxgbuild; `files` writes it down as graph files.
"""

import copy
import json

import numpy as np
from hypothesis import strategies as st

from fxgbuild.runtime import codec
from tests.chaos import rules
from tests.chaos.scripted import digest

SETTINGS = 'fxg = 1\npackages = "packages"\nrules = "rules"\ncache = "cache"\n'
PACKAGES = ("alpha", "beta", "gamma")
WAVE_PORT = {"array": {"dtype": "float64", "dims": ["n"], "unit": "uV"}}
INPUTS = {"seed": "int", "wave": rules.WAVE}


def new_node(task, uid, spec):
    """A node; `uid` tells it from all others for ever, its name does not."""
    return {"task": task, "uid": uid, "spec": spec, "params": {}, "bind": {}, "out": {}} | {
        "shown": 0, "hidden": 0, "variant": "", "hooks": 0
    }  # fmt: skip


def new_state():
    versions = {name: {"fixed": 0, "doc": 0, "laws": 0} for name in rules.TASKS}
    return {"tasks": versions, "packages": {}, "uids": 0, "words": 0}


def new_package():
    return {"json": False, "comment": 0, "turned": False, "doc": "", "seed": 5} | {
        "nodes": {}, "edges": [], "artifacts": {}
    }  # fmt: skip


def kind_of(port):
    """Which values a port takes: whole numbers, lists of them, or waves."""
    return "wave" if port.startswith("float64") else "list" if port.startswith("list") else "int"


def sources(state, package, name):
    """Everything a node may take a value from: (origin, kind), graph inputs first."""
    uid = state["packages"][package]["nodes"][name]["uid"]
    found = [("seed", "int"), ("wave", "wave")]
    for other, graph in state["packages"].items():
        if other > package:
            continue  # packages only ever look at those before them
        for peer, node in graph["nodes"].items():
            if node["uid"] < uid:
                prefix = "" if other == package else f"//{other}:"
                for port, text in rules.TASKS[node["task"]].outputs.items():
                    found.append((f"{prefix}{peer}.{port}", kind_of(text)))
    return found


def add_node(state, package, task, random):
    """Add a node behind what is there, with its required inputs fed."""
    state["uids"] += 1
    state["words"] += 1
    name = f"n{state['uids']}"
    graph = state["packages"][package]
    graph["nodes"][name] = new_node(task, state["uids"], f"Do as said, number {state['words']}.")
    for port, text in rules.TASKS[task].inputs.items():
        kind = "int" if kind_of(text) == "list" else kind_of(text)
        fits = [origin for origin, own in sources(state, package, name) if own == kind]
        if kind_of(text) == "list" and len(fits) < 2:  # a list is made of two values at least
            graph["nodes"][name]["task"] = "total"
            add_edge(graph, "seed", f"{name}.first")
        elif kind_of(text) == "list":
            for origin in sorted({fits[0], random.choice(fits[1:]), random.choice(fits)}):
                add_edge(graph, origin, f"{name}.{port}", join="all")
        elif not text.endswith("?") or random.random() < 0.4:
            add_edge(graph, random.choice(fits), f"{name}.{port}")
    return name


def add_edge(graph, origin, to, **attributes):
    graph["edges"].append({"from": origin, "to": to, **attributes})


def random_state(random, packages=3, nodes=12):
    """A workspace of some packages, with edges within and across them."""
    state = new_state()
    names = PACKAGES[: random.randint(1, packages)]
    for name in names:
        state["packages"][name] = new_package() | {"json": random.random() < 0.3}
    for _ in range(random.randint(2, nodes)):
        add_node(state, random.choice(names), random.choice(list(rules.TASKS)), random)
    for name in names:
        if not state["packages"][name]["nodes"]:
            add_node(state, name, "fold", random)
        if random.random() < 0.8:
            state["packages"][name]["artifacts"]["wheel"] = {"version": "0.1.0"}
    return state


def states():
    return st.builds(random_state, st.randoms(use_true_random=False))


def workspace_of(tasks, artifacts=1):
    """A fixed workspace of one package: a chain of tasks, each fed by the last that fits."""

    class Last:
        choice = staticmethod(lambda options: options[-1])
        randint = staticmethod(lambda low, high: high)
        random = staticmethod(lambda: 1.0)

    state = new_state()
    state["packages"]["alpha"] = new_package()
    for task in tasks:
        add_node(state, "alpha", task, Last)
    if artifacts:
        state["packages"]["alpha"]["artifacts"]["wheel"] = {"version": "0.1.0"}
    return state


def label(package, name):
    return f"//{package}:{name}"


def port_text(task, port, override):
    """The type a node's output has, override and all, as shorthand."""
    text = rules.TASKS[task].outputs[port]
    if kind_of(text) == "int":
        return f"int in [0, {override['high']}]" if override.get("high") else text
    unit, bounds = override.get("unit", "uV"), override.get("high")
    held = f" in [-{bounds}, {bounds}]" if bounds else ""
    return f"float64[n] {unit}{held} ~{override.get('near', 1e-9)}"


# Files -----------------------------------------------------------------------------------------


def files(state):
    """Path -> bytes of the whole workspace, pins and stores left out."""
    found = {"fxgbuild.toml": SETTINGS} | rules.files(state["tasks"])
    data = {path: text.encode() for path, text in found.items()}
    for package, graph in state["packages"].items():
        home = f"packages/{package}"
        data |= {f"{home}/{path}": content for path, content in graph_files(package, graph).items()}
    return data


def graph_files(package, graph):
    seed = json.dumps(graph["seed"]).encode()
    wave = codec.encode(np.arange(8.0), WAVE_PORT)
    found = {"data/seed.json": seed, "data/wave.npy": wave}
    nodes = {name: node_document(node) for name, node in graph["nodes"].items()}
    for node in graph["nodes"].values():
        if node["hidden"]:
            cases = [rules.example(node["task"], 50 + i) for i in range(node["hidden"])]
            lines = "".join(json.dumps(case) + "\n" for case in cases)
            found[f"hidden/{node['uid']}.jsonl"] = lines.encode()
    case = {n: {"path": p, "sha256": digest(found[p])}
            for n, p in (("seed", "data/seed.json"), ("wave", "data/wave.npy"))}  # fmt: skip
    document = {"fxg": 1, "doc": graph["doc"], "use": ["//rules/chaos"], "visibility": ["//..."]}
    document |= {"inputs": INPUTS, "data": {"one": case}, "nodes": nodes, "edges": graph["edges"]}
    if graph["seed"] is None:
        del document["data"]
    document["artifacts"] = {
        name: {"name": f"chaos-{package}", **facts} for name, facts in graph["artifacts"].items()
    }
    document = {key: value for key, value in document.items() if value}
    if graph["turned"]:
        document = {"fxg": 1} | dict(reversed(document.items()))
        document["nodes"] = dict(reversed(nodes.items()))
    if graph["json"]:
        found["fxg.json"] = json.dumps(document, indent=1).encode()
    else:
        found["fxg.yaml"] = yaml_text(document, graph["comment"]).encode()
    return found


def node_document(node):
    made = {"task": f"chaos.{node['task'].capitalize()}", "spec": node["spec"]}
    made["params"], made["bind"] = node["params"], node["bind"]
    outputs = rules.TASKS[node["task"]].outputs
    made["ports"] = {p: port_text(node["task"], p, node["out"]) for p in outputs if node["out"]}
    made["examples"] = [rules.example(node["task"], i) for i in range(node["shown"])]
    made["acceptance"] = {"cases": f"hidden/{node['uid']}.jsonl"} if node["hidden"] else None
    made["variant"] = node["variant"]
    made["hooks"] = [{"kind": "logging", "name": f"h{i}"} for i in range(node["hooks"])]
    return {key: value for key, value in made.items() if value}


def yaml_text(document, comment):
    """Block style for what people would write so, flow style for the rest."""
    lines = [f"fxg: {document['fxg']}"] + [f"# a comment, number {n}" for n in range(comment)]
    for key, value in document.items():
        if key in ("nodes", "artifacts"):
            lines.append(f"{key}:")
            lines += [f"  {name}: {json.dumps(own)}" for name, own in value.items()]
        elif key == "edges":
            lines += ["edges:", *[f"  - {json.dumps(edge)}" for edge in value]]
        elif key != "fxg":
            lines.append(f"{key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def copied(state):
    return copy.deepcopy(state)
