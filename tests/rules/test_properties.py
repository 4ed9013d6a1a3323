"""Every property of every rule set passes on a right implementation and kills its planted fault.

The program says so: `fxgbuild test //rules/...`. What it takes too long for is looked at here.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from fxgbuild.files import DiskTree
from fxgbuild.lang.laws import find_laws
from fxgbuild.lang.settings import SettingsDoc

ROOT = Path(__file__).parents[2]
FEWEST = {True: 3, False: 2}  # properties of a task with a hole, and of plumbing

SHELF = find_laws(DiskTree(ROOT), SettingsDoc(), ["//rules/..."])
TASKS = {laws.task.label: laws for laws in SHELF.chosen}


def module(path):
    """A file of a rule set, parsed."""
    return ast.parse((ROOT / path).read_text("utf-8"))


def functions(path):
    return {item.name: item for item in module(path).body if isinstance(item, ast.FunctionDef)}


def judged(folder, *words):
    """What the program says of rule sets, in a workspace of their own."""
    (folder / "fxgbuild.toml").write_text("fxg = 1\n", "utf-8")
    (folder / "rules").symlink_to(ROOT / "rules")
    done = subprocess.run(
        [sys.executable, "-m", "fxgbuild", "test", *words, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {task["label"]: task for task in json.loads(done.stdout)["tasks"]}


@pytest.mark.slow
def test_every_property_of_every_rule_set_is_a_law(tmp_path):
    found = judged(tmp_path, "//rules/...")
    assert set(found) == set(TASKS)
    for label, task in found.items():
        assert task["state"] == "passed", label
        for name, own in task["properties"].items():
            assert own["reference"], (label, name)
            assert name.removeprefix("test_") in own["kills"], (label, name)


def test_the_rule_sets_load_and_their_readmes_show_a_node():
    assert not SHELF.problems
    assert set(SHELF.examples) == {rules.label for rules in SHELF.sets}
    assert not any(SHELF.examples.values())


@pytest.mark.parametrize("label", TASKS)
def test_every_property_has_the_fault_that_it_is_to_kill(label):
    laws = TASKS[label]
    assert len(laws.properties) >= FEWEST[laws.is_written]
    assert {name.removeprefix("test_") for name in laws.properties} <= set(laws.planted)
    assert laws.reference or not laws.is_written


@pytest.mark.parametrize("label", TASKS)
def test_properties_state_their_law(label):
    laws = TASKS[label]
    for name, item in functions(laws.task.properties.path).items():
        if name.startswith("test_"):
            assert (ast.get_docstring(item) or "").endswith("."), name


@pytest.mark.parametrize("rules", SHELF.sets, ids=lambda rules: rules.alias)
def test_no_file_of_a_rule_set_is_orphaned(rules):
    tasks = {task.function for task in rules.tasks.values()}
    assert {task.rpartition(".")[2] for task in rules.tasks} == rules.declared
    for folder, prefix in (("templates", ""), ("faults", ""), ("properties", "test_")):
        found = {path.stem for path in (ROOT / "rules" / rules.alias / folder).glob("*.py")}
        assert found == {prefix + task for task in tasks}, folder


@pytest.mark.parametrize("label", TASKS)
def test_a_template_has_the_declared_signature(label):
    task = TASKS[label].task
    template = module(task.template.path)
    function = next(
        item
        for item in template.body
        if isinstance(item, ast.FunctionDef) and item.name == task.function
    )
    assert [argument.arg for argument in function.args.args] == list(task.inputs)
    assert sorted(argument.arg for argument in function.args.kwonlyargs) == sorted(task.params)
    if len(task.outputs) > 1:
        returned = next(
            item
            for item in template.body
            if isinstance(item, ast.ClassDef) and item.name == ast.unparse(function.returns)
        )
        fields = [x.target.id for x in returned.body if isinstance(x, ast.AnnAssign)]
        assert fields == list(task.outputs)
