"""The program from its own wheel: its rule sets come along, and no repository is needed."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.e2e.conftest import REPOSITORY, clean_environment


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with nothing but what the wheel holds."""
    folder = tmp_path_factory.mktemp("program")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(REPOSITORY)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    shutil.unpack_archive(wheel, site, "zip")
    return site


@pytest.mark.slow
def test_the_wheels_rule_sets_serve_a_workspace_elsewhere(installed, tmp_path):
    for part in ("examples", "cache"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / part, tmp_path / part, ignore=ignore)
    (tmp_path / "fxgbuild.toml").write_text('fxg = 1\npackages = "examples"\n')

    def typed(*words):
        return subprocess.run(
            [sys.executable, "-P", "-m", "fxgbuild", *words],
            cwd=tmp_path,
            env={**clean_environment(), "PYTHONPATH": os.fspath(installed)},
            capture_output=True,
            text=True,
            check=False,
        )

    facts = json.loads(typed("info", "--json").stdout)
    assert facts["builtin rules"] == str(installed / "fxgbuild" / "rules")
    done = typed("build", "//eeg:welch", "//eeg:split", "--frozen", "--json")
    assert done.returncode == 0, done.stderr
    by_kind = json.loads(done.stdout)["actions"]["by_kind"]
    assert by_kind["generate"] == {"run": 0, "cached": 1}
    assert by_kind["test"]["run"] == 2
