"""The tabular pipelines by hand, one table after another, in pandas and scikit-learn.

    python examples/tabular/baseline.py

It is what the graph is held to, and shares no code with the rule set or the graph: columns are
read, typed and encoded by pandas, the fit uses another solver, the metrics are scikit-learn's.
"""

import hashlib
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
TABLES = ("wine", "adult", "breast_cancer")
FILES = {
    "wine": "winequality-red.csv",
    "adult": "adult-train.csv",
    "breast_cancer": "breast_cancer.csv",
}
MEASURES = ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity"]
MEASURES += ["concave points", "symmetry", "fractal dimension"]


# --- the three tables --------------------------------------------------------------------------


def wine(path):
    """Eleven numbers of a wine; good is a quality of 6 or more."""
    table = pd.read_csv(path, header=None).drop_duplicates()
    return table.drop(columns=11), table[11] >= 6


def adult(path):
    """A person of the census, without the sampling weight and the second writing of schooling."""
    names = "age workclass fnlwgt education education-num marital-status occupation relationship"
    names += " race sex capital-gain capital-loss hours-per-week native-country income"
    table = pd.read_csv(path, names=names.split(), skipinitialspace=True)
    table = table.drop_duplicates().drop(columns=["fnlwgt", "education"])
    return table.drop(columns="income").replace("?", "(missing)"), table["income"] == ">50K"


def breast_cancer(path):
    """Thirty measures of cell nuclei; positive is malignant, which the file writes as 0."""
    names = [f"mean {m}" for m in MEASURES] + [f"{m} error" for m in MEASURES]
    names += [f"worst {m}" for m in MEASURES]
    table = pd.read_csv(path, skiprows=1, names=[*names, "class"]).drop_duplicates()
    return table.drop(columns="class"), table["class"] == 0


LOADERS = {"wine": wine, "adult": adult, "breast_cancer": breast_cancer}


# --- the model ---------------------------------------------------------------------------------


def encode(x):
    """Numbers as they are, categories as ones and zeros, in the table's order of columns."""
    parts = []
    for name in x:
        numeric = pd.api.types.is_numeric_dtype(x[name])
        step = "passthrough" if numeric else OneHotEncoder(sparse_output=False, dtype=float)
        parts.append(make_column_transformer((step, [name])).fit_transform(x).astype(float))
    return np.hstack(parts)


def held_out(y, share, seed):
    """Which rows are held out: a fifth of each class, those with the lowest hashes."""
    order = pd.DataFrame({"y": y})
    order["hash"] = [hashlib.sha256(b"%d:%d" % (seed, i)).hexdigest() for i in range(len(y))]
    rank = order.groupby("y")["hash"].rank(method="first")
    size = order.groupby("y")["hash"].transform("size")
    return (rank <= np.floor(share * size + 0.5 + 1e-9)).to_numpy()


def fit(x, y, strength):
    """Scaler and regression; the solver iterates until the gradient is nothing but rounding."""
    scaler = StandardScaler().fit(x)
    regression = LogisticRegression(C=strength, solver="newton-cg", tol=1e-12, max_iter=10_000)
    return scaler, regression.fit(scaler.transform(x), y)


def measure(scaler, regression, x, y):
    z = np.round(regression.decision_function(scaler.transform(x)), 9)
    return {
        "accuracy": float(accuracy_score(y, z > 0)),
        "majority": float(max(np.mean(y), 1 - np.mean(y))),
        "roc_auc": float(roc_auc_score(y, z)),
        "precision": float(precision_score(y, z > 0)),
        "recall": float(recall_score(y, z > 0)),
        "f1": float(f1_score(y, z > 0)),
        "log_loss": float(log_loss(y, 1 / (1 + np.exp(-z)))),
        "positives": int(y.sum()),
        "negatives": int((~y).sum()),
    }


# --- all of it ---------------------------------------------------------------------------------


def run(name, path, test_share=0.2, seed=0, strength=1.0):
    """Every value that the graph is compared with."""
    features, positive = LOADERS[name](path)
    x, y = encode(features), positive.to_numpy()
    test = held_out(y, test_share, seed)
    scaler, regression = fit(x[~test], y[~test], strength)
    return {
        "x": x,
        "y": y,
        "test": test,
        "weights": regression.coef_[0],
        "odds": regression.decision_function(scaler.transform(x[test])),
        "metrics": measure(scaler, regression, x[test], y[test]),
    }


def run_table(name):
    return run(name, HERE / "data" / FILES[name])


def main():
    start = time.perf_counter()
    results = {name: run_table(name)["metrics"] for name in TABLES}
    wall = time.perf_counter() - start
    print(f"{'':12}" + "".join(f"{name:>15}" for name in TABLES))
    for metric in results[TABLES[0]]:
        cells = [results[name][metric] for name in TABLES]
        print(
            f"{metric:12}"
            + "".join(f"{c:15d}" if isinstance(c, int) else f"{c:15.3f}" for c in cells)
        )
    print(f"{'wall':12}{wall:15.2f} s")


if __name__ == "__main__":
    main()
