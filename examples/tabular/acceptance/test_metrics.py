"""Hold the graph, on all three tables, to pipelines written by hand (baseline.py)."""

import functools
import importlib.util

import numpy as np
import pytest

FILES = {
    "wine": "data/winequality-red.csv",
    "adult": "data/adult-train.csv",
    "breast_cancer": "data/breast_cancer.csv",
}
COUNTS = ("positives", "negatives")


@functools.cache
def run_baseline(path, name, file, settings):
    """The baseline's values, with the graph's own parameters."""
    spec = importlib.util.spec_from_file_location("tabular_baseline", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run(name, file, **dict(settings))


@pytest.fixture
def expected(graph):
    """Every value of the baseline, by case."""
    params = {**graph.params("split_rows"), **graph.params("fit_logistic")}
    del params["least_deviation"]  # no column of these tables is constant
    settings = tuple(sorted(params.items()))
    paths = {case: graph.path(FILES[case]) for case in graph.cases}
    return {
        case: run_baseline(graph.path("baseline.py"), case, path, settings)
        for case, path in paths.items()
    }


def value_of(graph, case, function, port):
    """A port's value; nodes go by what they run, so that a node can be renamed."""
    return graph.value(case, graph.port(function, port))


def test_there_are_three_tables(graph):
    assert sorted(graph.cases) == sorted(FILES)


def test_matrices_are_exact(graph, expected):
    """pandas types and scikit-learn encodes to the same matrix and labels, bit by bit."""
    for case, values in expected.items():
        np.testing.assert_array_equal(value_of(graph, case, "one_hot", "matrix"), values["x"])
        np.testing.assert_array_equal(value_of(graph, case, "clean_table", "labels"), values["y"])


def test_parts_are_exact(graph, expected):
    """The same rows are held out, in the same order."""
    for case, values in expected.items():
        for part, rows in (("train", ~values["test"]), ("test", values["test"])):
            found = value_of(graph, case, "split_rows", part)
            np.testing.assert_array_equal(found, values["x"][rows])
            labels = value_of(graph, case, "split_rows", f"{part}_labels")
            np.testing.assert_array_equal(labels, values["y"][rows])


def test_log_odds_agree(graph, expected):
    """Another solver finds the same minimum: weights and every test row's log-odds agree to 1e-6.

    A row with a rare category, many deviations from the mean, magnifies what rounding is left.
    """
    for case, values in expected.items():
        model = value_of(graph, case, "fit_logistic", "model")
        rows = (values["x"][values["test"]] - model["mean"]) / model["scale"]
        found = rows @ model["weights"] + model["intercept"]
        np.testing.assert_allclose(found, values["odds"], rtol=0, atol=1e-6, err_msg=case)
        np.testing.assert_allclose(model["weights"], values["weights"], rtol=0, atol=1e-6)


def test_metrics_agree(graph, expected):
    """The metrics are those of the pipelines written by hand, to 1e-9."""
    for case, values in expected.items():
        metrics = value_of(graph, case, "report_classifier", "metrics")
        assert set(metrics) == set(values["metrics"])
        for name, value in values["metrics"].items():
            if name in COUNTS:
                assert metrics[name] == value, f"{case}: {name}"
            else:
                assert metrics[name] == pytest.approx(value, rel=0, abs=1e-9), f"{case}: {name}"


def test_a_category_of_test_rows_only_has_no_weight(graph):
    """Categories are taken from all rows; those that training lacks change nothing."""
    for case in graph.cases:
        train = value_of(graph, case, "split_rows", "train")
        model = value_of(graph, case, "fit_logistic", "model")
        absent = ~train.any(axis=0)
        np.testing.assert_allclose(model["weights"][absent], 0, rtol=0, atol=1e-12)


def test_counts_are_of_the_file(graph):
    """Rows are neither lost nor made up, and every column of the matrix has a name."""
    for case in graph.cases:
        found = value_of(graph, case, "clean_table", "counts")
        assert found["read"] == found["duplicates"] + found["incomplete"] + found["kept"]
        assert found["kept"] == len(value_of(graph, case, "clean_table", "labels"))
        names = value_of(graph, case, "one_hot", "names")
        assert len(names) == value_of(graph, case, "one_hot", "matrix").shape[1]
