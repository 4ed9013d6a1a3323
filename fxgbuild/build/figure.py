"""Figures: what the records of passing tests say of the hidden cases of nodes with a threshold."""

from collections.abc import Iterable

from fxgbuild.build.stores import Stores
from fxgbuild.digest import Json
from fxgbuild.lang.model import Node
from fxgbuild.plan.plan import Plan


def figures_of(stores: Stores, plan: Plan, nodes: Iterable[Node]) -> dict[str, Json]:
    """By label; a test that failed has no record and tells its figure as a finding."""
    found: dict[str, Json] = {}
    for node in nodes:
        if node.acceptance is None or node.acceptance.metric is None:
            continue
        target = plan.get(node.label)
        step = target.step("test") if target else None
        record = stores.record("test", step.key) if step and step.key else None
        if record and record.get("figure"):
            found[str(node.label)] = record["figure"]
    return found
