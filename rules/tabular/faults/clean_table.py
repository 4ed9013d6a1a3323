"""One right and several plausible wrong ways to clean a table."""

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd

_NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?")


class Cleaned(NamedTuple):
    features: pd.DataFrame
    labels: np.ndarray
    columns: pd.DataFrame
    counts: dict


def _number(cell):
    value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    return value if math.isfinite(value) else None


def _kind(name, column, about, missing):
    for kind in ("ignored", "numeric", "categorical"):
        if name in about[kind]:
            return kind
    present = [cell for cell in column if cell not in missing]
    return "numeric" if present and all(_number(c) is not None for c in present) else "categorical"


def _check(name, column, missing):
    for row, cell in column.items():
        if cell not in missing and _number(cell) is None:
            raise ValueError(f"column {name}, row {row + 1}: {cell!r} is not a number")


def _labels(column, positive):
    if positive["rule"] == "equals":
        return [int(cell == positive["value"]) for cell in column]
    least = _number(positive["value"])
    return [int(_number(cell) >= least) for cell in column]


def _checked(cells, about):
    for name in (about["target"], *about["numeric"], *about["categorical"], *about["ignored"]):
        if name not in cells.columns:
            raise ValueError(f"there is no column {name}")
    positive = about["positive"]
    if positive["rule"] == "at_least" and _number(positive["value"]) is None:
        raise ValueError(f"positive value {positive['value']!r} is not a number")


def _cleaned(cells, about, *, check=True, subset=None, kinds=None, fill=None):
    _checked(cells, about)
    target, missing = about["target"], frozenset(about["missing"])
    rows = cells.drop_duplicates(subset=subset)
    kinds = kinds or {name: _kind(name, rows[name], about, missing) for name in rows}
    kinds[target] = "target"
    number_wanted = {*about["numeric"]}
    number_wanted |= {target} if about["positive"]["rule"] == "at_least" else set()
    for name in rows:
        if check and name in number_wanted and kinds[name] in ("numeric", "target"):
            _check(name, rows[name], missing)
    absent = rows.isin(list(missing))
    needed = [n for n in rows if kinds[n] in (("target",) if fill else ("target", "numeric"))]
    kept = rows[~absent[needed].any(axis=1)]
    columns = {}
    for name in kept:
        if kinds[name] == "numeric":
            found = [None if cell in missing else _number(cell) for cell in kept[name]]
            spare = fill(found) if fill else 0.0
            columns[name] = np.array([spare if v is None else v for v in found], dtype=float)
        elif kinds[name] == "categorical":
            columns[name] = np.array(
                ["(missing)" if cell in missing else cell for cell in kept[name]], dtype=object
            )
    facts = [
        {
            "name": name,
            "kind": kinds[name],
            "missing": int(absent[name].sum()),
            "distinct": int(rows[name][~absent[name]].nunique()),
        }
        for name in rows
    ]
    counts = {
        "read": len(cells),
        "duplicates": len(cells) - len(rows),
        "incomplete": len(rows) - len(kept),
        "kept": len(kept),
    }
    labels = np.array(_labels(kept[target], about["positive"]), dtype=np.int64)
    features = pd.DataFrame(columns, index=pd.RangeIndex(len(kept)))
    return Cleaned(features, labels, pd.DataFrame(facts), counts)


def reference(cells, about):
    return _cleaned(cells, about)


def numbers_keep_their_value(cells, about):
    """Halves the digits by single precision."""
    result = _cleaned(cells, about)
    numeric = result.features.select_dtypes("number").columns
    result.features[numeric] = result.features[numeric].astype(np.float32).astype(np.float64)
    return result


def one_text_makes_a_category(cells, about):
    """Takes a column for numeric when most of its cells are."""
    missing = frozenset(about["missing"])
    kinds = {}
    for name in cells:
        share = [_number(cell) is not None for cell in cells[name] if cell not in missing]
        plain = _kind(name, cells[name], about, missing)
        kinds[name] = "numeric" if share and np.mean(share) > 0.5 else plain
    odd = {n: [c if _number(c) is not None else "0" for c in cells[n]] for n in cells}
    swapped = cells.assign(**{n: odd[n] for n in cells if kinds[n] == "numeric"})
    return _cleaned(swapped, about, kinds=kinds, check=False)


def incomplete_rows_are_dropped(cells, about):
    """Fills a missing number with the mean of the others."""
    return _cleaned(cells, about, fill=lambda v: np.mean([x for x in v if x is not None] or [0]))


def a_missing_category_is_a_category(cells, about):
    """Drops rows in which any feature is missing."""
    result = _cleaned(cells, about)
    odd = (result.features == "(missing)").any(axis=1).to_numpy(dtype=bool)
    features = result.features[~odd].reset_index(drop=True)
    return result._replace(features=features, labels=result.labels[~odd])


def repeated_rows_are_dropped(cells, about):
    """Looks for repeated rows without the ignored columns."""
    return _cleaned(cells, about, subset=[n for n in cells if n not in about["ignored"]])


def labels_follow_the_rule(cells, about):
    """Takes only what exceeds the value."""
    result = _cleaned(cells, about)
    if about["positive"]["rule"] == "equals":
        return result
    kept = {**about, "positive": {"rule": "equals", "value": about["positive"]["value"]}}
    return result._replace(labels=result.labels - _cleaned(cells, kept).labels)


def wrong_cells_are_named(cells, about):
    """Counts rows from 0."""
    try:
        return _cleaned(cells, about)
    except ValueError as error:
        text = re.sub(r"row (\d+)", lambda found: f"row {int(found[1]) - 1}", str(error))
        raise ValueError(text) from None


def missing_columns_are_named(cells, about):
    """Passes over what is not there."""
    known = {k: [n for n in about[k] if n in cells] for k in ("numeric", "categorical", "ignored")}
    return _cleaned(cells, {**about, **known})


def counts_add_up(cells, about):
    """Counts repeated rows as kept."""
    result = _cleaned(cells, about)
    result.counts["kept"] += result.counts["duplicates"]
    return result


def columns_are_told_of(cells, about):
    """Looks at the rows that are left in the end."""
    result = _cleaned(cells, about)
    absent = result.columns["missing"].where(result.columns["kind"] == "categorical", 0)
    return result._replace(columns=result.columns.assign(missing=absent))
