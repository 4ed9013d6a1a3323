"""Kinds of environment: who keeps an interpreter's packages, told by the marks they leave.

What to type where something is missing depends on it: nobody should be told to use pip on a conda
environment, or on the system's Python.
"""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

KINDS = {
    "venv": "a virtual environment",
    "virtualenv": "a virtualenv",
    "uv": "an environment of uv",
    "conda": "a conda environment",
    "pipx": "fxgbuild's own environment, made by pipx",
    "uv tool": "fxgbuild's own environment, made by uv",
    "pyenv": "a Python of pyenv",
    "system": "the system's Python",
    "plain": "a Python of its own",
}


def kind_of(prefix: str, base_prefix: str, stdlib: Iterable[str]) -> str:
    """The kind of an environment, by the marks in its folder."""
    home = Path(prefix)
    if (home / "pipx_metadata.json").is_file():
        return "pipx"
    if (home / "uv-receipt.toml").is_file():
        return "uv tool"
    if (home / "conda-meta").is_dir():
        return "conda"
    if prefix != base_prefix:
        return _virtual(home)
    if any((Path(folder) / "EXTERNALLY-MANAGED").is_file() for folder in stdlib):
        return "system"
    return "pyenv" if home.parent.name == "versions" and "pyenv" in str(home) else "plain"


def _virtual(home: Path) -> str:
    try:
        lines = (home / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
    except OSError:
        return "venv"
    names = {line.partition("=")[0].strip().lower() for line in lines}
    return next((name for name in ("uv", "virtualenv") if name in names), "venv")


def install_command(
    kind: str, executable: str, prefix: str, wanted: Sequence[str], *, pip: bool = True
) -> str:
    """What to type so that an environment has what is wanted, `name` or `name==version` each."""
    words = [shlex.quote(word) if set(word) & set("<>~!") else word for word in wanted]
    names = " ".join(words)
    if kind == "conda":
        return f"conda install --prefix {prefix} {names.replace('==', '=')}"
    if kind == "pipx":
        return f"pipx runpip fxgbuild install {names}"
    if kind == "uv tool":
        extra = " ".join(f"--with {word}" for word in words)
        return f"uv tool install {extra} fxgbuild"
    if kind == "uv":
        return f"uv pip install --python {executable} {names}"
    if kind == "system":
        return _of_the_system(words)
    first = "" if pip else f"{executable} -m ensurepip && "
    return f"{first}{executable} -m pip install {names}"


def _of_the_system(words: Sequence[str]) -> str:
    """The system's packages have the system's versions: an exact one needs another environment."""
    names = [word.strip("'") for word in words]
    if Path("/usr/bin/apt-get").exists() and not any(set(name) & set("=<>~!") for name in names):
        return "apt-get install " + " ".join(f"python3-{name}" for name in names)
    make = "python3 -m venv --system-site-packages .venv"
    return f"{make} && .venv/bin/python -m pip install {' '.join(words)}"
