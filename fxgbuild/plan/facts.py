"""Facts: the declared environment that keys cover, as installed; and which distributions matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.lang.lockfile import normalised
from fxgbuild.lang.model import Distribution, Node
from fxgbuild.lang.parts import kinds_in


@dataclass(frozen=True, slots=True)
class Facts:
    """What the machine contributes to keys; nothing else of the environment does."""

    tools: Mapping[str, str]  # ruff, mypy, bandit (ours), pytest, hypothesis (the project's)
    python: str
    platform: str
    sandbox: str
    harness: str
    runtime: str
    packager: str
    distributions: Mapping[str, str] = field(default_factory=dict)
    requirements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by distribution
    lock: Mapping[str, str] = field(default_factory=dict)  # what counts for this interpreter
    limits: Mapping[str, Json] = field(default_factory=dict)
    stages: Mapping[str, Json] = field(default_factory=dict)  # version and configuration by stage


# What the runtime carries values of a kind with, whatever the code imports.
CARRIERS = {"array": ("numpy",), "state": ("numpy",), "table": ("numpy", "pandas", "pyarrow")}


def distributions_of(node: Node) -> tuple[Distribution, ...]:
    """The distributions that a node's allowed imports come from, and its ports' values need."""
    found = [
        item
        for item in node.task.distributions
        if any(_provides(item, module) for module in node.imports)
    ]
    present = {normalised(item.name) for item in found}
    stated = {normalised(item.name): item for item in node.task.distributions}
    schemas = [*node.inputs.values(), *node.outputs.values()]
    kinds = {kind for schema in schemas for kind in kinds_in(schema)}
    needed = {name for kind in kinds for name in CARRIERS.get(kind, ())} - present
    plain = (stated.get(name) or Distribution(name, "", (name,)) for name in sorted(needed))
    return (*found, *plain)


def _provides(distribution: Distribution, module: str) -> bool:
    return any(module == top or module.startswith(top + ".") for top in distribution.modules)


def installed(nodes: Iterable[Node], facts: Facts) -> Json:
    """Name and version of every distribution the code may import, as installed; stubs too."""
    found: dict[str, str] = {}
    for node in nodes:
        for item in distributions_of(node):
            name = normalised(item.name)
            for candidate in (name, f"{name}-stubs", f"types-{name}"):
                if candidate in facts.distributions:
                    found[candidate] = facts.distributions[candidate]
            found.setdefault(name, "missing")
    return found
