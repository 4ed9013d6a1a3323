"""What a build works with: the workspace, the stores, and the ports that touch the world."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from fxgbuild.build.stores import Stores
from fxgbuild.event import Noted
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.plan import Plan, Selection, make_plan
from fxgbuild.ports import Data, Laboratory, Model, Reporter, Tools
from fxgbuild.store.lock import KeyLocks


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
    locks: KeyLocks
    began: float  # on the monotonic clock
    jobs: int = 2
    model_jobs: int = 4
    remembered: tuple[Label, ...] = ()  # clean targets that were not loaded
    commit: bool = True  # write new pins to `cache/`
    wait_s: float | None = None  # how long to wait for a key that another build holds

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def waits(self, owner: str) -> None:
        """Another build holds a key; what it finds out is ours too."""
        self.note(f"waiting for {owner or 'another build'}")

    def note(self, text: str) -> None:
        self.report.tell(Noted(text))

    def plan(self, selection: Selection) -> Plan:
        plan = make_plan(self.workspace, selection, self.stores, self.facts)
        return replace(plan, remembered=self.remembered)
