"""Queries: the functions, the operators and the states, and what a bad query is told."""

import contextlib
import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.errors import QueryFailed
from fxgbuild.lang.schema import parse_schema
from fxgbuild.plan.plan import Plan, Reason, Step, TargetPlan
from fxgbuild.plan.query import FUNCTIONS, STATES, parse
from fxgbuild.plan.query_answer import answer
from fxgbuild.plan.query_world import World, plan_states
from tests.plan.worlds import asked, edge, joined, label, node, workspace, world

#   a ─ b ─ d ─ q/e       every node in p but q's e; f stands alone
#    └─ c ─┘
DIAMOND = {
    "//p:a": [],
    "//p:b": ["//p:a.train"],
    "//p:c": ["//p:a.test"],
    "//p:d": ["//p:b", "//p:c"],
    "//p:f": [],
    "//p/q:e": ["//p:d"],
}
STATE = {
    label("//p:a"): frozenset({"clean"}),
    label("//p:b"): frozenset({"dirty", "modified"}),
    label("//p:f"): frozenset({"waiting", "modified", "new"}),
}


def diamond() -> World:
    names = {"train": parse_schema("int", {}), "test": parse_schema("int", {})}
    plain = joined(DIAMOND)
    nodes = [found for graph in plain.graphs.values() for found in graph.nodes.values()]
    nodes[0] = node("//p:a", names, spec="Reads A.", params={"rate": 2.5, "fast": True})
    nodes[4] = node("//p:f", spec="Alone.", tags=("slow", "nightly"))
    edges = [one for graph in plain.graphs.values() for one in graph.edges]
    raw = edge(None, label("//p:a"), "raw")
    return world(workspace(nodes, [raw, *edges]), STATE)


P = ["//p:a", "//p:b", "//p:c", "//p:d", "//p:f", "//p:p", "//p:wheel"]
Q = ["//p/q:e", "//p/q:q", "//p/q:wheel"]

