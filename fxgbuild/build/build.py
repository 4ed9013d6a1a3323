"""The build: execute a plan. Generate what is missing, judge, integrate, emit; report each target.

Two passes over one planner: the first finds what must be generated; once code is there, the
second has every key and nothing waits.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.build.context import Context
from fxgbuild.build.emission import Runtime, emit
from fxgbuild.build.integration import UNAVAILABLE, codes_of, integrate
from fxgbuild.build.judge import Case, judge
from fxgbuild.build.result import Result, code_digest, hex_of
from fxgbuild.build.standing import stood_under
from fxgbuild.build.telling import ended, planned
from fxgbuild.build.verdict import Outcome, Verdict
from fxgbuild.finding import Finding
from fxgbuild.lang.label import Label, shorten
from fxgbuild.lang.model import Artifact, Graph
from fxgbuild.plan.order import closure, producers
from fxgbuild.plan.plan import Plan, Selection, TargetPlan
from fxgbuild.plan.preimage import STAGES


def build(
    context: Context, selection: Selection, runtime: Runtime, *, keep_going: bool = False
) -> Result:
    """Execute the plan of a selection; raises GenerationNeeded before anything else runs."""
    start = time.monotonic()
    plan = context.plan(selection)
    context.report.tell(planned(plan))
    generated: set[Label] = set()
    if plan.generations:
        generated = _generate(context, plan)
        context.stores.refresh()
        plan = context.plan(selection)
    execution = _Execution(context, plan, runtime, generated, keep_going)
    result = execution.execute(selection)
    result.sandbox = context.facts.sandbox
    result.wall_s = time.monotonic() - start
    result.judged_s = execution.judged - start
    return result


def _generate(context: Context, plan: Plan) -> set[Label]:
    # Most builds generate nothing, and do not wait for these to be loaded.
    from fxgbuild.build.generation import (  # noqa: PLC0415
        exhausted,
        leased,
        needed,
        open_requests,
    )
    from fxgbuild.build.live import generate_live  # noqa: PLC0415

    found = [context.workspace.node(target.label) for target in plan.generations]
    nodes = [node for node in found if node is not None]
    keys = {target.label: target.key for target in plan.generations}
    nodes = [n for n in nodes if not ((key := keys[n.label]) and context.stores.fetch_pin(key))]
    labels = [node.label for node in nodes]
    if not nodes:
        return set()
    if context.stores.frozen:
        raise needed(context, plan, labels)
    open_, spent = open_requests(context, nodes)
    unanswered = [r for r in open_ if not context.stores.has_reply(r.key, r.attempt)]
    model = context.model()
    if model is None and unanswered:
        raise needed(context, plan, labels)
    waiting = leased(context, unanswered)
    if waiting is not None:
        raise waiting
    if spent:
        raise exhausted(spent)
    generate_live(context, model, nodes)
    return set(labels)


@dataclass(slots=True)
class _Execution:
    context: Context
    plan: Plan
    runtime: Runtime
    generated: set[Label]
    keep_going: bool
    judged: float = 0.0
    ran: set[Label] = field(default_factory=set)
    reached: set[Label] = field(default_factory=set)  # ran, or something upstream did
    broken: set[Label] = field(default_factory=set)

    def execute(self, selection: Selection) -> Result:
        result = Result(self.plan)
        verdicts = self._judge()
        self.judged = time.monotonic()
        for target in self.plan.targets:
            if target.kind == "node":
                self._end(target, self._node(target, verdicts, result), result)
        for graph in selection.graphs:
            target = self.plan.target(graph.label)
            self._end(target, self._graph(target, graph, result), result)
        for graph, artifact in selection.artifacts:
            target = self.plan.target(artifact.label)
            self._end(target, self._artifact(target, graph, artifact, result), result)
        self._stand(result)
        return result

    def _end(self, target: TargetPlan, outcome: Outcome, result: Result) -> None:
        if outcome.outcome != "clean" or target.label not in self.plan.extra:
            result.outcomes[target.label] = outcome
        if outcome.outcome != "clean":
            self.context.report.tell(ended(target.kind, outcome))

    def _stand(self, result: Result) -> None:
        """Every action that passed is what its label stands under now."""
        failed = {
            (label, finding.stage)
            for label, outcome in result.outcomes.items()
            for finding in outcome.findings
        }
        skipped = {label for label, o in result.outcomes.items() if o.outcome == "skipped"}
        self.context.stores.settle(
            (target.label, step)
            for target in self.plan.targets
            for step in target.steps
            if step.action not in ("generate", "render")
            and target.label not in skipped
            and (target.label, step.action) not in failed
        )

    def _judge(self) -> Mapping[str, Mapping[str, Verdict]]:
        cases = []
        for target in self.plan.targets:
            node = self.context.workspace.node(target.label)
            stages = frozenset(target.actions) & frozenset(STAGES)
            if target.kind == "node" and node and target.code is not None and stages:
                steps = {step.action: step for step in target.steps if step.action in stages}
                cases.append(Case(node, target.code, steps))
        return judge(self.context, cases)

    def _node(
        self,
        target: TargetPlan,
        verdicts: Mapping[str, Mapping[str, Verdict]],
        result: Result,
    ) -> Outcome:
        context, label = self.context, target.label
        own = verdicts.get(str(label), {})
        result.count(target, own, generated=label in self.generated)
        if target.code is not None and "render" in target.actions:
            context.stores.render(label, target.code)
        self._render_deps(target)
        self._settle_pin(target)
        pin = context.stores.committed(label) if own else None
        if pin is not None:
            context.stores.blobs.put(pin.hole.encode())
        failed = [own[stage] for stage in STAGES if stage in own and not own[stage].passed]
        key, digest = hex_of(target.key), code_digest(target)
        if failed:
            self.broken.add(label)
            result.codes.append(1)
            findings = tuple(f for verdict in failed for f in verdict.findings)
            stage = failed[0].stage
            facts = {"stage": stage, "pinned": pin is not None, "stood": self._stood(target, stage)}
            return Outcome(str(label), "failed", key, digest, findings, facts)
        return Outcome(str(label), self._outcome(target), key, digest)

    def _render_deps(self, target: TargetPlan) -> None:
        """First-party modules stand beside the code, but for those that a node has the name of."""
        graph = self.context.workspace.graphs.get(target.label.package)
        node = graph.nodes.get(target.label.name) if graph else None
        if graph is None or node is None or node.source is None or not target.actions:
            return
        for dep in node.source.deps:
            if dep.path.removesuffix(".py") not in graph.nodes:
                self.context.stores.render_beside(target.label.package, dep.path, dep.data)

    def _stood(self, target: TargetPlan, action: str) -> Mapping[str, str] | None:
        step = target.step(action)
        return stood_under(self.context, target.label, step) if step else None

    def _outcome(self, target: TargetPlan) -> str:
        """Targets come upstream first, so one look at the producers is enough."""
        upstream = any(p in self.reached for p in producers(self.context.workspace, target.label))
        if target.label in self.generated or target.actions:
            self.ran.add(target.label)
            self.reached.add(target.label)
            return "generated" if target.label in self.generated else "built"
        if upstream:
            self.reached.add(target.label)
        return "cut_off" if upstream else "clean"

    def _settle_pin(self, target: TargetPlan) -> None:
        """A pin found under another name moves to this one, unless the build is frozen."""
        context = self.context
        step = target.step("generate")
        if not context.commit or context.stores.frozen or step is None or step.key is None:
            return
        own = context.stores.committed(target.label)
        if own is not None:
            context.stores.pins.finish(own)
        if own is not None and own.key == step.key:
            return
        pin = context.stores.pins.find(step.key) or context.stores.private(step.key)
        if pin is None:
            return
        context.stores.keep_pin(pin.named(target.label), commit=True)
        if pin.label != target.label and context.workspace.node(pin.label) is None:
            context.stores.forget(pin.label)
            context.note(f"{pin.label} was renamed to {target.label}; its pin moved along")

    def _skipped(self, label: Label, needs: str, why: str = "failed") -> Outcome:
        finding = Finding("test", "skipped", f"not run, because {needs} {why}")
        return Outcome(str(label), "skipped", None, None, (finding,))

    def _blocked(self, graph: Graph) -> list[Label]:
        """What failed and keeps a graph from running."""
        if not self.broken or not self.keep_going:
            return sorted(self.broken)
        inside = {node.label for node in closure(self.context.workspace, graph)[0]}
        return sorted(self.broken & inside)

    def _graph(self, target: TargetPlan, graph: Graph, result: Result) -> Outcome:
        label = target.label
        blocking = self._blocked(graph)
        if blocking:
            self.broken.add(label)
            return self._skipped(label, shorten(blocking))
        step = target.step("integrate")
        if step is None or step.cached:
            result.count(target, {})
            return Outcome(str(label), "cut_off" if self.ran else "clean", hex_of(target.key))
        verdict = integrate(self.context, graph, step, codes_of(self.plan))
        result.count(target, {"integrate": verdict})
        if not verdict.passed:
            self.broken.add(label)
            absent = any(finding.rule == UNAVAILABLE for finding in verdict.findings)
            if absent and not self.context.stores.frozen:
                return Outcome(str(label), "skipped", hex_of(target.key), None, verdict.findings)
            result.codes.append(3)
            facts = {"stage": "integrate", "stood": self._stood(target, "integrate")}
            return Outcome(str(label), "failed", hex_of(target.key), None, verdict.findings, facts)
        self.ran.add(label)
        return Outcome(str(label), "built", hex_of(target.key))

    def _artifact(
        self, target: TargetPlan, graph: Graph, artifact: Artifact, result: Result
    ) -> Outcome:
        label, step = target.label, target.step("emit")
        if graph.label in self.broken:
            return self._skipped(label, str(graph.label), "did not run through")
        if step is None or step.cached:
            result.count(target, {})
            outcome = "cut_off" if self.ran else "clean"
        else:
            shared = emit(self.context, (graph, artifact), step, codes_of(self.plan), self.runtime)
            result.count(target, {"emit": Verdict("emit", True, shared=shared)})
            outcome = "built"
        record = self.context.stores.record("emit", target.key) if target.key else None
        outputs = record["outputs"] if record else {}
        main = next((d for name, d in sorted(outputs.items()) if not name.endswith(".txt")), None)
        return Outcome(str(label), outcome, hex_of(target.key), main, facts={"files": outputs})
