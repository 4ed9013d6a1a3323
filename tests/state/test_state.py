"""The state file: what is believed of it, and when an input has moved."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild import state
from fxgbuild.state import DOUBT, FILE, FOLDER, INODE, NOTHING, TREE, Input

NAMES = st.text("abcé/ .-_\\", min_size=1, max_size=12)
STAMPS = st.tuples(*[st.integers(-1, 2**62)] * 4)
INPUTS = st.lists(
    st.builds(
        Input,
        NAMES,
        st.sampled_from([FILE, FOLDER, TREE, INODE]),
        STAMPS,
        st.binary(min_size=32, max_size=32),
        st.integers(-1, 9),
    ),
    max_size=6,
)
TEXTS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\t\r"), max_size=30
)


def seen(path: Path, kind: int = FILE, owner: int = -1) -> Input:
    return Input(str(path), kind, state.look(str(path)), state.digest(str(path), kind), owner)


def written(store: Path, *inputs: Input, began: int = 1 << 62) -> state.State:
    state.write(str(store), state.make(inputs, {"q": "a"}, [], []), began)
    found = state.read(str(store))
    assert found is not None
    return found


def old(path: Path) -> None:
    """Let a path's modification lie in the past; its change is still now."""
    os.utime(path, ns=(10**18, 10**18))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o755)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "input"
    path.write_text("one")
    return path


@given(inputs=INPUTS, answers=st.dictionaries(st.sampled_from("abc"), TEXTS), lines=st.just(["{}"]))
def test_what_is_written_is_read(tmp_path_factory, inputs, answers, lines):
    store = tmp_path_factory.mktemp("s")
    state.write(str(store), state.make(inputs, answers, ["p"], lines), 0)
    found = state.read(str(store))
    assert found is not None
    assert [found.input(n, found.owners[n]) for n in range(len(inputs))] == inputs
    assert found.answers == answers
    assert (found.packages, found.lines) == (["p"], lines)


@given(cut=st.integers(0, 300), flip=st.integers(0, 255))
def test_a_torn_or_damaged_file_is_no_state(tmp_path_factory, cut, flip):
    store = tmp_path_factory.mktemp("s")
    written(store, Input("x", FILE, (1, 2, 3, 4), NOTHING, 0))
    path = store / state.NAME
    data = bytearray(path.read_bytes())
    place = cut % len(data)
    path.write_bytes(data[:place])
    assert state.read(str(store)) is None
    data[place] ^= flip
    path.write_bytes(data)
    assert (state.read(str(store)) is None) == bool(flip)


@pytest.mark.parametrize("spoil", ["link", "pipe", "open to all", "missing"])
def test_a_state_that_somebody_else_may_have_written_is_none(store, file, spoil):
    written(store, seen(file))
    path = store / state.NAME
    if spoil == "open to all":
        store.chmod(0o777)
    else:
        path.rename(store / "aside")
    if spoil == "link":
        path.symlink_to(store / "aside")
    if spoil == "pipe":
        os.mkfifo(path)
    assert state.read(str(store)) is None


def test_an_input_stands_while_nothing_about_it_changes(store, file):
    assert written(store, seen(file)).moved() == ([], False)
    young = written(store, seen(file), began=0)
    assert young.moved() == ([], True)  # its times are later than `began`: it was hashed


def test_an_input_whose_times_are_old_is_not_read_again(store, file, monkeypatch):
    known = written(store, seen(file), began=time.time_ns() + 10**12)
    monkeypatch.setattr(state, "digest", lambda *_: pytest.fail("was read"))
    assert known.moved() == ([], False)


def test_a_touched_but_equal_file_has_not_moved_and_its_times_are_learnt(store, file):
    known = written(store, seen(file))
    os.utime(file)
    assert known.moved() == ([], True)
    assert known.input(0, -1).stamp == state.look(str(file))


def test_an_edit_within_one_step_of_the_clock_is_seen(store, file):
    """Same size, same times as far as the file system tells: only the content can say."""
    known = written(store, seen(file), began=0)
    assert known.kinds[0] & DOUBT
    file.write_text("two")
    known.stamps[0:4] = type(known.stamps)("q", state.look(str(file)))
    assert known.moved() == ([0], False)
    known.kinds[0] = FILE  # the defence off: the edit is missed
    assert known.moved() == ([], False)


def test_an_edit_that_puts_its_old_modification_time_back_is_seen(store, file):
    old(file)
    known = written(store, seen(file))
    file.write_text("two")
    old(file)
    assert known.moved() == ([0], False)


@pytest.mark.parametrize("kind", [FILE, FOLDER, TREE])
def test_what_was_absent_and_comes_has_moved(tmp_path, store, kind):
    path = tmp_path / "later"
    known = written(store, seen(path, kind))
    assert known.moved()[0] == []
    if kind == FILE:
        path.write_text("")
    else:
        path.mkdir()
    assert known.moved()[0] == [0]


def test_what_was_there_and_goes_has_moved(store, file):
    known = written(store, seen(file))
    file.unlink()
    assert known.moved()[0] == [0]


def test_a_folder_moves_with_its_names_and_a_tree_with_graph_files_and_folders(tmp_path, store):
    folder = tmp_path / "p"
    (folder / "sub").mkdir(parents=True)
    known = written(store, seen(folder, FOLDER), seen(folder, TREE))
    (folder / "notes.txt").write_text("")
    assert known.moved()[0] == [0]
    (folder / "fxg.yaml").write_text("")
    assert known.moved()[0] == [0, 1]


def test_a_database_that_is_written_has_not_moved_and_another_in_its_place_has(store, file):
    known = written(store, seen(file, INODE))
    file.write_text("more rows")
    assert known.moved()[0] == []
    other = file.with_name("other")
    other.write_text("more rows")
    other.rename(file)
    assert known.moved()[0] == [0]


def test_times_are_the_file_systems(store):
    assert abs(state.now_ns(str(store)) - time.time_ns()) < 5 * 10**9
    assert state.now_ns(str(store / "absent")) == 0
