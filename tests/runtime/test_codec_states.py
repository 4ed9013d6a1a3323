"""Fitted states: stored zips in one form; bombs, traversal and pickles are refused."""

import io
import struct
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fxgbuild.runtime import codec

from .kinds import STATE, TEXT, array


@given(hnp.arrays("float64", hnp.array_shapes(max_dims=1)), st.integers(), TEXT)
def test_a_state_round_trips_and_has_one_form(mean, count, label):
    value = {"mean": mean, "count": count, "label": label}
    data = codec.encode(value, STATE)
    assert data == codec.encode(dict(reversed(value.items())), STATE)
    back = codec.decode(data, STATE)
    np.testing.assert_array_equal(back.pop("mean"), mean)
    assert back == {"count": count, "label": label}


def test_a_state_is_a_stored_zip_with_sorted_names_and_one_date():
    data = codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == ["mean.npy", "state.json"]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}


def zipped(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # a name twice is what one test wants
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


def hostile_states():
    mean = codec.encode(np.ones(2), array("float64", 2))
    scalars = b'{"count":1,"label":"x"}'
    good = [("mean.npy", mean), ("state.json", scalars)]
    right = codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE)
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    return {
        "traversal": zipped([("../mean.npy", mean), ("state.json", scalars)]),
        "absolute": zipped([*good, ("/etc/passwd", b"")]),
        "further entry": zipped([*good, ("x.npy", mean)]),
        "missing entry": zipped(good[:1]),
        "entry twice": zipped([*good, good[0]]),
        "bomb": zipped([("mean.npy", bytes(10**7)), good[1]], zipfile.ZIP_DEFLATED),
        "pickle": zipped([("mean.npy", pickled.getvalue()), good[1]]),
        "other date": zipped(good),
        "truncated": right[:-5],
        "prefixed": b"x" + right,
        "commented": right + b"!",
        "broken body": right.replace(mean[-8:], b"\0" * 8, 1),
        "not a zip": b"PK",
        "empty": b"",
    }


@pytest.mark.parametrize("what", hostile_states())
def test_a_state_that_is_off_is_refused_in_one_sentence(what):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(hostile_states()[what], STATE)


def test_a_state_whose_entries_claim_more_than_the_file_holds_is_refused():
    data = bytearray(codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE))
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", 2**31, 2**31)
    with pytest.raises(ValueError, match="more bytes"):
        codec.decode(bytes(data), STATE)
