"""The slow, obvious oracle: what must run after an edit, said by the contract's sections 1 and 5.

It shares nothing with the program. For each action it writes down, in plain values, everything the
contract lets that action see, and remembers which such views passed. What was never seen runs.
"""

import json
from collections import Counter

from tests.chaos import rules
from tests.chaos.graphs import kind_of, label

PLAIN = {"call": "sync", "monitor": True}  # what an edge is unless it says otherwise
STATIC = ("lint", "type", "security")


def frozen(value):
    return json.dumps(value, sort_keys=True)


class Oracle:
    """Remembers what passed here; `codes` are what a model answered, which only it can say."""

    def __init__(self):
        self.private = {}  # what a generation sees -> the hole that came of it, in the store
        self.committed = {}  # label -> (what its generation saw, the hole), in `cache/`
        self.passed = {stage: set() for stage in (*STATIC, "test", "integrate", "emit")}
        self.rendered = {}  # label -> what the readable copy holds

    # What each action may see ---------------------------------------------------------------------

    def generation(self, state, package, name):
        """Spec, shown examples, contract, ports, generate-bound values, producers as seen."""
        node = state["packages"][package]["nodes"][name]
        task = rules.TASKS[node["task"]]
        bound = {p: node["bind"].get(p, own[2]) for p, own in task.params.items()}
        return frozen(
            {
                "spec": "\n".join(line.rstrip() for line in node["spec"].split("\n")).rstrip(),
                "shown": node["shown"],
                "task": [node["task"], state["tasks"][node["task"]]["doc"]],
                "bound": bound,
                "values": {p: v for p, v in values(node).items() if bound[p] == "generate"},
                "ports": ports(node),
                "upstream": self.seen(state, package, name),
                "variant": node["variant"],
            }
        )

    def seen(self, state, package, name):
        """Of each producer's schema what the consuming port itself declares."""
        node = state["packages"][package]["nodes"][name]
        found = {}
        for edge in state["packages"][package]["edges"]:
            target, _, port = edge["to"].partition(".")
            if target == name:
                declares = rules.TASKS[node["task"]].inputs[port]
                unit = unit_of(state, package, edge["from"]) if " uV" in declares else None
                found.setdefault(port, []).append([kind_of(declares), unit])
        return found

    def code(self, state, package, name):
        """A node's module: the template's fixed part around the pinned hole; None without one."""
        node = state["packages"][package]["nodes"][name]
        own = state["tasks"][node["task"]]
        if not rules.TASKS[node["task"]].hole:
            return frozen([node["task"], own["fixed"], own["doc"]])
        view = self.generation(state, package, name)
        hole = self.private.get(view) or dict(self.committed.values()).get(view)
        return None if hole is None else frozen([node["task"], own["fixed"], hole])

    def stages(self, state, package, name, code):
        """Stage -> its view: types see the ports; tests see ports, values, laws and cases."""
        node = state["packages"][package]["nodes"][name]
        facts = {"code": code, "ports": ports(node), "task": node["task"]}
        tested = {
            "values": values(node),
            "laws": state["tasks"][node["task"]]["laws"],
            "shown": node["shown"],
            "hidden": node["hidden"],
        }
        return {
            "lint": frozen([code]),
            "type": frozen(facts),
            "security": frozen([code]),
            "test": frozen(facts | tested),
        }

    def wiring(self, state, package):
        """Names, code, ports, linked values and hooks of all nodes below; edges with attributes."""
        inside, edges = below(state, package)
        nodes = {}
        for home, name in inside:
            node = state["packages"][home]["nodes"][name]
            bound = {p: node["bind"].get(p, own[2])
                     for p, own in rules.TASKS[node["task"]].params.items()}  # fmt: skip
            code = self.code(state, home, name)
            if code is None:
                return None
            nodes[label(home, name)] = [
                code, ports(node), values(node), {p: b == "run" for p, b in bound.items()},
                node["hooks"],
            ]  # fmt: skip
        return frozen(
            [nodes, [[home, PLAIN | edge, scale(state, home, edge)] for home, edge in edges]]
        )

    def graph_views(self, state, package):
        """label -> (action, view) of a package's graph and artifacts; a view of None waits."""
        graph, wiring = state["packages"][package], self.wiring(state, package)
        own = None if wiring is None else frozen([package, wiring, graph["seed"]])
        found = {label(package, package): ("integrate", own)}
        for name, facts in graph["artifacts"].items():
            view = None if wiring is None else frozen([package, wiring, graph["doc"], name, facts])
            found[label(package, name)] = ("emit", view)
        return found

    # What must run --------------------------------------------------------------------------------

    def expected(self, state):
        """Label -> the actions that must run, in the terms of the plan."""
        found = {}
        for package, graph in state["packages"].items():
            for name in graph["nodes"]:
                own = self._node(state, package, name)
                found |= {label(package, name): own} if own else {}
            for name, (action, view) in self.graph_views(state, package).items():
                if view is None or view not in self.passed[action]:
                    found[name] = {action}
        return found

    def _node(self, state, package, name):
        code = self.code(state, package, name)
        if code is None:
            return {"generate", *STATIC, "test"}
        views = self.stages(state, package, name, code)
        run = {stage for stage, view in views.items() if view not in self.passed[stage]}
        if self.rendered.get(label(package, name)) != code:
            run.add("render")
        return run

    def questions(self, state):
        """What must be asked of the model, each once, however many nodes share it."""
        return {
            self.generation(state, package, name)
            for package, graph in state["packages"].items()
            for name, node in graph["nodes"].items()
            if rules.TASKS[node["task"]].hole and self.code(state, package, name) is None
        }

    def built(self, state, holes):
        """A build passed: everything there counts as seen. `holes` are what `cache/` now holds."""
        for package, graph in state["packages"].items():
            for name, node in graph["nodes"].items():
                own = label(package, name)
                if rules.TASKS[node["task"]].hole:
                    view = self.generation(state, package, name)
                    old = self.committed.get(own)
                    if old != (view, holes[own]):  # new, or moved to this name
                        self.private[view] = holes[own]
                        if old is not None:  # set aside, for an edit that is taken back
                            self.private[old[0]] = old[1]
                    self.committed[own] = (view, holes[own])
        self.committed = {own: pin for own, pin in self.committed.items() if own in holes}
        for package, graph in state["packages"].items():
            for name in graph["nodes"]:
                code = self.code(state, package, name)
                for stage, view in self.stages(state, package, name, code).items():
                    self.passed[stage].add(view)
                self.rendered[label(package, name)] = code
            for action, view in self.graph_views(state, package).values():
                self.passed[action].add(view)

    def lost_store(self):
        """The private store is gone: verdicts with it, and code that no pin in `cache/` holds."""
        self.private.clear()
        self.rendered.clear()
        for seen in self.passed.values():
            seen.clear()


