"""Random expressions over random graphs mean what a slow reading of their definitions says."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Node
from fxgbuild.plan.attributes import kind
from fxgbuild.plan.query_answer import answer
from tests.plan.worlds import joined, world

NAMES = [f"//p{n % 3}:n{n}" for n in range(9)]
NEVER = 10**6


@st.composite
def worlds(draw):
    """Up to nine nodes in three packages; each needs some of those before it."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    needs = {
        name: draw(st.lists(st.sampled_from(names[:at]), max_size=3)) if at else []
        for at, name in enumerate(names)
    }
    return world(joined(needs))


def expressions(labels):
    """Expressions as trees; `text` writes one, `value` says what it means."""
    words = st.sampled_from(labels).map(lambda found: ("word", found))
    depths = st.none() | st.integers(0, 3)

    def larger(inner):
        rest = st.lists(st.tuples(st.sampled_from("+-^"), inner), min_size=1, max_size=3)
        return st.one_of(
            st.tuples(st.just("chain"), inner, rest),
            st.tuples(st.just("deps"), inner, depths),
            st.tuples(st.just("rdeps"), inner, inner, depths),
            st.tuples(st.just("allpaths"), inner, inner),
            st.tuples(st.just("kind"), st.sampled_from(["node", "graph", "^wheel$", "x"]), inner),
            st.tuples(st.just("filter"), st.sampled_from([":n", "p1", "[357]$"]), inner),
            st.tuples(st.just("let"), inner, st.sampled_from("+-^"), inner),
            st.tuples(st.just("around"), depths, inner, depths),
            st.lists(words, max_size=4).map(lambda found: ("set", found)),
        )

    return st.recursive(words, larger, max_leaves=8)


SPELLED = {"+": ("+", "union"), "-": ("-", "except"), "^": ("^", "intersect")}


def text(tree):  # noqa: PLR0911 - one return a form
    match tree:
        case ("word", label):
            return str(label)
        case ("set", words):
            return f"set({' '.join(map(text, words))})"
        case ("chain", first, rest):
            parts = [f" {SPELLED[op][len(text(x)) % 2]} {bracketed(x)}" for op, x in rest]
            return bracketed(first) + "".join(parts)
        case ("kind" | "filter", regex, inner):
            return f'{tree[0]}("{regex}", {text(inner)})'
        case ("let", value, operator, body):
            return f"let v = {text(value)} in $v {operator} {bracketed(body)}"
        case ("around", up, inner, down):
            before = "" if up == 0 else f"{'' if up is None else up}+"
            after = "" if down == 0 else f"+{'' if down is None else down}"
            return f"{before}({text(inner)}){after}"
        case (name, *arguments):
            shown = [str(x) if isinstance(x, int) else text(x) for x in arguments if x is not None]
            return f"{name}({', '.join(shown)})"
    raise AssertionError(tree)


def bracketed(tree):
    return text(tree) if tree[0] in ("word", "set") else f"({text(tree)})"


class Slow:
    """The definitions, read word for word over all pairs of targets."""

    def __init__(self, of):
        self.world = of
        self.graph = nx.DiGraph()
        for label, target in of.targets.items():
            self.graph.add_node(label)
            self.graph.add_edges_from((label, other) for other in self.needs(label, target))
        self.steps = dict(nx.all_pairs_shortest_path_length(self.graph))

    def needs(self, label, target):
        if isinstance(target, Node):
            edges = self.world.workspace.graphs[label.package].edges
            return {edge.source for edge in edges if edge.target == label and edge.source}
        if isinstance(target, tuple):
            return {target[0].label}
        return {node.label for node in target.nodes.values()}

    def below(self, start, depth):
        return {x for one in start for x, steps in self.steps[one].items() if steps <= depth}

    def above(self, start, depth, within=None):
        steps = self.steps
        if within is not None:
            steps = dict(nx.all_pairs_shortest_path_length(self.graph.subgraph(within)))
        return {x for x in steps for one in start if steps[x].get(one, NEVER) <= depth}

    def value(self, tree):  # noqa: PLR0911 - one return a form
        match tree:
            case ("word", label):
                return {label}
            case ("set", words):
                return {label for _, label in words}
            case ("chain", first, rest):
                found = self.value(first)
                for operator, other in rest:
                    found = self.apply(operator, found, self.value(other))
                return found
            case ("let", value, operator, body):
                return self.apply(operator, self.value(value), self.value(body))
            case ("around", up, inner, down):
                start = self.value(inner)
                return self.below(start, far(up)) | self.above(start, far(down))
            case ("deps", inner, depth):
                return self.below(self.value(inner), far(depth))
            case ("rdeps", universe, inner, depth):
                within = self.below(self.value(universe), 1000)
                return self.above(self.value(inner) & within, far(depth), within)
            case ("allpaths", one, other):
                return self.between(self.value(one), self.value(other))
        return self.named(tree)

    def apply(self, operator, one, other):
        return {"+": one | other, "-": one - other, "^": one & other}[operator]

    def between(self, starts, ends):
        """On a path from a start to an end: reached from the one, reaching the other."""
        return {
            x
            for x in self.graph
            if any(x in self.steps[one] for one in starts)
            and any(other in self.steps[x] for other in ends)
        }

    def named(self, tree):
        name, word, inner = tree
        plain = word.strip("^$") if name == "kind" else word
        found = self.value(inner)
        if name == "kind":
            return {x for x in found if plain in kind(self.world.targets[x])}
        last = tuple("357")
        return {x for x in found if (str(x).endswith(last) if word[0] == "[" else word in str(x))}


def far(depth):
    return 1000 if depth is None else depth


@given(data=st.data(), of=worlds())
def test_an_expression_means_what_its_definition_says(data, of):
    tree = data.draw(expressions(sorted(of.targets)))
    found = answer(text(tree), of)
    assert found == sorted(Slow(of).value(tree)), text(tree)


@given(data=st.data(), of=worlds())
def test_somepath_is_a_shortest_path_and_the_same_each_time(data, of):
    some = st.lists(st.sampled_from(sorted(of.targets)), min_size=1, max_size=3)
    starts, ends = data.draw(some), data.draw(some)
    query = f"somepath({text(('set', words(starts)))}, {text(('set', words(ends)))})"
    found = answer(query, of)
    slow = Slow(of)
    lengths = [slow.steps[x][y] for x in starts for y in ends if y in slow.steps[x]]
    assert len(found) == (min(lengths) + 1 if lengths else 0)
    if found:
        assert found[0] in starts
        assert found[-1] in ends
        assert nx.is_path(slow.graph, found)
    assert answer(query, of) == found


def words(labels: list[Label]) -> list[tuple[str, Label]]:
    return [("word", found) for found in labels]
