"""Any interpreter's own folders are shown, wherever it lives, and nothing else of a home."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fxgbuild.errors import ToolFailed
from fxgbuild.sandbox.interpreter import describe_interpreter
from tests.harness.jobs import HONEST, Target, judge, messages, open_or_skip

DEBIAN = "/usr/bin/python3"
PLAIN = Target(
    "plain",
    "def f(x):\n    return x + 1\n",
    None,
    inputs={"x": {"type": "integer"}},
    outputs={"y": {"type": "integer"}},
    imports=("math",),
    examples=[{"inputs": {"x": 1}, "outputs": {"y": 2}}],
)


def _environment(folder: Path, base: str = sys.executable) -> str:
    """A real venv, without packages."""
    subprocess.run((base, "-m", "venv", "--without-pip", str(folder)), check=True, timeout=60)
    return str(folder / "bin" / "python")


def test_the_description_names_versions_and_prefixes() -> None:
    found = describe_interpreter(sys.executable)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.prefix == sys.prefix
    assert found.installed("NumPy")
    assert found.installed("no-such-thing") == ""
    assert all(Path(bind).is_dir() for bind in found.binds)


@pytest.mark.parametrize("level", ["A", "B"])
def test_a_venv_below_a_home_folder_works(level: str, tmp_path: Path) -> None:
    home = tmp_path / "home" / "me"
    home.mkdir(parents=True)
    home.chmod(0o700)
    (home / "secret").write_text("no", encoding="ascii")
    found = describe_interpreter(_environment(home / "project" / ".venv"))
    assert str(home) not in found.binds
    assert str(home / "project" / ".venv") in found.binds
    sandbox = open_or_skip(found, level)
    spy = Target(
        "spy",
        f"def f(x):\n    try:\n        open({str(home / 'secret')!r})\n    except OSError:\n"
        "        return x + 1\n    return 0\n",
        None,
        inputs=PLAIN.inputs,
        outputs=PLAIN.outputs,
        imports=(),
        examples=PLAIN.examples,
    )
    frames = judge(sandbox, PLAIN, spy)
    assert frames["plain"]["ok"], messages(frames["plain"])
    assert frames["spy"]["ok"]


@pytest.mark.parametrize("level", ["A", "B"])
def test_the_base_interpreter_of_this_environment_works(level: str) -> None:
    base = os.path.realpath(sys.executable)
    sandbox = open_or_skip(describe_interpreter(base), level)
    assert judge(sandbox, PLAIN)["plain"]["ok"]


@pytest.mark.skipif(not Path(DEBIAN).exists(), reason="no system Python here")
@pytest.mark.parametrize("level", ["A", "B"])
def test_the_systems_python_works_and_names_what_it_lacks(level: str) -> None:
    found = describe_interpreter(DEBIAN)
    frames = judge(open_or_skip(found, level), PLAIN, Target("needs numpy", HONEST))
    assert frames["plain"]["ok"], messages(frames["plain"])
    if not found.installed("numpy"):
        told = f"module numpy is not installed in the project's interpreter ({DEBIAN})"
        assert messages(frames["needs numpy"]) == told
    if not found.installed("pytest"):
        frame = judge(open_or_skip(found, level), Target("t", HONEST, imports=()))["t"]
        assert "module pytest is not installed in the project's interpreter" in messages(frame)


def test_links_outside_every_prefix_are_kept(tmp_path: Path) -> None:
    link = tmp_path / "bin" / "py"
    link.parent.mkdir()
    link.symlink_to(os.path.realpath(sys.executable))
    found = describe_interpreter(link)
    assert (str(link), os.path.realpath(sys.executable)) in found.links
    assert judge(open_or_skip(found), PLAIN)["plain"]["ok"]


def test_an_editable_install_stays_hidden(tmp_path: Path) -> None:
    python = _environment(tmp_path / "venv")
    source = tmp_path / "workspace"
    source.mkdir()
    (packages,) = (tmp_path / "venv").glob("lib/python3*/site-packages")
    (packages / "mine.pth").write_text(f"{source}\n", encoding="utf-8")
    found = describe_interpreter(python)
    assert found.hidden == (str(source),)
    assert not any(str(source).startswith(bind) for bind in found.binds)


def test_what_is_no_interpreter_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="cannot be used"):
        describe_interpreter(tmp_path / "none")
    with pytest.raises(ToolFailed, match="cannot be used"):
        describe_interpreter(shutil.which("false") or "/bin/false")


def test_a_prefix_that_is_a_home_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = _environment(tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(ToolFailed, match="home folder"):
        describe_interpreter(python)
