"""Edges: resolved, checked for payload, invocation and joins, across packages."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from fxgbuild.digest import Json
from fxgbuild.lang.assign import mismatches, payload, scale
from fxgbuild.lang.core_function import CORE
from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.fxg import EdgeDoc
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Node, TaskType
from fxgbuild.lang.rows import hands_on
from fxgbuild.lang.schema import Schema, show
from fxgbuild.lang.teml import Quorum
from fxgbuild.problem import Problem

Origin: TypeAlias = tuple[Node | None, str, Schema]  # who gives a value, at which port, and what
Target: TypeAlias = tuple[Node, str]


def resolve_edges(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    """Second pass over one package: its edges, given every package's nodes."""
    into = Counter(doc.to for doc in draft.doc.edges)
    known = _Known()
    for index, doc in enumerate(draft.doc.edges):
        target = _target(draft, doc, index)
        origin = _origin(draft, drafts, doc, index)
        if target is not None and origin is not None:
            draft.edges.append(_edge(draft, (origin, target), (doc, index), into[doc.to], known))
    _check_joins(draft)
    _check_connected(draft)


def _edge(
    draft: Draft, ends: tuple[Origin, Target], said: tuple[EdgeDoc, int], many: int, known: "_Known"
) -> Edge:
    (source, source_port, schema), (node, port) = ends
    doc, index = said
    join = doc.join.model_dump() if isinstance(doc.join, Quorum) else doc.join
    wanted = payload(node.inputs[port], join, many)
    if wanted is None:
        message = f"`join: {_shown(join)}` delivers a list, and the port takes one value"
        hint = f"make it `list<{show(node.inputs[port])}>`, or say `join: any`"
        _problem(draft, ends, index, "FXG1110", message, hint=hint)
        wanted = node.inputs[port]
    later = source is not None and hands_on(source, source_port)  # see `rows`
    wrong, factor = ([], 1.0) if later else known.fit(schema, wanted)
    for message in wrong:
        hint = f"{source_port} is `{show(schema)}`, {port} is `{show(wanted)}`"
        _problem(draft, ends, index, "FXG1110", message, hint=hint)
    if source is not None and doc.call not in known.calls(source, node):
        _refuse_invocation(draft, source, node, doc, index)
    return Edge(
        source=source.label if source else None,
        source_port=source_port,
        target=node.label,
        port=port,
        call=doc.call,
        mode=doc.mode or ("fork" if doc.call == "async" else "sequential"),
        join=join,
        retry=doc.retry.model_dump() if doc.retry else None,
        timeout_s=doc.timeout_s,
        monitor=doc.monitor,
        scale=factor,
        where=draft.document.at("edges", index),
    )


def _problem(
    draft: Draft, ends: tuple[Origin, Target], index: int, id: str, message: str, *, hint: str
) -> None:
    (source, source_port, _), (node, port) = ends
    text = f"{_named(source, source_port)} → {node.label}.{port}: {message}"
    draft.problem(id, text, "edges", index, hint=hint)


class _Known:
    """What was found of schemas and task types before: nodes of one task type share them."""

    def __init__(self) -> None:
        self._fits: dict[tuple[int, int], tuple[Schema, Schema, list[str], float]] = {}
        self._calls: dict[tuple[int, int], tuple[TaskType, TaskType, frozenset[str]]] = {}

    def fit(self, source: Schema, wanted: Schema) -> tuple[list[str], float]:
        """Say what does not fit, and the factor between the units of what does."""
        key = id(source), id(wanted)  # the entry keeps both, so no id is used again
        found = self._fits.get(key)
        if found is None:
            wrong = mismatches(source, wanted)
            found = source, wanted, wrong, 1.0 if wrong else scale(source, wanted)
            self._fits[key] = found
        return found[2], found[3]

    def calls(self, source: Node, target: Node) -> frozenset[str]:
        """Name the ways in which one node may invoke another."""
        key = id(source.task), id(target.task)
        found = self._calls.get(key)
        if found is None:
            ways = frozenset(way for calls in _calls(source, target) for way in calls)
            found = self._calls[key] = source.task, target.task, ways
        return found[2]


def _shown(join: Json) -> str:
    return join if isinstance(join, str) else f"{{quorum: {join['quorum']}}}"


def _named(source: Node | None, port: str) -> str:
    return f"{source.label}.{port}" if source else f"input `{port}`"


def _target(draft: Draft, doc: EdgeDoc, index: int) -> Target | None:
    name, _, port = doc.to.partition(".")
    node = draft.nodes.get(name)
    if node is None:
        if not draft.document.declares("nodes", name):
            near = draft.near(name, draft.nodes)
            draft.problem("FXG1108", f"no node is called `{name}`", "edges", index, "to", near=near)
        return None
    if port not in node.inputs:
        near = draft.near(port, node.inputs)
        message = f"`{name}` has no input `{port}`"
        draft.problem("FXG1108", message, "edges", index, "to", near=near)
        return None
    return node, port


