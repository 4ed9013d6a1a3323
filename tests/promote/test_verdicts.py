"""Two provenances side by side: what judged, where, and what wrote the code."""

from dataclasses import replace

import pytest

from fxgbuild.digest import Digest
from fxgbuild.promote.verdicts import compare_verdicts
from fxgbuild.release.evidence import Evidence, NodeEvidence, Passed

SOME = Digest("0" * 64)


def passed(action, sandbox="", **tools):
    return Passed(action, SOME, SOME, tools, sandbox, "2026-11-20")


def evidence(level="A", ruff="0.17.4", model="acme-coder-1", **more):
    node = NodeEvidence(
        "//words:rank",
        "core.Function",
        "model",
        SOME,
        (passed("lint", ruff=ruff), passed("test", level, pytest="9.0.1")),
        model=model,
        **more,
    )
    return Evidence(
        "//words:wheel", "wheel", "words", "0.1.0", (("w.whl", SOME),), (node,),
        (passed("integrate", level),), None, (), None, "0.6.0", SOME, "3.11.7", "linux",
        (),
    )  # fmt: skip


def test_equal_evidence_has_nothing_to_tell():
    assert compare_verdicts(evidence(), evidence()) == ([], [])


def test_a_lower_sandbox_level_is_a_gate_that_was_weakened_and_a_higher_one_is_not():
    for levels, weaker in ((("A", "B"), True), (("B", "A"), False)):
        elsewhere, gates = compare_verdicts(*(evidence(level) for level in levels))
        assert {(gate.gate, gate.weaker) for gate in gates} == {
            ("sandbox of test", weaker),
            ("sandbox of integrate", weaker),
        }
        assert [item.where for item in elsewhere] == ["sandbox"]


def test_a_level_that_is_gone_is_weaker():
    old = evidence()
    _, (gate,) = compare_verdicts(old, replace(old, graph=()))
    assert (gate.gate, gate.weaker, gate.text) == ("sandbox of integrate", True, "A → none")


@pytest.mark.parametrize(
    ("new", "where", "field"),
    [
        (evidence(ruff="0.17.5"), "tools", ("ruff", "0.17.4", "0.17.5")),
        (evidence(model="other-2"), "writers", ("//words:rank", "acme-coder-1", "other-2")),
        (
            evidence(adopted=True),
            "writers",
            ("//words:rank", "acme-coder-1", "acme-coder-1 (adopted)"),
        ),
        (replace(evidence(), python="3.12.1"), "machine", ("python", "3.11.7", "3.12.1")),
    ],
)
def test_tools_writers_and_machine_are_told_with_both_values(new, where, field):
    ((item,), gates) = compare_verdicts(evidence(), new)
    (moved,) = item.fields
    assert (item.where, (moved.field, moved.before, moved.after)) == (where, field)
    assert gates == []
