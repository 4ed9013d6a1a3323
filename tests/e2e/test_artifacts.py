"""Artifacts: the same bytes everywhere, and the same results without fxgbuild."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import Workspace, clean_environment

RUN = """
import hashlib, json, sys
from pathlib import Path
import eeg_pipeline
data = Path(sys.argv[1])
found = {}
for person in ("00", "01"):
    read = lambda k: (data / f"Subject{person}_{k}.edf").read_bytes()
    result = eeg_pipeline.run(rest=read(1), task=read(2))
    found[person] = hashlib.sha256(result["model"]).hexdigest()
    found["auc" + person] = result["metrics"]["roc_auc"]
clients = ("openai", "httpx", "httpx2", "anthropic", "fxgbuild")
found["models"] = sorted(n for n in sys.modules if n.split(".")[0] in clients)
print(json.dumps(found))
"""
REQUIRED = ("numpy", "scipy", "sklearn", "scikit_learn", "pywt", "pywavelets", "edfio", "joblib")
REQUIRED += ("threadpoolctl", "narwhals", "cloudpickle")
TEMPLATES = 3  # nodes of the examples that a template writes


@pytest.fixture(scope="module")
def elsewhere(built, tmp_path_factory):
    """A second copy of the workspace without its stores, in a folder of another shape."""
    root = tmp_path_factory.mktemp("other place") / "sub folder" / "ws"
    shutil.copytree(built.root, root, ignore=shutil.ignore_patterns(".fxgbuild"))
    return Workspace(root)


@pytest.mark.slow
def test_a_wheel_is_the_same_bytes_elsewhere(built, elsewhere, tmp_path):
    first = built.type("emit", "//eeg:wheel", "--to", str(tmp_path / "a"), "--json").json
    old = os.umask(0o077)
    try:
        strange = {"TZ": "Asia/Kolkata", "HOME": str(tmp_path), "PYTHONHASHSEED": "77", "LANG": "C"}
        done = elsewhere.type(
            "emit", "//eeg:wheel", "--to", str(tmp_path / "b"), "--json", env=strange
        )
    finally:
        os.umask(old)
    assert done.code == 0, done.err
    assert [item["sha256"] for item in done.json] == [item["sha256"] for item in first]
    names = [Path(item["path"]).name for item in first]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_wheel_runs_in_an_empty_environment_without_a_network(built, tmp_path):
    emitted = built.type("emit", "//eeg:wheel", "--to", str(tmp_path), "--json").json
    wheel = next(item["path"] for item in emitted if item["path"].endswith(".whl"))
    python = environment_with(tmp_path / "env", wheel)
    data = built.root / "examples/eeg/data"
    elsewhere = tmp_path / "any folder"
    elsewhere.mkdir()
    command = [*no_network(), str(python), "-c", RUN, str(data)]
    done = subprocess.run(
        command, cwd=elsewhere, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    run = built.type("run", "//eeg", "--json").json["outputs"]
    assert found["00"] == run["subject00/model"]["sha256"]
    assert found["01"] == run["subject01/model"]["sha256"]
    assert found["models"] == []


def environment_with(folder, wheel):
    """A new environment that holds the wheel and what it requires, and nothing else.

    The required distributions are linked from this environment: there is no index here.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    own = Path(pytest.__file__).parents[1]
    for entry in own.iterdir():
        if entry.name.lower().startswith(REQUIRED):
            (site / entry.name).symlink_to(entry)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return folder / "bin" / "python"


def no_network():
    """Cut the network where the machine lets us; the sandboxed tests cut it anyway."""
    command = ["unshare", "-rn"] if os.getuid() else ["unshare", "-n"]
    probe = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if probe.returncode == 0 else []


@pytest.mark.slow
def test_a_fresh_clone_builds_with_no_key_and_no_network(elsewhere):
    shutil.rmtree(elsewhere.path(".fxgbuild"), ignore_errors=True)
    done = subprocess.run(
        [*no_network(), sys.executable, "-m", "fxgbuild", "build", "--frozen", "//...", "--json"],
        cwd=elsewhere.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    by_kind = json.loads(done.stdout)["actions"]["by_kind"]
    graphs = len(list(elsewhere.path("examples").glob("*/fxg.yaml")))
    pins = len(list(elsewhere.path("cache").glob("*/*/pin.json")))
    assert by_kind["generate"] == {"run": 0, "cached": pins}
    for stage in ("lint", "type", "security", "test"):
        assert by_kind[stage] == {"run": pins + TEMPLATES, "cached": 0}
    assert by_kind["integrate"]["run"] == by_kind["emit"]["run"] == graphs