def _origin(draft: Draft, drafts: Mapping[str, Draft], doc: EdgeDoc, index: int) -> Origin | None:
    text, at = doc.source, ("edges", index, "from")
    if "." not in text and not text.startswith("//"):
        if text not in draft.inputs:
            if not draft.document.declares("inputs", text):
                near = draft.near(text, [*draft.inputs, *draft.nodes])
                draft.problem("FXG1108", f"no graph input is called `{text}`", *at, near=near)
            return None
        return None, text, draft.inputs[text]
    home, rest = draft, text
    if text.startswith("//"):
        package, _, rest = text[2:].partition(":")
        if package not in drafts:
            near = draft.near(package, drafts)
            draft.problem("FXG1108", f"no package is called `//{package}`", *at, near=near)
            return None
        home = drafts[package]
    name, _, port = rest.partition(".")
    node = home.nodes.get(name)
    if node is None:
        if not home.document.declares("nodes", name):
            near = draft.near(name, home.nodes)
            draft.problem("FXG1108", f"`//{home.package}` has no node `{name}`", *at, near=near)
        return None
    if port not in node.outputs:
        near = draft.near(port, node.outputs)
        draft.problem("FXG1108", f"`{node.label}` has no output `{port}`", *at, near=near)
        return None
    if home is not draft and not _is_visible(home, node, draft.package):
        hint = f'add "//{draft.package}" to its `visibility` in {home.document.path}'
        draft.problem("FXG1120", f"`{node.label}` is not visible here", *at, hint=hint)
    return node, port, node.outputs[port]


def _is_visible(home: Draft, node: Node, package: str) -> bool:
    doc = home.doc.nodes[node.label.name]
    allowed = doc.visibility or home.doc.visibility
    return any(
        entry in ("//...", "public", f"//{package}")
        or (entry.endswith("/...") and f"//{package}/".startswith(entry[:-3]))
        for entry in allowed
    )


def _calls(source: Node, target: Node) -> list[tuple[str, ...]]:
    if CORE in (source.task.name, target.task.name):
        return [("sync", "async")]
    domain = target.task.name.partition(".")[0]
    return [c for task, c in source.task.invokes if task in (target.task.name, f"{domain}.*", "*")]


def _refuse_invocation(draft: Draft, source: Node, target: Node, doc: EdgeDoc, index: int) -> None:
    calls = _calls(source, target)
    ends = f"{source.label} ({source.task.name}) → {target.label} ({target.task.name})"
    if not calls:
        allowed = ", ".join(task for task, _ in source.task.invokes) or "nothing"
        message = f"{ends}: this invocation is not in the rule set"
        hint = f"{source.task.name} may invoke {allowed}"
        draft.problem("FXG1111", message, "edges", index, hint=hint)
    else:
        message = f"{ends}: may be called {' or '.join(calls[0])}, not {doc.call}"
        draft.problem("FXG1111", message, "edges", index)


def _check_joins(draft: Draft) -> None:
    into: dict[tuple[Label, str], list[Edge]] = {}
    for edge in draft.edges:
        into.setdefault((edge.target, edge.port), []).append(edge)
    for (label, port), edges in into.items():
        if len(edges) < 2:
            continue
        ends = " and ".join(edge.origin for edge in edges[:2])
        if any(edge.join is None for edge in edges):
            message = f"{ends} both feed {label}.{port} without a `join`"
            hint = "say `join: any` on each, or `join: {quorum: n}`"
            draft.problems.append(
                Problem(edges[1].where, "FXG1112", message, str(label), hint=hint)
            )
        elif any(edge.join != edges[0].join for edge in edges):
            message = f"the edges into {label}.{port} differ in `join`"
            draft.problems.append(Problem(edges[1].where, "FXG1112", message, str(label)))
        elif isinstance(edges[0].join, dict) and edges[0].join["quorum"] > len(edges):
            message = (
                f"a quorum of {edges[0].join['quorum']} of {len(edges)} edges into {label}.{port}"
            )
            draft.problems.append(Problem(edges[0].where, "FXG1112", message, str(label)))


def _check_connected(draft: Draft) -> None:
    fed = {(edge.target, edge.port) for edge in draft.edges}
    edges = draft.document.whole.get("edges")
    named = {str(e.get("to")) for e in edges or () if isinstance(e, dict)}
    for node in draft.nodes.values():
        for port, schema in node.inputs.items():
            written = f"{node.label.name}.{port}" in named
            if (node.label, port) not in fed and not written and "anyOf" not in schema:
                message = f"nothing feeds the input `{port}` of `{node.label}`"
                hint = f"add an edge to `{node.label.name}.{port}`"
                asked_by = str(node.label)
                draft.problems.append(Problem(node.where, "FXG1113", message, asked_by, hint=hint))
