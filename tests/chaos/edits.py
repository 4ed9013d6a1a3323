"""Random edits: what people do to a workspace, and what happens to its stores.

Each takes the state and a source of choices, changes the state in place and returns whether there
was anything to change; those of `DISK` change files only, and tell the oracle what was lost.
"""

import os
import shutil

from tests.chaos import graphs, rules


def nodes(state, wanted=None):
    return [
        (package, name, node)
        for package, graph in state["packages"].items()
        for name, node in graph["nodes"].items()
        if wanted is None or wanted(node)
    ]


def one(random, options):
    return random.choice(options) if options else None


def with_node(wanted=None):
    """An edit of one node, if there is one that fits."""

    def made(change):
        def edit(state, random):
            found = one(random, nodes(state, wanted))
            return found is not None and change(state, random, *found) is not False

        edit.__name__ = change.__name__
        return edit

    return made


def word(state):
    state["words"] += 1
    return state["words"]


@with_node()
def spec(state, random, package, name, node):
    del random, package, name
    node["spec"] = f"Do as said, number {word(state)}."


@with_node(lambda node: rules.TASKS[node["task"]].hole)
def stumbling_spec(state, random, package, name, node):
    """The model's first attempt will fail one stage."""
    del package, name
    stage = random.choice(["lint", "type", "security", "test"])
    node["spec"] = f"Do as said, number {word(state)}; the first try FAILS-{stage}."


@with_node()
def blanks(state, random, package, name, node):
    del state, random, package, name
    node["spec"] += "  "


@with_node(lambda node: rules.TASKS[node["task"]].params)
def parameter(state, random, package, name, node):
    del package, name
    which = random.choice(list(rules.TASKS[node["task"]].params))
    kind = rules.TASKS[node["task"]].params[which][0]
    node["params"][which] = word(state) if kind == "int" else word(state) / 2


@with_node(lambda node: rules.TASKS[node["task"]].params)
def binding(state, random, package, name, node):
    del state, package, name
    which = random.choice(list(rules.TASKS[node["task"]].params))
    node["bind"][which] = random.choice(["generate", "link", "run"])


@with_node(lambda node: node["task"] in ("fold", "total"))
def hidden_case(state, random, package, name, node):
    del state, random, package, name
    node["hidden"] += 1


@with_node(lambda node: node["task"] in ("fold", "total"))
def shown_example(state, random, package, name, node):
    del state, random, package, name
    node["shown"] += 1


@with_node(lambda node: node["task"] in ("smooth", "shift"))
def seen_schema(state, random, package, name, node):
    """A wave's unit: its direct consumers see it if they declare one."""
    del state, random, package, name
    node["out"]["unit"] = "uV" if node["out"].get("unit") == "mV" else "mV"


@with_node()
def unseen_schema(state, random, package, name, node):
    """A range that no consumer declares."""
    del random, package, name
    node["out"]["high"] = 70000 + word(state)


@with_node()
def variant(state, random, package, name, node):
    del random, package, name
    node["variant"] = f"v{word(state)}"


@with_node()
def hook(state, random, package, name, node):
    del state, random, package, name
    node["hooks"] = 1 - node["hooks"]


@with_node()
def rename(state, random, package, name, node):
    del random, node
    new = f"m{word(state)}"
    graph = state["packages"][package]
    graph["nodes"] = {new if n == name else n: own for n, own in graph["nodes"].items()}
    for home, other in state["packages"].items():
        old_end = f"{name}." if home == package else f"//{package}:{name}."
        new_end = f"{new}." if home == package else f"//{package}:{new}."
        for edge in other["edges"]:
            if edge["from"].startswith(old_end):
                edge["from"] = new_end + edge["from"].removeprefix(old_end)
            if home == package and edge["to"].startswith(f"{name}."):
                edge["to"] = f"{new}.{edge['to'].partition('.')[2]}"


@with_node()
def remove_node(state, random, package, name, node):
    del random, node
    graph = state["packages"][package]
    ends = (f"{name}.", f"//{package}:{name}.")
    used = any(e["from"].startswith(ends) for g in state["packages"].values() for e in g["edges"])
    if used or len(graph["nodes"]) == 1:
        return False
    del graph["nodes"][name]
    graph["edges"] = [edge for edge in graph["edges"] if not edge["to"].startswith(f"{name}.")]
    return True


def add_node(state, random):
    package = random.choice(list(state["packages"]))
    if len(nodes(state)) >= 14:
        return False
    graphs.add_node(state, package, random.choice(list(rules.TASKS)), random)
    return True


def edges(state):
    return [(p, edge) for p, graph in state["packages"].items() for edge in graph["edges"]]


def edge_attribute(state, random):
    package, edge = random.choice(edges(state))
    del package
    which = random.choice(["call", "retry", "timeout_s", "monitor"])
    edge[which] = {
        "call": "async" if edge.get("call") != "async" else "sync",
        "retry": {"attempts": 2 + word(state) % 90},
        "timeout_s": 10 + word(state),
        "monitor": not edge.get("monitor", True),
    }[which]
    return True


