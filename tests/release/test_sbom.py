"""The bill of materials: valid, complete, and a function of the artifact alone."""

import dataclasses
import json
import re
import sys

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings

from fxgbuild.digest import Digest
from fxgbuild.errors import ToolFailed
from fxgbuild.release.sbom import sbom

from .evidences import FOUND, evidence

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


@given(found=evidence)
@settings(max_examples=10)
def test_it_passes_the_strict_validator(found):
    assert VALIDATOR.validate_str(sbom(found).decode()) is None


def test_it_names_the_artifact_its_nodes_and_every_locked_distribution():
    bill = json.loads(sbom(FOUND))
    main = bill["metadata"]["component"]
    assert (main["name"], main["version"]) == ("eeg-pipeline", "0.1.0")
    assert main["purl"] == "pkg:pypi/eeg-pipeline@0.1.0"
    assert main["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    parts = {part["name"]: part for part in bill["components"]}
    assert set(parts) == {"//eeg:windows", "//eeg:welch", "joblib", "numpy", "fxgbuild-runtime"}
    welch = parts["//eeg:welch"]
    assert welch["hashes"] == [{"alg": "SHA-256", "content": "2" * 64}]
    assert {x["name"]: x["value"] for x in welch["properties"]} == {
        "fxgbuild:task": "signal.WelchSpectrum",
        "fxgbuild:origin": "model",
        "fxgbuild:key": "3" * 64,
        "fxgbuild:attempts": "2",
        "fxgbuild:model": "claude",
        "fxgbuild:provider": "batch",
    }
    assert parts["numpy"]["purl"] == "pkg:pypi/numpy@2.4.6"
    needs = {row["ref"]: row.get("dependsOn", []) for row in bill["dependencies"]}
    assert needs["//eeg:welch"] == ["//eeg:windows", "numpy==2.4.6"]
    assert needs["//eeg:wheel"] == sorted([part["bom-ref"] for part in bill["components"]])


def test_it_has_no_date_and_depends_on_no_machine_commit_or_verdict():
    bill = sbom(FOUND)
    assert not re.search(rb"20\d\d-\d\d-\d\d", bill)
    elsewhere = dataclasses.replace(
        FOUND,
        python="3.12.1",
        platform="other",
        fxgbuild="0.1.1",
        commit=None,
        findings=(),
        graph=(),
    )
    assert sbom(elsewhere) == bill
    serial = json.loads(bill)["serialNumber"]
    other = dataclasses.replace(FOUND, files=(("eeg.whl", Digest("e" * 64)),))
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", serial
    )
    assert json.loads(sbom(other))["serialNumber"] != serial


def test_without_its_library_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cyclonedx.output.json", None)
    with pytest.raises(ToolFailed) as failed:
        sbom(FOUND)
    assert failed.value.hint == "`pip install 'fxgbuild[promotion]'`"


def test_an_artifact_that_is_no_distribution_is_not_said_to_be_on_an_index():
    found = dataclasses.replace(FOUND, kind="zipapp")
    assert json.loads(sbom(found))["metadata"]["component"]["purl"].startswith("pkg:generic/")
