"""What a build did, target by target, and what it counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.build.memory import Package
from fxgbuild.build.verdict import Outcome, Verdict
from fxgbuild.digest import Json, digest_bytes
from fxgbuild.errors import FxgError, worst
from fxgbuild.finding import Finding
from fxgbuild.lang.label import Label
from fxgbuild.plan.plan import Plan, TargetPlan
from fxgbuild.plan.preimage import STAGES

KINDS = ("generate", "render", *STAGES, "integrate", "emit")


@dataclass(slots=True)
class Result:
    """Outcomes by label, actions run and cached by kind, and the exit codes that arose."""

    plan: Plan
    outcomes: dict[Label, Outcome] = field(default_factory=dict)
    run: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    cached: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    sandbox: str = ""
    wall_s: float = 0.0
    judged_s: float = 0.0
    codes: list[int] = field(default_factory=list)
    standing: list[tuple[Package, list[str]]] = field(default_factory=list)  # clean, not loaded

    @property
    def exit_code(self) -> int:
        return worst(self.codes)

    def failed(self) -> list[Outcome]:
        return [o for o in self.outcomes.values() if o.outcome in ("failed", "skipped")]

    def count(
        self, target: TargetPlan, verdicts: Mapping[str, Verdict], *, generated: bool = False
    ) -> None:
        """An action ran, or its result was there: found, or made for another target or build."""
        for step in target.steps:
            verdict = verdicts.get(step.action)
            shared = verdict.shared if verdict else step.cached
            if step.action == "generate":
                shared = not generated
            elif step.action in STAGES and not step.cached and verdict is None:
                continue  # not reached: an earlier stage rejected the code
            counts = self.cached if shared else self.run
            counts[step.action] += 1

    def totals(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for outcome in self.outcomes.values():
            found[outcome.outcome] = found.get(outcome.outcome, 0) + 1
        if self.standing:
            count = sum(len(names) for _, names in self.standing)
            found["clean"] = found.get("clean", 0) + count
        return found

    def to_json(self) -> Json:
        by_kind = {k: {"run": self.run[k], "cached": self.cached[k]} for k in KINDS}
        return {
            "status": "ok" if not self.exit_code else "failed",
            "exit_code": self.exit_code,
            "targets": [
                *(outcome.to_json() for outcome in self.outcomes.values()),
                *(o.to_json() for package, names in self.standing for o in package.outcomes(names)),
            ],
            "totals": self.totals(),
            "actions": {
                "run": sum(self.run.values()),
                "cached": sum(self.cached.values()),
                "by_kind": by_kind,
            },
            "sandbox": self.sandbox,
            "wall_s": round(self.wall_s, 3),
            "judged_s": round(self.judged_s, 3),
        }


def not_built(plan: Plan, error: FxgError) -> Result:
    """The result of a build that stopped before anything ran."""
    result = Result(plan, codes=[error.exit_code])
    for target in plan.targets:
        finding = Finding("generate", error.id, error.facts.get(str(target.label), error.message))
        blocked = "failed" if "generate" in target.actions else "skipped"
        outcome = blocked if target.actions else "clean"
        found = (finding,) if target.actions else ()
        result.outcomes[target.label] = Outcome(
            str(target.label), outcome, hex_of(target.key), code_digest(target), found
        )
    return result


def hex_of(key: object) -> str | None:
    return None if key is None else str(key)


def code_digest(target: TargetPlan) -> str | None:
    return digest_bytes(target.code.encode()).hex if target.code is not None else None