def rewire(state, random):
    """Another producer, often with an equal schema."""
    package, edge = random.choice(edges(state))
    name, _, port = edge["to"].partition(".")
    task = state["packages"][package]["nodes"][name]["task"]
    kind = graphs.kind_of(rules.TASKS[task].inputs[port]).replace("list", "int")
    taken = {e["from"] for e in state["packages"][package]["edges"] if e["to"] == edge["to"]}
    fits = [o for o, k in graphs.sources(state, package, name) if k == kind and o not in taken]
    if fits:
        edge["from"] = random.choice(fits)
    return bool(fits)


def add_edge(state, random):
    """Feed an optional port that nothing feeds yet."""
    free = [
        (package, name, port)
        for package, name, node in nodes(state)
        for port, text in rules.TASKS[node["task"]].inputs.items()
        if text.endswith("?")
        and not any(e["to"] == f"{name}.{port}" for e in state["packages"][package]["edges"])
    ]
    if not free:
        return False
    package, name, port = random.choice(free)
    fits = [origin for origin, kind in graphs.sources(state, package, name) if kind == "int"]
    graphs.add_edge(state["packages"][package], random.choice(fits), f"{name}.{port}")
    return True


def remove_edge(state, random):
    """No longer feed an optional port."""
    spare = [(p, e) for p, e in edges(state) if e["to"].endswith((".second", ".third"))]
    if not spare:
        return False
    package, edge = random.choice(spare)
    state["packages"][package]["edges"].remove(edge)
    return True


def rule_file(state, random):
    """A property, a template's fixed part, or the docstring that a model is shown."""
    task = random.choice(sorted({node["task"] for *_, node in nodes(state)}))
    state["tasks"][task][random.choice(["laws", "fixed", "doc"])] += 1
    return True


def graph_facts(state, random):
    """Prose, data or an artifact's version."""
    graph = state["packages"][random.choice(list(state["packages"]))]
    which = random.choice(["doc", "seed", "version", "artifact"])
    if which == "doc":
        graph["doc"] = f"Graph, number {word(state)}."
    elif which == "seed":
        graph["seed"] = word(state)
    elif which == "version" and graph["artifacts"]:
        graph["artifacts"]["wheel"]["version"] = f"0.{word(state)}.0"
    elif graph["artifacts"]:
        graph["artifacts"] = {}
    else:
        graph["artifacts"] = {"wheel": {"version": "0.1.0"}}
    return True


def looks(state, random):
    """Comments, the order of keys, the other of the two spellings of a graph file."""
    graph = state["packages"][random.choice(list(state["packages"]))]
    which = random.choice(["comment", "turned", "json"])
    graph[which] = graph[which] + 1 if which == "comment" else not graph[which]
    return True


STATE = (
    *(spec, stumbling_spec, blanks, parameter, binding, hidden_case, shown_example, seen_schema),
    *(unseen_schema, variant, hook, rename, remove_node, add_node, edge_attribute, rewire),
    *(add_edge, remove_edge, rule_file, graph_facts, looks),
)


# What happens on disk ---------------------------------------------------------------------------


def touch(living, oracle, state, random):
    """A graph file has a new time and the same bytes; another one is written anew."""
    del oracle, state
    paths = sorted(living.root.glob("packages/*/*")) + sorted(living.root.glob("rules/chaos/**/*"))
    path = random.choice([path for path in paths if path.is_file()])
    os.utime(path, ns=(1, 1))
    path.write_bytes(path.read_bytes())


def lose_pins(living, oracle, state, random):
    """`cache/` is gone; the private store still holds what was validated here."""
    del state, random
    oracle.committed.clear()
    shutil.rmtree(living.root / "cache", ignore_errors=True)


def lose_copy(living, oracle, state, random):
    """One readable copy is gone."""
    found = sorted(label for label in oracle.rendered if living.rendered(label).exists())
    current = {graphs.label(package, name) for package, name, _ in nodes(state)}
    gone = one(random, [label for label in found if label in current])
    if gone:
        living.rendered(gone).unlink()
        del oracle.rendered[gone]


def lose_blob(living, oracle, state, random):
    """The bytes of one artifact are gone."""
    made = []
    for package in state["packages"]:
        for label, (action, view) in oracle.graph_views(state, package).items():
            if action == "emit" and view in oracle.passed["emit"]:
                made.append((label, view))
    gone = one(random, made)
    if gone:
        label, view = gone
        record = living.record_of(label, "emit")
        for blob in record["outputs"].values():
            living.blob(blob).unlink()
        oracle.passed["emit"].discard(view)


def lose_store(living, oracle, state, random):
    """The whole private store is gone; what counts is in `cache/`."""
    del state, random
    shutil.rmtree(living.store)
    oracle.lost_store()


DISK = (touch, lose_pins, lose_copy, lose_blob, lose_store)
