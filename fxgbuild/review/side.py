"""One side of a comparison, and what a machine that has built one side does for the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Digest, Json
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Node, Workspace
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.plan import PinFacts, Plan, make_plan
from fxgbuild.plan.select import all_targets, select
from fxgbuild.review.pins import PinView

TOOLS = ("ruff", "mypy", "bandit", "pytest", "hypothesis")


@dataclass(frozen=True, slots=True)
class Side:
    """A workspace with its committed pins."""

    workspace: Workspace
    pins: Mapping[Label, PinView]

    def nodes(self) -> dict[Label, Node]:
        graphs = self.workspace.graphs.values()
        return {node.label: node for graph in graphs for node in graph.nodes.values()}


@dataclass(slots=True)
class Built:
    """What a plan knows where one side was built, and nothing else: no machine, no store."""

    pins: Mapping[Label, PinView]
    keys: set[tuple[str, Digest]] = field(default_factory=set)
    preimages: dict[tuple[Label, str], Json] = field(default_factory=dict)
    _by_key: dict[Digest, PinView] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key = {pin.key: pin for pin in self.pins.values() if pin.key}

    def pin(self, label: Label) -> PinFacts | None:
        return _facts_of(self.pins.get(label))

    def pin_of_key(self, key: Digest) -> PinFacts | None:
        return _facts_of(self._by_key.get(key))

    def passed(self, action: str, key: Digest) -> bool:
        return (action, key) in self.keys

    def last(self, label: Label, action: str) -> Json | None:
        return self.preimages.get((label, action))

    def rendered(self, label: Label) -> Digest | None:
        return None


def _facts_of(pin: PinView | None) -> PinFacts | None:
    if pin is None or pin.key is None:
        return None
    return PinFacts(pin.label, pin.key, pin.preimage, pin.code, None)


def impact(before: Side, after: Side) -> Plan:
    """The plan of one side where the other was built: what its change makes a machine do."""
    known = Built(before.pins)
    for target in _plan(before, known).targets:
        for step in target.steps:
            if step.key is not None:
                known.keys.add((step.action, step.key))
                known.preimages[target.label, step.action] = step.preimage
    return _plan(after, Built(after.pins, known.keys, known.preimages))


def _plan(side: Side, known: Built) -> Plan:
    workspace = side.workspace
    labels = list(all_targets(workspace))
    return make_plan(workspace, select(workspace, labels), known, files_facts(workspace))


def versions(workspace: Workspace) -> dict[str, str]:
    """Every locked distribution with its version; where interpreters differ, with all of them."""
    found: dict[str, list[str]] = {}
    for item in workspace.lock.locked:
        found.setdefault(item.name, []).append(item.version)
    return {name: ", ".join(own) for name, own in found.items()}


def files_facts(workspace: Workspace) -> Facts:
    """What the files say of a machine; the rest is taken to be the same on both sides."""
    settings = workspace.settings
    pinned = {str(name): version for name, version in settings.toolchain.items()}
    return Facts(
        tools=dict.fromkeys(TOOLS, "") | pinned,
        python="",
        platform="",
        sandbox="",
        harness="",
        runtime="",
        packager="",
        distributions=versions(workspace),
        lock=versions(workspace),
        limits={
            "cpu_s": settings.sandbox.cpu_s,
            "wall_s": settings.sandbox.wall_s,
            "memory_mb": settings.sandbox.memory_mb,
        },
    )
