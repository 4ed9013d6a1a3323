"""A rule set as its own tests see it: task types with their properties, reference and faults.

Faults are in no key of a build, so nothing of this is read when a workspace is loaded.
"""

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.digest import Json, digest_bytes
from fxgbuild.lang.load import Tree
from fxgbuild.lang.model import File, Parameter, TaskType
from fxgbuild.lang.rule_example import example_problems
from fxgbuild.lang.rule_label import BUILT_IN, RulePattern, parse_rule_pattern
from fxgbuild.lang.rulesets import RuleSet, load_rule_set
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.problem import Problem, closest

REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Laws:
    """A task type with what shows that its properties are laws; names map to their lines."""

    task: TaskType
    properties: Mapping[str, int]
    faults: File | None
    faults_path: str
    planted: Mapping[str, int]  # every public function beside `reference`
    reference: int  # 0 where there is none

    @property
    def is_written(self) -> bool:
        """Does a model write the function?"""
        return self.task.template is not None and self.task.template.has_hole

    @property
    def says_nothing(self) -> bool:
        return not self.properties and not self.planted


@dataclass(slots=True)
class Shelf:
    """The rule sets that patterns name, the task types that are meant, and every problem."""

    sets: list[RuleSet] = field(default_factory=list)
    chosen: list[Laws] = field(default_factory=list)
    examples: dict[str, list[Problem]] = field(default_factory=dict)  # of READMEs, by rule set
    problems: list[Problem] = field(default_factory=list)
    refused: str = ""  # why a pattern names nothing
    near: str = ""


def find_laws(tree: Tree, settings: SettingsDoc, patterns: Sequence[str]) -> Shelf:
    """Load what patterns of rule sets name, whether or not a graph uses it."""
    shelf = Shelf()
    loaded: dict[str, tuple[RuleSet, str]] = {}
    chosen: dict[str, tuple[TaskType, str]] = {}
    whole: set[str] = set()
    for text in patterns:
        pattern = parse_rule_pattern(text, settings.rules.strip("/"))
        if isinstance(pattern, str):
            shelf.refused = pattern
            return shelf
        for domain in _domains(tree, settings, pattern, shelf):
            label = f"{pattern.home}{domain}"
            folder = f"{_folder(tree, settings, pattern.home)}/{domain}"
            if label not in loaded:
                loaded[label] = load_rule_set(label, folder, tree.read), folder
            whole |= {label} if not pattern.task else set()
            for task in _tasks(loaded[label][0], pattern, shelf):
                chosen[task.label] = task, folder
    for rules, folder in loaded.values():
        shelf.sets.append(rules)
        shelf.problems += rules.problems
        if rules.label in whole:
            shelf.examples[rules.label] = example_problems(rules, folder, tree)
    shelf.chosen = [_laws(tree, task, folder) for task, folder in chosen.values()]
    return shelf


def domains(tree: Tree, settings: SettingsDoc, home: str) -> list[str]:
    """The rule sets of the workspace, or of the program."""
    folder = _folder(tree, settings, home)
    return [name for name in tree.folders(folder) if tree.read(f"{folder}/{name}/rules.toml")]


def _folder(tree: Tree, settings: SettingsDoc, home: str) -> str:
    if home == BUILT_IN:
        return settings.builtin_rules.strip("/") or tree.builtin_rules
    return settings.rules.strip("/")


def _domains(tree: Tree, settings: SettingsDoc, pattern: RulePattern, shelf: Shelf) -> list[str]:
    known = domains(tree, settings, pattern.home)
    if not pattern.domain:
        return known
    if pattern.domain not in known:
        shelf.refused = f"there is no rule set `{pattern.home}{pattern.domain}`"
        shelf.near = closest(pattern.domain, known) or ", ".join(f"`{x}`" for x in known)
    return [pattern.domain] if pattern.domain in known else []


def _tasks(rules: RuleSet, pattern: RulePattern, shelf: Shelf) -> list[TaskType]:
    if not pattern.task:
        return list(rules.tasks.values())
    task = rules.tasks.get(f"{rules.alias}.{pattern.task}")
    if task is None and pattern.task not in rules.declared and rules.readable:
        shelf.refused = f"`{rules.label}` has no task type `{pattern.task}`"
        shelf.near = closest(pattern.task, rules.declared)
    return [task] if task else []


def _laws(tree: Tree, task: TaskType, folder: str) -> Laws:
    path = f"{folder}/faults/{task.function}.py"
    data = tree.read(path)
    functions = _functions(data) if data is not None else {}
    tests = _functions(task.properties.data) if task.properties else {}
    return Laws(
        task=task,
        properties={name: line for name, line in tests.items() if name.startswith("test_")},
        faults=None if data is None else File(path, data, digest_bytes(data)),
        faults_path=path,
        planted={
            name: line
            for name, line in functions.items()
            if name != REFERENCE and not name.startswith("_")
        },
        reference=functions.get(REFERENCE) or _assigned(data or b""),
    )


def _functions(data: bytes) -> dict[str, int]:
    """The functions at the top of a module, with their lines; none where it is not Python."""
    return {item.name: item.lineno for item in _body(data) if isinstance(item, ast.FunctionDef)}


def _assigned(data: bytes) -> int:
    """The line of `reference = …`, for one that is made and not written."""
    for item in _body(data):
        if isinstance(item, ast.Assign):
            names = {target.id for target in item.targets if isinstance(target, ast.Name)}
            if REFERENCE in names:
                return item.lineno
    return 0


def _body(data: bytes) -> list[ast.stmt]:
    try:
        return ast.parse(data).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def without_tests(data: bytes, dropped: Collection[str]) -> bytes:
    """A module of tests less some functions; every line that is left stands where it stood.

    A function that the module names elsewhere stays.
    """
    body = _body(data)
    named = {x.id for item in body for x in ast.walk(item) if isinstance(x, ast.Name)}
    lines = data.split(b"\n")
    for item in body:
        if isinstance(item, ast.FunctionDef) and item.name in set(dropped) - named:
            first = min([item.lineno, *(x.lineno for x in item.decorator_list)])
            last = item.end_lineno or item.lineno
            lines[first - 1 : last] = [b""] * (last - first + 1)
    return b"\n".join(lines)


def value_of(parameter: Parameter) -> Json:
    """The default; where there is none, the same plain value every time."""
    if parameter.default is not None:
        value = parameter.default
        return float(value) if parameter.type == "float" and isinstance(value, int) else value
    if parameter.type == "enum":
        return parameter.values[0] if parameter.values else ""
    bound = parameter.low if parameter.low is not None else parameter.high
    number = bound if bound is not None else 1
    plain: dict[str, Json] = {"float": float(number), "int": int(number), "bool": False}
    return plain.get(parameter.type, "")
