"""core.Function: a task type made of what one node says of itself."""

from fxgbuild.lang.distributions import distribution_of, stated, unknown_module
from fxgbuild.lang.drafts import Draft, NodeDraft
from fxgbuild.lang.function import (
    function_template,
    name_problem,
    port_problem,
    required_modules,
)
from fxgbuild.lang.fxg import NodeDoc
from fxgbuild.lang.model import Distribution, Parameter, TaskType
from fxgbuild.lang.rulesets import parameter_from, secret_value, value_problems
from fxgbuild.lang.schema import Schema
from fxgbuild.lang.template import Template

CORE = "core.Function"
FUNCTION = "compute"
ACCEPTANCE = "`acceptance: {cases: acceptance/NAME.jsonl}`, a case a line: inputs and outputs"


def core_task(draft: Draft, name: str, doc: NodeDoc) -> TaskType | None:
    """The task type of a core.Function node; None where there is too little to go on with."""
    return _Reader(draft, name, doc).task()


class _Reader(NodeDraft):
    def __init__(self, draft: Draft, name: str, doc: NodeDoc) -> None:
        super().__init__(draft, name, doc)
        self.found = len(draft.problems)

    def task(self) -> TaskType | None:
        doc = self.doc
        self._lacks()
        inputs, outputs = self._ports("inputs"), self._ports("outputs")
        params = {key: self._parameter(key) for key in doc.parameters}
        self._names()
        if doc.ports:
            text = "`ports` change those of a rule set; these stand in `inputs` and `outputs`"
            self.problem("FXG1118", text, "ports", key=True)
        template = None
        if not doc.source:
            if len(self.draft.problems) > self.found:
                return None  # the template is made of what is wrong
            template = function_template(doc.function or FUNCTION, inputs, outputs, params)
        imports = self._imports(template)
        function = doc.source.rpartition(":")[2] if doc.source else doc.function or FUNCTION
        return TaskType(
            name=CORE,
            label="@fxg//core:Function",
            doc="A function without a rule set.",
            function=function,
            inputs=inputs,
            outputs=outputs,
            params=params,
            imports=imports,
            effects=(),
            invokes=(("*", ("sync", "async")),),
            distributions=self._distributions(imports),
            template=template,
            properties=None,
            where=self.draft.document.at("nodes", self.name),
        )

    def _lacks(self) -> None:
        doc = self.doc
        accepted = doc.acceptance and (doc.acceptance.cases or doc.acceptance.tests)
        if not doc.outputs and not self._declares("outputs"):
            hint = "`outputs: {name: type}`, such as `outputs: {short: text}`"
            self.problem("FXG1118", "core.Function needs `outputs`", hint=hint)
        if doc.source:
            if not (accepted or doc.examples):
                text = "core.Function has no rule set, so it needs an `acceptance`"
                self.problem("FXG1118", text, hint=f"{ACCEPTANCE}; or `examples`")
            if doc.function:
                text = "`source` names the function already"
                self.problem("FXG1118", text, "function", key=True)
            return
        if not doc.spec:
            hint = "`spec: what it must do`, or `source: module.py:function` where the code exists"
            self.problem("FXG1118", "a model writes this node, so it needs a `spec`", hint=hint)
        if not accepted and not self._declares("acceptance"):
            text = "a model writes this node and no rule set judges it, so it needs an `acceptance`"
            shown = "; examples are shown to the model, so they alone are not enough"
            self.problem("FXG1118", text, hint=ACCEPTANCE + (shown if doc.examples else ""))
        elif not accepted and doc.acceptance:
            text = "this `acceptance` has neither `cases` nor `tests`"
            self.problem("FXG1118", text, "acceptance", hint=ACCEPTANCE)

    def _declares(self, key: str) -> bool:
        """What is there and cannot be read has its own problem."""
        return self.draft.document.declares("nodes", self.name, key)

    def _ports(self, side: str) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for port, value in getattr(self.doc, side).items():
            schema = self.draft.schema(value, "nodes", self.name, side, port)
            if schema:
                found[port] = schema
        return found

    def _parameter(self, key: str) -> Parameter:
        doc = self.doc.parameters[key]
        parameter = parameter_from(key, doc)
        if doc.type == "secret" and doc.default is not None:
            self.problem("FXG1106", secret_value(key), "parameters", key, "default")
        elif parameter.default is not None:
            for message in value_problems(parameter, parameter.default):
                self.problem("FXG1106", f"the default {message}", "parameters", key, "default")
        if doc.type == "enum" and not doc.values:
            self.problem("FXG1106", f"the enum `{key}` has no `values`", "parameters", key)
        return parameter

    def _names(self) -> None:
        """Ports and parameters become arguments and fields of a function in Python."""
        doc, several = self.doc, len(self.doc.outputs) > 1
        if doc.function and not doc.source:
            message = name_problem(doc.function)
            if message:
                self.problem("FXG1118", message, "function")
        for side in ("inputs", "parameters", "outputs"):
            for name in getattr(doc, side):
                is_field = side == "outputs" and several
                message = port_problem(name, is_field=is_field)
                if message and (side != "outputs" or is_field):
                    self.problem("FXG1118", message, side, name, key=True)
        for name in sorted({*doc.inputs} & {*doc.parameters}):
            message = f"`{name}` is an input and a parameter; an argument has one meaning"
            self.problem("FXG1118", message, "parameters", name, key=True)

    def _imports(self, template: Template | None) -> tuple[str, ...]:
        """What the node lists, and what the types of its ports are made of."""
        own = required_modules(template) if template else ()
        return tuple(sorted({*self.doc.imports, *own}))

    def _distributions(self, imports: tuple[str, ...]) -> tuple[Distribution, ...]:
        return node_distributions(
            self.draft, self.name, self.doc, (), imports, generated=not self.doc.source
        )


def node_distributions(
    draft: Draft,
    name: str,
    doc: NodeDoc,
    known: tuple[Distribution, ...],
    imports: tuple[str, ...],
    *,
    generated: bool,
) -> tuple[Distribution, ...]:
    """Where a node's own imports come from: what its task knows, what it states, by their names."""
    found = [*known, *stated(doc.distributions)]
    for index, module in enumerate(doc.imports):
        message, near = unknown_module(module, found, generated=generated)
        if message:
            hint = f"`distributions: {{NAME: {{modules: [{module.partition('.')[0]}]}}}}` states it"
            at = ("nodes", name, "imports", index)
            draft.problem("FXG1107", message, *at, near=near, hint=hint)
    provided = {top for item in found for top in item.modules}
    for module in imports:
        item = distribution_of(module)
        top = module.partition(".")[0]
        if item and top not in provided and module not in provided:
            provided.add(top)
            found.append(item)
    return tuple(found)
