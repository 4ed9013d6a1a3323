"""Arrays: .npy of one form, of exactly the dtype, never an object."""

import io
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fxgbuild.runtime import codec

from .kinds import DTYPES, array


@st.composite
def arrays(draw):
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
    return dtype, draw(hnp.arrays(dtype, shape))


@given(arrays())
def test_an_array_round_trips_with_its_signed_zeros(case):
    dtype, value = case
    back = codec.decode(codec.encode(value, array(dtype)), array(dtype))
    assert back.dtype == value.dtype
    assert back.shape == value.shape
    np.testing.assert_array_equal(back, value)
    if value.dtype.kind == "f":
        kept = ~np.isnan(value)
        np.testing.assert_array_equal(np.signbit(back)[kept], np.signbit(value)[kept])


@given(arrays())
def test_an_array_has_one_form_whatever_its_layout_and_byte_order(case):
    dtype, value = case
    wanted = codec.encode(value, array(dtype))
    assert codec.encode(np.array(value, order="F"), array(dtype)) == wanted
    assert codec.encode(value.astype(value.dtype.newbyteorder(">")), array(dtype)) == wanted
    padded = np.repeat(value[None], 2, axis=0)[::2][0]
    assert codec.encode(padded, array(dtype)) == wanted


@given(arrays())
def test_numpy_reads_what_is_written_and_what_numpy_writes_is_read(case):
    dtype, value = case
    np.testing.assert_array_equal(
        np.load(io.BytesIO(codec.encode(value, array(dtype))), allow_pickle=False), value
    )
    buffer = io.BytesIO()
    np.save(buffer, np.asfortranarray(value))
    np.testing.assert_array_equal(codec.decode(buffer.getvalue(), array(dtype)), value)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_every_nan_has_the_same_bytes(dtype):
    size = np.dtype(dtype).itemsize // (2 if dtype.startswith("complex") else 1)
    odd = np.array([0x7FF8_0000_DEAD_BEEF if size == 8 else 0xFFC0_1234], f"<u{size}")
    strange = odd.view(f"<f{size}").repeat(2 if dtype.startswith("complex") else 1).view(dtype)
    plain = np.array([complex(np.nan, np.nan) if dtype.startswith("complex") else np.nan], dtype)
    assert codec.encode(strange, array(dtype)) == codec.encode(plain, array(dtype))
    assert np.isnan(strange).all()


def test_the_bytes_of_an_array_are_pinned():
    data = codec.encode(np.arange(3, dtype="int16"), array("int16", 3))
    header = b"{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }"
    assert data == (
        b"\x93NUMPY\x01\x00\x76\x00" + header.ljust(117) + b"\n" + struct.pack("<3h", 0, 1, 2)
    )


@given(arrays(), st.integers(1, 200))
def test_a_truncated_array_is_refused(case, cut):
    dtype, value = case
    data = codec.encode(value, array(dtype))
    with pytest.raises(ValueError, match="array"):
        codec.decode(data[: max(0, len(data) - cut)], array(dtype))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data + b"\0",
        lambda data: data.replace(b"(3,)", b"(9,)"),
        lambda data: data.replace(b"(3,)", b"(-3,)"),
        lambda data: data.replace(b"'<f8'", b"'|O'"),
        lambda data: data.replace(b"'<f8'", b"'<i8'"),
        lambda data: data.replace(b"\x93NUMPY\x01", b"\x93NUMPY\x09"),
        lambda data: b"",
        lambda data: b"\x93NUMPY",
        lambda data: pickle.dumps([1.0]),
    ],
)
def test_an_array_that_is_off_is_refused_in_one_sentence(spoil):
    data = codec.encode(np.arange(3.0), array("float64", 3))
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(spoil(data), array("float64", 3))


def test_an_array_of_pickled_objects_is_never_unpickled():
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was read",))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    for schema in (array("float64", 1), {"array": {"dtype": "object", "dims": [1]}}):
        with pytest.raises(ValueError, match="object"):
            codec.decode(buffer.getvalue(), schema)


@pytest.mark.parametrize("value", [[1.0], 1.0, np.zeros(1, "float32"), None, "x"])
def test_only_an_array_of_the_dtype_is_written(value):
    with pytest.raises(ValueError, match="expected an array of float64"):
        codec.encode(value, array("float64", 1))
