"""The judge: four stages over a batch of modules, each target's verdict its own.

Lint and security first; what they pass is tested in the sandbox while mypy still runs. Code that
failed security is never executed.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fxgbuild.build.context import Context
from fxgbuild.build.jobs import Target, job_document, test_target
from fxgbuild.build.verdict import Verdict, test_findings
from fxgbuild.digest import Json
from fxgbuild.lang.model import Node
from fxgbuild.plan.preimage import origin
from fxgbuild.validate.static import check
from fxgbuild.validate.subject import Subject


@dataclass(frozen=True, slots=True)
class Case:
    """One module to judge, and the stages it still needs."""

    node: Node
    code: str
    stages: frozenset[str]

    @property
    def label(self) -> str:
        return str(self.node.label)

    def subject(self) -> Subject:
        return Subject(
            label=self.label,
            package=self.node.label.package.replace("/", "."),
            module=self.node.label.name,
            code=self.code,
            imports=self.node.imports,
            effects=self.node.effects,
            origin=origin(self.node),  # type: ignore[arg-type]
        )


Found = dict[str, dict[str, Verdict]]


def judge(context: Context, cases: Sequence[Case]) -> Found:
    """Verdicts of every case by label and stage."""
    found: Found = {case.label: {} for case in cases}
    if not cases:
        return found
    with ThreadPoolExecutor(2) as pool:
        typed = pool.submit(_static, context, "type", cases)
        first = {stage: _static(context, stage, cases) for stage in ("lint", "security")}
        for verdicts in first.values():
            _add(found, verdicts)
        _add(found, _tests(context, cases, found))
        _add(found, typed.result())
    return found


def _add(found: Found, verdicts: Mapping[str, Verdict]) -> None:
    for label, verdict in verdicts.items():
        found[label][verdict.stage] = verdict


def _static(context: Context, stage: str, cases: Sequence[Case]) -> dict[str, Verdict]:
    wanted = [case for case in cases if stage in case.stages]
    if not wanted:
        return {}
    start = time.monotonic()
    findings = check(
        stage,
        [case.subject() for case in wanted],
        context.tools,
        python=context.python,
        cache_dir=context.mypy_cache,
        python_version=".".join(context.facts.python.split(".")[:2]),
    )
    share = (time.monotonic() - start) / len(wanted)
    verdicts = {}
    for case in wanted:
        own = findings[case.label]
        verdicts[case.label] = Verdict(stage, not own, own, None, share)
        context.report.action(stage, case.label, not own)
    return verdicts


def _tests(context: Context, cases: Sequence[Case], found: Found) -> dict[str, Verdict]:
    """Stage four for what may run: nothing that lint or security rejected is executed."""
    wanted = [
        case
        for case in cases
        if "test" in case.stages and all(v.passed for v in found[case.label].values())
    ]
    if not wanted:
        return {}
    sandbox = context.laboratory()
    targets = [_target(context, case) for case in wanted]
    batches = [targets] if sandbox.batches else [[target] for target in targets]
    verdicts = {}
    settings = context.workspace.settings.sandbox
    for batch in batches:
        document, files = job_document("test", batch, context.jobs)
        outcome = sandbox.job(
            document,
            files,
            wall_s=settings.wall_s * (len(batch) + 1),
            memory_mb=settings.memory_mb * context.jobs,
        )
        for frame in outcome.frames:
            verdict = _verdict(dict(frame))
            verdicts[str(frame["id"])] = verdict
            context.report.action("test", str(frame["id"]), verdict.passed)
    return verdicts


def _target(context: Context, case: Case) -> Target:
    graph = context.workspace.graphs[case.node.label.package]
    settings = context.workspace.settings.sandbox
    return test_target(case.node, case.code, settings, graph.folder, context.data)


def _verdict(frame: Json) -> Verdict:
    passed = frame.get("ok") is True
    findings = () if passed else test_findings(frame)
    return Verdict("test", passed, findings, frame, float(frame.get("wall_s") or 0.0))
