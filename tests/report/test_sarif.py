"""SARIF: the form of version 2.1.0, places that are relative, a run for each tool.

`PART` is the part of the standard's schema that our documents use, written by hand from the
standard's property tables and closed: what is not in it is not written.
"""

import json

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


def closed(required, **properties):
    return {
        **{"type": "object", "additionalProperties": False},
        **{"required": required.split(), "properties": properties},
    }


TEXT = {"type": "string"}
SAID = closed("text", text=TEXT)
RULE = closed("id", id=TEXT, shortDescription=SAID)
REGION = closed(
    "startLine",
    startLine={"type": "integer", "minimum": 1},
    startColumn={"type": "integer", "minimum": 1},
)
ARTIFACT = closed(
    "uri uriBaseId", uri={"type": "string", "pattern": r"^[^/:\\]+(/[^/\\]+)*$"}, uriBaseId=TEXT
)
LOCATION = closed(
    "physicalLocation",
    physicalLocation=closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations={
        "type": "array",
        "items": closed("fullyQualifiedName", fullyQualifiedName=TEXT, kind=TEXT),
    },
)
RESULT = closed(
    "message ruleId",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=SAID,
    locations={"type": "array", "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    properties={"type": "object"},
)
DRIVER = closed(
    "name",
    name=TEXT,
    version=TEXT,
    rules={"type": "array", "items": RULE, "uniqueItems": True},
)
RUN = closed(
    "tool results",
    tool=closed("driver", driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={
        "type": "object",
        "additionalProperties": closed("description", description=SAID),
    },
    results={"type": "array", "items": RESULT},
)
PART = closed(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
)


@pytest.mark.parametrize("name", ALL)
def test_a_document_has_the_standard_s_form(name):
    document = json.loads(sarif_text(ALL[name](), PLACES))
    jsonschema.Draft7Validator(PART).validate(document)
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
    jsonschema.Draft7Validator(PART).validate(json.loads(sarif_text(events, PLACES)))
