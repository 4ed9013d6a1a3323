"""Every way to let worse code through is a line of its own; the way back is told as well."""

import pytest

from .sides import LAWS, backwards, gates

G, T, L = "packages/n/fxg.yaml", "fxgbuild.toml", "rules/notes/properties/test_slug.py"
R, C = "rules/notes/rules.toml", "packages/n/cases.jsonl"
SECOND = '{"inputs": {"title": "y"}, "outputs": {"slug": "y", "score": 1.0}}\n'
LOWER = LAWS[LAWS.index("def test_lower") :]
N, S, OUT = "//n:slug", "//rules/notes:Slug", "//n:own outputs."

# A change that weakens, what is said of it, and what is said of the way back.
BOTH_WAYS = {
    "an example": (
        (G, "      - {inputs: {title: B}, outputs: {slug: b, score: 0.5}}\n", ""),
        f"{N} examples: 1 of 2 removed",
        f"{N} examples: 1 added",
    ),
    "how near an example": (
        (G, "within: 0.01", "within: 0.1"),
        f"{N} examples: 1 of 2 compared more loosely",
        f"{N} examples: 1 of 2 compared more tightly",
    ),
    "a hidden case": (
        (C, SECOND, ""),
        f"{N} acceptance.cases: 1 of 3 removed",
        f"{N} acceptance.cases: 1 added",
    ),
    "how near a hidden case": (
        (C, '"within": 0.1', '"within": 0.5'),
        f"{N} acceptance.cases: 1 of 3 compared more loosely",
        f"{N} acceptance.cases: 1 of 3 compared more tightly",
    ),
    "an acceptance test": (
        ("packages/n/test_slug.py", "def test_one(candidate):\n    assert candidate\n", "\n"),
        f"{N} acceptance.tests test_slug.py: 1 of 1 removed",
        f"{N} acceptance.tests test_slug.py: 1 added",
    ),
    "a test file": (
        (G, "tests: [test_slug.py], ", ""),
        f"{N} acceptance.tests test_slug.py: 1 of 1 removed",
        f"{N} acceptance.tests test_slug.py: 1 added",
    ),
    "a property": ((L, LOWER, ""), f"{S} properties: 1 of 2 removed", f"{S} properties: 1 added"),
    "an output's range": (
        (G, "in [0, 9]", "in [0, 99]"),
        f"{OUT}size.range: highest value 9 → 99",
        f"{OUT}size.range: highest value 99 → 9",
    ),
    "an output's tolerance": (
        (G, "~1e-6", "~1e-3"),
        f"{OUT}size.tolerance: absolute 1e-06 → 0.001",
        f"{OUT}size.tolerance: absolute 0.001 → 1e-06",
    ),
    "missing values": (
        (G, "[n] in", "[n] nan in"),
        f"{OUT}size.nan: no → yes",
        f"{OUT}size.nan: yes → no",
    ),
    "an output's presence": (
        (G, '"enum<a|b>"', '"enum<a|b>?"'),
        f"{OUT}kind: may be absent: no → yes",
        f"{OUT}kind: may be absent: yes → no",
    ),
    "an output's values": (
        (G, "enum<a|b>", "enum<a|b|c>"),
        f"{OUT}kind.enum: 1 values added, 0 removed",
        f"{OUT}kind.enum: 0 values added, 1 removed",
    ),
    "a task type's output": (
        (R, "float in [0, 1]", "float in [0, inf]"),
        f"{S} outputs.score.range: highest value 1 → none",
        f"{S} outputs.score.range: highest value none → 1",
    ),
    "imports": (
        (G, "[json]", "[json, zipfile]"),
        f"{N} imports: allowed now",
        f"{N} imports: no longer allowed",
    ),
    "a task type's imports": (
        (R, '["re"]', '["re", "numpy"]'),
        f"{S} imports: allowed now",
        f"{S} imports: no longer allowed",
    ),
    "visibility": (
        (G, "imports: [json]", 'imports: [json]\n    visibility: ["//other", "//third"]'),
        f"{N} visibility: allowed now",
        f"{N} visibility: no longer allowed",
    ),
    "a target that patterns leave out": (
        (G, "imports: [json]", "imports: [json]\n    tags: [manual]"),
        f"{N} tags: `manual`: patterns such as //... leave it out",
        f"{N} tags: no longer `manual`",
    ),
    "the sandbox": (
        (T, 'minimum = "A"', 'minimum = "B"'),
        "fxgbuild.toml sandbox.minimum: A → B",
        "fxgbuild.toml sandbox.minimum: B → A",
    ),
    "the lock": (
        (T, 'lock = "requirements.lock"', ""),
        "fxgbuild.toml python.lock: no lock is checked any more",
        "fxgbuild.toml python.lock: a lock is checked now",
    ),
    "who is trusted": (
        (T, "", f'[remote]\ntrust = ["ed25519:{"0" * 64}"]\n'),
        "fxgbuild.toml remote.trust: allowed now",
        "fxgbuild.toml remote.trust: no longer allowed",
    ),
}
# Changes that nobody can call weaker or stronger count as weaker, both ways.
EITHER_WAY = {
    "an example": ((G, "{slug: b,", "{slug: c,"), f"{N} examples: 1 of 2 changed"),
    "a named example": ((G, "inputs: {title: A}", "inputs: {title: Q}"), "examples: 1 of 2 ch"),
    "a hidden case": ((C, '"slug": "y"', '"slug": "q"'), "acceptance.cases: 1 of 3 changed"),
    "a property": ((L, '== "a"', '!= "b"'), f"{S} properties: 1 of 2 changed"),
    "what properties share": ((L, "MOST = 20", "MOST = 30"), f"{S} properties: what the tests"),
    "acceptance data": (("packages/n/words.txt", "words", "w"), "acceptance.data: changed"),
    "a graph's test": (
        ("packages/n/test_graph.py", "assert graph", "assert True"),
        "//n:n acceptance.tests test_graph.py: 1 of 1 changed",
    ),
    "hooks": ((G, "name: scan", "name: look"), f"{N} hooks: 1 removed or changed"),
}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_a_gate_that_is_lowered_is_weaker_and_raised_is_stronger(name):
    edit, weaker, stronger = BOTH_WAYS[name]
    assert gates(edit) == ([weaker], [])
    weak, strong = backwards(edit)
    assert strong == [stronger]
    assert not weak


@pytest.mark.parametrize("name", EITHER_WAY)
def test_a_gate_that_is_another_one_counts_as_weaker(name):
    edit, text = EITHER_WAY[name]
    for weaker, stronger in (gates(edit), backwards(edit)):
        assert len(weaker) == 1
        assert text in weaker[0]
        assert not stronger


def test_all_of_an_acceptance_removed_is_said_at_once_and_case_by_case():
    example = "{inputs: {slug: s}, outputs: {size: [1.0], kind: a}}"
    edit = (G, "    acceptance: {cases: own.jsonl}\n", f"    examples: [{example}]\n")
    weaker, stronger = gates(edit)
    assert weaker == [
        "//n:own acceptance: all of it removed",
        "//n:own acceptance.cases: 1 of 1 removed",
    ]
    assert stronger == ["//n:own examples: 1 added"]


def test_what_judges_nothing_is_no_gate():
    for edit in (
        (L, '"""Laws."""', '"""Other words."""'),
        (L, "A name is short.", "Short it is."),
        (C, '{"name": "first"', '{"name":   "first"'),
        (G, "Cut at 20.", "Cut at 21."),
        (T, 'ruff = "0.1"', 'ruff = "0.2"'),
    ):
        assert gates(edit) == ([], [])