ANSWERS = {
    "a pattern": ("//p:all", P),
    "a pattern below": ("//p/...", Q + P),
    "a graph by its package": ("//p", ["//p:p"]),
    "a relative label": (":a", ["//p:a"]),
    "a quoted label": ("'//p:a'", ["//p:a"]),
    "deps": ("deps(//p:d)", ["//p:a", "//p:b", "//p:c", "//p:d"]),
    "deps of one step": ("deps(//p:d, 1)", ["//p:b", "//p:c", "//p:d"]),
    "deps of no step": ("deps(//p:d, 0)", ["//p:d"]),
    "deps of a graph are its nodes": ("deps(//p/q, 1)", ["//p/q:e", "//p/q:q"]),
    "deps cross packages": ("deps(//p/q:e) ^ //p:all", P[:4]),
    "deps of an artifact": ("deps(//p/q:wheel, 1)", ["//p/q:q", "//p/q:wheel"]),
    "rdeps": ("rdeps(//p:d, //p:b)", ["//p:b", "//p:d"]),
    "rdeps in everything": ("rdeps(//..., //p:d)", [*Q, "//p:d", "//p:p", "//p:wheel"]),
    "rdeps of one step": ("rdeps(//..., //p:a, 1)", ["//p:a", "//p:b", "//p:c", "//p:p"]),
    "rdeps outside of the universe": ("rdeps(//p:f, //p:b)", []),
    "allpaths": ("allpaths(//p:d, //p:a)", P[:4]),
    "allpaths where there is none": ("allpaths(//p:a, //p:d)", []),
    "somepath within a set": ("somepath(//p:d, //p:a) - //p:b", ["//p:a", "//p:d"]),
    "kind": ('kind("^(graph|wheel)$", //p:all)', ["//p:p", "//p:wheel"]),
    "kind, unquoted": ("kind(template, //p:all)", P[:5]),
    "filter": ('filter(":[ab]$", //...)', ["//p:a", "//p:b"]),
    "attr of prose": ('attr(spec, "^Reads", //...)', ["//p:a"]),
    "attr of one parameter": ('attr(params.rate, "^2.5$", //...)', ["//p:a"]),
    "attr of a truth value": ("attr(params.fast, true, //...)", ["//p:a"]),
    "attr of a list": (r'attr(tags, "[\[ ]nightly[,\]]", //...)', ["//p:f"]),
    "attr that only artifacts have": ('attr(version, "^1", //p:all)', ["//p:wheel"]),
    "attr of a port": ('attr(outputs.train, "^int$", //...)', ["//p:a"]),
    "attr of hooks": ("attr(hooks, 'logging after', //p:all)", P[:5]),
    "attr that a target lacks": ("attr(params.rate, '', //p:b)", []),
    "labels of a node": ("labels(srcs, //p:d)", ["//p:b", "//p:c"]),
    "labels of a graph": ("labels(nodes, //p)", P[:5]),
    "labels of an artifact": ("labels(graph, //p:wheel)", ["//p:p"]),
    "labels of another kind": ("labels(graph, //p:d)", []),
    "consumers of a port": ("consumers(//p:a.train)", ["//p:b"]),
    "consumers of any port": ("consumers(//p:a)", ["//p:b", "//p:c"]),
    "consumers of a set": ("consumers(//p:b + //p:d)", ["//p/q:e", "//p:d"]),
    "consumers of a graph's input": ("consumers(//p.raw)", ["//p:a"]),
    "producers of a shorthand": ('producers("int")', ["//p:a"]),
    "producers of a named type": ("producers(lab.Count)", ["//p:a"]),
    "producers of another unit": (
        'producers("float64[r, c] mV")',
        ["//p/q:e", "//p:b", "//p:c", "//p:d", "//p:f"],
    ),
    "producers of nothing": ('producers("text")', []),
    "set": ("set(//p:a //p:b '//p:a')", ["//p:a", "//p:b"]),
    "an empty set": ("set()", []),
    "let": ("let v = //p:d in deps($v) except $v", P[:3]),
    "let within let": ("let v = //p:a in let w = $v + //p:b in $w - $v", ["//p:b"]),
    "the inner let wins": ("let v = //p:a in let v = //p:b in $v", ["//p:b"]),
    "let in a term": ("//p:a + (let v = //p:b in $v)", ["//p:a", "//p:b"]),
    "union": ("//p:a union //p:b + //p:c", P[:3]),
    "except": ("//p:all except kind(node, //p:all)", ["//p:p", "//p:wheel"]),
    "intersect": ("//p:all intersect deps(//p:b)", P[:2]),
    "operators are of one rank": ("//p:a + //p:b - //p:a ^ //p:b", ["//p:b"]),
    "operators go from left to right": ("//p:all - //p:all + //p:a", ["//p:a"]),
    "parentheses come first": ("//p:all - (//p:all - //p:a)", ["//p:a"]),
    "what needs it": ("//p:b+ ^ //p:all", ["//p:b", "//p:d", "//p:p", "//p:wheel"]),
    "what it needs": ("+//p:b", P[:2]),
    "both": ("(+//p:b+) ^ //p:all", ["//p:a", "//p:b", "//p:d", "//p:p", "//p:wheel"]),
    "one step each way": ("1+//p:d+1", ["//p/q:e", "//p:b", "//p:c", "//p:d", "//p:p"]),
    "steps of a bracket": ("(//p:b)+1", ["//p:b", "//p:d", "//p:p"]),
    "a plus between spaces is a union": ("//p:a + //p:b", P[:2]),
    "a plus between labels is a union": ("//p:a+//p:b", P[:2]),
    "a plus before the second is a union": ("//p:a +//p:b", P[:2]),
    "both kinds of plus": ("+//p:b + //p:f", ["//p:a", "//p:b", "//p:f"]),
    "a step, then a union": ("//p:b+1+//p:f", ["//p:b", "//p:d", "//p:f", "//p:p"]),
    "modified": ("state:modified", ["//p:b", "//p:f"]),
    "new": ("state:new", ["//p:f"]),
    "clean": ("state:clean", ["//p:a"]),
    "modified and what needs it": ("state:dirty+1", ["//p:b", "//p:d", "//p:p"]),
    "modified and what it needs": ("+state:modified - //p:f", P[:2]),
    "white space": ("  deps (\n//p:b\t, 1 ) ", P[:2]),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_a_query_is_answered_in_sorted_labels(what):
    query, wanted = ANSWERS[what]
    assert asked(query, diamond()) == [str(found) for found in sorted(map(label, wanted))]


PATHS = {
    "somepath, in its order": ("somepath(//p:d, //p:a)", ["//p:d", "//p:b", "//p:a"]),
    "somepath of sets": ("somepath(//p/q:all, set(//p:b //p:a))", ["//p/q:e", "//p:d", "//p:b"]),
    "somepath where there is none": ("somepath(//p:a, //p:f)", []),
}


@pytest.mark.parametrize("what", PATHS)
def test_somepath_is_answered_in_the_order_of_the_path(what):
    query, wanted = PATHS[what]
    assert asked(query, diamond()) == wanted


MISTAKES = {
    "nothing": ("", "a label or a function should stand here", 1),
    "no argument": ("deps(", "a label or a function should stand here", 6),
    "an empty argument": ("deps()", "a label or a function should stand here", 6),
    "an unknown function": ("dep(//p)", "there is no function `dep`", 1),
    "an open bracket": ("deps(//p:a", "`)` should stand here", 11),
    "a depth in words": ("deps(//p:a, x)", "a depth is a whole number", 13),
    "a negative depth": ("deps(//p:a, -1)", "a depth is a whole number", 13),
    "a depth in other digits": ("deps(//p:a, ²)", "a depth is a whole number", 13),
    "a depth beyond all": ("deps(//p:a, 99999999999)", "a depth is a whole number", 13),
    "too few arguments": ("rdeps(//p:a)", "`,` should stand here", 12),
    "too many arguments": ("somepath(//p:a, //p:b, 1)", "`)` should stand here", 22),
    "two labels": ("//p:a //p:b", "`//p:b` is left over", 7),
    "an operator at the end": ("//p:a + ", "a label or a function should stand here", 9),
    "two operators": ("//p:a - ^ //p:b", "a label or a function should stand here", 9),
    "a bad expression": ("kind('(', //p)", "not a regular expression", 6),
    "an unknown target": ("//p:claen", "there is no target `//p:claen`", 1),
    "an unknown package": ("deps(//w)", "`//w` matches no package", 6),
    "no label": ("deps(zu)", "`zu` is no label", 6),
    "a pattern taken away": ("'-//p:a'", "a query takes away by an operator", 1),
    "nested too deep": ("(" * 60 + "//p" + ")" * 60, "nested deeper than 50", 52),
    "a bracket too many": (")", "a label or a function should stand here", 1),
    "an open quote": ("//p:a + 'x", "a quote is not closed", 9),
    "an unknown variable": ("let vv = //p in $v", "no `let` gives `$v`", 17),
    "a variable out of scope": ("(let v = //p in $v) + $v", "no `let` gives `$v`", 23),
    "a let without in": ("let v = //p", "`in` should stand here", 12),
    "a let without a name": ("let = //p in //p", "a name should stand here", 5),
    "a word of the language": ("deps(in)", "`in` is a word of the language", 6),
    "an unknown attribute": ("attr(spce, x, //p)", "there is no attribute `spce`", 6),
    "a part of an attribute without": ("attr(spec.x, x, //p)", "there is no attribute `spec.x`", 6),
    "an unknown link": ("labels(nodse, //p)", "there is no attribute `nodse`", 8),
    "an unknown state": ("state:modifed+", "there is no state `modifed`", 1),
    "an unknown port": ("consumers(//p:a.trian)", "`//p:a` has no output `trian`", 17),
    "a port of an artifact": ("consumers(//p:wheel.a)", "`//p:wheel` has no output `a`", 21),
    "an unknown type": ("producers(lab.Singal)", "not a type: no type is called", 11),
    "a type that is cut short": ('producers("float64[")', "not a type", 11),
    "a plus that closes nothing": ("//p:a+ //p:b", "`//p:b` is left over", 8),
    "a plus twice": ("//p:a++", "a label or a function should stand here", 8),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_bad_query_names_the_place(what):
    query, message, column = MISTAKES[what]
    with pytest.raises(QueryFailed) as caught:
        answer(query, diamond())
    assert message in caught.value.message
    assert caught.value.facts["column"] == str(column)
    assert caught.value.exit_code == 7
    assert caught.value.hint


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("depps(//p)", "deps"),
        ("//p:wheels", "wheel"),
        ("attr(spce, x, //p)", "spec"),
        ("state:modifed", "modified"),
        ("producers(lab.Singal)", "lab.Signal"),
        ("consumers(//p:a.trian)", "train"),
        ("let first = //p in $frist", "first"),
    ],
)
def test_a_bad_query_names_what_is_near(query, near):
    with pytest.raises(QueryFailed) as caught:
        answer(query, diamond())
    assert f"`{near}`" in caught.value.facts["closest"]


