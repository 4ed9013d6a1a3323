"""The summary is of the published form, and says what the run did."""

import json

import jsonschema
import pytest

from fxgbuild.report.summary import NAME, schema_text, summary_text
from tests.docs.pages import ROOT

from .runs import ALL


def test_the_published_schema_is_the_program_s():
    assert (ROOT / "docs" / "schemas" / NAME).read_text("utf-8") == schema_text()


@pytest.mark.parametrize("name", ALL)
def test_a_summary_is_valid_by_the_published_schema(name):
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(summary_text(ALL[name]()))
    jsonschema.Draft202012Validator(schema).validate(document)
    wrong = document | {"surprise": 1}
    assert not jsonschema.Draft202012Validator(schema).is_valid(wrong)
    del document["totals"]
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


def test_it_counts_what_ran_and_names_what_failed():
    document = json.loads(summary_text(ALL["failed"]()))
    assert document["status"] == "failed"
    assert document["actions"]["lint"] == {
        **{"run": 4, "failed": 2, "shared": 0, "cached": 4},
        "wall_s": 0.4,
    }
    assert document["actions"]["type"]["shared"] == 1
    bad = next(t for t in document["targets"] if t["label"] == "//eeg:bad")
    assert {f["tool"] for f in bad["findings"]} == {"ruff", "mypy", "bandit", "fxgbuild-policy"}
    assert document["dirty"][0]["fields"] == ["spec.text"]


def test_a_killed_run_has_no_exit_code():
    document = json.loads(summary_text(ALL["killed"]()))
    assert (document["status"], document["exit_code"]) == ("killed", None)
