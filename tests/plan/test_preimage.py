"""What is in every key and what is not: each edit moves exactly the keys it should."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.key import differences, key_of
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import lock_facts
from fxgbuild.plan.preimage import (
    STATIC_STAGES,
    emit_preimage,
    generate_preimage,
    integrate_preimage,
    static_preimage,
    test_preimage,
)
from tests.lang.workspaces import FACTS, FILES, edited, loaded

GRAPH = "packages/demo/fxg.yaml"
RULES = "rules/lab/rules.toml"
NODES = ("clean", "measure", "shape", "plain")


def preimages(workspace: Workspace, facts: Facts = FACTS) -> dict[str, Json]:
    """The preimage of every action of //demo, each node's code being its own name."""
    graph = workspace.graphs["demo"]
    facts = replace(facts, lock=workspace.lock.versions({}))
    found: dict[str, Json] = {}
    codes: dict[str, Digest] = {}
    for node in graph.nodes.values():
        name, code = node.label.name, digest_bytes(node.label.name.encode())
        codes[str(node.label)] = code
        if node.is_generated():
            found[f"generate {name}"] = generate_preimage(workspace, node)
        for stage in STATIC_STAGES:
            found[f"{stage} {name}"] = static_preimage(stage, node, code, facts)
        found[f"test {name}"] = test_preimage(node, code, facts)
    nodes, edges = closure(workspace, graph)
    found["integrate"] = integrate_preimage(graph, nodes, edges, codes, facts)
    for artifact in graph.artifacts.values():
        lock = lock_facts(facts, nodes)
        found["emit"] = emit_preimage(graph, artifact, nodes, edges, codes, facts, lock=lock)
    return found


def keys(found: dict[str, Json]) -> dict[str, Digest]:
    return {name: key_of(name.split()[0], preimage) for name, preimage in found.items()}