def test_the_place_is_marked_under_the_query():
    with pytest.raises(QueryFailed) as caught:
        answer("//p:a +\n\tdepps(//p)", diamond())
    lines = caught.value.lines()
    shown = next(line for line in lines if "depps(" in line and "query" in line)
    marked = next(line for line in lines if "place" in line)
    assert marked.index("^") == shown.index("depps")
    assert caught.value.facts["line"] == "2"


def test_a_long_query_is_shown_around_its_place():
    with pytest.raises(QueryFailed) as caught:
        answer(
            " + ".join(["//p:a"] * 500) + " + //p:zz + " + " + ".join(["//p:a"] * 500), diamond()
        )
    shown, marked = caught.value.facts["query"], caught.value.facts["place"]
    assert len(shown) < 100
    assert shown[marked.index("^") :].startswith("//p:zz")


def test_a_union_that_was_read_as_a_step_says_so():
    with pytest.raises(QueryFailed) as caught:
        answer("//p:a+ //p:b", diamond())
    assert "spaces on both sides" in caught.value.hint


def test_states_and_types_are_made_only_when_they_are_asked_for():
    def never():
        raise AssertionError

    quiet = World(joined(DIAMOND), never, never, "p")
    assert asked("deps(//p:d) + attr(spec, x, //...) + consumers(//p:a)", quiet)
    with pytest.raises(AssertionError):
        answer("state:modified", quiet)


