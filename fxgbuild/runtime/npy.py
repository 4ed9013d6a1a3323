"""Arrays as bytes: .npy format 1.0, little endian, C order, one NaN, never an object.

Writing is canonical; reading takes any .npy of the right dtype (both byte orders, both layouts).
The sign of a zero is kept: it is data. A NaN's payload is not.
"""

import ast
import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .fault import shown

Array: TypeAlias = npt.NDArray[Any]

_MAGIC = b"\x93NUMPY\x01\x00"
_WIDTHS = {
    b"\x93NUMPY\x01\x00": 2,
    b"\x93NUMPY\x02\x00": 4,
    b"\x93NUMPY\x03\x00": 4,
}
_MAX_HEADER = 10_000


def parts(value: object, dtype: str) -> list[bytes | memoryview]:
    """Give the canonical bytes in pieces, the elements without a copy where they allow it."""
    given = as_array(value, dtype)
    array = _one_nan(given.astype(given.dtype.newbyteorder("<"), order="C", copy=False))
    body = array.reshape(-1).view(np.uint8).data if array.size else b""
    return [_header(array), body]


def as_array(value: object, dtype: str) -> Array:
    """Give the value as an array, or say why it is not one of this dtype."""
    if not isinstance(value, np.ndarray | np.generic):
        raise ValueError(f"expected an array of {dtype}, found {shown(value)}")
    array = np.asarray(value)
    if array.dtype.newbyteorder("=") != np.dtype(dtype):
        raise ValueError(f"expected an array of {dtype}, found one of {array.dtype}")
    return array


def decode(data: bytes, dtype: str) -> Array:
    """Read an array of exactly this dtype; the result is writable and in C order."""
    found, shape, fortran, start = _read_header(data)
    if found.newbyteorder("=") != np.dtype(dtype):
        raise ValueError(f"expected an array of {dtype}, found one of {found}")
    size = math.prod(shape) * found.itemsize
    if len(data) - start != size:
        state = "truncated" if len(data) - start < size else "followed by other data"
        raise ValueError(f"the array is {state}: {len(data) - start} bytes instead of {size}")
    flat = np.frombuffer(data, dtype=found, offset=start) if size else np.empty(0, dtype=found)
    array = flat.reshape(shape, order="F" if fortran else "C")
    return np.array(array, dtype=np.dtype(dtype), order="C", copy=True)


def _header(array: Array) -> bytes:
    descr = "|" + array.dtype.str[1:] if array.dtype.itemsize == 1 else array.dtype.str
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {array.shape!r}, }}"
    padding = -(len(_MAGIC) + 2 + len(text) + 1) % 64
    header = text.encode("ascii") + b" " * padding + b"\n"
    return _MAGIC + len(header).to_bytes(2, "little") + header


def _one_nan(array: Array) -> Array:
    """Give every NaN the same bits."""
    if array.dtype.kind not in "fc" or not np.isnan(array).any():
        return array
    copy = array.copy()
    reals = copy.reshape(-1)
    if copy.dtype.kind == "c":
        reals = reals.view(f"<f{copy.dtype.itemsize // 2}")
    reals[np.isnan(reals)] = np.nan
    return copy


def _read_header(data: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    width = _WIDTHS.get(data[:8])
    if width is None:
        raise ValueError("not an array: no .npy of format 1, 2 or 3")
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    if start - 8 - width > _MAX_HEADER or start > len(data):
        raise ValueError("not an array: its header is truncated or too long")
    try:
        header = ast.literal_eval(data[8 + width : start].decode().strip())
        descr, fortran, shape = header["descr"], header["fortran_order"], header["shape"]
        dtype = np.dtype(descr if isinstance(descr, str) else object)
    except (ValueError, TypeError, KeyError, SyntaxError, RecursionError, MemoryError):
        raise ValueError("not an array: its header cannot be read") from None
    if dtype.hasobject or dtype.fields:
        raise ValueError("an array of Python objects or records is never read")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("not an array: its shape is no tuple of lengths")
    return dtype, shape, bool(fortran), start
