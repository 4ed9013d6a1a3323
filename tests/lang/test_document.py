"""Documents with places: found again after parts were left out, and kept as bytes."""

import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.lang.document import FORMAT, Document, from_bytes, to_bytes
from fxgbuild.lang.text import parse
from tests.lang.workspaces import GRAPH, RULES
from tests.strategies import json_values, yaml_text

HEAD = len(FORMAT) + 8
YAML = "fxg: 1\nnodes:\n  one: {tags: [a, bb]}\nedges:\n  - x: 1\n  - y: 2\n  - z: 3\n"


def read(name: str, text: str) -> Document:
    document, problems = parse(name, text.encode())
    assert document is not None, problems
    return document


@pytest.mark.parametrize(
    ("name", "text"), [("x.yaml", GRAPH), ("x.toml", RULES), ("x.json", "5"), ("x.yaml", "")]
)
def test_a_document_kept_as_bytes_comes_back_equal_with_its_places(name: str, text: str) -> None:
    document = read(name, text)
    again = from_bytes(to_bytes(document))
    assert again == document
    assert again.places == document.places


@given(json_values())
def test_any_document_comes_back_equal(value: object) -> None:
    document = read("x.yaml", yaml_text({"value": value}))
    again = from_bytes(to_bytes(document), "y.yaml")
    assert again == Document("y.yaml", document.value, document.places)


def test_what_was_left_out_is_kept_too() -> None:
    document = read("x.yaml", YAML).without([("nodes", "one")])
    assert from_bytes(to_bytes(document)) == document
    assert document.declares("nodes", "one")


@given(st.data())
def test_damaged_bytes_are_no_document(data: st.DataObject) -> None:
    kept = bytearray(to_bytes(read("x.yaml", YAML)))
    at = data.draw(st.integers(0, len(kept) - 1))
    cut = bytes(kept[:at])
    kept[at] ^= data.draw(st.integers(1, 255))
    assert from_bytes(bytes(kept)) is None
    assert from_bytes(cut) is None


@given(st.binary(max_size=200))
def test_random_bytes_are_no_document(data: bytes) -> None:
    assert from_bytes(data) is None
    assert from_bytes(FORMAT + data) is None


def forged(places: bytes, text: str, size: int | None = None) -> bytes:
    """Bytes with a right checksum, whatever they say."""
    body = places + text.encode()
    size = len(places) if size is None else size
    return FORMAT + struct.pack("<II", zlib.crc32(body), size) + body


@pytest.mark.parametrize(
    "data",
    [
        forged(b"", ""),
        forged(b"", "5"),
        forged(b"", "[1, 2, 3]"),
        forged(b"", '["x", 1]'),
        forged(b"", '["x", {"a": 1}, null]'),
        forged(b"abc", '["x", 1, null]'),
        forged(b"\0" * 16, '["x", 1, null]'),
        forged(b"", '["x", 1, null]', size=2**31),
        forged(b"", "[" * 100_000),
        forged(b"", '["x", ' + "9" * 5000 + ", null]"),
        FORMAT.replace(b"1", b"2") + to_bytes(read("x.yaml", YAML))[len(FORMAT) :],
    ],
)
def test_bytes_of_another_form_or_version_are_no_document(data: bytes) -> None:
    assert from_bytes(data) is None


@given(st.lists(st.tuples(*[st.integers(0, 2**32 - 1)] * 5), min_size=1, max_size=4))
def test_forged_places_are_wrong_places_and_nothing_worse(rows: list[tuple[int, ...]]) -> None:
    table = [entry for row in rows for entry in row]
    value = {"a": [{"b": 1}, 2], "c": {"d": []}}
    text = json.dumps(["x.yaml", value, None])
    document = from_bytes(forged(struct.pack(f"<{len(table)}I", *table), text))
    assert document is not None
    for path in ((), ("a",), ("a", 0, "b"), ("a", 1), ("a", 7), ("c", "d", 0), ("x", "y"), (3,)):
        assert document.at(*path).path == "x.yaml"
        assert document.key_at(*path).path == "x.yaml"
    assert document.without([("a", 0)]).value == {"a": [2], "c": {"d": []}}


def test_what_follows_a_part_that_is_left_out_keeps_its_place() -> None:
    document = read("x.yaml", YAML)
    less = document.without([("edges", 0), ("edges", 1), ("nodes", "one", "tags", 0)])
    assert less.value["edges"] == [{"z": 3}]
    assert less.value["nodes"] == {"one": {"tags": ["bb"]}}
    assert str(less.at("edges", 0, "z")) == "x.yaml:7:8"
    assert str(less.key_at("edges", 0, "z")) == "x.yaml:7:5"
    assert str(less.at("nodes", "one", "tags", 0)) == "x.yaml:3:19"
    assert less.whole == document.value
    assert document.value["edges"] == [{"x": 1}, {"y": 2}, {"z": 3}]


@pytest.mark.parametrize(
    ("path", "place", "key"),
    [
        ((), "1:1", "1:1"),
        (("nodes", "one"), "3:8", "3:3"),
        (("nodes", "one", "tags", 1), "3:19", "3:19"),
        (("nodes", "one", "spec"), "3:8", "3:8"),
        (("nodes", "one", "tags", 9, "x"), "3:15", "3:15"),
        (("edges", "no index"), "5:3", "5:3"),
        (("fxg", "below a number"), "1:6", "1:6"),
    ],
)
def test_a_path_that_is_not_there_is_located_at_what_is_nearest(
    path: tuple[str | int, ...], place: str, key: str
) -> None:
    document = read("x.yaml", YAML)
    assert str(document.at(*path)) == f"x.yaml:{place}"
    assert str(document.key_at(*path)) == f"x.yaml:{key}"
