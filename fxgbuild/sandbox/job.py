"""Writes a job's folder: our own modules, the description, the targets' files."""

import functools
import importlib.util
import json
import marshal
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from fxgbuild import harness, runtime
from fxgbuild.digest import Json

# hypothesis takes constants for its examples from every module that is not in such a folder.
LIBRARY = "lib/site-packages"

_PACKAGES = {"harness": harness, "runtime": runtime}


@functools.cache
def library() -> Mapping[str, bytes]:
    """The modules that go into every sandbox, by their path below LIBRARY, compiled ones beside."""
    files = {"fxgbuild/__init__.py": b""}
    for name, package in _PACKAGES.items():
        for folder in package.__path__:
            for file in sorted(Path(folder).glob("*.py")):
                source = file.read_bytes()
                files[f"fxgbuild/{name}/{file.name}"] = source
                cached = f"{file.stem}.{sys.implementation.cache_tag}.pyc"
                files[f"fxgbuild/{name}/__pycache__/{cached}"] = _compiled(source, file.name)
    return files


def _compiled(source: bytes, name: str) -> bytes:
    """A hash-based .pyc (PEP 552) that is not checked; another Python ignores it by its name."""
    code = marshal.dumps(compile(source, name, "exec", dont_inherit=True))
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
    return head + importlib.util.source_hash(source) + code


def stage_job(folder: Path, job: Mapping[str, Json], files: Mapping[str, bytes]) -> Path:
    """Write a job into an empty or missing folder; `files` go by their path below it.

    The folder may be removed as soon as `Sandbox.run` has returned.
    """
    everything = {f"{LIBRARY}/{name}": data for name, data in library().items()}
    everything |= {"job.json": _description(job), **files}
    for name, data in everything.items():
        path = folder / _relative(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for target in job.get("targets", ()):
        (folder / _relative(target["dir"]) / "code").mkdir(parents=True, exist_ok=True)
    return folder


def _description(job: Mapping[str, Json]) -> bytes:
    ids = [target["id"] for target in job.get("targets", ())]
    if len(set(ids)) != len(ids):
        raise ValueError("two targets of a job have one id")
    return json.dumps(dict(job), allow_nan=False).encode()  # 1.0 stays 1.0, keys keep their order


def _relative(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise ValueError(f"not a path below a job's folder: {name!r}")
    return path
