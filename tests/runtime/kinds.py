"""Schemas of every kind, and values of them."""

import datetime
import decimal

import numpy as np
import pandas as pd
from hypothesis import strategies as st

DTYPES = [
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float32",
    "float64",
    "complex64",
    "complex128",
]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)


FINITE = st.floats(allow_nan=False, allow_infinity=False)


def array(dtype, *dims):
    return {"array": {"dtype": dtype, "dims": list(dims)}}


def optional(schema):
    return {"anyOf": [schema, {"type": "null"}]}


STATE = {
    "state": {
        "mean": array("float64", "features"),
        "count": {"type": "integer"},
        "label": {"type": "string"},
    }
}


RECORD = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "score": {"type": "number"},
        "tags": {"type": "array", "items": {"enum": ["a", "b", 1]}},
        "on": optional({"type": "string", "format": "date"}),
        "raw": {"type": "string", "contentEncoding": "base64"},
        "curve": array("float32", "n"),
    },
    "required": ["name", "score"],
    "additionalProperties": False,
}


TABLE = {
    "table": {
        "columns": {
            "age": {"type": "integer"},
            "name": {"type": "string"},
            "mass": optional({"type": "number"}),
            "visits": optional({"type": "integer"}),
            "born": {"type": "string", "format": "date"},
            "fee": {"type": "string", "format": "decimal"},
            "ok": optional({"type": "boolean"}),
            "sex": {"enum": ["f", "m"]},
        },
        "rest": "features",
    }
}


def people():
    return pd.DataFrame(
        {
            "age": [1, 2, 3],
            "name": ["a", "b", "ü"],
            "mass": [1.5, np.nan, 2.0],
            "visits": pd.array([1, None, 3], dtype="Int64"),
            "born": [datetime.date(2020, 1, n) for n in (1, 2, 3)],
            "fee": [decimal.Decimal(n) for n in ("1", "2.50", "1E+2")],
            "ok": pd.array([True, None, False], dtype="boolean"),
            "sex": ["f", "m", "f"],
            "x1": [0.5, 1.5, 2.5],
        }
    )
