"""Every kind of port, through every place that a value passes: one graph, the real commands."""

import hashlib
import json
import subprocess
import sys
import zipfile

import pytest

from fxgbuild.runtime import codec

from . import kinds
from .conftest import Workspace, clean_environment


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The workspace of all kinds, built: examples, hidden cases, calls, integration, artifacts."""
    workspace = Workspace(tmp_path_factory.mktemp("kinds"))
    kinds.write(workspace.root)
    done = workspace.type("build", "//kinds:all", "--json")
    assert done.code == 0, done.err
    assert done.json["totals"] == {"built": 3 * len(kinds.KINDS) + 3}
    return workspace


def digests():
    """A value that only passes through keeps its digest."""
    return {
        f"{name}_out": hashlib.sha256(kind.bytes).hexdigest() for name, kind in kinds.KINDS.items()
    }


def files(workspace):
    folder = workspace.root / kinds.PACKAGE / "data"
    return [word for name in kinds.KINDS for word in ("--input", f"{name}={folder / name}.in")]


@pytest.mark.slow
def test_a_run_on_files_gives_every_kind_back_byte_for_byte(built, tmp_path):
    done = built.type("run", "//kinds", *files(built), "--out", str(tmp_path), "--json")
    assert done.code == 0, done.err
    outputs = done.json["outputs"]
    assert {name: fact["sha256"] for name, fact in outputs.items()} == digests()
    for name, kind in kinds.KINDS.items():
        saved = tmp_path / outputs[f"{name}_out"]["path"]
        assert saved.read_bytes() == kind.bytes


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t_optional", "r_nested", "f_state"])
def test_one_node_runs_on_what_another_saved(built, tmp_path, name):
    first = built.type(
        "run", f"//kinds:{name}", "--input", f"value={built.root}/{kinds.PACKAGE}/data/{name}.in",
        "--out", str(tmp_path / "a"), "--json",
    )  # fmt: skip
    assert first.code == 0, first.err
    saved = first.json["outputs"]["value"]["path"]
    again = built.type(
        "run", f"//kinds:{name}_two", "--input", f"value={saved}",
        "--out", str(tmp_path / "b"), "--json",
    )  # fmt: skip
    assert again.code == 0, again.err
    assert again.json["outputs"]["value"]["sha256"] == digests()[f"{name}_out"]


@pytest.fixture(scope="module")
def emitted(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    for artifact in ("wheel", "zipapp"):
        done = built.type("emit", f"//kinds:{artifact}", "--to", str(folder))
        assert done.code == 0, done.err
    return folder


def program(folder, artifact):
    """The command of a wheel that is unpacked, or of a zipapp."""
    if artifact == "zipapp":
        return [str(next(folder.glob("*.pyz")))], {}
    home = folder / "installed"
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(home)
    return ["-m", "every_kind"], {"PYTHONPATH": str(home)}


@pytest.mark.slow
@pytest.mark.parametrize("artifact", ["wheel", "zipapp"])
def test_an_artifact_alone_gives_every_kind_back_byte_for_byte(built, emitted, artifact, tmp_path):
    words, variables = program(emitted, artifact)
    done = subprocess.run(
        [
            sys.executable,
            *words,
            *files(built),
            "--out",
            str(tmp_path / "out"),
            "--check",
            "--json",
        ],
        cwd=tmp_path,
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout)["outputs"]
    assert {name: fact["sha256"] for name, fact in outputs.items()} == digests()
    for name, kind in kinds.KINDS.items():
        data = (tmp_path / outputs[f"{name}_out"]["path"]).read_bytes()
        assert data == kind.bytes
        codec.decode(data, kind.schema)
