"""The tabular example: its data, descriptions, baseline and hidden cases are what they say."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import yaml

from tests.examples.package import lines_of, load, made_cases, same

TABULAR = Path(__file__).parents[2] / "examples" / "tabular"
GRAPH = yaml.safe_load((TABULAR / "fxg.yaml").read_text("utf-8"))
FILES = [file for case in GRAPH["data"].values() for file in case.values()]
HOLED = [name for name, node in GRAPH["nodes"].items() if "acceptance" in node]


@pytest.fixture(scope="module")
def remade():
    """The lines of every case file, made anew."""
    return made_cases(TABULAR)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["path"])
def test_data_files_have_the_declared_digests(file):
    digest = hashlib.sha256((TABULAR / file["path"]).read_bytes()).hexdigest()
    assert digest == file["sha256"]
    assert digest in (TABULAR / "data" / "SOURCE.txt").read_text("utf-8")


def test_all_data_files_are_declared():
    declared = {Path(file["path"]).name for file in FILES}
    assert {path.name for path in (TABULAR / "data").iterdir()} == declared | {"SOURCE.txt"}


def test_one_table_is_what_scikit_learn_carries():
    """Its file, and by our description its values and the names of its columns."""
    carried = sklearn.datasets.load_breast_cancer()
    about = json.loads((TABULAR / "data" / "breast_cancer.json").read_text("utf-8"))
    assert about["columns"] == [*carried.feature_names.tolist(), "class"]
    x, positive = load(TABULAR / "baseline.py", "tabular_baseline").breast_cancer(
        TABULAR / "data/breast_cancer.csv"
    )
    np.testing.assert_array_equal(x.to_numpy(), carried.data)
    malignant = carried.target_names.tolist().index("malignant")
    np.testing.assert_array_equal(positive, carried.target == malignant)


def test_nothing_but_data_differs_between_the_tables():
    """One node each for all three: no parameter, spec or case file is of one table alone."""
    assert sorted(GRAPH["data"]) == ["adult", "breast_cancer", "wine"]
    assert all(set(case) == {"csv", "about"} for case in GRAPH["data"].values())
    settings = json.dumps([GRAPH["nodes"], GRAPH["edges"]]).lower()
    assert not any(word in settings for word in ("wine", "adult", "cancer", "income", "quality"))


@pytest.mark.slow
def test_the_baseline_prints_its_metrics():
    command = [sys.executable, str(TABULAR / "baseline.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    table = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert table["positives"] == ["144", "1568", "42"]
    assert table["negatives"] == ["128", "4940", "71"]
    assert all(0.8 < float(auc) <= 1.0 for auc in table["roc_auc"])
    better = zip(table["accuracy"], table["majority"], strict=True)
    assert all(float(accuracy) > float(majority) for accuracy, majority in better)


def test_the_baseline_imports_nothing_that_it_is_compared_with():
    text = (TABULAR / "baseline.py").read_text("utf-8")
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported.isdisjoint({"fxgbuild", "rules"})
    assert "newton-cholesky" not in text


@pytest.mark.parametrize("node", HOLED)
def test_hidden_cases_come_from_their_script(remade, node):
    assert GRAPH["nodes"][node]["acceptance"]["cases"] == f"acceptance/{node}.jsonl"
    kept, made = lines_of(TABULAR, node), json.loads(json.dumps(remade[node]))
    assert [line["name"] for line in kept] == [line["name"] for line in made]
    for first, second in zip(kept, made, strict=True):
        assert same(first, second, rtol=0, atol=1e-8), f"{node}: {first['name']}"


def test_every_node_is_written_by_a_model_and_has_hidden_cases(remade):
    assert set(HOLED) == set(GRAPH["nodes"]) == set(remade)
    assert {path.stem for path in (TABULAR / "acceptance").glob("*.jsonl")} == set(HOLED)
