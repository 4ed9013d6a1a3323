"""What pip installs from prod's index runs as dev's wheel does, digest for digest."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from fxgbuild.signing.keys import new_key, signer_of
from tests.e2e.conftest import clean_environment
from tests.e2e.test_artifacts import REQUIRED, no_network

CHANNELS = """
[channels.dev]
at = "channels/dev"

[channels.prod]
at = "channels/prod"
after = "dev"
index = "channels/index"
"""
TRUST = """\
fxg = 1

[[keys]]
id = "{id}"
person = "ana@example.org"
roles = ["builder", "promoter"]
from = 2026-01-01
until = 2036-01-01
"""
LABEL = "//eeg:wheel"


def environment(folder):
    """A new environment that holds what the wheel requires, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    for entry in Path(pytest.__file__).parents[1].iterdir():
        if entry.name.lower().startswith(REQUIRED):
            (site / entry.name).symlink_to(entry)
    return folder / "bin/python"


def install(python, *wanted):
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-compile"]
    command += ["--disable-pip-version-check", "--quiet", *wanted]
    done = subprocess.run(
        [*no_network(), *command],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def run(python, module, inputs, folder):
    """Run an installed package on files, outside of any workspace; gives digests by output."""
    folder.mkdir()
    given = [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
    done = subprocess.run(
        [*no_network(), str(python), "-I", "-m", module, *given, "--out", "out", "--json"],
        cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1",
                         "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {}
    for name, fact in json.loads(done.stdout)["outputs"].items():
        found[name] = hashlib.sha256((folder / fact["path"]).read_bytes()).hexdigest()
    return found


@pytest.mark.slow
def test_prod_s_index_gives_the_run_that_dev_s_wheel_gives(workspace, tmp_path):
    key = tmp_path / "ana.key"
    key.write_bytes(new_key())
    key.chmod(0o600)
    settings = workspace.path("fxgbuild.toml")
    settings.write_text(settings.read_text() + CHANNELS)
    trust = TRUST.format(id=signer_of(key.read_bytes(), "ana").id)
    workspace.path("trust.toml").write_text(trust)
    for channel in ("dev", "prod"):
        words = ("promote", LABEL, "--to", channel, "--json")
        done = workspace.type(*words, env={"FXG_SIGNING_KEY": str(key)})
        assert done.code == 0, done.err
    dev = workspace.path("channels/dev")
    (tagged,) = [
        manifest["digest"][7:]
        for manifest in json.loads((dev / "index.json").read_bytes())["manifests"]
        if "org.opencontainers.image.ref.name" in manifest.get("annotations", {})
    ]
    layer = json.loads((dev / "blobs/sha256" / tagged).read_bytes())["layers"][0]
    wheel = tmp_path / layer["annotations"]["org.opencontainers.image.title"]
    wheel.write_bytes((dev / "blobs/sha256" / layer["digest"][7:]).read_bytes())

    from_dev, from_prod = (environment(tmp_path / name) for name in ("dev env", "prod env"))
    install(from_dev, "--no-index", "--no-deps", str(wheel))
    index = (workspace.path("channels/index") / "simple").as_uri()
    install(from_prod, "--index-url", index, "--no-deps", "eeg-pipeline")
    data = workspace.path("examples/eeg/data")
    inputs = {"rest": data / "Subject00_1.edf", "task": data / "Subject00_2.edf"}
    found = run(from_prod, "eeg_pipeline", inputs, tmp_path / "any folder")
    assert found
    assert found == run(from_dev, "eeg_pipeline", inputs, tmp_path / "another")
    own = workspace.type("run", "//eeg", "--case", "subject00", "--json").json["outputs"]
    assert found == {name.removeprefix("subject00/"): fact["sha256"] for name, fact in own.items()}
