"""A node: its document resolved against its task type, its ports, parameters and files."""

from collections.abc import Mapping
from dataclasses import replace

from fxgbuild.digest import Json, canonical_text
from fxgbuild.lang.acceptance import load_acceptance
from fxgbuild.lang.core_function import CORE, core_task, node_distributions
from fxgbuild.lang.drafts import Draft, NodeDraft
from fxgbuild.lang.dtsl import PortType
from fxgbuild.lang.fxg import NodeDoc
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Node, Parameter, Source, TaskType
from fxgbuild.lang.rulesets import secret_value, value_problems
from fxgbuild.lang.schema import Schema
from fxgbuild.lang.source import load_source

WAY_OUT = "let the caller do it: pass the value in through a graph input"


def load_node(draft: Draft, name: str, doc: NodeDoc) -> Node | None:
    """Resolve one node; None where its task is not known."""
    return _NodeLoader(draft, name, doc).load()


class _NodeLoader(NodeDraft):
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
        imports = tuple(sorted({*task.imports, *doc.imports}))
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
            imports=imports,
            effects=tuple(sorted({*task.effects, *doc.effects})),
            hooks=tuple(hook.model_dump() for hook in doc.hooks),
            examples=self._examples(inputs, outputs),
            acceptance=load_acceptance(
                self.draft, doc.acceptance, "nodes", self.name, outputs=outputs
            ),
            source=self._source(task, inputs, outputs, imports),
            variant=doc.variant,
            tags=doc.tags,
            where=self.draft.document.key_at("nodes", self.name),
            visibility=doc.visibility or self.draft.doc.visibility,
        )

    def _task(self) -> TaskType | None:
        if self.doc.task == CORE:
            return core_task(self.draft, self.name, self.doc)
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
        return self._with_own(task) if task else None

    def _with_own(self, task: TaskType) -> TaskType:
        """A rule set's task, with the distributions of what this node imports besides."""
        doc = self.doc
        written = task.template is not None and task.template.has_hole and not doc.source
        if written and not doc.spec:
            self.problem("FXG1118", "a model writes this node, so it needs a `spec`")
        for key in ("function", "inputs", "outputs", "parameters"):
            if getattr(doc, key):
                text = f"`{key}` of {task.name} is said by its rule set, for all its nodes"
                self.problem("FXG1118", text, key, key=True)
        if not doc.imports and not doc.distributions:
            return task
        own = node_distributions(
            self.draft, self.name, doc, task.distributions, doc.imports, generated=written
        )
        return replace(task, distributions=own)

    def _ports(self, ports: Mapping[str, Schema]) -> dict[str, Schema]:
        found = {}
        for port, schema in ports.items():
            override = self.doc.ports.get(port)
            if override is not None:
                schema = self._override(port, schema, override)  # noqa: PLW2901 - the override wins
            found[port] = schema
        return found

    def _source(
        self,
        task: TaskType,
        inputs: Mapping[str, Schema],
        outputs: Mapping[str, Schema],
        imports: tuple[str, ...],
    ) -> Source | None:
        doc = self.doc
        if doc.source:
            return load_source(self.draft, self.name, doc, inputs, outputs, task.params, imports)
        if doc.deps:
            hint = "`source: module.py:function` names the code that imports them"
            text = "`deps` are modules beside a `source`, and this node has none"
            self.problem("FXG1118", text, "deps", hint=hint, key=True)
        return None

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


def _typed(parameter: Parameter, value: Json) -> Json:
    return float(value) if parameter.type == "float" and isinstance(value, int) else value
