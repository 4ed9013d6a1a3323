"""Locks of three forms say the same; which version counts is asked with a Python's markers."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.lang.lockfile import normalised, read_lock

LOCKS = Path(__file__).with_name("locks")  # written by uv for one project
OLD = {"python_version": "3.11", "python_full_version": "3.11.7", "sys_platform": "linux"}
NEW = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux"}
EVERYWHERE = {
    "hypothesis": "6.170.15",
    "iniconfig": "2.3.1",
    "packaging": "26.3",
    "pluggy": "1.7.0",
    "pygments": "2.21.0",
    "pytest": "9.2.0",
    "sortedcontainers": "2.4.0",
}


def versions(text, path="requirements.lock", markers=OLD):
    lock, problems = read_lock(path, text)
    assert not problems
    return lock.versions(markers)


def complaint(text, path="requirements.lock"):
    _, problems = read_lock(path, text)
    assert len(problems) == 1
    return problems[0].message, problems[0].where.line


@pytest.mark.parametrize("name", ["requirements.lock", "uv.lock", "pylock.toml"])
@pytest.mark.parametrize(("markers", "numpy"), [(OLD, "1.26.4"), (NEW, "2.2.6")])
def test_three_forms_of_one_lock_say_the_same(name, markers, numpy):
    lock, problems = read_lock(f"sub/{name}", (LOCKS / name).read_text("utf-8"))
    assert not problems
    found = lock.versions(markers)
    for scratch in ("colorama", "scratch"):  # of Windows alone; the project itself
        found.pop(scratch, None)
    assert found == EVERYWHERE | {"numpy": numpy}


def test_a_marker_that_does_not_hold_locks_nothing():
    text = (LOCKS / "pylock.toml").read_text("utf-8")
    assert "colorama" not in versions(text, "pylock.toml")
    assert versions(text, "pylock.toml", {**OLD, "sys_platform": "win32"})["colorama"] == "0.4.6"


def test_what_pip_writes_is_read():
    text = """\
# pip freeze
--index-url https://example.org/simple
-e git+https://example.org/us/own.git@c0ffee#egg=own
here @ file:///tmp/here
./wheels/there-1.0-py3-none-any.whl
NumPy==2.1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via pandas
Scikit_Learn[alldeps]==1.5.0 ; python_version >= "3.11"  # why not
scipy===1.13.0+local.1
zope.interface (==7.0)
"""
    assert versions(text) == {
        "numpy": "2.1.0",
        "scikit-learn": "1.5.0",
        "scipy": "1.13.0+local.1",
        "zope-interface": "7.0",
    }


def test_groups_and_extras_that_a_lock_is_made_for_count():
    text = """\
lock-version = "1.0"
dependency-groups = ["dev"]
[[packages]]
name = "pytest"
version = "9.0"
marker = "'dev' in dependency_groups"
[[packages]]
name = "sphinx"
version = "8.0"
marker = "'docs' in dependency_groups"
[[packages]]
name = "own"
directory = {path = "."}
"""
    assert versions(text, "pylock.dev.toml") == {"pytest": "9.0"}


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("numpy==1.0\n\nscipy>=1\n", "`scipy>=1` has no exact version, so it locks nothing", 3),
        ("numpy==1.*\n", "`numpy==1.*` has no exact version, so it locks nothing", 1),
        ("numpy\n", "`numpy` has no exact version, so it locks nothing", 1),
        ("-r more.txt\n", "`-r more.txt`: other files are not read; name one lock that", 1),
        ("[[package]]\n", "`[[package]]` is no `name==version`; a lock is `name==version`", 1),
        ("a==1 ; pyhton < '3'\n", "`pyhton < '3'` is no environment marker", 1),
        ("a==1\nA==2\n", "two versions of `a`: 1 and 2", 2),
    ],
)
def test_a_line_that_locks_nothing_is_named(text, said, line):
    message, where = complaint(text)
    assert message.startswith(said)
    assert where == line


@pytest.mark.parametrize("path", ["uv.lock", "pylock.toml"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [\n", "Invalid value"),
        ("", "this is no `"),
        ("version = 9\nlock-version = '9'\npackage = []\npackages = []", "this is no `"),
        (
            "version = 1\nlock-version = '1.0'\n[[package]]\nx=1\n[[packages]]\nx=1",
            "a package has no name",
        ),
    ],
)
def test_a_lock_of_another_form_is_said_to_be_none(path, text, said):
    assert complaint(text, path)[0].startswith(said)


NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,8}([-_.][a-z0-9]{1,4})?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}((a|b|rc)[0-9])?", fullmatch=True)


@given(st.dictionaries(NAMES.map(normalised), VERSIONS, max_size=8), st.booleans())
def test_what_is_written_is_read(pins, hashed):
    tail = " \\\n    --hash=sha256:aa" if hashed else ""
    assert versions("".join(f"{n}=={v}{tail}\n" for n, v in pins.items())) == pins
    uv = "version = 1\npackage = []\n" if not pins else "version = 1\n"
    uv += "".join(f'[[package]]\nname = "{n}"\nversion = "{v}"\n' for n, v in pins.items())
    assert versions(uv, "uv.lock") == pins


@given(st.text(max_size=80), st.sampled_from(["requirements.lock", "uv.lock", "pylock.toml"]))
def test_reading_never_raises(text, path):
    lock, problems = read_lock(path, text)
    assert problems or lock.versions(OLD) is not None
