"""Settings and options from files: who wins, who is named, what is an error."""

import subprocess
import sys

import pytest

from fxgbuild.cli.rc import expanded
from fxgbuild.errors import BadRcFile

RC = "common --color=never\nbuild --jobs=3\nbuild:ci --jobs=4 --frozen\n"


@pytest.fixture
def here(hello, monkeypatch):
    monkeypatch.chdir(hello.root)
    return hello


def origins(workspace, *names, env=None):
    done = workspace.type("config", *names, "--json", env=env)
    assert done.code == 0, done.err
    return {row["name"]: (row["value"], row["from"]) for row in done.json}


def test_without_rc_files_a_command_is_what_was_typed(here):
    words = ["build", "//x"]
    assert expanded(words) is words


def test_the_workspace_stands_behind_the_home_and_before_what_is_typed(here, tmp_path):
    (tmp_path / "home" / ".fxgbuildrc").write_text("build --jobs=1\n")
    here.path(".fxgbuildrc").write_text("build --jobs=2\n")
    (here.root / "pipelines" / "deep").mkdir()
    assert expanded(["build", "-j3"]) == ["build", "--jobs=1", "--jobs=2", "-j3"]
    assert expanded(["build", "--no-rc"]) == ["build"]
    assert expanded(["build", "--ignore_all_rc_files"]) == ["build"]


def test_a_variable_wins_over_rc_files(here, monkeypatch):
    here.path(".fxgbuildrc").write_text("common --store=elsewhere --color=never\n")
    assert expanded(["ls"]) == ["ls", "--store=elsewhere", "--color=never"]
    monkeypatch.setenv("FXG_STORE", "here")
    assert expanded(["ls"]) == ["ls", "--color=never"]


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: p.write_bytes(b"build \xff\n")])
def test_an_rc_file_that_cannot_be_read_is_named(here, make):
    make(here.path(".fxgbuildrc"))
    with pytest.raises(BadRcFile, match="rc files"):
        expanded(["build"])


def test_reading_rc_files_loads_neither_click_nor_pydantic(here):
    here.path(".fxgbuildrc").write_text(RC)
    code = (
        "import sys; from fxgbuild.cli.rc import expanded; expanded(['build', '--config=ci']);"
        "print(sorted({'click', 'pydantic', 'dataclasses', 'difflib'} & sys.modules.keys()))"
    )
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_config_says_where_every_value_came_from(here, tmp_path):
    (tmp_path / "home" / ".fxgbuildrc").write_text("build --keep-going\n")
    here.path(".fxgbuildrc").write_text(RC)
    found = origins(here, "build", "sandbox", "packages", "store", "--config=ci")
    assert found["packages"] == ("pipelines", "fxgbuild.toml:3")
    assert found["sandbox.minimum"] == ("B", "default")
    assert found["build --jobs"] == (4, ".fxgbuildrc:3 (build:ci)")
    assert found["build --color"] == ("never", ".fxgbuildrc:1")
    assert found["build --keep-going"] == (True, "~/.fxgbuildrc:1")
    assert found["build --no-record"] == (False, "default")
    assert found["store"] == (".fxgbuild", "default")
    assert origins(here, "store", env={"FXG_STORE": "x"}) == {"store": ("x", "FXG_STORE")}


def test_config_shows_every_value_of_a_channel(here):
    here.path("fxgbuild.toml").write_text(
        'fxg = 1\npackages = "pipelines"\n'
        '[channels.dev]\nat = ["dev", "oci://host/dev"]\npolicy = {approvals = {release = 1}}\n'
    )
    found = origins(here, "channels")
    assert found["channels.dev.at"] == (["dev", "oci://host/dev"], "fxgbuild.toml:4")
    assert found["channels.dev.policy.approvals.release"] == (1, "fxgbuild.toml:5")
    assert found["channels.dev.after"] == ("", "default")


def test_config_shows_no_secret_and_no_environment(here):
    here.path("fxgbuild.toml").write_text(
        'fxg = 1\npackages = "pipelines"\n[generate]\nbase_url = "https://me:word@host/v1"\n'
    )
    done = here.type("config", "--explain", env={"OPENAI_API_KEY": "s3cret", "OTHER": "0ther"})
    assert done.code == 0
    assert "https://(hidden)@host/v1" in done.out
    assert not any(word in done.out for word in ("s3cret", "0ther", "word"))


def test_config_names_what_is_close(here):
    done = here.type("config", "sanbox")
    assert done.code == 2
    assert "`sandbox`" in done.err


def test_a_bad_line_and_an_unknown_config_stop_a_command(here):
    here.path(".fxgbuildrc").write_text("\nbuild --jbos=3\nbuild:ci --frozen\n")
    done = here.type("build")
    assert done.code == 2
    assert ".fxgbuildrc:2:1" in done.err
    assert "`--jobs`" in done.err
    assert here.type("build", "--no-rc").code == 0
    here.path(".fxgbuildrc").write_text("build:ci --frozen\n")
    done = here.type("build", "--config=cu", "--json")
    assert done.code == 2
    assert "`ci`" in done.err
    assert done.json["error"]["id"] == "FXG2002"
    assert here.type("build", "--config=ci").code == 0
