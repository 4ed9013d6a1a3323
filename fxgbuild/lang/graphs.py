"""A package's graph: its document resolved against rule sets and files.

Two passes: nodes first, edges once every package's nodes are known (edges may cross packages).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fxgbuild.digest import Digest, Json, canonical_text, digest_bytes
from fxgbuild.lang.document import Document
from fxgbuild.lang.dtsl import PortType
from fxgbuild.lang.fxg import AcceptanceDoc, GraphDoc, NodeDoc
from fxgbuild.lang.label import NAME, RESERVED, Label
from fxgbuild.lang.model import (
    Acceptance,
    DataFile,
    Edge,
    File,
    Node,
    Parameter,
    Source,
    TaskType,
)
from fxgbuild.lang.places import Path
from fxgbuild.lang.rulesets import RuleSet, parameter_from, secret_value, value_problems
from fxgbuild.lang.schema import TYPES, BadSchema, Schema, missing_type, parse_schema
from fxgbuild.problem import Problem, closest

CORE = "core.Function"
MOST_COMPARED = 100_000  # a second or so: comparing words takes time
WAY_OUT = "let the caller do it: pass the value in through a graph input"


class Reader(Protocol):
    """What loading needs of a file tree; paths are relative to the workspace, with `/`."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None where there is no regular file."""

    def digest(self, path: str) -> Digest | None:
        """The file's SHA-256, or None where there is no regular file."""


@dataclass(slots=True)
class Draft:
    """A graph on its way: nodes resolved, edges still to come."""

    package: str
    folder: str
    doc: GraphDoc
    document: Document
    rules: dict[str, RuleSet]
    reader: Reader
    inputs: dict[str, Schema] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    types: dict[str, Schema] = field(default_factory=dict)
    compared: int = 0  # words looked at for suggestions

    def problem(
        self,
        id: str,
        message: str,
        *path: str | int,
        near: str = "",
        hint: str = "",
        key: bool = False,
    ) -> None:
        """Add a problem at the value of a path, or at its key where that is what is wrong."""
        asked_by = self.asker(path)
        where = self.document.key_at(*path) if key else self.document.at(*path)
        self.problems.append(Problem(where, id, message, asked_by=asked_by, near=near, hint=hint))

    def asker(self, path: Path) -> str:
        """Who asks for what stands at a path: a node, an edge, or the graph itself."""
        part = path[1] if len(path) > 1 else None
        if path[:1] == ("nodes",) and part is not None:
            return f"//{self.package}:{part}"
        if path[:1] == ("edges",) and isinstance(part, int):
            edge = self.doc.edges[part]
            return f"the edge {edge.source} → {edge.to} of //{self.package}"
        return f"//{self.package}"

    def near(self, word: str, known: Iterable[str]) -> str:
        """The known words closest to one; empty once a file has asked for a great many."""
        names = list(known)
        self.compared += len(names)
        return closest(word, names) if self.compared <= MOST_COMPARED else ""

    def path(self, name: str) -> str:
        return name if self.folder == "." else f"{self.folder}/{name}"

    def schema(self, value: PortType, *path: str | int) -> Schema | None:
        try:
            return parse_schema(value, self.types)
        except BadSchema as error:
            name = missing_type(error)
            near = self.near(name, [*self.types, *TYPES]) if name else ""
            self.problem("FXG1104", str(error), *path, near=near)
            return None

    def file(self, name: str, *path: str | int) -> File | None:
        if not is_inside(name):
            self.problem("FXG1117", f"`{name}` leaves the package's folder", *path)
            return None
        data = self.reader.read(self.path(name))
        if data is None:
            self.problem("FXG1117", f"the file `{self.path(name)}` does not exist", *path)
            return None
        return File(name, data, digest_bytes(data))


def is_inside(name: str) -> bool:
    parts = name.split("/")
    return bool(name) and not name.startswith("/") and ".." not in parts and "" not in parts


def draft_graph(draft: Draft) -> Draft:
    """First pass: types, graph inputs and nodes."""
    for rules in draft.rules.values():
        draft.types |= {f"{rules.alias}.{name}": schema for name, schema in rules.types.items()}
        draft.types |= {n: s for n, s in rules.types.items() if n not in draft.types}
    for name, value in draft.doc.types.items():
        schema = draft.schema(value, "types", name)
        if schema:
            draft.types[name] = schema
    for name, value in draft.doc.inputs.items():
        schema = draft.schema(value, "inputs", name)
        if schema:
            draft.inputs[name] = schema
    package = draft.package.rsplit("/", 1)[-1]
    for name, doc in draft.doc.nodes.items():
        if name in RESERVED or name == package or name in draft.doc.artifacts:
            message = f"the name `{name}` is reserved or taken"
            draft.problem("FXG1114", message, "nodes", name, key=True)
        elif not NAME.fullmatch(name):
            message = f"no file may be called `{name}` on some systems, and a pin has files"
            draft.problem("FXG1114", message, "nodes", name, key=True)
        node = _NodeLoader(draft, name, doc).load()
        if node:
            draft.nodes[name] = node
    return draft


