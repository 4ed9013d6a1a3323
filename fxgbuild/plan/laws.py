"""Laws: what the tests of a rule set say of it, decided from what the harness saw.

A property is a law when the reference has it and a planted fault does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fxgbuild.digest import Json
from fxgbuild.finding import Finding
from fxgbuild.lang.label import Label
from fxgbuild.lang.laws import REFERENCE, Laws, value_of
from fxgbuild.lang.model import Node, TaskType
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.preimage import test_preimage

LAWS_VERSION = 1
# What a fault raises when it is not wrong but broken: no property can be shown by such a one.
BROKEN = frozenset({"NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError"})
MISCALLED = ("unexpected keyword argument", "missing a required argument", "too many positional")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a rule set, and in which of its files."""

    path: str
    finding: Finding

    @property
    def where(self) -> str:
        line, column = self.finding.line, self.finding.column
        return f"{self.path}:{line}:{column or 1}" if line else self.path


@dataclass(frozen=True, slots=True)
class Matrix:
    """Which property fails on which implementation; the first line of why."""

    properties: tuple[str, ...]
    failed: Mapping[str, Mapping[str, str]]  # implementation to property to message
    broken: Mapping[str, str]  # implementation to why it shows nothing

    def kills(self, name: str) -> list[str]:
        """The planted faults that a property rejects."""
        return sorted(
            fault
            for fault, failed in self.failed.items()
            if fault != REFERENCE and name in failed and fault not in self.broken
        )

    def to_json(self) -> Json:
        return {
            "properties": list(self.properties),
            "failed": {name: dict(failed) for name, failed in self.failed.items()},
            "broken": dict(self.broken),
        }


def matrix_from_json(value: Json) -> Matrix:
    return Matrix(tuple(value["properties"]), value["failed"], value["broken"])


def stand_in(laws: Laws) -> Node:
    """A node of the task type as its templates stand and its defaults say."""
    task = laws.task
    if task.template is not None:
        text = task.template.text
        task = replace(task, template=replace(task.template, head=text, tail="", has_hole=False))
    home, _, name = task.label.rpartition(":")
    return Node(
        label=Label(home.lstrip("@").replace("//", "/").strip("/"), name),
        task=task,
        spec="",
        params={n: value_of(p) for n, p in task.params.items() if p.type != "secret"},
        bindings={n: p.binding for n, p in task.params.items()},
        inputs=task.inputs,
        outputs=task.outputs,
        imports=task.imports,
        effects=task.effects,
        hooks=(),
        examples=(),
        acceptance=None,
        source=None,
        variant="",
        tags=(),
        where=task.where,
    )


def laws_preimage(laws: Laws, node: Node, facts: Facts) -> Json:
    """All that the verdict depends on: as of stage four, with the faults in the code's place."""
    if node.template is None:
        raise ValueError(f"{laws.task.label} has no template")
    preimage: Json = test_preimage(node, node.template.digest, facts)
    preimage["version"] = LAWS_VERSION
    preimage["hole"] = laws.is_written
    preimage["faults"] = laws.faults.digest.hex if laws.faults else None
    return preimage


def implementations(laws: Laws) -> list[str]:
    """What is run: the reference, then every planted fault."""
    has_reference = laws.reference or not laws.is_written
    return [*([REFERENCE] if has_reference else []), *laws.planted]


def spared(laws: Laws, name: str) -> list[str]:
    """The properties that an implementation need not meet: those with a fault of their own.

    The reference meets all, a fault that no property is named after too.
    """
    own = f"test_{name}"
    if name == REFERENCE or own not in laws.properties:
        return []
    return [
        other
        for other in laws.properties
        if other != own and other.removeprefix("test_") in laws.planted
    ]


def matrix(laws: Laws, frames: Mapping[str, Json]) -> Matrix:
    """Read what the harness saw of each implementation."""
    names = dict.fromkeys(laws.properties)
    failed: dict[str, dict[str, str]] = {}
    broken: dict[str, str] = {}
    for implementation, frame in frames.items():
        own: dict[str, str] = {}
        failed[implementation] = own
        for test in frame["tests"]:
            name = str(test["name"]).partition("[")[0]
            if test["outcome"] != "passed":
                own.setdefault(name, _first_line(str(test["message"])))
            if test["kind"] == "property" and name.startswith("test_"):
                names.setdefault(name)
        why = _broken(frame)
        if why:
            broken[implementation] = why
    return Matrix(tuple(names), failed, broken)


