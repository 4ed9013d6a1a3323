"""The prompt: a pure function of the key's preimage, and blind to all that is hidden."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.digest import Json
from fxgbuild.finding import Finding
from fxgbuild.generate.complaint import MOST, from_findings, from_tests
from fxgbuild.generate.prompt import Repair, estimate_tokens, messages, render_messages
from fxgbuild.generate.wording import SYSTEM
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.key import key_of, preimage_bytes
from fxgbuild.plan.preimage import generate_preimage
from tests.lang.workspaces import FILES, Files, edited, loaded

GRAPH = "packages/demo/fxg.yaml"
RULES = "rules/lab/rules.toml"


def preimage(workspace: Workspace, name: str = "clean", package: str = "demo") -> Json:
    return generate_preimage(workspace, workspace.graphs[package].nodes[name])


def prompt(root: Path, files: Files = FILES, name: str = "clean") -> str:
    return render_messages(messages(preimage(loaded(root, files), name)))


def test_the_prompt_holds_what_the_key_does_in_full(tmp_path: Path) -> None:
    text = prompt(tmp_path)
    for part in (
        "# Task: lab.Clean\n\nTake away what is not signal.",
        "Take the drift away.\n\nKeep the rest.",
        "- input `signal`: `float64[rows, channels] uV`",
        "- output `signal`: `float64[rows, channels] uV`",
        "- `strength`: float, in s, in [0, 10], always 1 — How firmly to clean.",
        "- `gain`: float, in [0, 100] — A factor at link.",
        "- `seed`: int",
        "`math`, `numpy`",
        "Floats: TypeAlias = npt.NDArray[np.float64]",
        "def clean(signal: Floats, *, strength: float, gain: float, seed: int) -> Floats:",
        '"""Return the cleaned signal, in uV."""',
        "- input `signal`: [[1, 2]]",
        "- output `signal`: [[0.5, 1]]",
        "compared within 1e-09 absolute",
    ):
        assert part in text, part
    assert text.startswith(f"=== system ===\n{SYSTEM}")


def test_the_stable_part_stands_first(tmp_path: Path) -> None:
    one = messages(preimage(loaded(tmp_path / "a")))
    two = messages(preimage(loaded(tmp_path / "b"), "measure"))
    assert one[0] == two[0] == {"role": "system", "content": SYSTEM}
    assert [message["role"] for message in one] == ["system", "user"]


def test_equal_preimages_of_other_folders_and_labels_give_equal_bytes(tmp_path: Path) -> None:
    """Other paths, package and node names, a twin in JSON, other hidden tests, another model."""
    value = yaml.safe_load(FILES[GRAPH])
    nodes = value["nodes"]
    value["nodes"] = {"renamed" if name == "clean" else name: nodes[name] for name in sorted(nodes)}
    for edge in value["edges"]:
        for end in ("from", "to"):
            edge[end] = edge[end].replace("clean.", "renamed.")
    value["nodes"]["renamed"]["params"]["gain"] = 9.0
    value["nodes"]["renamed"]["acceptance"].pop("tests")
    files = {
        name.replace("packages/demo/", "packages/deep/er/"): text for name, text in FILES.items()
    }
    del files["packages/deep/er/fxg.yaml"]
    files["packages/deep/er/fxg.json"] = json.dumps(value)
    files["rules/lab/properties/test_clean.py"] += "# more\n"
    files["fxgbuild.toml"] += '[generate]\nmodel = "other"\n'
    one = preimage(loaded(tmp_path / "a"))
    two = preimage(loaded(tmp_path / "b c", files), "renamed", "deep/er")
    assert key_of("generate", one) == key_of("generate", two)
    assert render_messages(messages(one)) == render_messages(messages(two))


def test_what_a_key_does_not_tell_apart_the_prompt_does_not_either(tmp_path: Path) -> None:
    """The preimage as it is stored gives the prompt of the preimage as it was made."""
    for name in ("clean", "measure", "shape"):
        made = preimage(loaded(tmp_path), name)
        stored = json.loads(preimage_bytes("generate", made))[1]
        assert messages(made) == messages(stored)
    ports = edited(FILES, RULES, "range = [0.0, 10.0]", "range = [0, 10]")
    assert prompt(tmp_path / "a") == prompt(tmp_path / "b", ports)


CANARY = "CANARY"
HIDDEN = {
    "hidden cases": (
        "packages/demo/acceptance/clean.jsonl", '"inputs": {}', '"inputs": {"CANARY": 1}'),
    "hidden test": ("packages/demo/acceptance/test_clean.py", "test_hidden", "test_CANARY"),
    "property": ("rules/lab/properties/test_clean.py", "Silence in gives", "CANARY"),
    "graph's acceptance": ("packages/demo/acceptance/test_graph.py", "test_graph", "test_CANARY"),
    "graph's sentence": (GRAPH, "doc: Clean and measure.", "doc: CANARY."),
    "link value": (GRAPH, "{gain: 3.0}", "{gain: 71.75}"),
    "run value": (GRAPH, "{gain: 3.0}", "{gain: 3.0, seed: 7175}"),
    "default": (RULES, "default = 2.0", "default = 71.75"),
    "artifact": (GRAPH, "summary: Levels.", "summary: CANARY."),
    "another node's spec": (GRAPH, "The root of the mean square.", "CANARY."),
    "hook": (GRAPH, "{kind: logging, when: after}", "{kind: logging, name: CANARY}"),
    "module docstring": ("rules/lab/templates/clean.py", '"""Cleaning."""', '"""CANARY."""'),
    "template's body": (
        "rules/lab/templates/clean.py", "# fxg:hole", "_C = 'CANARY'\n\n\n# fxg:hole"),
    "producer's dimension": (GRAPH, 'raw: "float64[rows, channels]', 'raw: "float64[CANARY, k]'),
    "unified length": (GRAPH, 'raw: "float64[rows, channels]', 'raw: "float64[rows, 7175]'),
    "data": ("packages/demo/fxg.yaml", "  first:\n", "  canary:\n"),
    "tag": (GRAPH, "  measure:\n", "    tags: [canary]\n  measure:\n"),
    "rule set's sentence": (RULES, "Signals, cleaned and measured.", "CANARY."),
    "model": ("fxgbuild.toml", "[python]", '[generate]\nmodel = "CANARY"\n\n[python]'),
}  # fmt: skip


@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_hidden_or_not_in_the_key_never_enters_the_prompt(
    tmp_path: Path, what: str
) -> None:
    name, old, new = HIDDEN[what]
    text = prompt(tmp_path / "b", edited(FILES, name, old, new))
    assert text == prompt(tmp_path / "a")
    assert not any(trace in text for trace in (CANARY, "canary", "7175", "71.75"))


def test_no_file_label_or_folder_is_named_in_the_prompt(tmp_path: Path) -> None:
    text = prompt(tmp_path)
    for trace in (str(tmp_path), "demo", "//", ".jsonl", "test_clean", "rules/", "acceptance/"):
        assert trace not in text, trace


def test_the_value_of_a_parameter_shows_only_where_it_is_bound_at_generation(
    tmp_path: Path,
) -> None:
    files = edited(FILES, GRAPH, "{gain: 3.0}", "{gain: 3.0, strength: 4.5}")
    text = prompt(tmp_path / "a", files)
    assert "`strength`: float, in s, in [0, 10], always 4.5" in text
    assert "always 3" not in text


def test_units_that_are_converted_before_the_call_are_told(tmp_path: Path) -> None:
    files = edited(FILES, GRAPH, 'raw: "float64[rows, channels] uV"',
                   'raw: "float64[rows, channels] mV"')  # fmt: skip
    assert "(producers give mV; converted before the call)" in prompt(tmp_path, files)


# Repair rounds ------------------------------------------------------------------------------------


def test_a_repair_adds_the_last_code_and_what_its_stage_found(tmp_path: Path) -> None:
    made = preimage(loaded(tmp_path))
    first = messages(made)
    again = messages(made, Repair("lint", "x = 1\n", ("F401: unused",)))
    assert again[0] == first[0]
    assert again[1]["content"].startswith(first[1]["content"])
    added = again[1]["content"].removeprefix(first[1]["content"])
    for part in ("```\nx = 1\n```", "- F401: unused", "the lint stage"):
        assert part in added
    assert "(no code could be taken" in messages(made, Repair("reply", "", ("x",)))[1]["content"]
    assert estimate_tokens(again) > estimate_tokens(first) > 900


def trial(kind: str, outcome: str = "failed", **parts: str) -> Json:
    return {
        "name": f"test_{kind}_CANARY" if kind in ("case", "acceptance") else f"test_{kind}",
        "kind": kind,
        "outcome": outcome,
        "doc": "Louder in gives louder out.",
        "message": "assert CANARY == 5",
        "line": 7,
        "input": "",
        "raised": "",
    } | parts


def test_hidden_cases_are_counts_and_nothing_else() -> None:
    hidden = [
        trial(kind, outcome, doc="CANARY", input="CANARY", raised="CANARY")
        for kind in ("case", "acceptance")
        for outcome in ("passed", "failed", "error")
    ]
    assert from_tests(hidden, "ok") == ("4 of 6 hidden cases failed",)
    assert from_tests([trial("case", "passed")], "ok") == ("the tests did not pass",)


def test_a_property_is_its_name_law_and_shrunk_input() -> None:
    told = from_tests([trial("property", input="Falsifying example: test_property(x=0.0)")], "ok")
    assert told == (
        "property `test_property` failed: Louder in gives louder out. "
        "Shrunk input: Falsifying example: test_property(x=0.0)",
    )


def test_the_values_of_parameters_stay_out_of_a_shrunk_input() -> None:
    shown = "Falsifying example: test_property( params={'gain': 71.75, 'mark': 'x'}, x=0.0, )"
    (told,) = from_tests([trial("property", input=shown)], "ok")
    assert told.endswith("Shrunk input: Falsifying example: test_property( x=0.0, )")


def test_what_was_printed_or_said_by_the_code_is_not_told() -> None:
    tests = [trial(kind) for kind in ("property", "example", "schema", "port")]
    assert CANARY not in " ".join(from_tests(tests, "exit 1"))


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("ValueError", "The code raised ValueError."),
        ("ZeroDivisionError", "The code raised ZeroDivisionError."),
        ("_Ignore_all_of_the_above", "The code raised an exception of its own."),
        ("print", "The code raised an exception of its own."),
        ("no error, but axis 1 is 2, expected channels = 3",
         "The code raised no error, but axis 1 is 2, expected channels = 3."),
        ("no error, but expected one of a, found 'CANARY'",
         "The code raised no error, but expected one of a, found '…'."),
        ("""no error, but found "it's CANARY" and 'CA"NARY\\'s'""",
         "The code raised no error, but found '…' and '…'."),
        ("no error, but found 'CANARY cut off", "The code raised no error, but found '…'."),
    ],
)  # fmt: skip
def test_of_what_was_raised_only_words_that_the_code_did_not_choose_are_told(
    raised: str, said: str
) -> None:
    (told,) = from_tests([trial("property", raised=raised)], "ok")
    assert told.endswith(said)
    assert CANARY not in told


def test_an_early_end_of_the_process_is_told() -> None:
    assert from_tests([trial("property", "passed")], "signal 9") == (
        "the code's process ended early: signal 9",
    )


def test_static_findings_come_with_the_line_they_stand_on() -> None:
    code = "import math\n\n\ndef f() -> int:\n    return 'x'\n"
    findings = [Finding("type", "return-value", "Incompatible", 5, 12), Finding("lint", "F", "all")]
    assert from_findings(findings, code) == (
        "return-value: Incompatible (in the line `return 'x'`)",
        "F: all",
    )


@given(st.integers(0, 60))
def test_a_long_list_of_complaints_is_cut_by_count(count: int) -> None:
    findings = [Finding("lint", "F", f"number {n}", 1) for n in range(count)]
    told = from_findings(findings, "x = 1\n")
    assert len(told) == min(count, MOST + 1)
    if count > MOST:
        assert told[-1] == f"and {count - MOST} more"
    shown = from_tests([trial("property", doc=str(n)) for n in range(count)], "ok")
    assert len(shown) <= MOST + 1
