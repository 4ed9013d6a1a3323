"""What a build works with: the workspace, the stores, and the ports that touch the world."""

from collections.abc import Callable
from dataclasses import dataclass

from fxgbuild.build.stores import Stores
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.plan import Plan, Selection, make_plan
from fxgbuild.ports import Data, Laboratory, Model, Reporter, Tools


@dataclass(frozen=True, slots=True)
class Context:
    workspace: Workspace
    stores: Stores
    facts: Facts
    tools: Tools
    laboratory: Laboratory
    data: Data
    report: Reporter
    model: Callable[[], Model | None]
    python: str
    mypy_cache: str
    today: str
    jobs: int = 2
    commit: bool = True  # write new pins to `cache/`

    def plan(self, selection: Selection) -> Plan:
        return make_plan(self.workspace, selection, self.stores, self.facts)
