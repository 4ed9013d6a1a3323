"""Hold the graph, on both people, to a pipeline written by hand (baseline.py)."""

import functools
import importlib.util
import io

import numpy as np
import pytest

FEATURES = {
    "moments.moments": "moments",
    "welch.psd": "welch",
    "wavelets.energies": "wavelets",
    "band_ratios.ratios": "band_ratios",
}
FUNCTIONS = {
    "windows": "read_windows",
    "normalise": "normalise",
    "moments": "moments",
    "welch": "welch_spectrum",
    "wavelets": "wavelet_energies",
    "band_ratios": "band_ratios",
    "split": "split",
    "scale": "standardise",
    "reduce": "principal_components",
    "svm": "one_class_svm",
    "autoencoder": "autoencoder",
    "ensemble": "average_scores",
    "evaluate": "evaluate",
    "serialise": "serialise",
}
PARTS = ("train", "validation", "test")
SCORES = ("train_scores", "test_scores")
SHARES = ("roc_auc", "precision", "recall", "f1", "accuracy")
LATER = 1e-5  # what rounding in the features may grow to behind the scaling and the projection
FITTED = 1e-3  # and behind the auto-encoder's optimiser


@functools.cache
def load_baseline(path):
    spec = importlib.util.spec_from_file_location("eeg_baseline", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.run = functools.cache(module.run)  # once for all tests
    return module


def under(function, params):
    """The function with other values for its parameters."""

    @functools.wraps(function)
    def call(*args):
        return function(*args, **params)

    return call


@functools.cache
def configured(path, settings):
    """The baseline with the graph's own parameters in place of its defaults."""
    baseline = load_baseline(path)
    for name, pairs in settings:
        params = dict(pairs)
        if name == "windows":
            flat = round(params.pop("flat_s") * params["rate_hz"])
            baseline.load = under(baseline.load, params)
            params = {"flat": flat}
        setattr(baseline, name, under(getattr(baseline, name), params))
    return baseline


@pytest.fixture
def expected(graph):
    """Every value of the baseline, by case."""
    params = {name: graph.params(function) for name, function in FUNCTIONS.items()}
    settings = tuple((name, tuple(pairs.items())) for name, pairs in params.items())
    baseline = configured(graph.path("baseline.py"), settings)
    stems = {case: case.replace("subject", "data/Subject") for case in graph.cases}
    return {
        case: baseline.run(graph.path(f"{stem}_1.edf"), graph.path(f"{stem}_2.edf"))
        for case, stem in stems.items()
    }


def value_of(graph, case, port):
    """A port's value; nodes go by what they run, so that a node can be renamed."""
    name, _, port = port.partition(".")
    return graph.value(case, graph.port(FUNCTIONS[name], port))


def hold(graph, case, port, value, within):
    np.testing.assert_allclose(
        value_of(graph, case, port), value, rtol=0, atol=within, err_msg=f"{case}: {port}"
    )


def test_there_are_two_people(graph):
    assert sorted(graph.cases) == ["subject00", "subject01"]


def test_windows_are_exact(graph, expected):
    """Another library reads the same samples, to the last bit."""
    for case, values in expected.items():
        np.testing.assert_array_equal(value_of(graph, case, "windows.windows"), values["windows"])
        np.testing.assert_array_equal(value_of(graph, case, "windows.labels"), values["labels"])
        np.testing.assert_array_equal(value_of(graph, case, "windows.usable"), values["usable"])
        hold(graph, case, "normalise.windows", values["normalise"], 1e-9)


def test_padding_is_left_out(graph):
    """The last two windows of each recording hold padding; none of the others does."""
    for case in graph.cases:
        labels = value_of(graph, case, "windows.labels")
        unusable = np.flatnonzero(~value_of(graph, case, "windows.usable"))
        rest = int((labels == 0).sum())
        assert unusable.tolist() == [rest - 2, rest - 1, len(labels) - 2, len(labels) - 1]


@pytest.mark.parametrize(("port", "name"), FEATURES.items())
def test_features_agree(graph, expected, port, name):
    """Every feature of every channel of every window agrees to 1e-6."""
    for case, values in expected.items():
        hold(graph, case, port, values[name], 1e-6)


def test_rows_agree(graph, expected):
    """So do the rows that are fitted on, their scaling and their projection."""
    for case, values in expected.items():
        for at, part in enumerate(PARTS):
            hold(graph, case, f"split.{part}", values["split"][at], 1e-6)
            hold(graph, case, f"scale.{part}", values["scale"][at], LATER)
            hold(graph, case, f"reduce.{part}", values["reduce"][at], LATER)
        np.testing.assert_array_equal(
            value_of(graph, case, "split.test_labels"), values["split"][3]
        )


def test_scores_agree(graph, expected):
    """The detectors' scores and their average agree."""
    for case, values in expected.items():
        for at, port in enumerate(SCORES):
            hold(graph, case, f"svm.{port}", values["svm"][at], LATER)
            hold(graph, case, f"autoencoder.{port}", values["autoencoder"][at], FITTED)
        hold(graph, case, "ensemble.train", values["ensemble"][0], FITTED)
        hold(graph, case, "ensemble.test", values["ensemble"][1], FITTED)


def test_metrics_agree(graph, expected):
    """The metrics are those of the pipeline written by hand."""
    for case, values in expected.items():
        metrics = value_of(graph, case, "evaluate.metrics")
        assert set(metrics) == set(values["evaluate"])
        for name in SHARES:
            assert metrics[name] == pytest.approx(values["evaluate"][name], abs=1e-9), name
        assert metrics["threshold"] == pytest.approx(values["evaluate"]["threshold"], abs=FITTED)
        for name in ("normals", "anomalies"):
            assert metrics[name] == values["evaluate"][name]


def test_the_model_holds_the_fitted_states(graph):
    """NumPy alone reads the model, and it holds what was fitted."""
    for case in graph.cases:
        data = value_of(graph, case, "serialise.model")
        with np.load(io.BytesIO(data), allow_pickle=False) as model:
            for entry, port in (
                ("scaler.scale", "scale.state"),
                ("projection.components", "reduce.state"),
                ("svm.support_vectors", "svm.state"),
                ("autoencoder.hidden_weights", "autoencoder.state"),
            ):
                state = value_of(graph, case, port)
                np.testing.assert_array_equal(model[entry], state[entry.split(".")[1]])
