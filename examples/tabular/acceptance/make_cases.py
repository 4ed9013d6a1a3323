"""Make the hidden cases of every node from the example tables and the rule set's references.

    python examples/tabular/acceptance/make_cases.py [FOLDER]

The references (rules/tabular/faults) are themselves held to the hand-written baseline, on all of
the three tables, by tests/examples.
"""

import base64
import importlib.util
import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
PACKAGE = HERE.parent
RULES = PACKAGE.parents[1] / "rules" / "tabular" / "faults"
DEFAULTS = {"test_share": 0.2, "seed": 0, "strength": 1.0, "least_deviation": 1e-9}


def reference(task):
    """Give the right implementation of a task."""
    spec = importlib.util.spec_from_file_location(f"cases_{task}", RULES / f"{task}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.reference


read = reference("read_table")
clean = reference("clean_table")
encode = reference("one_hot")
split = reference("split_rows")
fit = reference("fit_logistic")
report = reference("report_classifier")


def plain(value):
    """Tables as columns, arrays as lists, bytes as base64, NumPy numbers as Python's."""
    if isinstance(value, pd.DataFrame):
        return {name: value[name].tolist() for name in value}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def case(name, function, outputs, inputs, within, params=()):
    """One line: the call, with every parameter written out, and what a right one returns."""
    declared = inspect.signature(function).parameters.values()
    wanted = [p.name for p in declared if p.kind is p.KEYWORD_ONLY]
    params = {name: dict(params).get(name, DEFAULTS[name]) for name in wanted}
    found = function(**inputs, **params)
    values = found if isinstance(found, tuple) else (found,)
    line = {"name": name, "inputs": plain(inputs)}
    line |= {"params": params} if params else {}
    return line | {"outputs": plain(dict(zip(outputs, values, strict=True))), "within": within}


def described(**facts: object):
    return {
        "delimiter": ",",
        "skip_lines": 0,
        "columns": [],
        "target": "y",
        "positive": {"rule": "equals", "value": "1"},
        "missing": [],
        "numeric": [],
        "categorical": [],
        "ignored": [],
    } | facts


def about(table):
    return json.loads((PACKAGE / "data" / f"{table}.json").read_text("utf-8"))


def lines(file, *at):
    """Some lines of a data file."""
    found = (PACKAGE / "data" / file).read_bytes().splitlines(keepends=True)
    return b"".join(found[n] for n in at)


WINE = (*range(40), *range(1590, 1599))
ADULT = (*range(24), 27, 32, 61, 69, 77, 93, 106, 128, 14, 3, 226, 238)
CANCER = (*range(12), 30, 31, 60, 61)


def cells(table):
    """A table of text: a part of a data file, read."""
    file, at = {
        "wine": ("winequality-red.csv", WINE),
        "adult": ("adult-train.csv", ADULT),
        "breast_cancer": ("breast_cancer.csv", CANCER),
    }[table]
    return read(lines(file, *at), about(table))


# --- reading and cleaning ----------------------------------------------------------------------

ODD = (
    '\ufeffsome title\r\n name ; "a;b";y\r\n'
    + '"two\nlines"; 1 ;""\r\n\r\n   \r\n"say ""hi""";NA;\t0 \t\r\n'
)


def read_cases():
    files = (
        ("wine", lines("winequality-red.csv", *WINE[:8]), about("wine")),
        ("adult", lines("adult-train.csv", *ADULT[:9], 27), about("adult")),
        ("breast cancer", lines("breast_cancer.csv", 0, 1, 2, 568, 569), about("breast_cancer")),
        ("odd", ODD.encode(), described(delimiter=";", skip_lines=1)),
        ("header only", b"a,b,y\n", described()),
        ("no end of line", "é,ü\n1,2".encode(), described(delimiter=",")),
        ("one column", b"a\n1\n\n  \n2\n", described()),
        ("no lines", b"", described(columns=["a", "y"])),
        ("more skipped than there is", b"1,2\n", described(columns=["a", "y"], skip_lines=3)),
        ("tabs", b"a\tb\n 1\t2 \n", described(delimiter="\t", columns=["p", "q"])),
        ("pipes", b'x|"p|q"|z\n|NaN|-0\n', described(delimiter="|")),
    )
    return [
        case(name, read, ["cells"], {"file": file, "about": facts}, 0.0)
        for name, file, facts in files
    ]


def text_table(**columns: list[str]):
    return pd.DataFrame(columns, dtype=object)


MIXED = text_table(
    a=["1", "2", "1", "?", "-", "1e2", ".5", "1"],
    b=["x", "?", "x", "y", "-", "", "x", "x"],
    c=["1", "2", "1", "3", "4", "5", "6", "1 "],
    y=["2", "10", "2", "3", "?", "9.99", "1e1", "2"],
)


def clean_cases():
    least = {"rule": "at_least", "value": "9.99"}
    kinds = {"missing": ["?", "-"], "numeric": ["a"], "ignored": ["c"]}
    tables = (
        ("wine", cells("wine"), about("wine")),
        ("adult", cells("adult"), about("adult")),
        ("adult, all inferred", cells("adult"), described(target="income", missing=["?"])),
        ("breast cancer", cells("breast_cancer"), about("breast_cancer")),
        ("mixed", MIXED, described(positive=least, **kinds)),
        ("equal texts", MIXED, described(positive={"rule": "equals", "value": "2"}, **kinds)),
        ("no marks", MIXED, described(positive={"rule": "equals", "value": "?"})),
        ("numbers as categories", MIXED, described(categorical=["a", "c"], missing=["1"])),
        ("named twice", MIXED, described(numeric=["a"], categorical=["a"], missing=["?", "-"])),
        ("target named too", MIXED, described(ignored=["y", "a"], categorical=["y"])),
        ("all missing", MIXED, described(missing=["x", "y", "-", "?", ""], numeric=[])),
        ("no rows", MIXED.head(0), described(numeric=["a"])),
        ("no row remains", MIXED.assign(a="?"), described(numeric=["a"], missing=["?"])),
    )
    outputs = ["features", "labels", "columns", "counts"]
    return [
        case(name, clean, outputs, {"cells": table, "about": facts}, 0.0)
        for name, table, facts in tables
    ]


# --- encoding and splitting --------------------------------------------------------------------


def features(table):
    return clean(cells(table), about(table)).features


def encode_cases():
    words = text_table(a=["b", "a", "", "=", "Z", "é", "a", "10", "9"], b=["x"] * 9)
    tables = (
        ("wine", features("wine")),
        ("adult", features("adult")),
        ("breast cancer", features("breast_cancer").head(4)),
        ("words", words),
        ("numbers between", words.assign(n=np.arange(9) / 4, m=words["a"])),
        ("one row", features("adult").head(1)),
        ("equal names", text_table(a=["b=c", "d"]).assign(**{"a=d": [0.0, 7.0]})),
    )
    outputs = ["matrix", "names"]
    return [case(name, encode, outputs, {"features": table}, 0.0) for name, table in tables]


def split_cases():
    rng = np.random.default_rng(5)
    mixed = rng.integers(0, 2, size=61)
    few = (rng.random(40) < 0.15).astype(np.int64)
    settings = (
        ("as configured", mixed, 0.2, 0),
        ("another seed", mixed, 0.2, 4294967295),
        ("few ones", few, 0.3, 12),
        ("half of odd counts", np.array([0] * 5 + [1] * 7), 0.5, 3),
        ("one label", np.zeros(9, dtype=np.int64), 0.34, 8),
        ("an exact half, to rounding", np.ones(15, dtype=np.int64), 0.7, 2),
    )
    outputs = ["train", "test", "train_labels", "test_labels"]
    made = []
    for name, labels, share, seed in settings:
        matrix = np.round(rng.normal(size=(len(labels), 3)), 3)
        inputs = {"matrix": matrix, "labels": labels}
        made.append(case(name, split, outputs, inputs, 0.0, {"test_share": share, "seed": seed}))
    return made


# --- fitting and reporting ---------------------------------------------------------------------


def rows(table, at, columns):
    """Encoded rows of a data set with their labels."""
    file = {"wine": "winequality-red.csv", "breast_cancer": "breast_cancer.csv"}[table]
    facts = about(table)
    found = clean(read(lines(file, *at), facts | {"skip_lines": 0}), facts)
    return encode(found.features).matrix[:, columns], found.labels


def fit_cases():
    wine = rows("wine", range(200, 300), [0, 1, 4, 8, 9, 10])
    cancer = rows("breast_cancer", range(1, 90), [0, 1, 3, 4, 20, 23])
    few = cancer[0][15:35], cancer[1][15:35]
    ones = encode(features("adult")).matrix[:, 1:30:3]
    census = ones, clean(cells("adult"), about("adult")).labels
    still = np.column_stack([wine[0][:40], np.full(40, 0.1), np.arange(40) * 1e-15])
    twice = np.column_stack([wine[0][:50, :2], wine[0][:50, :2]])
    settings = (
        ("wine", wine, {}),
        ("breast cancer", cancer, {}),
        ("zeros and ones", census, {}),
        ("firm", wine, {"strength": 0.01}),
        ("loose", few, {"strength": 50.0}),
        ("constant columns", (still, wine[1][:40]), {}),
        ("equal columns", (twice, wine[1][:50]), {"strength": 3.0}),
        ("coarse deviations", (cancer[0] / 10, cancer[1]), {"least_deviation": 1e-3}),
        ("two rows", (wine[0][[0, 5]], np.array([0, 1])), {}),
    )
    return [
        case(name, fit, ["model"], {"train": x, "labels": y}, 1e-7, params)
        for name, (x, y), params in settings
    ]


def report_cases():
    columns = [0, 1, 4, 8, 9, 10]
    train, truth = rows("wine", range(200, 300), columns)
    wine = fit(train, truth, strength=1.0, least_deviation=1e-9)
    test, labels = rows("wine", range(600, 700), columns)
    one = np.ones(1)
    flat = {"mean": 0 * one, "scale": one, "weights": one, "intercept": 0.0}
    coarse = np.round(np.random.default_rng(2).normal(size=(50, 1)) * 2)
    large = np.array([[900.0], [-900.0], [40.0], [-800.0]])
    near = np.array([0.25, 0.25, -0.5, -0.5, 1e-11])[:, None] + np.array([[1e-12]] * 5)
    near[1::2] -= 2e-12
    settings = (
        ("wine", test, labels, wine),
        ("other labels", test, 1 - labels, wine),
        ("many ties", coarse, (np.arange(50) % 3 == 0).astype(np.int64), flat),
        ("all alike", coarse * 0, np.array([0, 1] * 25), flat),
        ("ties to rounding", near, np.array([0, 1, 1, 0, 1]), flat),
        ("sure and wrong", large, np.array([0, 1, 1, 0]), flat),
        ("nothing judged positive", coarse - 100, np.array([0, 1] * 25), flat),
        ("one label", coarse, np.ones(50, dtype=np.int64), flat),
        ("the other label", coarse, np.zeros(50, dtype=np.int64), flat),
        ("one row", test[:1], labels[:1], wine),
    )
    return [
        case(name, report, ["metrics"], {"test": x, "labels": y, "model": model}, 1e-9)
        for name, x, y, model in settings
    ]


# --- all of them -------------------------------------------------------------------------------


def make_cases():
    """The lines of every case file, by node."""
    return {
        "read": read_cases(),
        "clean": clean_cases(),
        "encode": encode_cases(),
        "split": split_cases(),
        "fit": fit_cases(),
        "report": report_cases(),
    }


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for node, cases in make_cases().items():
        made = [json.dumps(line, separators=(",", ":"), allow_nan=False) for line in cases]
        (folder / f"{node}.jsonl").write_text("\n".join(made) + "\n", "utf-8")


if __name__ == "__main__":
    main()
