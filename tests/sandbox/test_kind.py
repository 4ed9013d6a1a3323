"""Environments are told apart by their marks, and each is mended in its own way."""

from pathlib import Path

import pytest

from fxgbuild.sandbox.kind import KINDS, install_command, kind_of

BASE = "/opt/python"
MARKS = {
    "venv": ("pyvenv.cfg", "home = /opt/python/bin\n"),
    "virtualenv": ("pyvenv.cfg", "home = /opt/python/bin\nvirtualenv = 20.0\n"),
    "uv": ("pyvenv.cfg", "home = /opt/python/bin\nuv = 0.9\n"),
    "conda": ("conda-meta/history", ""),
    "pipx": ("pipx_metadata.json", "{}"),
    "uv tool": ("uv-receipt.toml", ""),
}


@pytest.mark.parametrize("kind", MARKS)
def test_a_kind_is_told_by_its_mark(tmp_path: Path, kind: str) -> None:
    name, text = MARKS[kind]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert kind_of(str(tmp_path), BASE, ()) == kind


def test_pythons_without_an_environment_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    assert kind_of("/usr", "/usr", [str(tmp_path)]) == "system"
    pyenv = "/home/me/.pyenv/versions/3.12.1"
    assert kind_of(pyenv, pyenv, ()) == "pyenv"
    assert kind_of(BASE, BASE, ()) == "plain"


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("venv", "P -m pip install numpy==2.1 'pytest>=8'"),
        ("pyenv", "P -m pip install numpy==2.1 'pytest>=8'"),
        ("uv", "uv pip install --python P numpy==2.1 'pytest>=8'"),
        ("conda", "conda install --prefix /here numpy=2.1 'pytest>=8'"),
        ("pipx", "pipx runpip fxgbuild install numpy==2.1 'pytest>=8'"),
        ("uv tool", "uv tool install --with numpy==2.1 --with 'pytest>=8' fxgbuild"),
        (
            "system",
            "python3 -m venv --system-site-packages .venv && "
            ".venv/bin/python -m pip install numpy==2.1 'pytest>=8'",
        ),
    ],
)
def test_each_kind_is_mended_in_its_own_way(kind: str, command: str) -> None:
    assert install_command(kind, "P", "/here", ["numpy==2.1", "pytest>=8"]) == command


def test_a_venv_without_pip_gets_it_first() -> None:
    told = install_command("venv", "P", "/here", ["numpy"], pip=False)
    assert told == "P -m ensurepip && P -m pip install numpy"


def test_every_kind_has_words() -> None:
    assert set(MARKS) | {"system", "pyenv", "plain"} == set(KINDS)