def ports(node):
    """What a node's output is declared as; to say what holds anyway says nothing."""
    return [node["out"].get("unit", "uV"), node["out"].get("high")]


def values(node):
    """A node's parameters, defaults filled in."""
    own = {name: facts[1] for name, facts in rules.TASKS[node["task"]].params.items()}
    return own | node["params"]


def ends(package, origin):
    """Where an origin points: (package, node), or None for a graph input."""
    if origin in ("seed", "wave"):
        return None
    home, rest = (package, origin)
    if origin.startswith("//"):
        home, _, rest = origin[2:].partition(":")
    return home, rest.partition(".")[0]


def unit_of(state, package, origin):
    end = ends(package, origin)
    if end is None:
        return "uV" if origin == "wave" else None
    node = state["packages"][end[0]]["nodes"][end[1]]
    produces = next(iter(rules.TASKS[node["task"]].outputs.values()))
    return node["out"].get("unit", "uV") if kind_of(produces) == "wave" else None


def scale(state, package, edge):
    name, _, port = edge["to"].partition(".")
    task = state["packages"][package]["nodes"][name]["task"]
    declares = " uV" in rules.TASKS[task].inputs[port]
    return 1000.0 if declares and unit_of(state, package, edge["from"]) == "mV" else 1.0


def below(state, package):
    """All that a package's graph runs: its nodes, what they need, and every edge into those."""
    todo = [(package, name) for name in state["packages"][package]["nodes"]]
    inside = set()
    while todo:
        home, name = todo.pop()
        if (home, name) not in inside:
            inside.add((home, name))
            ends_of = [ends(home, edge["from"]) for edge in into(state, home, name)]
            todo += [end for end in ends_of if end]
    edges = [(home, edge) for home, name in sorted(inside) for edge in into(state, home, name)]
    return sorted(inside), edges


def into(state, package, name):
    """The edges that feed a node, in the order they are written."""
    edges = state["packages"][package]["edges"]
    return [edge for edge in edges if edge["to"].partition(".")[0] == name]


def repeated(lines, *facts):
    """Which work was done more than once."""
    counts = Counter(tuple(line[fact] for fact in facts) for line in lines)
    return {work: count for work, count in counts.items() if count > 1}
