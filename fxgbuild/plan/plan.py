"""The plan: what a build would do and why, as one printable value.

`make_plan` is pure over a `Known` (what pins and records say); `build` executes its result, and
`plan`, `why` and `build --frozen` read the same object.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.lang.label import Label
from fxgbuild.lang.lockfile import normalised
from fxgbuild.lang.model import Artifact, Graph, Node, Workspace
from fxgbuild.lang.template import render
from fxgbuild.plan.facts import Facts, distributions_of
from fxgbuild.plan.key import differences, key_of
from fxgbuild.plan.order import closure, topological
from fxgbuild.plan.preimage import (
    STATIC_STAGES,
    emit_preimage,
    generate_preimage,
    integrate_preimage,
    static_preimage,
    test_preimage,
)
from fxgbuild.plan.rekeyed import KEY_FIELD, contract_changes


@dataclass(frozen=True, slots=True)
class PinFacts:
    """What planning needs of a pin."""

    label: Label
    key: Digest
    preimage: Json
    hole: str
    validated: Json


class Known(Protocol):
    """What is known before anything runs: pins, passing records, last keys, rendered files."""

    def pin(self, label: Label) -> PinFacts | None:
        """The committed pin of a label, verified, or else a private one."""

    def pin_of_key(self, key: Digest) -> PinFacts | None:
        """A pin of this key under any label, or a private one."""

    def passed(self, action: str, key: Digest) -> bool:
        """Did this very action pass here before, with its outputs still there?"""

    def last(self, label: Label, action: str) -> Json | None:
        """The preimage under which the action last passed for this label here."""

    def rendered(self, label: Label) -> Digest | None:
        """The digest of the readable copy in `out/`."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One field that made a target dirty."""

    field: str
    old: Json = None
    new: Json = None

    def to_json(self) -> Json:
        return {"field": self.field, "old": self.old, "new": self.new}

    def __str__(self) -> str:
        if self.old is None and self.new is None:
            return self.field
        old, new = shown(self.old), shown(self.new)
        skip = max(0, _common(old, new) - MARGIN) if len(old) + len(new) > 2 * WIDTH else 0
        return f"{self.field}: {_cut(old, skip)} → {_cut(new, skip)}"


WIDTH = 60
MARGIN = 24


def shown(value: Json) -> str:
    return "(none)" if value is None else str(value).replace("\n", " ")


def _common(one: str, other: str) -> int:
    """How many characters two texts share from the start."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _cut(text: str, skip: int) -> str:
    """At most WIDTH characters, from shortly before the place where two texts part."""
    head, rest = ("…" if skip else ""), text[skip:]
    return head + (rest if len(rest) <= WIDTH else rest[: WIDTH - 1] + "…")


WAITING = ("integrate", "emit")  # without a key, these wait for code that is not there yet


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a target; without a key it waits for code that is not there yet."""

    action: str
    key: Digest | None
    preimage: Json
    cached: bool


