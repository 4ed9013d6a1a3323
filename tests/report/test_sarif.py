"""SARIF: the standard's own schema, places that are relative, a run for each tool."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.event import TargetEnded
from fxgbuild.finding import Finding
from fxgbuild.report.failures import TOOLS, rendered
from fxgbuild.report.sarif import ROOT, sarif, sarif_text

from .runs import ALL, KEY, action, started

PLACES = rendered(".fxgbuild")


SCHEMA = json.loads((Path(__file__).parent / "sarif" / "sarif-2.1.0.json").read_text("utf-8-sig"))
STANDARD = jsonschema.validators.validator_for(SCHEMA)(
    SCHEMA, format_checker=jsonschema.FormatChecker()
)
RELATIVE = re.compile(r"[^/:\\]+(/[^/\\]+)*")


def uris(value):
    """Every URI below a value."""
    if isinstance(value, dict):
        yield from [value["uri"]] if "uri" in value else []
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from uris(part)


def test_the_schema_bites():
    document = sarif(ALL["failed"](), PLACES)
    document["runs"][0]["results"][0]["level"] = "dreadful"
    assert not STANDARD.is_valid(document)


@pytest.mark.parametrize("name", ALL)
def test_a_document_has_the_standard_s_form(name):
    document = json.loads(sarif_text(ALL[name](), PLACES))
    STANDARD.validate(document)
    assert all(RELATIVE.fullmatch(uri) for uri in uris(document["runs"]))
    assert [run["tool"]["driver"]["name"] for run in document["runs"]] == list(TOOLS)
    for run in document["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_a_finding_is_its_tool_s():
    runs = sarif(ALL["failed"](), PLACES)["runs"]
    found = {run["tool"]["driver"]["name"]: [r["ruleId"] for r in run["results"]] for run in runs}
    assert found == {
        **{"ruff": ["F841"], "mypy": ["return-value"], "bandit": ["B307"]},
        **{"fxgbuild-policy": ["construct"], "pytest": ["property"]},
    }


def test_places_are_relative_and_a_test_s_line_is_not_the_code_s():
    runs = {run["tool"]["driver"]["name"]: run for run in sarif(ALL["failed"](), PLACES)["runs"]}
    lint = runs["ruff"]["results"][0]["locations"][0]["physicalLocation"]
    assert lint == {
        "artifactLocation": {"uri": ".fxgbuild/out/eeg/bad.py", "uriBaseId": ROOT},
        "region": {"startLine": 12, "startColumn": 5},
    }
    assert "region" not in runs["pytest"]["results"][0]["locations"][0]["physicalLocation"]


def test_a_fingerprint_does_not_move_with_the_line():
    def fingerprint(line):
        one = Finding("lint", "F841", "unused", line, 1)
        events = [started(), TargetEnded("//a:b", "node", "failed", KEY, KEY, (one,))]
        return sarif(events, PLACES)["runs"][0]["results"][0]["partialFingerprints"]

    assert fingerprint(3) == fingerprint(9)


@given(st.text(), st.text(), st.integers(0, 9), st.integers(0, 9))
def test_whatever_is_said_the_form_holds(rule, message, line, column):
    one = Finding("lint", rule, message, line, column)
    events = [started(), action("//a:b", "lint", outcome="failed", findings=[one])]
    STANDARD.validate(json.loads(sarif_text(events, PLACES)))
