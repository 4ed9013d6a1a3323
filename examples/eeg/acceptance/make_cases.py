"""Make the hidden cases of every node from the example recordings and the hand-written baseline.

    python examples/eeg/acceptance/make_cases.py [FOLDER]

Samples are rounded to 0.001 uV and features to 1e-6 before use, so that the files stay small.
"""

import importlib.util
import inspect
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PACKAGE = HERE.parent


def load_baseline():
    spec = importlib.util.spec_from_file_location("eeg_baseline", PACKAGE / "baseline.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


baseline = load_baseline()


def plain(value):
    """Arrays as nested lists, NumPy numbers as Python's."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def case(name, inputs, outputs, within, params=None):
    line = {"name": name, "inputs": plain(inputs)}
    if params:
        line["params"] = params
    return {**line, "outputs": plain(outputs), "within": within}


def pick(windows, at, channels, samples=None):
    """A few channels of a few windows, rounded."""
    return np.round(windows[np.ix_(at, channels)][:, :, :samples], 3)


def with_flat(windows, channel=1):
    """The windows with one flat channel in the first and nothing but flat ones in the last."""
    windows = windows.copy()
    windows[0, channel] = 7.094
    windows[-1] = np.array([0.1, -3.3, 12.7, 0.3])[: windows.shape[1], None]
    return windows


# --- signal ----------------------------------------------------------------------------------


def signal_cases(function, port, within, settings, source, flat_source):
    """Cases of one extractor: as configured, flat channels, and other parameters."""
    cases = [
        case("rest", {"windows": source[0]}, {port: function(source[0])}, within),
        case("task", {"windows": source[1]}, {port: function(source[1])}, within),
        case("flat", {"windows": flat_source}, {port: function(flat_source)}, within),
    ]
    for name, params, samples in settings:
        windows = source[0][:, :2, :samples]
        expected = function(windows, **params)
        cases.append(case(name, {"windows": windows}, {port: expected}, within, params))
    return cases


def normalise_cases(raw):
    cases = []
    for name, windows in (
        ("rest", pick(raw["rest"], [0, 90], [0, 4, 9, 18], 200)),
        ("task", pick(raw["task"], [3, 40], [2, 7, 16], 150)),
        ("flat", with_flat(pick(raw["rest"], [10, 11, 12], [1, 5, 8], 125))),
        ("end of recording", pick(raw["rest"], [180, 181], [0, 9, 18], 200)),
        ("one channel", pick(raw["task"], [20], [6], 60)),
    ):
        outputs = {"windows": baseline.normalise(windows)}
        cases.append(case(name, {"windows": windows}, outputs, 1e-9))
    return cases


def extractor_cases(raw):
    rest = pick(baseline.normalise(raw["rest"]), [5, 100], [0, 9, 17])
    task = pick(baseline.normalise(raw["task"]), [8, 50], [3, 12])
    flat = with_flat(rest[:, :2])
    zeros = np.zeros_like(flat)
    zeros[0] = flat[0]
    zeros[0, 1] = 0.0
    source = (rest, task)
    welch = [
        ("short segments", {"segment_s": 0.25, "rate_hz": 500.0, "max_hz": 30.0}, 500),
        ("odd segments", {"segment_s": 0.5, "rate_hz": 250.0, "max_hz": 125.0}, 500),
        ("one segment", {"segment_s": 1.0, "rate_hz": 250.0, "max_hz": 40.0}, 300),
        ("whole spectrum", {"segment_s": 0.25, "rate_hz": 256.0, "max_hz": 128.0}, 200),
    ]
    wavelets = [("two levels", {"level": 2}, 333), ("four levels", {"level": 4}, 256)]
    ratios = [
        ("slow", {"rate_hz": 250.0}, 500),
        ("uneven", {"rate_hz": 200.0}, 333),
        ("short", {"rate_hz": 500.0}, 250),
    ]
    return {
        "moments": signal_cases(baseline.moments, "moments", 1e-9, (), source, flat),
        "welch": signal_cases(baseline.welch, "psd", 1e-9, welch, source, flat),
        "wavelets": signal_cases(baseline.wavelets, "energies", 1e-6, wavelets, source, zeros),
        "band_ratios": signal_cases(baseline.band_ratios, "ratios", 1e-9, ratios, source, flat),
    }


# --- learning --------------------------------------------------------------------------------


def picked_rows(parts, counts, columns):
    """The first rows of train, validation and test, in some columns, rounded."""
    names = ("train", "validation", "test")
    picked = zip(names, parts, counts, strict=False)
    return {name: np.round(part[:count][:, columns], 6) for name, part, count in picked}


def named(result):
    names = ("train", "validation", "test", "state")
    return dict(zip(names, result, strict=True))


def scale_cases(values):
    columns = [0, 1, 2, 3, 80, 300, 520, 700]
    plain_rows = picked_rows(values["split"], (20, 6, 8), columns)
    constant = {name: part.copy() for name, part in plain_rows.items()}
    constant["train"][:, 2] = 0.1
    constant["test"][:, 2] = 3.1
    noisy = {name: part.copy() for name, part in plain_rows.items()}
    noisy["train"][:, 1] = 1e-15 * np.arange(20)
    one = picked_rows(values["split"], (1, 2, 2), columns)
    named_rows = (
        ("plain", plain_rows),
        ("constant column", constant),
        ("rounding noise", noisy),
        ("one training row", one),
    )
    return [
        case(name, inputs, named(baseline.scale(*inputs.values())), 1e-8)
        for name, inputs in named_rows
    ]


def reduce_cases(values):
    tall = picked_rows(values["scale"], (40, 5, 8), list(range(1, 80, 10)))
    wide = picked_rows(values["scale"], (9, 3, 4), list(range(1, 720, 30)))
    settings = (
        ("tall", tall, 3),
        ("all components", tall, 8),
        ("wide", wide, 4),
        ("one component", tall, 1),
    )
    return [
        case(
            name,
            inputs,
            named(baseline.reduce(*inputs.values(), components=components)),
            1e-7,
            {"components": components},
        )
        for name, inputs, components in settings
    ]


def two(train, test):
    return {"train": np.round(train, 6), "test": np.round(test, 6)}


def scored(name, function, inputs, params, within):
    """A case of a detector."""
    names = ("train_scores", "test_scores", "state")
    outputs = dict(zip(names, function(*inputs.values(), **params), strict=True))
    return case(name, inputs, outputs, within, params)


def score_cases(values):
    train, _, test, _ = values["reduce"]
    svm = (
        ("ten components", two(train[:40], test[:20]), {"nu": 0.1}),
        ("four components", two(train[:30, :4], test[:10, :4]), {"nu": 0.4}),
        ("one component", two(train[:25, 2:3], test[:10, 2:3]), {"nu": 0.2}),
        ("one test row", two(train[5:20, :2], test[:1, :2]), {"nu": 0.25}),
    )
    few = {"hidden": 2, "alpha": 0.001, "max_iter": 5, "seed": 3}
    autoencoder = (
        ("few steps", two(train[:30, :4], test[:10, :4]), few),
        ("another seed", two(train[:30, :4], test[:10, :4]), {**few, "seed": 11, "alpha": 1.0}),
        ("one step", two(train[:20], test[:10]), {**few, "hidden": 5, "max_iter": 1}),
    )
    return {
        "svm": [scored(n, baseline.svm, r, p, 1e-7) for n, r, p in svm],
        "autoencoder": [scored(n, baseline.autoencoder, r, p, 1e-4) for n, r, p in autoencoder],
    }


def ensemble_cases(values):
    names = ("svm_train", "svm_test", "autoencoder_train", "autoencoder_test")
    real = [np.round(s, 6) for s in (*values["svm"][:2], *values["autoencoder"][:2])]
    flat = [np.full(6, 0.1), *[part[:6] for part in real[1:]]]
    both = [np.full(6, -2.0), real[1][:6], np.full(6, 0.3), real[3][:6]]
    cases = []
    for name, scores in (
        ("plain", real),
        ("one constant detector", flat),
        ("two constant detectors", both),
        ("one test row", [part if i % 2 == 0 else part[:1] for i, part in enumerate(real)]),
    ):
        inputs = dict(zip(names, scores, strict=True))
        outputs = dict(zip(("train", "test"), baseline.ensemble(*scores), strict=True))
        cases.append(case(name, inputs, outputs, 1e-8))
    return cases


def evaluate_cases(values):
    train, test = (np.round(part, 6) for part in values["ensemble"])
    labels = values["split"][3]
    coarse = np.round(test)  # many ties, some of them at the threshold
    nothing = np.zeros_like(labels)
    settings = (
        ("plain", train, test, labels, 0.95),
        ("ties", np.round(train), coarse, labels, 0.5),
        ("every score a tie", train, np.full(len(test), 0.25), labels, 0.3),
        ("nothing flagged", train, test - 100.0, labels, 0.9),
        ("no anomalies", train, test, nothing, 0.75),
        ("only anomalies", train, test, nothing + 1, 1.0),
    )
    return [
        case(
            name,
            {"train": fitted, "test": judged, "labels": truth},
            {"metrics": baseline.evaluate(fitted, judged, truth, quantile)},
            1e-9,
            {"quantile": quantile},
        )
        for name, fitted, judged, truth, quantile in settings
    ]


# --- all of them -----------------------------------------------------------------------------


def make_cases():
    """The lines of every case file, by node."""
    values = baseline.run_person("subject01")
    raw = {
        "rest": baseline.load(PACKAGE / "data" / "Subject00_1.edf"),
        "task": baseline.load(PACKAGE / "data" / "Subject00_2.edf"),
    }
    made = {
        "normalise": normalise_cases(raw),
        **extractor_cases(raw),
        "scale": scale_cases(values),
        "reduce": reduce_cases(values),
        **score_cases(values),
        "ensemble": ensemble_cases(values),
        "evaluate": evaluate_cases(values),
    }
    return {node: [complete(node, line) for line in cases] for node, cases in made.items()}


def complete(node, line):
    """Write every parameter out, so that a case holds whatever the node's own values are."""
    arguments = inspect.signature(getattr(baseline, node)).parameters.values()
    params = {a.name: a.default for a in arguments if a.default is not a.empty}
    params |= line.get("params", {})
    head = {"name": line["name"], "inputs": line["inputs"]}
    rest = {key: value for key, value in line.items() if key not in (*head, "params")}
    return {**head, **({"params": params} if params else {}), **rest}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for node, cases in make_cases().items():
        lines = [json.dumps(line, separators=(",", ":"), allow_nan=False) for line in cases]
        (folder / f"{node}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