@dataclass(frozen=True, slots=True)
class TargetPlan:
    label: Label
    kind: str  # node, graph, artifact
    steps: tuple[Step, ...]
    reasons: tuple[Reason, ...]
    code: str | None = None
    renamed_from: Label | None = None
    previous_key: Digest | None = None

    @property
    def rekeyed(self) -> bool:
        """Is new code asked for only because keys are made otherwise now?"""
        fields = {reason.field for reason in self.reasons}
        return "generate" in self.actions and fields == {KEY_FIELD}

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(step.action for step in self.steps if not step.cached)

    @property
    def state(self) -> str:
        if not self.actions:
            return "clean"
        waits = any(step.key is None and step.action in WAITING for step in self.steps)
        return "waiting" if waits and "generate" not in self.actions else "dirty"

    @property
    def key(self) -> Digest | None:
        """The key that stands for the target: of its generation, else of its last action."""
        keyed = [step for step in self.steps if step.action != "render"]
        first = next((step for step in keyed if step.action == "generate"), None)
        return (first or keyed[-1]).key if keyed else None

    def step(self, action: str) -> Step | None:
        return next((step for step in self.steps if step.action == action), None)

    def to_json(self) -> Json:
        return {
            "label": str(self.label),
            "state": self.state,
            "reasons": [reason.to_json() for reason in self.reasons],
            "actions": list(self.actions),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Targets in the order they are built; `remembered` ones are clean, and were not loaded."""

    targets: tuple[TargetPlan, ...]
    tokens: int = 0
    remembered: tuple[Label, ...] = ()
    extra: frozenset[Label] = frozenset()
    _by_label: dict[Label, TargetPlan] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        self._by_label.update((target.label, target) for target in self.targets)

    def get(self, label: Label) -> TargetPlan | None:
        return self._by_label.get(label)

    def target(self, label: Label) -> TargetPlan:
        """A target that must be in the plan."""
        return self._by_label[label]

    @property
    def shown(self) -> tuple[TargetPlan, ...]:
        """What was asked for, and whatever else is not clean."""
        return tuple(t for t in self.targets if t.actions or t.label not in self.extra)

    @property
    def dirty(self) -> tuple[TargetPlan, ...]:
        """Everything that is not clean."""
        return tuple(target for target in self.targets if target.actions)

    @property
    def generations(self) -> tuple[TargetPlan, ...]:
        return tuple(target for target in self.targets if "generate" in target.actions)

    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        keys: set[tuple[str, Digest]] = set()
        for target in self.targets:
            for step in target.steps:
                if step.cached or (step.key and (step.action, step.key) in keys):
                    continue
                if step.key:
                    keys.add((step.action, step.key))
                found[step.action] = found.get(step.action, 0) + 1
        return found

    def to_json(self) -> Json:
        totals = self.counts() | {"tokens": self.tokens, "cost": None}
        clean = [
            {"label": str(label), "state": "clean", "reasons": [], "actions": []}
            for label in self.remembered
        ]
        return {"targets": [*(t.to_json() for t in self.shown), *clean], "totals": totals}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which targets are wanted, with all that they need."""

    nodes: tuple[Node, ...]
    graphs: tuple[Graph, ...]
    artifacts: tuple[tuple[Graph, Artifact], ...]
    extra: frozenset[Label] = frozenset()  # of other packages, not asked for: told if not clean


def make_plan(workspace: Workspace, selection: Selection, known: Known, facts: Facts) -> Plan:
    """Decide for every selected target what will run, and why."""
    planner = _Planner(workspace, known, facts)
    order = topological(
        [node.label for node in selection.nodes],
        [edge for graph in workspace.graphs.values() for edge in graph.edges],
    )
    by_label = {node.label: node for node in selection.nodes}
    targets = [planner.node(by_label[label]) for label in order]
    targets += [planner.graph(graph) for graph in selection.graphs]
    targets += [planner.artifact(graph, artifact) for graph, artifact in selection.artifacts]
    return Plan(tuple(targets), extra=selection.extra)


@dataclass(slots=True)
class _Planner:
    workspace: Workspace
    known: Known
    facts: Facts
    nodes: dict[Label, TargetPlan] = field(default_factory=dict)
    lookups: dict[str, tuple[Digest, bool]] = field(default_factory=dict)

    def node(self, node: Node) -> TargetPlan:
        if node.label not in self.nodes:
            self.nodes[node.label] = self._plan_node(node)
        return self.nodes[node.label]

    def _plan_node(self, node: Node) -> TargetPlan:
        if node.is_generated():
            return self._plan_generated(node)
        if node.source:
            code = node.source.file.data.decode("utf-8", "replace")
        else:
            code = node.template.text if node.template else ""
        steps, reasons = self._code_steps(node, code, {})
        return TargetPlan(node.label, "node", steps, reasons, code)

    def _plan_generated(self, node: Node) -> TargetPlan:
        preimage = generate_preimage(self.workspace, node)
        key = key_of("generate", preimage)
        own = self.known.pin(node.label)
        pin = own if own and own.key == key else self.known.pin_of_key(key)
        if pin is None or node.template is None:
            return self._missing(node, Step("generate", key, preimage, False), own)
        code = render(node.template, pin.hole)
        steps, reasons = self._code_steps(node, code, pin.validated)
        generated = Step("generate", key, preimage, True)
        renamed = pin.label if pin.label != node.label and own is None else None
        if renamed:
            reasons = (Reason("label", str(renamed), f"{node.label} (renamed)"), *reasons)
        return TargetPlan(node.label, "node", (generated, *steps), reasons, code, renamed, pin.key)

    def _missing(self, node: Node, step: Step, own: PinFacts | None) -> TargetPlan:
        """No code of this key anywhere: a generation is needed, and the stages wait for it."""
        waiting = [Step(stage, None, None, False) for stage in (*STATIC_STAGES, "test")]
        reasons = [Reason("pin", None, "never generated")]
        if own is not None:
            found = contract_changes(own.key, own.preimage, step.preimage)
            reasons = [Reason(self._field(node, path), old, new) for path, old, new in found]
        previous = own.key if own else None
        steps = (step, *waiting)
        return TargetPlan(node.label, "node", steps, tuple(reasons), previous_key=previous)

    def _field(self, node: Node, path: str) -> str:
        """Name an upstream field after the producer that it comes from."""
        parts = path.split(".")
        if parts[0] == "upstream" and len(parts) > 2:
            edges = [e for e in self.workspace.edge_sources(node.label) if e.port == parts[1]]
            if parts[2].isdigit() and int(parts[2]) < len(edges):
                rest = [part for part in parts[3:] if part != "array"]
                return ".".join(["upstream", edges[int(parts[2])].origin, *rest])
        if parts[0] == "deps":
            return f"source.{path}"
        if parts[0] == "ports":
            return ".".join(part for part in parts if part != "array")
        return path

    def _code_steps(
        self, node: Node, code: str, validated: Json
    ) -> tuple[tuple[Step, ...], tuple[Reason, ...]]:
        digest = digest_bytes(code.encode())
        made = {s: static_preimage(s, node, digest, self.facts) for s in STATIC_STAGES}
        made["test"] = test_preimage(node, digest, self.facts)
        steps, reasons = [], []
        if self.known.rendered(node.label) != digest:
            steps.append(Step("render", None, None, False))
            reasons.append(Reason("out", None, "the readable copy is not up to date"))
        for action, preimage in made.items():
            step, why = self._pure(node.label, action, preimage, (validated or {}).get(action))
            steps.append(step)
            reasons += [Reason(self._field(node, r.field), r.old, r.new) for r in why]
        return tuple(steps), _distinct(reasons)

    def _pure(
        self, label: Label, action: str, preimage: Json, pinned: Json = None
    ) -> tuple[Step, list[Reason]]:
        """One repeatable action: cached when it passed here under this very key."""
        key, passed = self._looked_up(action, preimage)
        if passed:
            return Step(action, key, preimage, True), []
        last = self.known.last(label, action) or pinned
        found = differences(last, preimage) if last else []
        if not found:
            return Step(action, key, preimage, False), [
                Reason("record", None, "not validated on this machine")
            ]
        return Step(action, key, preimage, False), [Reason(*item) for item in found]

    def _looked_up(self, action: str, preimage: Json) -> tuple[Digest, bool]:
        """The key, and whether it passed here; nodes of one task and code share both."""
        text = f"{action} {json.dumps(preimage, sort_keys=True)}"
        if text not in self.lookups:
            key = key_of(action, preimage)
            self.lookups[text] = key, self.known.passed(action, key)
        return self.lookups[text]

    def _codes(self, nodes: Iterable[Node]) -> dict[str, Digest] | None:
        codes: dict[str, Digest] = {}
        for node in nodes:
            code = self.node(node).code
            if code is None:
                return None
            codes[str(node.label)] = digest_bytes(code.encode())
        return codes

    def graph(self, graph: Graph) -> TargetPlan:
        if not graph.runs_here():
            return TargetPlan(graph.label, "graph", (), ())
        nodes, edges = closure(self.workspace, graph)
        codes = self._codes(nodes)
        if codes is None:
            return self._waiting(graph.label, "graph", "integrate", nodes)
        preimage = integrate_preimage(graph, nodes, edges, codes, self.facts)
        step, reasons = self._pure(graph.label, "integrate", preimage)
        return TargetPlan(graph.label, "graph", (step,), _distinct(reasons))

    def artifact(self, graph: Graph, artifact: Artifact) -> TargetPlan:
        nodes, edges = closure(self.workspace, graph)
        codes = self._codes(nodes)
        if codes is None:
            return self._waiting(artifact.label, "artifact", "emit", nodes)
        lock = lock_facts(self.facts, nodes)
        preimage = emit_preimage(graph, artifact, nodes, edges, codes, self.facts, lock=lock)
        step, reasons = self._pure(artifact.label, "emit", preimage)
        return TargetPlan(artifact.label, "artifact", (step,), _distinct(reasons))

    def _waiting(self, label: Label, kind: str, action: str, nodes: list[Node]) -> TargetPlan:
        missing = [str(node.label) for node in nodes if self.node(node).code is None]
        reasons = tuple(
            Reason(f"code.{name}", None, "waits for its generation") for name in missing
        )
        return TargetPlan(label, kind, (Step(action, None, None, False),), reasons)


def _distinct(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each field once, and no bare "not validated here" beside a reason that says more."""
    found: dict[str, Reason] = {}
    for reason in reasons:
        found.setdefault(reason.field, reason)
    if len(found) > 1 and "record" in found and any(n not in ("record", "out") for n in found):
        del found["record"]
    return tuple(found.values())


def lock_facts(facts: Facts, nodes: Iterable[Node]) -> Mapping[str, str]:
    """The ranges an artifact requires and the exact versions locked, by distribution."""
    found: dict[str, str] = {}
    for node in nodes:
        for item in distributions_of(node):
            name = normalised(item.name)
            locked = facts.lock.get(name)
            found[name] = f"{item.requires} locked {locked}" if locked else item.requires
    return found
