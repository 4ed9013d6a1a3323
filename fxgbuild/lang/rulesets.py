"""Rule sets: `rules.toml` with its templates and properties, resolved to task types."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import canonical_text, digest_bytes
from fxgbuild.lang.document import Document
from fxgbuild.lang.documents import read_document
from fxgbuild.lang.dtsl import ParameterDoc, PortType, RuleSetDoc, TaskDoc
from fxgbuild.lang.model import Distribution, File, Parameter, TaskType
from fxgbuild.lang.schema import TYPES, BadSchema, Schema, missing_type, parse_schema
from fxgbuild.lang.template import BadTemplate, Template, parse_template
from fxgbuild.problem import Location, Problem, closest

Read = Callable[[str], bytes | None]


@dataclass(slots=True)
class RuleSet:
    """A domain's types and task types, with every problem met on the way."""

    label: str
    alias: str
    types: dict[str, Schema] = field(default_factory=dict)
    tasks: dict[str, TaskType] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    declared: frozenset[str] = frozenset()  # task types that the file names, broken ones too
    readable: bool = False


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def load_rule_set(label: str, folder: str, read: Read) -> RuleSet:
    """Load one rule set from its folder; missing and broken parts become problems."""
    path = f"{folder}/rules.toml"
    data = read(path)
    rules = RuleSet(label, label.rsplit("/", 1)[-1])
    if data is None:
        rules.problems.append(
            Problem(Location(path), "FXG1103", "the rule set has no `rules.toml`")
        )
        return rules
    doc, document, rules.problems = read_document(path, data, RuleSetDoc)
    if doc is None:
        return rules
    written = document.whole.get("tasks")
    rules.declared, rules.readable = frozenset(written if isinstance(written, dict) else ()), True
    if doc.domain != rules.alias:
        message = f"the domain is `{doc.domain}`, the folder `{rules.alias}`"
        rules.problems.append(Problem(document.at("domain"), "FXG1103", message))
    _load_types(rules, doc.types, document)
    for name, task in doc.tasks.items():
        loaded = _TaskLoader(rules, doc, document, folder, read).load(name, task)
        if loaded:
            rules.tasks[loaded.name] = loaded
    return rules


def _load_types(rules: RuleSet, types: Mapping[str, PortType], document: Document) -> None:
    for name, value in types.items():
        try:
            rules.types[name] = parse_schema(value, rules.types)
        except BadSchema as error:
            where, near = document.at("types", name), _near_type(rules, error)
            rules.problems.append(Problem(where, "FXG1104", str(error), rules.label, near))


def _near_type(rules: RuleSet, error: BadSchema) -> str:
    name = missing_type(error)
    return closest(name, [*rules.types, *TYPES]) if name else ""


