"""`fxgbuild init --rules`: a rule set of one's own, with a package that uses it."""

import hashlib
from pathlib import Path

import click

from fxgbuild.cli import scaffold
from fxgbuild.cli.fmt import formatted
from fxgbuild.errors import BadWorkspace, BuildFailed, UsageError
from fxgbuild.files import DiskTree, write_atomic
from fxgbuild.lang.label import NAME, RESERVED
from fxgbuild.lang.laws import domains
from fxgbuild.lang.load import load_settings
from fxgbuild.lang.rule_label import BUILT_IN, TASK
from fxgbuild.lang.rulesets import load_rule_set, snake_case
from fxgbuild.lang.settings import SettingsDoc


def named(rules: str, task: str) -> None:
    """Refuse names that could not be used, before anything is written."""
    if not NAME.fullmatch(rules):
        hint = "one lower-case word of letters, digits and `_`, such as `cardiology`"
        raise UsageError(f"`{rules}` is no name for a rule set", hint=hint)
    if rules in RESERVED or rules == "core":
        raise UsageError(f"the name `{rules}` is reserved", hint="choose another")
    if task and not TASK.fullmatch(task):
        hint = "one word that begins with a capital, such as `Detrend`"
        raise UsageError(f"`{task}` is no name for a task type", hint=hint)


def add_rule_set(root: Path, name: str, task: str, where: str) -> int:
    """Write the rule set, or one more task type of it, and say what to type next."""
    tree = DiskTree(root)
    settings, problems = load_settings(tree)
    if problems:
        raise BadWorkspace(problems)
    own = settings.rules.strip("/")
    if name in domains(tree, settings, BUILT_IN):
        hint = "choose another; a graph knows a rule set by its last name alone"
        raise UsageError(f"`{name}` is a built-in rule set, `@fxg//{name}`", hint=hint)
    exists = (root / own / name).exists()
    if exists and not task:
        raise UsageError(
            f"the folder `{own}/{name}` exists",
            hint=f"`fxgbuild init --rules {name} --task Detrend` adds a task type to a rule set",
        )
    if exists:
        _add_task(root, tree, f"{own}/{name}", own, name, task)
    else:
        _new(root, settings, own, name)
        if task:
            _add_task(root, tree, f"{own}/{name}", own, name, task)
    say = f"//{own}/{name}:{task}" if exists else f"//{own}/{name}"
    more = "" if exists else f", `fxgbuild build //{name}:all`"
    click.echo(f"made {say}; next: `{where}fxgbuild test {say}`{more}")
    return 0


def _new(root: Path, settings: SettingsDoc, own: str, name: str) -> None:
    packages = settings.packages.strip("/")
    package = f"{packages}/{name}" if packages not in ("", ".") else name
    if (root / package).exists():
        hint = "choose another name; the package that uses a rule set is called after it"
        raise UsageError(f"the folder `{package}` exists", hint=hint)
    for file, text in scaffold.RULE_SET.items():
        _write(root / own / name / file, text, own, name)
    digest = hashlib.sha256(scaffold.SAMPLE.encode()).hexdigest()
    for file, text in scaffold.PACKAGE.items():
        _write(root / package / file, text.replace("SHA256", digest), own, name)


def _add_task(root: Path, tree: DiskTree, folder: str, own: str, name: str, task: str) -> None:
    """Append to `rules.toml`, so that its comments stay, and write the task type's files."""
    label, path = f"//{own}/{name}", root / folder / "rules.toml"
    rules = load_rule_set(label, folder, tree.read)
    if task in rules.declared:
        raise UsageError(f"`{label}` has a task type `{task}` already")
    if not rules.readable:
        raise BadWorkspace(rules.problems)
    function = snake_case(task)
    files = {
        file.replace("FUNCTION", function): text.replace("TASK", task).replace("FUNCTION", function)
        for file, text in scaffold.TASK.items()
    }
    taken = [file for file in files if (root / folder / file).exists()]
    if taken:
        raise UsageError(f"`{folder}/{taken[0]}` exists", hint="choose another name")
    for file, text in files.items():
        _write(root / folder / file, text, own, name)
    before = path.read_text("utf-8").rstrip("\n")
    added = scaffold.TASK_RULES.replace("TASK", task).replace("DOMAIN", name)
    write_atomic(path, f"{before}\n{added}".encode())


def _write(path: Path, text: str, own: str, name: str) -> None:
    data = text.replace("RULES", own).replace("DOMAIN", name).encode()
    try:
        write_atomic(path, formatted(path.name, data) if path.name == "fxg.yaml" else data)
    except OSError as error:
        facts = {"file": str(path), "why": error.strerror or ""}
        raise BuildFailed("a file could not be written", facts=facts) from error
