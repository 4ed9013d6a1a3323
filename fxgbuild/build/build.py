"""The build: execute a plan. Generate what is missing, judge, integrate, emit; report each target.

Two passes over one planner: the first finds what must be generated; once code is there, the
second has every key and nothing waits.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.build.context import Context
from fxgbuild.build.emission import Runtime, emit
from fxgbuild.build.generation import exhausted, generate_live, limit, open_requests
from fxgbuild.build.integration import codes_of, integrate
from fxgbuild.build.judge import Case, judge
from fxgbuild.build.verdict import Outcome, Verdict
from fxgbuild.digest import Json, digest_bytes
from fxgbuild.errors import FxgError, GenerationNeeded, worst
from fxgbuild.finding import Finding
from fxgbuild.lang.label import Label, shorten
from fxgbuild.plan.order import closure, producers
from fxgbuild.plan.plan import Plan, Selection, TargetPlan
from fxgbuild.plan.preimage import STAGES

KINDS = ("generate", "render", *STAGES, "integrate", "emit")


@dataclass(slots=True)
class Result:
    """What a build did, target by target."""

    plan: Plan
    outcomes: dict[Label, Outcome] = field(default_factory=dict)
    run: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    cached: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    sandbox: str = ""
    wall_s: float = 0.0
    judged_s: float = 0.0
    codes: list[int] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return worst(self.codes)

    def failed(self) -> list[Outcome]:
        return [o for o in self.outcomes.values() if o.outcome in ("failed", "skipped")]

    def to_json(self) -> Json:
        targets = [outcome.to_json() for outcome in self.outcomes.values()]
        totals: dict[str, int] = {}
        for target in targets:
            totals[target["outcome"]] = totals.get(target["outcome"], 0) + 1
        by_kind = {k: {"run": self.run[k], "cached": self.cached[k]} for k in KINDS}
        return {
            "status": "ok" if not self.exit_code else "failed",
            "exit_code": self.exit_code,
            "targets": targets,
            "totals": totals,
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
            str(target.label), outcome, _hex(target.key), _code_digest(target), found
        )
    return result


def build(
    context: Context, selection: Selection, runtime: Runtime, *, keep_going: bool = False
) -> Result:
    """Execute the plan of a selection; raises GenerationNeeded before anything else runs."""
    start = time.monotonic()
    plan = context.plan(selection)
    context.report.planned(plan)
    generated: set[Label] = set()
    if plan.generations:
        generated = _generate(context, plan)
        plan = context.plan(selection)
    execution = _Execution(context, plan, runtime, generated, keep_going)
    result = execution.execute(selection)
    result.sandbox = context.facts.sandbox
    result.wall_s = time.monotonic() - start
    result.judged_s = execution.judged - start
    return result


def _generate(context: Context, plan: Plan) -> set[Label]:
    nodes = [
        node
        for target in plan.generations
        if (node := context.workspace.node(target.label)) is not None
    ]
    labels = [node.label for node in nodes]
    open_, spent = open_requests(context, nodes)
    model = None if context.stores.frozen else context.model()
    if context.stores.frozen or (open_ and model is None):
        raise generation_needed(context, plan, labels)
    if spent or model is None:
        raise exhausted(spent)
    generate_live(context, model, nodes)
    return set(labels)


def generation_needed(context: Context, plan: Plan, labels: Sequence[Label]) -> GenerationNeeded:
    """No provider, or frozen: name the nodes, why, and the command that goes on from here."""
    facts = {}
    for label in labels[:10]:
        target = plan.get(label)
        reasons = target.reasons if target else ()
        facts[str(label)] = "; ".join(str(reason) for reason in reasons[:3])
    if len(labels) > 10:
        facts["…"] = f"and {len(labels) - 10} more"
    count = f"{len(labels)} node{'s need' if len(labels) > 1 else ' needs'}"
    why = "the build is frozen" if context.stores.frozen else "no model is configured"
    patterns = shorten(labels, 4).replace(",", "") if len(labels) <= 4 else "//..."
    hint = (
        f"`fxgbuild generate export {patterns} --to requests.jsonl`, have them answered, then "
        f"`fxgbuild generate import replies.jsonl` (up to {limit(context)} attempts a node); or "
        "`fxgbuild carry` where the pinned code should stand"
    )
    return GenerationNeeded(f"{count} a generation, and {why}", facts=facts, hint=hint)


@dataclass(slots=True)
class _Execution:
    context: Context
    plan: Plan
    runtime: Runtime
    generated: set[Label]
    keep_going: bool
    judged: float = 0.0
    ran: set[Label] = field(default_factory=set)
    broken: set[Label] = field(default_factory=set)

    def execute(self, selection: Selection) -> Result:
        result = Result(self.plan)
        self._count(result)
        verdicts = self._judge()
        self.judged = time.monotonic()
        for target in self.plan.targets:
            if target.kind == "node":
                result.outcomes[target.label] = self._node(target, verdicts, result)
        for graph in selection.graphs:
            result.outcomes[graph.label] = self._graph(graph.label, result)
        for graph, artifact in selection.artifacts:
            result.outcomes[artifact.label] = self._artifact(graph.label, artifact.label, result)
        return result

    def _count(self, result: Result) -> None:
        for target in self.plan.targets:
            for step in target.steps:
                counts = result.cached if step.cached else result.run
                counts[step.action] += 1
            if target.label in self.generated:
                result.cached["generate"] -= 1
                result.run["generate"] += 1

    def _judge(self) -> Mapping[str, Mapping[str, Verdict]]:
        cases = []
        for target in self.plan.targets:
            node = self.context.workspace.node(target.label)
            stages = frozenset(target.actions) & frozenset(STAGES)
            if target.kind == "node" and node and target.code is not None and stages:
                cases.append(Case(node, target.code, stages))
        return judge(self.context, cases)

    def _node(
        self,
        target: TargetPlan,
        verdicts: Mapping[str, Mapping[str, Verdict]],
        result: Result,
    ) -> Outcome:
        context, label = self.context, target.label
        if target.code is not None and "render" in target.actions:
            context.stores.render(label, target.code)
        self._settle_pin(target)
        own = verdicts.get(str(label), {})
        for stage, verdict in own.items():
            step = target.step(stage)
            if step and verdict.passed:
                context.stores.keep(label, step, verdict, {}, dict(context.facts.tools))
        for step in target.steps:
            if step.cached and step.action != "generate":
                context.stores.hit(label, step)
        pin = context.stores.committed(label) if own else None
        if pin is not None:
            context.stores.blobs.put(pin.hole.encode())
        failed = [own[stage] for stage in STAGES if stage in own and not own[stage].passed]
        key, digest = _hex(target.key), _code_digest(target)
        if failed:
            self.broken.add(label)
            result.codes.append(1)
            findings = tuple(f for verdict in failed for f in verdict.findings)
            facts = {"stage": failed[0].stage, "pinned": _pinned_under(context, label)}
            return Outcome(str(label), "failed", key, digest, findings, facts)
        return Outcome(str(label), self._outcome(target), key, digest)

    def _outcome(self, target: TargetPlan) -> str:
        if target.label in self.generated:
            self.ran.add(target.label)
            return "generated"
        if target.actions:
            self.ran.add(target.label)
            return "built"
        upstream = self._upstream(target.label)
        return "cut_off" if upstream & self.ran else "clean"

    def _upstream(self, label: Label) -> set[Label]:
        seen: set[Label] = set()
        todo = producers(self.context.workspace, label)
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo += producers(self.context.workspace, here)
        return seen

    def _settle_pin(self, target: TargetPlan) -> None:
        """A pin found under another name moves to this one, unless the build is frozen."""
        context = self.context
        step = target.step("generate")
        if not context.commit or context.stores.frozen or step is None or step.key is None:
            return
        own = context.stores.committed(target.label)
        if own is not None and own.key == step.key:
            return
        pin = context.stores.pins.find(step.key) or context.stores.private(step.key)
        if pin is None:
            return
        context.stores.keep_pin(pin.named(target.label), commit=True)
        if pin.label != target.label and context.workspace.node(pin.label) is None:
            context.stores.forget(pin.label)
            context.report.note(f"{pin.label} was renamed to {target.label}; its pin moved along")

    def _skipped(self, label: Label, needs: str) -> Outcome:
        finding = Finding("test", "skipped", f"not run, because {needs} failed")
        return Outcome(str(label), "skipped", None, None, (finding,))

    def _graph(self, label: Label, result: Result) -> Outcome:
        target = self.plan.get(label)
        graph = self.context.workspace.graphs[label.package]
        if target is None:
            raise KeyError(label)
        inside = {node.label for node in closure(self.context.workspace, graph)[0]}
        blocking = self.broken & inside
        if blocking or (self.broken and not self.keep_going):
            self.broken.add(label)
            return self._skipped(label, shorten(sorted(blocking or self.broken - {label})))
        step = target.step("integrate")
        if step is None or step.cached:
            if step:
                self.context.stores.hit(label, step)
            return Outcome(str(label), "cut_off" if self.ran else "clean", _hex(target.key))
        verdict = integrate(self.context, graph, step, codes_of(self.plan))
        if not verdict.passed:
            self.broken.add(label)
            result.codes.append(3)
            return Outcome(
                str(label),
                "failed",
                _hex(target.key),
                None,
                verdict.findings,
                {"stage": "integrate"},
            )
        self.ran.add(label)
        return Outcome(str(label), "built", _hex(target.key))

    def _artifact(self, graph_label: Label, label: Label, result: Result) -> Outcome:
        target = self.plan.get(label)
        graph = self.context.workspace.graphs[graph_label.package]
        if target is None:
            raise KeyError(label)
        if graph_label in self.broken:
            return self._skipped(label, str(graph_label))
        step = target.step("emit")
        if step is None or step.cached:
            if step:
                self.context.stores.hit(label, step)
            outcome = "cut_off" if self.ran else "clean"
        else:
            artifact = graph.artifacts[label.name]
            emit(self.context, (graph, artifact), step, codes_of(self.plan), self.runtime)
            outcome = "built"
        record = self.context.stores.record("emit", target.key) if target.key else None
        outputs = record["outputs"] if record else {}
        main = next((d for name, d in sorted(outputs.items()) if not name.endswith(".txt")), None)
        return Outcome(str(label), outcome, _hex(target.key), main, facts={"files": outputs})


def _hex(key: object) -> str | None:
    return None if key is None else str(key)


def _code_digest(target: TargetPlan) -> str | None:
    return digest_bytes(target.code.encode()).hex if target.code is not None else None


def _pinned_under(context: Context, label: Label) -> Json:
    """What a failing pin was validated under, for "validated under X, fails under Y"."""
    pin = context.stores.committed(label)
    if pin is None:
        return None
    test = pin.validated.get("test", {})
    return {"distributions": test.get("distributions"), "python": test.get("python")}