class _NodeLoader:
    def __init__(self, draft: Draft, name: str, doc: NodeDoc) -> None:
        self.draft, self.name, self.doc = draft, name, doc

    def problem(
        self,
        id: str,
        message: str,
        *path: str | int,
        near: str = "",
        hint: str = "",
        key: bool = False,
    ) -> None:
        at = ("nodes", self.name, *path)
        self.draft.problem(id, message, *at, near=near, hint=hint, key=key)

    def load(self) -> Node | None:
        doc, task = self.doc, self._task()
        if task is None:
            return None
        inputs = self._ports(task.inputs)
        outputs = self._ports(task.outputs)
        for port in doc.ports:
            if port not in task.inputs and port not in task.outputs:
                near = self.draft.near(port, [*task.inputs, *task.outputs])
                message = f"{task.name} has no port `{port}`"
                self.problem("FXG1108", message, "ports", port, near=near, key=True)
        self._effects((*task.effects, *doc.effects))
        for index, hook in enumerate(doc.hooks):
            if hook.mode == "streaming":
                hint = "`mode: batch` runs; streaming hooks are declared but not run yet"
                self.problem("FXG1116", "streaming does not run yet", "hooks", index, hint=hint)
        return Node(
            label=Label(self.draft.package, self.name),
            task=task,
            spec=canonical_text(doc.spec),
            params=self._params(task),
            bindings={n: doc.bind.get(n, p.binding) for n, p in task.params.items()},
            inputs=inputs,
            outputs=outputs,
            imports=tuple(sorted({*task.imports, *doc.imports})),
            effects=tuple(sorted({*task.effects, *doc.effects})),
            hooks=tuple(hook.model_dump() for hook in doc.hooks),
            examples=self._examples(inputs, outputs),
            acceptance=load_acceptance(self.draft, doc.acceptance, "nodes", self.name),
            source=self._source(),
            variant=doc.variant,
            tags=doc.tags,
            where=self.draft.document.key_at("nodes", self.name),
            visibility=doc.visibility or self.draft.doc.visibility,
        )

    def _task(self) -> TaskType | None:
        if self.doc.task == CORE:
            return self._core()
        alias, _, name = self.doc.task.partition(".")
        rules = self.draft.rules.get(alias)
        if rules is None:
            used = ", ".join(f"`{x}`" for x in self.draft.rules) or "none"
            near = self.draft.near(alias, self.draft.rules)
            hint = f'add "@fxg//{alias}" to `use`; now in use: {used}'
            self.problem(
                "FXG1103", f"no rule set `{alias}` is in use", "task", near=near, hint=hint
            )
            return None
        task = rules.tasks.get(f"{alias}.{name}")
        if task is None and name not in rules.declared and rules.readable:
            near = self.draft.near(self.doc.task, rules.tasks)
            self.problem("FXG1109", f"`{alias}` has no task type `{name}`", "task", near=near)
        written = task and task.template and task.template.has_hole and not self.doc.source
        if written and not self.doc.spec:
            self.problem("FXG1118", "a model writes this node, so it needs a `spec`")
        return task

    def _core(self) -> TaskType | None:
        doc = self.doc
        if not doc.source:
            hint = "`source: module.py:function`, or a task type of a rule set"
            self.problem("FXG1118", "core.Function runs existing code so far", "task", hint=hint)
            return None
        if not (doc.acceptance or doc.examples):
            self.problem("FXG1118", "core.Function has no rule set, so it needs an `acceptance`")
        inputs = {
            n: self.draft.schema(v, "nodes", self.name, "inputs", n) for n, v in doc.inputs.items()
        }
        outputs = {
            n: self.draft.schema(v, "nodes", self.name, "outputs", n)
            for n, v in doc.outputs.items()
        }
        if not outputs:
            self.problem("FXG1118", "core.Function needs `outputs`")
        return TaskType(
            name=CORE,
            label="@fxg//core:Function",
            doc="A function without a rule set.",
            function=doc.source.rpartition(":")[2],
            inputs={n: s for n, s in inputs.items() if s},
            outputs={n: s for n, s in outputs.items() if s},
            params={n: parameter_from(n, p) for n, p in doc.parameters.items()},
            imports=tuple(sorted(doc.imports)),
            effects=(),
            invokes=(("*", ("sync", "async")),),
            distributions=(),
            template=None,
            properties=None,
            where=self.draft.document.at("nodes", self.name),
        )

    def _ports(self, ports: Mapping[str, Schema]) -> dict[str, Schema]:
        found = {}
        for port, schema in ports.items():
            override = self.doc.ports.get(port)
            if override is not None:
                schema = self._override(port, schema, override)  # noqa: PLW2901 - the override wins
            found[port] = schema
        return found

    def _override(self, port: str, schema: Schema, override: PortType) -> Schema:
        """A full type, or in long form only the parts that differ, such as `{unit: mV}`."""
        facts = {"unit", "range", "nan", "tolerance", "dims"}
        if isinstance(override, dict) and set(override) <= facts and "array" in schema:
            array = schema["array"]
            override = (
                {"array": array["dtype"], "dims": array["dims"]}
                | {key: array[key] for key in facts - {"dims"} if key in array}
                | override
            )
        return self.draft.schema(override, "nodes", self.name, "ports", port) or schema

    def _effects(self, effects: tuple[str, ...]) -> None:
        for effect in sorted(set(effects)):
            message = f"the effect `{effect}` is declared but does not run yet"
            self.problem("FXG1115", message, "effects", hint=WAY_OUT)

    def _params(self, task: TaskType) -> dict[str, Json]:
        values: dict[str, Json] = {}
        for name, value in self.doc.params.items():
            parameter = task.params.get(name)
            if parameter is None:
                self._no_parameter(task, name, "params")
                continue
            if parameter.type == "secret":
                self.problem("FXG1106", secret_value(name), "params", name, key=True)
                continue
            for message in value_problems(parameter, value):
                self.problem("FXG1106", f"parameter `{name}` {message}", "params", name)
            values[name] = _typed(parameter, value)
        for name, parameter in task.params.items():
            if name not in values and parameter.default is not None:
                values[name] = _typed(parameter, parameter.default)
            elif name not in values and self._must_be_given(parameter):
                self.problem(
                    "FXG1106", f"parameter `{name}` of {task.name} needs a value", "params"
                )
        self._check_bindings(task)
        return dict(sorted(values.items()))

    def _must_be_given(self, parameter: Parameter) -> bool:
        """A value is missing, not just unusable, and is not given at run either."""
        given = self.draft.document.declares("nodes", self.name, "params", parameter.name)
        return not given and self.doc.bind.get(parameter.name, parameter.binding) != "run"

    def _no_parameter(self, task: TaskType, name: str, key: str) -> None:
        near = self.draft.near(name, task.params)
        message = f"{task.name} has no parameter `{name}`"
        self.problem("FXG1106", message, key, name, near=near, key=True)

    def _check_bindings(self, task: TaskType) -> None:
        for name, binding in self.doc.bind.items():
            if name not in task.params:
                self._no_parameter(task, name, "bind")
            elif task.params[name].type == "secret" and binding != "run":
                self.problem("FXG1106", "a secret is bound at run, nowhere else", "bind", name)

    def _examples(
        self, inputs: Mapping[str, Schema], outputs: Mapping[str, Schema]
    ) -> tuple[Json, ...]:
        for index, example in enumerate(self.doc.examples):
            for side, given, known in (
                ("inputs", example.inputs, inputs),
                ("outputs", example.outputs, outputs),
            ):
                for port in sorted(set(given) ^ set(known)):
                    what = "is no port of this node" if port in given else "is missing"
                    near = self.draft.near(port, known)
                    self.problem(
                        "FXG1108", f"example: `{port}` {what}", "examples", index, side, near=near
                    )
        return tuple(x.model_dump(exclude_defaults=True) for x in self.doc.examples)

    def _source(self) -> Source | None:
        if not self.doc.source:
            return None
        name, _, function = self.doc.source.rpartition(":")
        file = self.draft.file(name, "nodes", self.name, "source")
        if self.doc.deps:
            hint = "put what the function needs into its own module"
            text = "first-party modules beside a source do not run yet"
            self.problem("FXG1116", text, "deps", hint=hint)
        if file is None:
            return None
        if f"def {function}(".encode() not in file.data:
            self.problem("FXG1118", f"`{name}` has no function `{function}`", "source")
        return Source(file, function)


def _typed(parameter: Parameter, value: Json) -> Json:
    return float(value) if parameter.type == "float" and isinstance(value, int) else value


def load_acceptance(draft: Draft, doc: AcceptanceDoc | None, *path: str | int) -> Acceptance | None:
    """Read the files of an acceptance; data files are kept by digest."""
    if doc is None:
        return None
    at = (*path, "acceptance")
    if doc.metric is not None or doc.at_least is not None:
        hint = "every case must hold within its own tolerance; leave `metric` and `at_least` out"
        draft.problem("FXG1116", "a metric with a threshold does not run yet", *at, hint=hint)
    tests = [draft.file(name, *at, "tests", i) for i, name in enumerate(doc.tests)]
    data = []
    for index, name in enumerate(doc.data):
        digest = draft.reader.digest(draft.path(name)) if is_inside(name) else None
        if digest is None:
            draft.problem("FXG1117", f"the file `{name}` does not exist", *at, "data", index)
        else:
            data.append(DataFile(name, digest))
    return Acceptance(
        cases=draft.file(doc.cases, *at, "cases") if doc.cases else None,
        tests=tuple(test for test in tests if test),
        data=tuple(data),
        metric=doc.metric,
        at_least=doc.at_least,
    )
