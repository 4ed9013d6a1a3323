"""Pins: code and record that must agree at every use, or nothing is run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fxgbuild.digest import Json, digest_bytes
from fxgbuild.errors import CodeLost, IntegrityError
from fxgbuild.lang.label import Label
from fxgbuild.plan.key import key_of
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.pin import NEW, Pin, PinStore

LABEL = Label("a/b", "node")
HOLE = "def node() -> int:\n    return 1\n"


def pin(label: Label = LABEL, hole: str = HOLE, spec: str = "Do it.") -> Pin:
    preimage: Json = {"spec": {"text": spec}, "params": {}}
    return Pin(
        label=label,
        key=key_of("generate", preimage),
        preimage=preimage,
        code=digest_bytes(hole.encode()),
        hole=hole,
        provenance={"model": "m"},
        attempts=({"attempt": 1},),
        validated={"test": {"python": "3.11"}},
    )


@pytest.fixture
def pins(tmp_path: Path) -> PinStore:
    return PinStore(tmp_path / "cache", BlobStore(tmp_path / "cas"))


def record(pins: PinStore) -> Path:
    return pins.home(LABEL) / "pin.json"


def test_a_pin_reads_back_as_it_was_written(pins: PinStore) -> None:
    assert pins.read(LABEL) is None
    pins.write(pin())
    assert pins.read(LABEL) == pin()
    assert list(pins.labels()) == [LABEL]
    assert (pins.home(LABEL) / "code.py").read_text() == HOLE
    pins.remove(LABEL)
    assert pins.read(LABEL) is None


def test_a_pin_is_written_alike_every_time_and_ends_its_lines_as_git_likes(pins: PinStore) -> None:
    pins.write(pin())
    first = record(pins).read_bytes()
    pins.write(pin())
    assert record(pins).read_bytes() == first
    assert first.endswith(b"}\n")
    assert b"\r" not in first
    assert list(json.loads(first)) == sorted(json.loads(first))


def test_pins_of_two_nodes_touch_no_common_file(pins: PinStore) -> None:
    pins.write(pin())
    before = {path: path.read_bytes() for path in pins.folder.rglob("*") if path.is_file()}
    pins.write(pin(Label("a/b", "other")))
    assert {path: path.read_bytes() for path in before} == before


def edit(**changes: Any) -> Callable[[PinStore], None]:
    def change(pins: PinStore) -> None:
        value = json.loads(record(pins).read_text())
        record(pins).write_text(json.dumps(value | changes))

    return change


def drop(name: str) -> Callable[[PinStore], None]:
    def change(pins: PinStore) -> None:
        value = json.loads(record(pins).read_text())
        del value[name]
        record(pins).write_text(json.dumps(value))

    return change


def code(data: bytes) -> Callable[[PinStore], None]:
    return lambda pins: (pins.home(LABEL) / "code.py").write_bytes(data) and None


def text(data: str) -> Callable[[PinStore], None]:
    return lambda pins: record(pins).write_text(data) and None


def swapped(pins: PinStore) -> None:
    """Two pins' records change places."""
    pins.write(pin(Label("a/b", "other"), "def other() -> int:\n    return 2\n", "Other."))
    one, two = record(pins), pins.home(Label("a/b", "other")) / "pin.json"
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)


def linked(pins: PinStore) -> None:
    path = pins.home(LABEL) / "code.py"
    path.rename(path.with_name("elsewhere.py"))
    path.symlink_to("elsewhere.py")


def fifo(pins: PinStore) -> None:
    record(pins).unlink()
    os.mkfifo(record(pins))


def binary(pins: PinStore) -> None:
    """Code that is no text, with a digest that fits."""
    code(b"\xff\xfe")(pins)
    edit(code=digest_bytes(b"\xff\xfe").hex)(pins)