class _TaskLoader:
    def __init__(
        self, rules: RuleSet, doc: RuleSetDoc, document: Document, folder: str, read: Read
    ) -> None:
        self.rules, self.doc, self.document = rules, doc, document
        self.folder, self.read = folder, read

    def problem(self, id: str, message: str, *path: str | int, near: str = "") -> None:
        where, asked_by = self.document.at("tasks", *path), f"{self.rules.label}:{path[0]}"
        self.rules.problems.append(Problem(where, id, message, asked_by, near))

    def load(self, name: str, task: TaskDoc) -> TaskType | None:
        function = task.template or snake_case(name)
        template = self._template(name, function)
        if template is None:
            return None
        return TaskType(
            name=f"{self.rules.alias}.{name}",
            label=f"{self.rules.label}:{name}",
            doc=canonical_text(task.doc),
            function=function,
            inputs=self._ports(name, "inputs", task.inputs),
            outputs=self._ports(name, "outputs", task.outputs),
            params={key: self._parameter(name, key, item) for key, item in task.params.items()},
            imports=self._imports(name, task),
            effects=tuple(task.effects),
            invokes=tuple((item.task, tuple(item.call)) for item in task.invokes),
            distributions=tuple(
                Distribution(key, item.requires, tuple(item.modules) or (key,))
                for key, item in self.doc.distributions.items()
            ),
            template=template,
            properties=self._properties(function),
            where=self.document.at("tasks", name),
        )

    def _template(self, name: str, function: str) -> Template | None:
        path = f"{self.folder}/templates/{function}.py"
        data = self.read(path)
        if data is None:
            self.problem("FXG1105", f"its template `{path}` is missing", name)
            return None
        try:
            return parse_template(path, data, function)
        except BadTemplate as error:
            where, asked_by = Location(path, error.line, 1), f"{self.rules.label}:{name}"
            self.rules.problems.append(Problem(where, "FXG1105", str(error), asked_by))
            return None

    def _properties(self, function: str) -> File | None:
        path = f"{self.folder}/properties/test_{function}.py"
        data = self.read(path)
        return None if data is None else File(path, data, digest_bytes(data))

    def _ports(self, name: str, side: str, ports: Mapping[str, PortType]) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for port, value in ports.items():
            try:
                found[port] = parse_schema(value, self.rules.types)
            except BadSchema as error:
                near = _near_type(self.rules, error)
                self.problem("FXG1104", str(error), name, side, port, near=near)
        return found

    def _parameter(self, name: str, key: str, doc: ParameterDoc) -> Parameter:
        parameter = parameter_from(key, doc)
        if doc.type == "secret" and doc.default is not None:
            self.problem("FXG1106", secret_value(key), name, "params", key, "default")
        elif parameter.default is not None:
            for message in value_problems(parameter, parameter.default):
                self.problem("FXG1106", f"the default {message}", name, "params", key, "default")
        if doc.type == "secret" and doc.binding not in (None, "run"):
            self.problem("FXG1106", "a secret is bound at run, nowhere else", name, "params", key)
        return parameter

    def _imports(self, name: str, task: TaskDoc) -> tuple[str, ...]:
        provided = {m for key, d in self.doc.distributions.items() for m in (d.modules or (key,))}
        for index, module in enumerate(task.imports):
            if not any(module == top or module.startswith(top + ".") for top in provided | STDLIB):
                near = closest(module.partition(".")[0], provided | STDLIB)
                message = f"no distribution of the rule set provides `{module}`"
                self.problem("FXG1107", message, name, "imports", index, near=near)
        return tuple(sorted(task.imports))


# The part of the standard library that rule sets may hand to generated code.
# fmt: off
STDLIB = frozenset({
    "base64", "bisect", "calendar", "collections", "csv", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "io", "itertools", "json", "math",
    "numbers", "operator", "re", "statistics", "string", "struct", "textwrap", "typing",
    "unicodedata", "uuid", "zipfile", "zlib",
})
# fmt: on


def parameter_from(name: str, doc: ParameterDoc) -> Parameter:
    low, high = doc.range or (None, None)
    secret = doc.type == "secret"
    binding = "run" if secret else doc.binding or "link"
    default = None if secret else doc.default
    prose = canonical_text(doc.doc)
    return Parameter(name, doc.type, doc.unit, low, high, doc.values, default, binding, prose)


def secret_value(name: str) -> str:
    return f"the secret `{name}` has no value in a file; it is given at run"


_KINDS: dict[str, tuple[type, ...]] = {
    "float": (int, float),
    "int": (int,),
    "bool": (bool,),
    "text": (str,),
    "enum": (str,),
    "secret": (str,),
}


def value_problems(parameter: Parameter, value: object) -> list[str]:
    """Say what keeps a value from being this parameter's; [] when it may be."""
    is_bool = isinstance(value, bool) and parameter.type != "bool"
    if is_bool or not isinstance(value, _KINDS[parameter.type]):
        return [f"is `{value}`, not of type {parameter.type}"]
    if parameter.type == "enum" and value not in parameter.values:
        return [f"is `{value}`, not one of {', '.join(parameter.values)}"]
    if isinstance(value, int | float):
        low, high = parameter.low, parameter.high
        if (low is not None and value < low) or (high is not None and value > high):
            unit = f" {parameter.unit}" if parameter.unit else ""
            return [f"is {value}{unit}, outside [{low}, {high}]{unit}"]
    return []
