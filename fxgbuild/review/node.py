"""Two states of one node: its fields, its code, its gates."""

from collections.abc import Mapping

from fxgbuild.digest import Json
from fxgbuild.lang.core_function import CORE
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Acceptance, Node, Workspace
from fxgbuild.lang.schema import show
from fxgbuild.plan.key import differences
from fxgbuild.plan.preimage import edge_json
from fxgbuild.review.cases import (
    compare_acceptance,
    compare_cases,
    count_tests,
    examples,
    hidden,
)
from fxgbuild.review.change import Moved, TargetChange
from fxgbuild.review.gate import Gate, moved_set, stronger, weaker
from fxgbuild.review.pins import PinView
from fxgbuild.review.prose import code_change, imported, sentences
from fxgbuild.review.schemas import compare_outputs


def node_facts(workspace: Workspace, node: Node) -> Json:
    """What a node says of itself, as a reviewer reads it; prose, code and gates apart."""
    return {
        "task": node.task.name,
        "params": dict(node.params),
        "bind": dict(node.bindings),
        "inputs": {name: show(schema) for name, schema in node.inputs.items()},
        "outputs": {name: show(schema) for name, schema in node.outputs.items()},
        "parameters": _parameters(node),
        "imports": _words(node.imports),
        "effects": _words(node.effects),
        "hooks": _words(" ".join(str(v) for v in hook.values() if v) for hook in node.hooks),
        "source": f"{node.source.file.path}:{node.source.function}" if node.source else None,
        "deps": {d.path: d.digest.short for d in node.source.deps} if node.source else {},
        "variant": node.variant or None,
        "tags": _words(node.tags),
        "visibility": _words(node.visibility),
        "edges": edges(workspace, node.label),
    }


def _parameters(node: Node) -> Json:
    """Parameters that the node declares itself."""
    if node.task.name != CORE:
        return {}
    return {name: parameter.schema() for name, parameter in node.task.params.items()}


def _words(values: object) -> str:
    return ", ".join(str(value) for value in values)  # type: ignore[attr-defined]


def edges(workspace: Workspace, label: Label) -> Json:
    """The edges into a node by their two ends, each with what is said of it."""
    found: dict[str, Json] = {}
    for edge in workspace.edge_sources(label):
        facts = edge_json(edge)
        del facts["from"], facts["to"]
        found[f"{edge.origin} → {edge.port}"] = facts
    return found


def moved(old: Json, new: Json) -> tuple[Moved, ...]:
    return tuple(Moved(*item) for item in differences(old, new))


def code_of(node: Node, pin: PinView | None) -> str:
    """The code that people review: what is pinned, or the author's own."""
    if node.source:
        return node.source.file.data.decode("utf-8", "replace")
    return pin.code if pin and node.is_generated() else ""


def compare_node(
    sides: tuple[Workspace, Workspace],
    nodes: tuple[Node, Node],
    pins: tuple[PinView | None, PinView | None],
) -> TargetChange | None:
    """What differs between two states of a node; None where nothing does."""
    old, new = nodes
    fields = moved(node_facts(sides[0], old), node_facts(sides[1], new))
    before, after = code_of(old, pins[0]), code_of(new, pins[1])
    code = code_change(before, after) if before != after else None
    spec = sentences(old.spec, new.spec)
    renamed = old.label != new.label
    new_pin = _moved_pin(*pins)
    if not (fields or code or spec or renamed or new_pin):
        return None
    modules = imported(before), imported(after)
    return TargetChange(
        new.label,
        "node",
        "renamed" if renamed else "changed",
        renamed_from=old.label if renamed else None,
        spec=spec,
        fields=fields,
        code=code,
        gained=tuple(sorted(modules[1] - modules[0])),
        lost=tuple(sorted(modules[0] - modules[1])),
        before=pins[0] if new_pin else None,
        after=pins[1] if new_pin else None,
    )


def _moved_pin(old: PinView | None, new: PinView | None) -> bool:
    """Is the pin another one, or has it another history? Its label alone says nothing."""
    if old is None or new is None:
        return old is not new
    one, other = ((p.key, p.digest, p.attempts, p.carried, p.provenance) for p in (old, new))
    return one != other


def judged_by(node: Node) -> dict[str, int]:
    """What judges a node's behaviour, counted."""
    acceptance = node.acceptance or Acceptance()
    properties = node.task.properties
    return {
        "examples": len(node.examples),
        "hidden cases": len(hidden(acceptance.cases)),
        "acceptance tests": sum(count_tests(file.data) for file in acceptance.tests),
        "properties": count_tests(properties.data) if properties else 0,
    }


def one_sided(workspace: Workspace, node: Node, pin: PinView | None, status: str) -> TargetChange:
    """A node that is new, or gone."""
    empty: Mapping[str, Json] = {}
    facts = {name: value for name, value in node_facts(workspace, node).items() if value}
    code, added = code_of(node, pin), status == "added"
    sides = (empty, facts) if added else (facts, empty)
    texts = ("", code) if added else (code, "")
    return TargetChange(
        node.label,
        "node",
        status,
        spec=sentences("", node.spec) if added else sentences(node.spec, ""),
        fields=moved(*sides),
        code=code_change(*texts) if code else None,
        gained=tuple(sorted(imported(code))) if added else (),
        lost=() if added else tuple(sorted(imported(code))),
        judged=judged_by(node) if added else {},
        before=None if added else pin,
        after=pin if added else None,
    )


def node_gates(old: Node, new: Node) -> list[Gate]:
    """Every gate of a node that moved; what a task type moved for all its nodes is told there."""
    where = str(new.label)
    found: list[Gate] = []
    if old.examples != new.examples:
        found += compare_cases(where, "examples", examples(old.examples), examples(new.examples))
    found += compare_acceptance(where, old.acceptance, new.acceptance)
    if _own_outputs(old, new):
        found += compare_outputs(where, old.outputs, new.outputs)
    shared = set(old.task.imports) ^ set(new.task.imports) if _one_task(old, new) else set()
    found += moved_set(where, "imports", set(old.imports) - shared, set(new.imports) - shared)
    found += moved_set(where, "effects", old.effects, new.effects)
    found += moved_set(where, "visibility", old.visibility, new.visibility)
    if old.task.name != new.task.name and old.task.properties:
        text = f"the properties of {old.task.name} no longer judge it"
        found.append(weaker(where, "task", text))
    hooks = [hook for hook in old.hooks if hook not in new.hooks]
    if hooks:
        kinds = sorted(str(hook.get("kind")) for hook in hooks)
        found.append(weaker(where, "hooks", f"{len(hooks)} removed or changed", kinds))
    manual = "manual" in old.tags, "manual" in new.tags
    if manual[0] != manual[1]:
        text = (
            "`manual`: patterns such as //... leave it out" if manual[1] else "no longer `manual`"
        )
        found.append((weaker if manual[1] else stronger)(where, "tags", text))
    return found


def _one_task(old: Node, new: Node) -> bool:
    return old.task.label == new.task.label and new.task.name != CORE


def _own_outputs(old: Node, new: Node) -> bool:
    """Does the node say of its outputs what its task type does not say already?"""
    if not _one_task(old, new):
        return True
    return old.outputs != old.task.outputs or new.outputs != new.task.outputs
