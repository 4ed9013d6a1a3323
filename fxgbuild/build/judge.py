"""The judge: four stages over a batch of modules, each target's verdict its own.

Lint and security first; what they pass is tested in the sandbox while mypy still runs. Code that
failed security is never executed. Targets that share a key share one judgement, and so do builds
side by side: whoever holds the lock of a piece of code judges it, the others read the records.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from fxgbuild.build.context import Context
from fxgbuild.build.jobs import Target, job_document, test_target
from fxgbuild.build.verdict import Verdict, test_findings
from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.errors import FxgError
from fxgbuild.event import ActionEnded
from fxgbuild.lang.first_party import module_of
from fxgbuild.lang.model import Node
from fxgbuild.plan.key import key_of
from fxgbuild.plan.plan import Step
from fxgbuild.plan.preimage import STAGES, STATIC_STAGES, origin, static_preimage, test_preimage
from fxgbuild.validate.static import check
from fxgbuild.validate.subject import Subject, companions, fault

MOST_AT_ONCE = 500
LANES = {"lint": "ruff", "type": "mypy", "security": "bandit", "test": "sandbox"}


@dataclass(frozen=True, slots=True)
class Case:
    """One module to judge, and the steps it still needs by stage."""

    node: Node
    code: str
    steps: Mapping[str, Step]
    name: str = ""  # what it is told under, where that is not the node's label

    @property
    def label(self) -> str:
        return self.name or str(self.node.label)

    @property
    def digest(self) -> Digest:
        return digest_bytes(self.code.encode())

    def key(self, stage: str) -> Digest:
        key = self.steps[stage].key
        if key is None:
            raise ValueError(f"{stage} of {self.label} has no key")
        return key

    def subject(self) -> Subject:
        deps = self.node.source.deps if self.node.source else ()
        return Subject(
            label=self.label,
            package=self.node.label.package.replace("/", "."),
            module=self.node.label.name,
            code=self.code,
            imports=(*self.node.imports, *(module_of(dep.path) for dep in deps)),
            effects=self.node.effects,
            origin=origin(self.node),  # type: ignore[arg-type]
            deps=tuple((dep.path, dep.data.decode("utf-8", "replace")) for dep in deps),
        )


def new_case(context: Context, node: Node, code: str) -> Case:
    """All four stages of a module that was never judged."""
    digest = digest_bytes(code.encode())
    preimages = {s: static_preimage(s, node, digest, context.facts) for s in STATIC_STAGES}
    preimages["test"] = test_preimage(node, digest, context.facts)
    steps = {s: Step(s, key_of(s, p), p, False) for s, p in preimages.items()}
    return Case(node, code, steps)


Found = dict[str, dict[str, Verdict]]


def judge(context: Context, cases: Sequence[Case]) -> Found:
    """Verdicts of every case by label and stage; passing ones are recorded."""
    found: Found = {case.label: {} for case in cases}
    waiting: dict[str, list[Case]] = {}
    for case in cases:
        waiting.setdefault(f"judge:{case.digest.hex}", []).append(case)
    while waiting:
        mine = context.locks.acquire(list(waiting)[:MOST_AT_ONCE])
        if not mine:
            name = next(iter(waiting))
            context.locks.wait(name, limit_s=context.wait_s, waiting=context.waits)
            mine = {name}
        try:
            batch = [case for name in list(waiting) if name in mine for case in waiting.pop(name)]
            _Batch(context, batch, found).judge()
        finally:
            context.locks.release(mine)
    return found


@dataclass(slots=True)
class _Batch:
    """Cases whose code nobody else judges meanwhile."""

    context: Context
    cases: Sequence[Case]
    found: Found
    known: dict[tuple[str, Digest], Verdict] = field(default_factory=dict)

    def judge(self) -> None:
        self._recall()
        for subject in (case.subject() for case in self.cases):
            for one in (subject, *(dep for _, dep in companions(subject))):
                fault(one)  # parsed here, where there is one thread
        with ThreadPoolExecutor(3) as pool:
            typed = pool.submit(self._static, "type")
            linted = pool.submit(self._static, "lint")
            prepared = pool.submit(self._prepare) if self._open("test") else None
            self._settle("security", self._static("security"))
            self._settle("lint", linted.result())
            if prepared is not None:
                prepared.result()
            self._settle("test", self._tests())
            self._settle("type", typed.result())

    def _prepare(self) -> None:
        """Open the sandbox while the tools run; what is wrong with it is said when it is needed."""
        with contextlib.suppress(FxgError):
            self.context.laboratory()

    def _recall(self) -> None:
        """What another build has recorded since the plan was made."""
        for case in self.cases:
            for stage in case.steps:
                key = case.key(stage)
                if (stage, key) not in self.known and self.context.stores.found(case.steps[stage]):
                    self.known[stage, key] = Verdict(stage, True, shared=True)
        for stage in STAGES:
            self._settle(stage, {})

    def _open(self, stage: str) -> list[Case]:
        """One case for each key of a stage that is not judged yet."""
        keys: dict[Digest, Case] = {}
        for case in self.cases:
            if stage in case.steps and (stage, case.key(stage)) not in self.known:
                keys.setdefault(case.key(stage), case)
        return list(keys.values())

    def _settle(self, stage: str, verdicts: Mapping[Digest, Verdict]) -> None:
        """Record what passed, and hand every case the verdict of its key."""
        for case in self.cases:
            if stage not in case.steps or stage in self.found[case.label]:
                continue
            key = case.key(stage)
            verdict = self.known.get((stage, key))
            if verdict is None and key in verdicts:
                verdict = verdicts[key]
                self.known[stage, key] = replace(verdict, shared=True)
                if verdict.passed:
                    facts = self.context.facts
                    self.context.stores.keep(
                        case.steps[stage], verdict, {}, dict(facts.tools), facts.sandbox
                    )
            elif verdict is not None:
                self._tell(case, verdict)
            if verdict is not None:
                self.found[case.label][stage] = verdict

    def _tell(self, case: Case, verdict: Verdict, start_s: float = 0.0) -> None:
        stage = verdict.stage
        outcome = "shared" if verdict.shared else "passed" if verdict.passed else "failed"
        event = ActionEnded(
            label=case.label,
            action=stage,
            key=case.key(stage).hex,
            outcome=outcome,
            start_s=round(start_s or self.context.now(), 4),
            wall_s=round(0.0 if verdict.shared else verdict.wall_s, 4),
            lane=LANES[stage],
            findings=verdict.findings,
        )
        self.context.report.tell(event)

    def _static(self, stage: str) -> dict[Digest, Verdict]:
        wanted = self._open(stage)
        if not wanted:
            return {}
        start, began = time.monotonic(), self.context.now()
        findings = check(
            stage,
            [case.subject() for case in wanted],
            self.context.tools,
            python=self.context.python,
            cache_dir=self.context.mypy_cache,
            python_version=".".join(self.context.facts.python.split(".")[:2]),
        )
        share = (time.monotonic() - start) / len(wanted)
        verdicts = {}
        for place, case in enumerate(wanted):
            own = findings[case.label]
            verdict = Verdict(stage, not own, own, None, share)
            verdicts[case.key(stage)] = verdict
            self._tell(case, verdict, began + place * share)
        return verdicts

    def _tests(self) -> dict[Digest, Verdict]:
        """Stage four for what may run: nothing that lint or security rejected is executed."""
        wanted = [
            case
            for case in self._open("test")
            if all(v.passed for v in self.found[case.label].values())
        ]
        if not wanted:
            return {}
        context, by_label = self.context, {case.label: case for case in wanted}
        sandbox = context.laboratory()
        targets = [_target(context, case) for case in wanted]
        batches = [targets] if sandbox.batches else [[target] for target in targets]
        verdicts = {}
        settings = context.workspace.settings.sandbox
        for batch in batches:
            began = context.now()
            document, files = job_document("test", batch, context.jobs)
            outcome = sandbox.job(
                document,
                files,
                wall_s=settings.wall_s * (len(batch) + 1),
                memory_mb=settings.memory_mb * context.jobs,
            )
            for frame in outcome.frames:
                case, verdict = by_label[str(frame["id"])], _verdict(dict(frame))
                verdicts[case.key("test")] = verdict
                self._tell(case, verdict, began)
        return verdicts


def _target(context: Context, case: Case) -> Target:
    graph = context.workspace.graphs[case.node.label.package]
    settings = context.workspace.settings.sandbox
    return test_target(case.node, case.code, settings, graph.folder, context.data)


def _verdict(frame: Json) -> Verdict:
    passed = frame.get("ok") is True
    findings = () if passed else test_findings(frame)
    return Verdict("test", passed, findings, frame, float(frame.get("wall_s") or 0.0))
