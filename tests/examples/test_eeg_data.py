"""The EEG example's data, baseline and hidden cases are what they are said to be."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.examples.package import lines_of, made_cases, same

EEG = Path(__file__).parents[2] / "examples" / "eeg"
GRAPH = yaml.safe_load((EEG / "fxg.yaml").read_text("utf-8"))
FILES = [file for case in GRAPH["data"].values() for file in case.values()]
HOLED = [name for name, node in GRAPH["nodes"].items() if "acceptance" in node]


@pytest.fixture(scope="module")
def remade():
    """The lines of every case file, made anew."""
    return made_cases(EEG)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["path"])
def test_data_files_have_the_declared_digests(file):
    digest = hashlib.sha256((EEG / file["path"]).read_bytes()).hexdigest()
    assert digest == file["sha256"]
    assert digest in (EEG / "data" / "SOURCE.txt").read_text("utf-8")


def test_all_data_files_are_declared():
    declared = {Path(file["path"]).name for file in FILES}
    assert {path.name for path in (EEG / "data").glob("*.edf")} == declared


@pytest.mark.slow
def test_the_baseline_prints_its_metrics():
    command = [sys.executable, str(EEG / "baseline.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    table = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert table["normals"] == ["36", "36"]
    assert table["anomalies"] == ["60", "60"]
    assert all(0.5 < float(auc) < 1.0 for auc in table["roc_auc"])
    assert float(table["wall"][0]) > 0


def test_the_baseline_imports_nothing_that_it_is_compared_with():
    text = (EEG / "baseline.py").read_text("utf-8")
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported.isdisjoint({"edfio", "fxgbuild", "rules"})


@pytest.mark.parametrize("node", HOLED)
def test_hidden_cases_come_from_their_script(remade, node):
    assert GRAPH["nodes"][node]["acceptance"]["cases"] == f"acceptance/{node}.jsonl"
    assert (EEG / "acceptance" / f"{node}.jsonl").stat().st_size < 150_000
    kept, made = lines_of(EEG, node), json.loads(json.dumps(remade[node]))
    assert [line["name"] for line in kept] == [line["name"] for line in made]
    for first, second in zip(kept, made, strict=True):
        assert same(first, second, rtol=1e-5, atol=1e-5), f"{node}: {first['name']}"


def test_every_case_file_belongs_to_a_node(remade):
    assert {path.stem for path in (EEG / "acceptance").glob("*.jsonl")} == set(HOLED)
    assert set(remade) == set(HOLED)
