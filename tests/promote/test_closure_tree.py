"""A closure reads as the workspace that it is a part of: the same walks, the same files."""

import pytest

from fxgbuild.files import DiskTree
from fxgbuild.lang.load import load_workspace
from fxgbuild.promote.closure_tree import ClosureTree
from tests.e2e.conftest import PARTS, REPOSITORY

GRAPH = """\
fxg: 1
use: ["@fxg//learning"]
inputs: {text: text}
nodes:
  one:
    task: core.Function
    inputs: {text: text}
    outputs: {size: int}
    examples: [{inputs: {text: abc}, outputs: {size: 3}}]
    source: one.py:one
edges:
  - {from: text, to: one.text}
"""
FILES = {
    "fxgbuild.toml": "fxg = 1\n",
    "deep/er/fxg.yaml": GRAPH,
    "deep/er/one.py": "def one(text: str) -> int:\n    return len(text)\n",
    "cache/deep/fxg.yaml": "no package\n",  # where a workspace's own folder holds its packages
    "rules/fxg.json": "none either\n",
}


@pytest.fixture
def small(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def trees(root, names):
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for name in names
        for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    disk = DiskTree(root)
    return disk, ClosureTree(files, disk)


def test_a_workspace_with_rule_sets_of_the_program_loads_alike(small):
    disk, closure = trees(small, FILES)
    workspace, problems = load_workspace(closure)
    assert (problems, list(workspace.graphs)) == ([], ["deep/er"])
    assert "@fxg//learning:Split" in workspace.tasks
    assert (workspace, problems) == load_workspace(disk)


def test_this_repository_s_own_workspace_loads_alike():
    disk, closure = trees(REPOSITORY, PARTS)
    there, here = load_workspace(closure), load_workspace(disk)
    assert there == here
    assert there[0].graphs


def test_folders_and_digests_are_those_of_the_files(small):
    disk, closure = trees(small, FILES)
    for folder in (".", "", "deep", "deep/er", "cache/", "absent"):
        assert closure.folders(folder) == [x for x in disk.folders(folder) if x], folder
    for name in (*FILES, "deep", "absent", "./deep/er/one.py"):
        assert closure.digest(name) == disk.digest(name)
        assert closure.read(name) == disk.read(name)
    assert [*closure.graph_files(".")] == [*disk.graph_files(".")] == ["deep/er/fxg.yaml"]
    assert [*closure.graph_files("deep")] == [*disk.graph_files("deep")]
