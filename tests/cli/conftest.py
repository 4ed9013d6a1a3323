"""A small workspace that needs no model, built once and handed out anew."""

import os
import shutil

import pytest

from tests.e2e.conftest import Workspace, clean_environment


@pytest.fixture(scope="session")
def hello_built(tmp_path_factory):
    """What `init` makes, after a build."""
    here = tmp_path_factory.mktemp("hello")
    assert Workspace(here).type("init", "ws").code == 0
    made = Workspace(here / "ws")
    done = made.type("build")
    assert done.code == 0, done.err
    return made


@pytest.fixture
def hello(hello_built, tmp_path, monkeypatch):
    """A fresh copy, for somebody whose home is empty."""
    shutil.copytree(hello_built.root, tmp_path / "ws", symlinks=True)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(name)
    return Workspace(tmp_path / "ws")