def _broken(frame: Json) -> str:
    """Why an implementation shows nothing, if it does not."""
    if frame["ended"] != "ok":
        return f"its process ended early: {frame['ended']}"
    tests = frame["tests"]
    for test in tests:
        if "the code does not load" in test["message"]:
            return _first_line(test["message"].replace("the code does not load\n", ""))
    return next((_first_line(test["message"]) for test in tests if _is_broken(test)), "")


def _is_broken(test: Json) -> bool:
    raised = test.get("raised", "")
    miscalled = raised == "TypeError" and any(text in test["message"] for text in MISCALLED)
    return raised in BROKEN or miscalled


def remarks(laws: Laws, seen: Matrix) -> list[Remark]:
    """Everything that keeps the properties from being laws, each with its place."""
    found = _of_reference(laws, seen)
    for name, line in laws.planted.items():
        why = _survival(laws, seen, name)
        if why:
            rule = "broken" if name in seen.broken else "survives"
            found.append(_remark(laws.faults_path, rule, why, line))
    return [*found, *_of_properties(laws, seen)]


def _of_properties(laws: Laws, seen: Matrix) -> list[Remark]:
    """Properties that no planted fault breaks: they may hold for anything."""
    file = laws.task.properties
    if file is None or laws.faults is None:
        return []
    found = []
    for name in seen.properties:
        if not seen.kills(name):
            own = name.removeprefix("test_")
            text = f"`{name}` kills nothing; plant a fault that it rejects, called `{own}`"
            found.append(_remark(file.path, "kills-nothing", text, laws.properties.get(name, 0)))
    return found


def _of_reference(laws: Laws, seen: Matrix) -> list[Remark]:
    if laws.faults is None and not laws.says_nothing:
        text = f"it is missing: the planted faults of {laws.task.name}"
        text += ", and a right one, `reference`" if laws.is_written else ""
        return [_remark(laws.faults_path, "no-faults", text)]
    if laws.is_written and not laws.reference and not laws.says_nothing:
        text = f"a model writes {laws.task.name}, so its faults need a right one, `reference`"
        return [_remark(laws.faults_path, "no-reference", text)]
    if REFERENCE in seen.broken:
        text = f"`reference` cannot be judged: {seen.broken[REFERENCE]}"
        return [_remark(laws.faults_path, "broken", text, laws.reference)]
    path = laws.task.properties.path if laws.task.properties else laws.faults_path
    who = "the reference" if laws.is_written else "the template"
    return [
        _remark(path, "reference", f"{who} fails `{name}`: {why}", laws.properties.get(name, 0))
        for name, why in seen.failed.get(REFERENCE, {}).items()
    ]


def _survival(laws: Laws, seen: Matrix, name: str) -> str:
    """Why a planted fault is not killed as it should be; empty when it is."""
    if name in seen.broken:
        return f"the fault `{name}` is broken, not wrong: {seen.broken[name]}"
    killers = [p for p in seen.properties if name in seen.kills(p)]
    own = f"test_{name}"
    if own in seen.properties and own not in killers:
        return f"the fault `{name}` survives `{own}`, whose fault it is"
    return "" if killers else f"the fault `{name}` survives: no property fails on it"


def file_of(task: TaskType, finding: Finding) -> str:
    """The file of a rule set that a finding of one of its task types is about."""
    path = task.template.path if task.template else task.where.path
    folder, _, name = path.rpartition("/templates/")
    if finding.rule in ("survives", "broken", "no-reference", "no-faults"):
        return f"{folder}/faults/{name}"
    if finding.rule in ("reference", "kills-nothing"):
        return f"{folder}/properties/test_{name}"
    return path


def contract_remarks(laws: Laws) -> list[Remark]:
    """What a template lacks that a model would have to guess."""
    template = laws.task.template
    if template is None or not template.has_hole or template.contract.docstring:
        return []
    text = f"`{laws.task.function}` has no docstring; it is the contract that a model reads"
    line = next(
        (n for n, x in enumerate(template.text.split("\n"), 1) if x.startswith(_head(laws))), 0
    )
    return [_remark(template.path, "docstring", text, line)]


def _head(laws: Laws) -> str:
    return f"def {laws.task.function}("


def _remark(path: str, rule: str, text: str, line: int = 0) -> Remark:
    return Remark(path, Finding("laws", rule, text, line))


def _first_line(text: str) -> str:
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else ""
