"""Loading a workspace: every mistake is a located problem, all in one go, never a traceback."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.lang.model import Workspace
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage
from tests.lang.workspaces import FILES, edited, load, loaded, said, write

GRAPH = "packages/demo/fxg.yaml"
RULES = "rules/lab/rules.toml"


def keys(workspace: Workspace) -> dict[str, str]:
    return {
        str(node.label): key_of("generate", generate_preimage(workspace, node)).hex
        for graph in workspace.graphs.values()
        for node in graph.nodes.values()
        if node.is_generated()
    }


def plan(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fxgbuild", "plan"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


# Twenty mistakes at once --------------------------------------------------------------------------

WRONG_GRAPH = """\
fxg: 1
use: ["//rules/lab", "//rules/labb"]
inputs: {raw: "float64[rows, channels] uV", odd: "float65[n]", ms: "float64[rows, channels] s"}
outputs: {level: second.levle}
data:
  first:
    raw: {path: data/first.npy, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
nodes:
  all:
    task: lab.Plain
  clean:
    task: lab.Clean
    spec: Take the drift away.
    params: {strength: 11.0, gian: 1.0, gain: much}
    effects: [network]
    hooks: [{kind: logging, mode: streaming}]
    acceptance: {cases: acceptance/none.jsonl, tests: [../outside.py]}
  measure:
    task: lab.Mesure
    spec: The level.
  second:
    task: lab.Measure
  shape:
    task: lab.Shape
    spec: Count.
    ports: {singal: "float64[n]"}
  stray:
    task: tab.Clean
    spec: Another.
  own:
    task: core.Function
    source: own.py:missing
    outputs: {x: "record<a>"}
edges:
  - {from: rwa, to: clean.signal}
  - {from: ms, to: clean.signal}
  - {from: clean.signal, to: second.signall}
  - {from: clean.signla, to: second.signal}
  - {from: raw, to: shape.signal}
  - {from: shape.count, to: shape.signal, join: any}
  - {from: "//other:x.y", to: all.level}
"""  # noqa: E501

WRONG = [
    ("2:22", "there is no rule set `//rules/labb` [FXG1103]"),
    ("3:50", "no type is called `float65` [FXG1104]"),
    ("4:18", "`second` has no output `levle` [FXG1108]"),
    ("7:41", "`data/first.npy` has digest aac04736ad22…, declared is 000000000000… [FXG1119]"),
    ("7:5", "the graph input `ms` is missing [FXG1117]"),
    ("9:3", "the name `all` is reserved or taken [FXG1114]"),
    ("14:24", "parameter `strength` is 11.0 s, outside [0.0, 10.0] s [FXG1106]"),
    ("14:30", "lab.Clean has no parameter `gian` [FXG1106]"),
    ("14:47", "parameter `gain` is `much`, not of type float [FXG1106]"),
    ("15:14", "the effect `network` is declared but does not run yet [FXG1115]"),
    ("16:13", "streaming does not run yet [FXG1116]"),
    ("17:25", "the file `packages/demo/acceptance/none.jsonl` does not exist [FXG1117]"),
    ("17:56", "`../outside.py` leaves the package's folder [FXG1117]"),
    ("19:11", "`lab` has no task type `Mesure` [FXG1109]"),
    ("22:5", "a model writes this node, so it needs a `spec` [FXG1118]"),
    ("26:13", "lab.Shape has no port `singal` [FXG1108]"),
    ("28:11", "no rule set `tab` is in use [FXG1103]"),
    ("31:5", "core.Function has no rule set, so it needs an `acceptance` [FXG1118]"),
    ("32:13", "`own.py` has no function `missing` [FXG1118]"),
    ("33:18", "`:` should stand at character 9 of `record<a>` [FXG1104]"),
    ("35:12", "no graph input is called `rwa` [FXG1108]"),
    ("36:5", "input `ms` → //demo:clean.signal: unit: `s` does not convert to `uV` [FXG1110]"),
    ("37:30", "`second` has no input `signall` [FXG1108]"),
    ("38:12", "`//demo:clean` has no output `signla` [FXG1108]"),
    ("40:5", "//demo:shape.count → //demo:shape.signal: is `int`, not `float64` [FXG1110]"),
    ("40:5", "raw and //demo:shape.count both feed //demo:shape.signal without a `join` [FXG1112]"),
    ("23:3", "a cycle: //demo:shape → //demo:shape [FXG1121]"),
    ("41:12", "no package is called `//other` [FXG1108]"),
]


def test_every_mistake_of_a_workspace_is_told_at_once_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path, FILES | {GRAPH: WRONG_GRAPH, "packages/demo/own.py": "def present(): ...\n"})
    done = plan(tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    found = [line for line in done.stderr.splitlines() if line.startswith("packages/")]
    for place, message in WRONG:
        wanted = f"{GRAPH}:{place}: {message}"
        assert any(line.startswith(wanted) for line in found), f"{wanted}\n{done.stderr}"
    assert len(found) >= 20
    assert done.stderr.rstrip().endswith(f"the workspace has {len(found)} problems [FXG1001]")


def test_mistakes_of_form_hide_no_other_mistakes(tmp_path: Path) -> None:
    """An unknown key, a wrong kind, an edge to nowhere: the rest is checked all the same."""
    form = WRONG_GRAPH + "  - {from: raw}\n  - {from: nowhere, to: shape.signal}\nkolour: red\n"
    form = form.replace("edges:\n", "edges:\n  - {from: raw, to: 3}\n", 1)
    write(tmp_path, FILES | {GRAPH: form, "packages/demo/own.py": "def present(): ...\n"})
    done = plan(tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for text in ("unknown key `kolour`", "`edges.0.to`", "`to` is missing", "called `nowhere`"):
        assert text in done.stderr
    for _, message in WRONG:
        assert message in done.stderr, message
    lines = form.splitlines()
    for line in done.stderr.splitlines():
        if "called `nowhere`" in line:
            assert "nowhere" in lines[int(line.split(":")[1]) - 1]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("spec: The root", "sepc: The root", ["30:5: unknown key `sepc` [FXG1102]"]),
        ("fxg: 1", "fxg: 2", ["2:6: `fxg`: input should be 1 [FXG1102]"]),
        ("fxg: 1\n", "", ["2:1: `fxg` is missing [FXG1102]"]),
        ("join: any", "join: any", []),
        ("call: async", "call: later", ["40:52: `edges.2.call`: input should be"]),
        ("{attempts: 3}", "{attempts: 0}", ["40:77: `edges.2.retry.attempts`: input should be"]),
        ("task: lab.Plain", "task: [lab.Plain]", ["36:11: `nodes.plain.task`: input should be"]),
        ("  plain:", "  Plain:", ["35:3: `nodes.Plain`: string should match"]),
        ("within: 1.0e-9", "within: -1", ["26:17: `nodes.clean.examples.0.within`: input"]),
        ("  plain:", "  ../plain:", ["35:3: `nodes.../plain`: string should match"]),
        ("spec: The root", "spec: &a The root", ["30:11: anchors are not used here: `&a`"]),
    ],
)
def test_a_mistake_of_form_is_located_at_the_key_or_value(
    tmp_path: Path, old: str, new: str, wanted: list[str]
) -> None:
    files = dict(FILES) | {GRAPH: FILES[GRAPH].replace(old, new, 1)}
    found = [text for text in said(load(write(tmp_path, files))[1]) if "[FXG110" in text]
    found = [text for text in found if "[FXG1108]" not in text]  # what the mistake entails
    assert len(found) == len(wanted), found
    for line, start in zip(found, wanted, strict=True):
        assert line.startswith(f"{GRAPH}:{start}"), line


RULE_MISTAKES = [
    ('domain = "lab"', 'domain = "lob"', "rules/lab/rules.toml:2:1: the domain is `lob`"),
    ("[tasks.Shape]", "[tasks.Shade]", "its template `rules/lab/templates/shade.py` is missing"),
    ('"scipy.signal"]', '"scpy.signal"]', "no distribution of the rule set provides `scpy.signal`"),
    ("default = 1.0", "default = 11.0", "the default is 11.0 s, outside [0.0, 10.0] s [FXG1106]"),
    ('count = "int"', 'count = "itn"', "no type is called `itn` [FXG1104]"),
    ('type = "int"', 'type = "secret"', "input should be"),
    ('{requires = ">=2,<3"', '{reqires = ">=2,<3"', "unknown key `reqires` [FXG1102]"),
]


@pytest.mark.parametrize(("old", "new", "message"), RULE_MISTAKES)
def test_a_mistake_in_a_rule_set_is_located_in_its_file(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    if "secret" in new:
        new += '\nbinding = "link"'
        old += '\ndefault = 7\nbinding = "run"'
        message = "a secret is bound at run, nowhere else [FXG1106]"
    _, problems = load(write(tmp_path, edited(FILES, RULES, old, new)))
    assert any(message in line for line in said(problems)), said(problems)
    assert all(problem.where.line > 0 for problem in problems)
    assert any(problem.where.path == RULES for problem in problems)


def test_a_broken_template_is_located_in_the_template(tmp_path: Path) -> None:
    files = edited(FILES, "rules/lab/templates/shape.py", "def shape(", "def shape((")
    assert any(
        line.startswith("rules/lab/templates/shape.py:8:1: not Python")
        for line in said(load(write(tmp_path, files))[1])
    )


def test_a_rule_set_out_of_utf_8_or_syntax_is_one_problem_and_its_tasks_are_not_missed(
    tmp_path: Path,
) -> None:
    files = dict(FILES) | {RULES: "fxg = = 1\n"}
    found = said(load(write(tmp_path, files))[1])
    assert found == [f"{RULES}:1:7: not TOML: Invalid value [FXG1101]"]


WAYS_OUT = [
    ("    tags: [manual]", "    tags: [manual]\n    effects: [clock]", "31:1", "graph input"),
    ("{kind: logging, when: after}", "{kind: logging, mode: streaming}", "1:1", "`mode: batch`"),
]


@pytest.mark.parametrize("number", [0, 1])
def test_what_does_not_run_yet_is_a_problem_that_names_the_way_out(
    tmp_path: Path, number: int
) -> None:
    old, new, _, hint = WAYS_OUT[number]
    _, problems = load(write(tmp_path, edited(FILES, GRAPH, old, new)))
    assert [problem.id for problem in problems] == [("FXG1115", "FXG1116")[number]]
    assert problems[0].where.line > 1
    assert hint in problems[0].hint


SECRET = '[tasks.Clean.params.token]\ntype = "secret"\n'


def test_a_secret_has_no_value_in_any_file_and_the_problem_does_not_repeat_it(
    tmp_path: Path,
) -> None:
    invokes = "[[tasks.Clean.invokes]]"
    plain = edited(FILES, RULES, invokes, f"{SECRET}\n{invokes}")
    given = edited(plain, GRAPH, "{gain: 3.0}", '{gain: 3.0, token: "CANARY"}')
    default = edited(FILES, RULES, invokes, f'{SECRET}default = "CANARY"\n\n{invokes}')
    assert "token" not in loaded(tmp_path / "a", plain).graphs["demo"].nodes["clean"].params
    for name, files, place in (("b", given, f"{GRAPH}:21:25"), ("c", default, f"{RULES}:40:1")):
        workspace, problems = load(write(tmp_path / name, files))
        assert said(problems) == [
            f"{place}: the secret `token` has no value in a file; it is given at run [FXG1106]"
        ]
        assert "CANARY" not in str(problems)
        assert "CANARY" not in str(workspace)


# Equal meaning, equal keys ------------------------------------------------------------------------


def test_a_graph_in_json_has_the_keys_of_the_same_graph_in_yaml(tmp_path: Path) -> None:
    twin = dict(FILES)
    value = yaml.safe_load(twin.pop(GRAPH))
    twin["packages/demo/fxg.json"] = json.dumps(value, indent=1)
    assert keys(loaded(tmp_path / "yaml")) == keys(loaded(tmp_path / "json", twin))


@settings(max_examples=20)
@given(st.randoms())
def test_key_order_and_comments_move_no_key(chance: random.Random) -> None:
    import tempfile

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = [(name, shuffled(item)) for name, item in value.items()]
            chance.shuffle(items)
            return dict(items)
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    text = yaml.safe_dump(shuffled(yaml.safe_load(FILES[GRAPH])), sort_keys=False)
    text = "".join(f"{line}  # said\n" if "'" not in line and "\\" not in line and line.endswith(
        (":", "}")) else f"{line}\n" for line in text.splitlines())  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        one = loaded(Path(folder) / "one")
        two = loaded(Path(folder) / "two", dict(FILES) | {GRAPH: f"# first\n{text}\n# last\n"})
    assert keys(one) == keys(two)


def test_blanks_that_a_reader_cannot_see_move_no_key(tmp_path: Path) -> None:
    seen = edited(FILES, GRAPH, "Take the drift away.\n", "Take the drift away.   \n")
    crlf = dict(FILES) | {GRAPH: FILES[GRAPH].replace("\n", "\r\n")}
    rules = dict(FILES) | {RULES: FILES[RULES].replace("\n", "\r\n")}
    assert (
        keys(loaded(tmp_path / "a"))
        == keys(loaded(tmp_path / "b", seen))
        == keys(loaded(tmp_path / "c", crlf))
        == keys(loaded(tmp_path / "d", rules))
    )


# Across packages ----------------------------------------------------------------------------------

OTHER = """\
fxg: 1
use: ["//rules/lab"]
nodes:
  shape: {task: lab.Shape, spec: Count.}
edges:
  - {from: "//demo:clean.signal", to: shape.signal}
"""


@pytest.mark.parametrize(
    ("visibility", "package", "seen"),
    [
        ("", "other", False),
        ('visibility: ["//other"]', "other", True),
        ('visibility: ["//..."]', "other", True),
        ('visibility: ["//teams/..."]', "teams/a", True),
        ('visibility: ["//teams/..."]', "teams", True),
        ('visibility: ["//team/..."]', "teams", False),
        ('visibility: ["//others"]', "other", False),
    ],
)
def test_an_edge_crosses_packages_where_the_node_is_visible(
    tmp_path: Path, visibility: str, package: str, seen: bool
) -> None:
    files = dict(FILES) | {f"packages/{package}/fxg.yaml": OTHER}
    files[GRAPH] += f"{visibility}\n"
    workspace, problems = load(write(tmp_path, files))
    if seen:
        assert not problems, said(problems)
        (edge,) = workspace.graphs[package].edges
        assert str(edge.source) == "//demo:clean"
    else:
        place = f"packages/{package}/fxg.yaml:6:12"
        assert said(problems) == [f"{place}: `//demo:clean` is not visible here [FXG1120]"]
        assert f'"//{package}"' in problems[0].hint


def test_two_graph_files_in_a_package_and_a_bad_package_name_are_problems(tmp_path: Path) -> None:
    files = dict(FILES) | {"packages/demo/fxg.json": "{}", "packages/Bad Name/fxg.yaml": OTHER}
    assert said(load(write(tmp_path, files))[1]) == [
        "packages/Bad Name/fxg.yaml: `Bad Name` is no package name: lower-case ASCII words joined "
        "by `/` [FXG1114]",
        "packages/demo/fxg.json: `//demo` has two graph files; keep one of fxg.yaml and fxg.json "
        "[FXG1114]",
    ]


# Joins --------------------------------------------------------------------------------------------

JOIN_RULES = (
    FILES[RULES]
    + """
[tasks.Gather]
doc = "Gather."
inputs = {levels = "list<float64[channels] mV>", one = "float64[channels]?"}
outputs = {level = "float64[channels]"}
"""
)
GATHER = "def gather(levels: list[int], one: int) -> int:\n    return one\n"
JOINS = """\
fxg: 1
use: ["//rules/lab"]
inputs: {a: "float64[k] uV", b: "float64[k] uV"}
nodes:
  gather: {task: lab.Gather}
edges:
  - {from: a, to: gather.PORT, join: JOIN}
  - {from: b, to: gather.PORT, join: JOIN}
"""


@pytest.mark.parametrize(
    ("port", "join", "wanted"),
    [
        ("levels", "all", ""),
        ("levels", "{quorum: 2}", ""),
        ("one", "any", ""),
        ("levels", "any", "is `float64`, not `list`"),
        ("one", "all", "`join: all` delivers a list, and the port takes one value [FXG1110]"),
        ("one", "{quorum: 1}", "`join: {quorum: 1}` delivers a list"),
        ("levels", "{quorum: 3}", "a quorum of 3 of 2 edges into //joins:gather.levels [FXG1112]"),
    ],
)
def test_a_join_of_several_values_needs_a_list_and_any_needs_one_value(
    tmp_path: Path, port: str, join: str, wanted: str
) -> None:
    graph = JOINS.replace("PORT", port).replace("JOIN", join)
    if port == "one":
        graph = graph.replace("edges:\n", "edges:\n  - {from: c, to: gather.levels}\n")
        graph = graph.replace("inputs: {", 'inputs: {c: "list<float64[k] mV>", ')
    files = dict(FILES) | {
        RULES: JOIN_RULES,
        "rules/lab/templates/gather.py": GATHER,
        "packages/joins/fxg.yaml": graph,
    }
    workspace, problems = load(write(tmp_path, files))
    if wanted:
        assert any(wanted in line for line in said(problems)), said(problems)
    else:
        assert not problems, said(problems)
        edges = [edge for edge in workspace.graphs["joins"].edges if edge.port == "levels"]
        assert all(edge.scale == (0.001 if port == "levels" else 1.0) for edge in edges)


# Cycles -------------------------------------------------------------------------------------------


def ring(count: int) -> dict[str, str]:
    lines = ["fxg: 1", 'use: ["//rules/lab"]', "nodes:"]
    lines += [f"  n{n}: {{task: lab.Clean, spec: Step.}}" for n in range(count)]
    lines += ["edges:"]
    lines += [
        f"  - {{from: n{n}.signal, to: n{(n + 1) % count}.signal, call: async}}"
        for n in range(count)
    ]
    return dict(FILES) | {"packages/ring/fxg.yaml": "\n".join(lines) + "\n"}


@pytest.mark.parametrize(
    ("count", "path"),
    [
        (1, "a cycle: //ring:n0 → //ring:n0"),
        (2, "a cycle: //ring:n0 → //ring:n1 → //ring:n0"),
        (
            5000,
            "a cycle of 5000 nodes: //ring:n0 → //ring:n1 → //ring:n2 → //ring:n3 → … → "
            "//ring:n4998 → //ring:n4999 → //ring:n0",
        ),
    ],
)
def test_a_cycle_of_any_length_is_one_printable_problem(
    tmp_path: Path, count: int, path: str
) -> None:
    _, problems = load(write(tmp_path, ring(count)))
    assert said(problems) == [f"packages/ring/fxg.yaml:4:3: {path} [FXG1121]"]


def test_a_cycle_across_packages_is_found(tmp_path: Path) -> None:
    text = """\
fxg: 1
use: ["//rules/lab"]
visibility: ["//..."]
nodes:
  n: {task: lab.Clean, spec: Step.}
edges:
  - {from: "//PEER:n.signal", to: n.signal}
"""
    files = dict(FILES) | {
        "packages/one/fxg.yaml": text.replace("PEER", "two"),
        "packages/two/fxg.yaml": text.replace("PEER", "one"),
    }
    assert said(load(write(tmp_path, files))[1]) == [
        "packages/one/fxg.yaml:5:3: a cycle: //one:n → //two:n → //one:n [FXG1121]"
    ]


# No accident --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_with_a_hole_bitten_out_of_it_never_raises(data: st.DataObject) -> None:
    import tempfile

    name = data.draw(st.sampled_from([GRAPH, RULES, "rules/lab/templates/clean.py"]))
    text = FILES[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    bite = data.draw(st.sampled_from(["", "x", "{", "[1]", "\n", ": ", "\u2028", '"', "-5", "{}"]))
    with tempfile.TemporaryDirectory() as folder:
        load(write(Path(folder), dict(FILES) | {name: text[:start] + bite + text[end:]}))