def leaves(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        for name in value:
            yield from leaves(value[name], (*path, name))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def changed(value: Json) -> Json:
    """Another value of about the same kind."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case None:
            return 0
    return ["x"] if isinstance(value, list) else {"x": 1}


def test_every_leaf_of_every_preimage_moves_its_key(tmp_path: Path) -> None:
    seen = 0
    for name, preimage in preimages(loaded(tmp_path)).items():
        action = name.split()[0]
        before = key_of(action, preimage)
        for path in leaves(preimage):
            other = copy.deepcopy(preimage)
            place = other
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = changed(place[path[-1]])
            assert key_of(action, other) != before, f"{name}: {path}"
            assert [old for old, _, _ in differences(preimage, other)], f"{name}: {path}"
            del place[path[-1]]
            assert key_of(action, other) != before, f"{name}: without {path}"
            seen += 1
    assert seen > 500


# One edit of the files, and exactly the keys that move by it -------------------------------------

WIRING = "integrate emit"
CLEAN = "rules/lab/templates/clean.py"
EDITS: dict[str, tuple[str, str, str, str, str]] = {
    # what: (file, old, new, the keys that move, a field that says why)
    "spec": (GRAPH, "the drift", "all drift", "generate clean", "spec.text"),
    "shown example": (
        GRAPH, "[[0.5, 1.0]]", "[[0.5, 2.0]]", "generate clean, test clean",
        "examples.0.outputs.signal.0.1"),
    "example's tolerance": (
        GRAPH, "within: 1.0e-9", "within: 1.0e-8", "generate clean, test clean",
        "examples.0.within"),
    "variant": (
        GRAPH, "    params: {gain", "    variant: two\n    params: {gain", "generate clean",
        "variant"),
    "rule's sentence": (RULES, "what is not signal", "all noise", "generate clean", "task.doc"),
    "contract's docstring": (CLEAN, "signal, in uV", "signal", "generate clean",
                             "contract.docstring"),
    "contract's declaration": (
        CLEAN, "npt.NDArray[np.float64]", "npt.NDArray[np.float32]", "generate clean",
        "contract.declarations.0"),
    "allowed imports": (
        RULES, '["math", "numpy"]', '["numpy"]',
        "generate clean, security clean, test clean", "imports.0"),
    "parameter's range": (RULES, "range = [0.0, 10.0]", "range = [0.0, 9.0]", "generate clean",
                          "parameters.strength.range.1"),
    "parameter's doc": (RULES, "How firmly", "How hard", "generate clean",
                        "parameters.strength.doc"),
    "default at run": (RULES, "default = 7", "default = 8", f"test clean, {WIRING}", "params.seed"),
    "value at generation": (
        GRAPH, "{gain: 3.0}", "{gain: 3.0, strength: 2.0}",
        f"generate clean, test clean, {WIRING}", "params.strength"),
    "value at link": (GRAPH, "{gain: 3.0}", "{gain: 4.0}", f"test clean, {WIRING}", "params.gain"),
    "binding": (
        GRAPH, "    params: {gain", "    bind: {gain: generate}\n    params: {gain",
        "generate clean", "params.gain"),
    "producer's unit": (
        GRAPH, "    params: {gain", "    ports: {signal: {unit: mV}}\n    params: {gain",
        f"generate clean, type clean, test clean, generate measure, {WIRING}",
        "ports.outputs.signal.array.unit"),
    "port's tolerance": (
        RULES, 'Signal = "float64[rows, channels] uV"',
        'Signal = "float64[rows, channels] uV ~1e-9"',
        f"generate clean, type clean, test clean, {WIRING}",
        "ports.inputs.signal.array.tolerance"),
    "graph input's unit": (
        GRAPH, 'raw: "float64[rows, channels] uV"', 'raw: "float64[rows, channels] mV"',
        f"generate clean, {WIRING}", "upstream.signal.0.array.unit"),
    "graph input's length": (
        GRAPH, 'raw: "float64[rows, channels] uV"', 'raw: "float64[rows, 19] uV"', WIRING,
        "inputs.raw.array.dims.1"),
    "edge's retry": (GRAPH, "{attempts: 3}", "{attempts: 4}", WIRING, ".retry.attempts"),
    "edge's call": (GRAPH, "call: async, ", "", WIRING, ".call"),
    "hook": (GRAPH, "when: after", "when: before", WIRING, "nodes.//demo:clean.hooks.0.when"),
    "property": (
        "rules/lab/properties/test_clean.py", "signal=[[0.0]]", "signal=[[0]]", "test clean",
        "properties"),
    "hidden cases": (
        "packages/demo/acceptance/clean.jsonl", '"outputs": {}', '"outputs": {"signal": []}',
        "test clean", "acceptance.cases"),
    "hidden test": (
        "packages/demo/acceptance/test_clean.py", "assert candidate", "assert candidate()",
        "test clean", "acceptance.tests.acceptance/test_clean.py"),
    "threshold": (
        GRAPH, "{cases: acceptance/clean.jsonl,",
        "{metric: exact, at_least: 0.9, cases: acceptance/clean.jsonl,",
        "test clean", "acceptance.at_least"),
    "graph's acceptance": (
        "packages/demo/acceptance/test_graph.py", "graph.cases", "len(graph.cases)", "integrate",
        "acceptance.tests.acceptance/test_graph.py"),
    "graph's sentence": (GRAPH, "doc: Clean and measure.", "doc: Clean, then measure.", "emit",
                         "declaration.doc"),
    "artifact's version": (GRAPH, "version: 0.1.0", "version: 0.1.1", "emit",
                           "declaration.version"),
    "lock of a used distribution": ("lock.txt", "numpy==2.1.0", "numpy==2.1.1", "emit",
                                    "lock.numpy"),
    "range of a used distribution": (RULES, ">=1.13", ">=1.12", "emit", "lock.scipy"),
    "lock of another distribution": ("lock.txt", "other==1.0", "other==2.0", "", ""),
    "template outside the contract": (
        CLEAN, "# fxg:hole", "_LIMIT = 5.0\n\n\n# fxg:hole", "", ""),
    "module docstring": (CLEAN, '"""Cleaning."""', '"""Scrubbing."""', "", ""),
    "a comment": (GRAPH, "# The graph of the tests.", "# Said otherwise.", "", ""),
    "model": ("fxgbuild.toml", "[python]",
              '[generate]\nprovider = "openai"\nmodel = "m"\n\n[python]', "", ""),
    "tag": (GRAPH, "tags: [manual]", "tags: [slow]", "", ""),
    "visibility": (GRAPH, "tags: [manual]", 'visibility: ["//..."]', "", ""),
    "rule set's version": (RULES, "version = 1", "version = 2", "", ""),
    "value equal to its default": (
        GRAPH, "{gain: 3.0}", "{gain: 3.0, strength: 1, seed: 7}", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_moves_exactly_the_keys_that_cover_it(tmp_path: Path, what: str) -> None:
    name, old, new, moving, field = EDITS[what]
    after = preimages(loaded(tmp_path / "b", edited(FILES, name, old, new)))
    check(preimages(loaded(tmp_path / "a")), after, moving, field)


def check(before: dict[str, Json], after: dict[str, Json], moving: str, field: str) -> None:
    old, new = keys(before), keys(after)
    assert old.keys() == new.keys()
    moved = {name for name in old if old[name] != new[name]}
    wanted = {part for part in moving.replace(WIRING, "integrate, emit").split(", ") if part}
    assert moved == wanted
    why = {name: [path for path, _, _ in differences(before[name], after[name])] for name in old}
    assert {name for name in why if why[name]} == moved
    if field:
        assert any(path.endswith(field) for name in moved for path in why[name]), why


def every(action: str) -> str:
    return ", ".join(f"{action} {name}" for name in NODES)


MACHINE = f"{every('test')}, integrate"
FACTS_EDITS: dict[str, tuple[dict[str, Any], str]] = {
    "python": ({"python": "3.12.0"}, f"{every('type')}, {MACHINE}"),
    "platform": ({"platform": "linux-aarch64"}, MACHINE),
    "sandbox": ({"sandbox": "B"}, MACHINE),
    "harness": ({"harness": "h2"}, MACHINE),
    "runtime": ({"runtime": "r2"}, f"{MACHINE}, emit"),
    "packager": ({"packager": "p2"}, "emit"),
    "limits": ({"limits": {"cpu_s": 60}}, MACHINE),
    "ruff": ({"tools": dict(FACTS.tools) | {"ruff": "9"}}, every("lint")),
    "mypy": ({"tools": dict(FACTS.tools) | {"mypy": "9"}}, every("type")),
    "bandit": ({"tools": dict(FACTS.tools) | {"bandit": "9"}}, every("security")),
    "pytest": ({"tools": dict(FACTS.tools) | {"pytest": "9"}}, MACHINE),
    "hypothesis": ({"tools": dict(FACTS.tools) | {"hypothesis": "9"}}, MACHINE),
    "lint's configuration": ({"stages": dict(FACTS.stages) | {"lint": 2}}, every("lint")),
    "policy": ({"stages": dict(FACTS.stages) | {"security": 2}}, every("security")),
    "a used distribution": (
        {"distributions": {"numpy": "2.1.0", "scipy": "1.15.0"}},
        "type measure, test measure, integrate",
    ),
    "a used distribution's stubs": (
        {"distributions": dict(FACTS.distributions) | {"scipy-stubs": "1"}},
        "type measure, test measure, integrate",
    ),
    "a missing distribution": (
        {"distributions": {"numpy": "2.1.0"}},
        "type measure, test measure, integrate",
    ),
    "another distribution": ({"distributions": dict(FACTS.distributions) | {"pandas": "3"}}, ""),
    "another tool": ({"tools": dict(FACTS.tools) | {"black": "1"}}, ""),
}


@pytest.mark.parametrize("what", FACTS_EDITS)
def test_a_change_of_the_machine_moves_exactly_the_keys_that_cover_it(
    tmp_path: Path, what: str
) -> None:
    facts, moving = FACTS_EDITS[what]
    workspace = loaded(tmp_path)
    check(preimages(workspace), preimages(workspace, replace(FACTS, **facts)), moving, "")


def test_changed_data_moves_the_key_of_integration_alone(tmp_path: Path) -> None:
    other = digest_bytes(b"other data").hex
    files = {name: text.replace(digest_bytes(b"first data").hex, other) if name == GRAPH else text
             for name, text in FILES.items()}  # fmt: skip
    files["packages/demo/data/first.npy"] = "other data"
    before, after = preimages(loaded(tmp_path / "a")), preimages(loaded(tmp_path / "b", files))
    check(before, after, "integrate", "cases.first.raw")


def test_changed_code_moves_the_pure_keys_and_no_generation(tmp_path: Path) -> None:
    workspace = loaded(tmp_path)
    clean = workspace.graphs["demo"].nodes["clean"]
    one, two = digest_bytes(b"1"), digest_bytes(b"2")
    for stage in STATIC_STAGES:
        assert static_preimage(stage, clean, one, FACTS) != static_preimage(
            stage, clean, two, FACTS
        )
    assert test_preimage(clean, one, FACTS) != test_preimage(clean, two, FACTS)


def test_a_renamed_node_keeps_its_generate_key_and_so_do_its_consumers(tmp_path: Path) -> None:
    text = FILES[GRAPH].replace("  clean:\n", "  scrub:\n").replace("clean.signal", "scrub.signal")
    before = keys(preimages(loaded(tmp_path / "a")))
    after = keys(preimages(loaded(tmp_path / "b", dict(FILES) | {GRAPH: text})))
    assert after["generate scrub"] == before["generate clean"]
    assert after["generate measure"] == before["generate measure"]
    assert after["generate shape"] == before["generate shape"]
    assert after["integrate"] != before["integrate"]


def test_a_further_edge_with_an_equal_schema_moves_no_generate_key_but_its_consumer_s(
    tmp_path: Path,
) -> None:
    more = FILES[GRAPH].replace(
        "edges:\n",
        "  again: {task: lab.Shape, spec: Count again.}\nedges:\n"
        "  - {from: clean.signal, to: again.signal}\n",
    )
    before = keys(preimages(loaded(tmp_path / "a")))
    after = keys(preimages(loaded(tmp_path / "b", dict(FILES) | {GRAPH: more})))
    assert {name: after[name] for name in before if name.startswith("generate")} == {
        name: key for name, key in before.items() if name.startswith("generate")
    }


def test_the_folder_a_workspace_lies_in_is_in_no_key(tmp_path: Path) -> None:
    assert keys(preimages(loaded(tmp_path / "a b"))) == keys(preimages(loaded(tmp_path / "c/d/e")))


@pytest.mark.parametrize(("one", "other"), [('" "', '""'), ('"a "', '"a"'), ('"\\n"', '""')])
def test_text_values_that_differ_in_blanks_have_different_keys(
    tmp_path: Path, one: str, other: str
) -> None:
    text = '[tasks.Clean.params.mark]\ntype = "text"\ndefault = "x"\n\n[[tasks.Clean.invokes]]'
    rules = edited(FILES, RULES, "[[tasks.Clean.invokes]]", text)
    found = [
        keys(preimages(loaded(tmp_path / name, edited(rules, GRAPH, "{gain: 3.0}",
                                                      f"{{gain: 3.0, mark: {value}}}"))))
        for name, value in (("a", one), ("b", other))
    ]  # fmt: skip
    assert found[0]["test clean"] != found[1]["test clean"]
    assert found[0]["emit"] != found[1]["emit"]
