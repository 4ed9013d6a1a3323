"""`init --ci`: a workflow beside what is there, and nothing that is there replaced unasked."""

import re

import pytest
import yaml

from tests.e2e.conftest import Workspace

GITHUB = ".github/workflows/fxgbuild.yml"


def test_a_new_workspace_gets_a_workflow_that_names_its_own_artifact(tmp_path):
    done = Workspace(tmp_path).type("init", "--ci", "github", "new")
    assert done.code == 0, done.err
    assert "`cd new && fxgbuild build --frozen //...`" in done.out
    new = Workspace(tmp_path / "new")
    text = new.path(GITHUB).read_text("utf-8")
    assert yaml.safe_load(text)["env"] == {"ARTIFACT": "//hello:wheel", "TARGETS": "//..."}
    assert not re.search(r"@[A-Z]+@", text)
    for name in set(re.findall(r"secrets\.(FXG_CI_KEY|FXG_VERIFIER_KEY)|vars\.(\w+)", text)):
        assert "".join(name) in done.err
    ignored = new.path(".gitignore").read_text("utf-8").splitlines()
    assert {".fxgbuild/", "/channels/", "/results/", "/.venv/"} <= set(ignored)
    assert len(ignored) == len(set(ignored))


def test_the_commented_channels_are_a_settings_file_s(tmp_path):
    """Without the comment signs they are what a workflow promotes through."""
    assert Workspace(tmp_path).type("init", "ws").code == 0
    ws = Workspace(tmp_path / "ws")
    path = ws.path("fxgbuild.toml")
    plain, _, channels = path.read_text("utf-8").partition("# [channels.dev]")
    path.write_text(plain + re.sub("^# ", "", f"# [channels.dev]{channels}", flags=re.MULTILINE))
    promoted = ws.type("promote", "//hello:wheel", "--to", "nowhere")
    assert promoted.code == 2
    assert all(name in promoted.err for name in ("dev", "staging", "prod")), promoted.err


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_what_differs_is_replaced_only_when_asked(hello, host):
    settings = hello.path("fxgbuild.toml")
    settings.write_text(settings.read_text() + '[python]\nlock = "requirements.lock"\n')
    path = hello.path(GITHUB if host == "github" else ".gitlab-ci.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("of our own\n")
    done = hello.type("init", "--ci", host)
    assert (done.code, path.read_text()) == (2, "of our own\n")
    assert f"`{path.relative_to(hello.root)}` is there and differs" in done.err
    assert "`--force` replaces it" in done.err
    assert hello.type("init", "--ci", host, "--force").out.startswith("replaced ")
    text = path.read_text()
    assert "pip install -q -r requirements.lock 'fxgbuild[promotion]==" in text
    assert hello.type("init", "--ci", host).out.startswith("kept ")
    assert path.read_text() == text
    assert hello.type("init", "--force").code == 2
