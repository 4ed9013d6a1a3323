"""One right and several plausible wrong ways to encode categories."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Encoded(NamedTuple):
    matrix: np.ndarray
    names: list


def _encoded(features, *, order=sorted, first=0, one=1.0):
    columns, names = [], []
    for name in features:
        column = features[name]
        if column.dtype == np.float64:
            columns.append(column.to_numpy())
            names.append(name)
            continue
        cells = column.tolist()
        for value in order(dict.fromkeys(cells))[first:]:
            columns.append(np.array([one if cell == value else 0.0 for cell in cells]))
            names.append(f"{name}={value}")
    matrix = np.empty((len(features), len(names)))
    for at, column in enumerate(columns):
        matrix[:, at] = column
    return Encoded(matrix, names)


def reference(features):
    return _encoded(features)


def numbers_pass_unchanged(features):
    """Standardises on the way, by all rows."""
    numeric = features.select_dtypes("number").columns
    spread = features[numeric].std(ddof=0).replace(0, 1) + 1e-3
    scaled = (features[numeric] - features[numeric].mean()) / spread
    return _encoded(features.assign(**{name: scaled[name] for name in numeric}))


def every_row_has_one_category(features):
    """Leaves the first category out, as a reference."""
    return _encoded(features, first=1)


def categories_are_in_order(features):
    """Takes them as they appear."""
    return _encoded(features, order=list)


def columns_keep_their_order(features):
    """Puts numbers first."""
    numeric = [name for name in features if features[name].dtype == np.float64]
    return _encoded(features[[*numeric, *[n for n in features if n not in numeric]]])


def rows_are_encoded_alone(features):
    """Writes how often a category occurs in place of 1."""
    result = _encoded(features)
    texts = [at for at, name in enumerate(result.names) if "=" in name]
    result.matrix[:, texts] *= result.matrix[:, texts].mean(axis=0)
    return result


def nothing_gives_nothing(features):
    """Leaves numeric columns out when there are no rows."""
    return _encoded(features if len(features) else pd.DataFrame(index=features.index))