OTHER_PREIMAGE = {"spec": {"text": "Do something else."}, "params": {}}
BROKEN = {
    "edited code": code(HOLE.replace("1", "2").encode()),
    "blank added to the code": code(HOLE.encode() + b" "),
    "line ends of another system": code(HOLE.replace("\n", "\r\n").encode()),
    "emptied code": code(b""),
    "code that is no text": binary,
    "code behind a link": linked,
    "another code's digest": edit(code="0" * 64),
    "no digest": edit(code="../../etc/passwd"),
    "upper-case digest": edit(code=digest_bytes(HOLE.encode()).hex.upper()),
    "another key": edit(key="0" * 64),
    "edited preimage": edit(preimage=OTHER_PREIMAGE),
    "preimage with a NaN": edit(preimage={"x": float("nan")}),
    "preimage with a surrogate": text('{"preimage": "\\ud800"}'),
    "another label": edit(label="//a/b:other"),
    "records changed places": swapped,
    "another format": edit(pin=2),
    "a further field": edit(extra=1),
    "a missing field": drop("attempts"),
    "attempts that are none": edit(attempts=5),
    "attempts of another kind": edit(attempts=[5]),
    "carried of another kind": edit(carried={}),
    "validated of another kind": edit(validated=[]),
    "not JSON": text("{"),
    "not an object": text("[]"),
    "deep JSON": text("[" * 100_000),
    "empty record": text(""),
    "a pipe for a record": fifo,
    "hand-removed record": lambda pins: record(pins).unlink(),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_pin_whose_parts_disagree_stops_with_26(pins: PinStore, kind: str) -> None:
    pins.write(pin())
    pins.blobs.put(HOLE.encode())
    BROKEN[kind](pins)
    before = sorted(path for path in pins.folder.rglob("*"))
    with pytest.raises(IntegrityError) as caught:
        pins.read(LABEL)
    assert caught.value.exit_code == 26
    assert "git checkout" in caught.value.hint
    assert str(pins.home(LABEL)) in caught.value.facts["pin"]
    assert sorted(path for path in pins.folder.rglob("*")) == before


def test_a_surrogate_in_an_otherwise_whole_record_stops_with_26(pins: PinStore) -> None:
    pins.write(pin())
    edit(preimage={"x": "\ud800"})(pins)
    with pytest.raises(IntegrityError):
        pins.read(LABEL)


def test_missing_code_is_taken_from_the_store_where_it_has_it(pins: PinStore) -> None:
    pins.write(pin())
    pins.blobs.put(HOLE.encode())
    (pins.home(LABEL) / "code.py").unlink()
    assert pins.read(LABEL) == pin()


@pytest.mark.parametrize("damaged", [False, True])
def test_code_that_is_nowhere_stops_with_23(pins: PinStore, damaged: bool) -> None:
    pins.write(pin())
    (pins.home(LABEL) / "code.py").unlink()
    if damaged:
        path = pins.blobs.path(pins.blobs.put(HOLE.encode()))
        path.chmod(0o644)
        path.write_bytes(b"other")
    with pytest.raises(CodeLost) as caught:
        pins.read(LABEL)
    assert caught.value.exit_code == 23
    assert caught.value.facts["code"] == pin().code.hex
    assert "git checkout" in caught.value.hint


def test_a_pin_is_found_by_its_key_under_any_label(pins: PinStore) -> None:
    pins.write(pin(Label("x", "first"), spec="First."))
    pins.write(pin(Label("x", "second"), spec="Second."))
    found = pins.find(pin(spec="Second.").key)
    assert found == pin(Label("x", "second"), spec="Second.")
    assert pins.find(pin(spec="Third.").key) is None


def test_a_key_named_in_another_pin_s_history_is_not_that_pin(pins: PinStore) -> None:
    """Attempts and carried pins name earlier keys too."""
    old = pin(spec="Old.").key
    carried = {"key": old.hex}
    one = pin(spec="New.")
    pins.write(Pin(**{n: getattr(one, n) for n in one.__slots__} | {"carried": (carried,)}))
    assert pins.find(old) is None


def test_a_broken_pin_elsewhere_does_not_keep_a_whole_one_from_being_found(pins: PinStore) -> None:
    pins.write(pin(Label("a", "broken"), spec="Broken."))
    (pins.home(Label("a", "broken")) / "pin.json").write_text("{")
    pins.write(pin())
    assert pins.find(pin().key) == pin()


def test_a_pin_is_there_when_its_record_is(pins: PinStore) -> None:
    """The record's place is taken by a folder: nothing is pinned."""
    record(pins).mkdir(parents=True)
    with pytest.raises(OSError, match=r"pin\.json"):
        pins.write(pin())
    assert not (pins.home(LABEL) / "code.py").exists()
    record(pins).rmdir()
    assert pins.read(LABEL) is None


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.store.test_pin import HOLE, pin
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.pin import PinStore
pins = PinStore(Path(sys.argv[1]) / "cache", BlobStore(Path(sys.argv[1]) / "cas"))
print("ready", flush=True)
for _ in range(100_000):
    pins.write(pin())
    pins.write(pin(hole=HOLE.replace("1", "2"), spec="Another."))
"""


def test_a_killed_writer_never_leaves_a_pin_that_is_silently_wrong(
    tmp_path: Path, pins: PinStore
) -> None:
    root = Path(__file__).parents[2]
    whole = [pin(), pin(hole=HOLE.replace("1", "2"), spec="Another.")]
    for wait in (0.003, 0.01, 0.02, 0.005):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(root)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(wait)
        writer.kill()
        writer.communicate()
        assert pins.read(LABEL) in [None, *whole]


@pytest.mark.parametrize("step", ["code written", "record written"])
def test_a_writer_that_dies_between_its_steps_leaves_the_old_pin_or_the_new(
    tmp_path: Path, pins: PinStore, step: str
) -> None:
    old, new = pin(), pin(hole=HOLE.replace("1", "2"), spec="Another.")
    pins.write(old)
    elsewhere = PinStore(tmp_path / "elsewhere", pins.blobs)
    elsewhere.write(new)
    (pins.home(LABEL) / NEW).write_bytes((elsewhere.home(LABEL) / "code.py").read_bytes())
    if step == "record written":
        record = (elsewhere.home(LABEL) / "pin.json").read_bytes()
        (pins.home(LABEL) / "pin.json").write_bytes(record)
    assert pins.read(LABEL) == (new if step == "record written" else old)
    pins.write(new)
    assert pins.read(LABEL) == new
    assert sorted(p.name for p in pins.home(LABEL).iterdir()) == ["code.py", "pin.json"]