def test_a_state_is_what_the_plan_says():
    def planned(name, *reasons, key=None, cached=False):
        steps = (Step("test", key, None, cached),)
        return TargetPlan(label(name), "node", steps, tuple(Reason(r) for r in reasons))

    plan = Plan(
        (
            planned("//p:a", cached=True),
            planned("//p:b", "spec.text"),
            planned("//p:c", "record"),
            TargetPlan(label("//p"), "graph", (Step("integrate", None, None, False),), ()),
        )
    )
    found = plan_states(plan)
    assert found[label("//p:a")] == {"clean"}
    assert found[label("//p:b")] == {"dirty", "modified"}
    assert found[label("//p:c")] == {"dirty", "modified", "new"}
    assert found[label("//p")] == {"waiting", "modified"}
    assert set().union(*found.values()) <= set(STATES)


def test_a_type_with_a_length_leaves_out_other_lengths():
    def made(name, text, **params):
        return node(name, {"out": parse_schema(text, {})}, params=params)

    nodes = [
        made("//p:a", "float64[rows, 256]"),
        made("//p:b", "float64[rows, 128]"),
        made("//p:c", "float64[rows, 2 * n]", n=128),
        made("//p:d", "float64[rows, 2 * n]", n=64),
        made("//p:e", "float64[rows, columns]"),
    ]
    found = asked('producers("float64[r, 256]")', world(workspace(nodes, [])))
    assert found == ["//p:a", "//p:c", "//p:e"]


WORDS = (
    *("let", "v", "=", "in", "$v", "union", "except", "set", "(", ")", ",", "+", "-", "^", "1"),
    *("//p:a", "//p/...", ":b", "'x'", '"', "state:new", "//p:a.out", "spec", "[", " ", "\n"),
    *("lab.Signal", "999999999999", *FUNCTIONS),
)
soup = st.lists(st.sampled_from(WORDS), max_size=20).map("".join)


@given(text=st.one_of(soup, st.text(max_size=30)))
def test_whatever_is_asked_is_answered_or_told_what_is_wrong(text):
    with contextlib.suppress(QueryFailed):
        answer(text, SMALL)


@pytest.mark.parametrize("char", "(+^'\"$-,=")
def test_no_text_is_too_deep_for_the_parser(char):
    with pytest.raises(QueryFailed):
        parse(char * 5000)


SMALL = diamond()


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_long_chain_is_no_deeper_than_one_of_three(count):
    names = [label(f"//p{n // 5000}:n{n}") for n in range(count)]
    chained = workspace(
        [node(str(name)) for name in names],
        [edge(one, other) for one, other in itertools.pairwise(names)],
    )
    long = world(chained)
    last = names[-1]
    began = time.monotonic()
    assert len(answer(f"deps({last})", long)) == count
    assert len(answer(f"rdeps(//..., {names[0]})", long)) == len(long.targets)
    assert len(answer(f"allpaths({last}, {names[0]})", long)) == count
    assert answer(f"somepath({last}, {names[0]})", long) == names[::-1]
    assert not answer("let v = //... in ($v + $v - //...) ^ set(//p0:n0 //p1:n5000)", long)
    assert time.monotonic() - began < 60  # seconds where nothing else runs; never quadratic
