"""Judges rule sets: templates through the static stages, properties against reference and faults.

The code is people's, and runs in the same sandbox and harness as stage four all the same.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fxgbuild.build.context import Context
from fxgbuild.build.jobs import Target, job_document, test_target
from fxgbuild.build.judge import Case, judge
from fxgbuild.build.verdict import Verdict
from fxgbuild.digest import Digest, Json, canonical_json, digest_bytes
from fxgbuild.event import ActionEnded, Planned, PlannedTarget, TargetEnded
from fxgbuild.lang.laws import REFERENCE, Laws, without_tests
from fxgbuild.lang.model import Node
from fxgbuild.plan.key import key_of
from fxgbuild.plan.laws import (
    Matrix,
    Remark,
    contract_remarks,
    implementations,
    laws_preimage,
    matrix,
    matrix_from_json,
    remarks,
    spared,
    stand_in,
)
from fxgbuild.plan.plan import Step
from fxgbuild.plan.preimage import STATIC_STAGES, static_preimage

ACTION = "laws"


@dataclass(frozen=True, slots=True)
class Judged:
    """One task type: what its properties reject, and everything that is wrong with it."""

    laws: Laws
    matrix: Matrix
    remarks: tuple[Remark, ...]
    key: Digest
    cached: bool  # nothing of it ran

    @property
    def label(self) -> str:
        return self.laws.task.label

    @property
    def state(self) -> str:
        if self.remarks:
            return "failed"
        return "untested" if self.laws.says_nothing else "passed"

    def to_json(self) -> Json:
        seen = self.matrix
        return {
            "label": self.label,
            "state": self.state,
            "cached": self.cached,
            "key": self.key.hex,
            "properties": {
                name: {
                    "reference": name not in seen.failed.get(REFERENCE, {}),
                    "kills": seen.kills(name),
                }
                for name in seen.properties
            },
            "faults": {
                name: [p for p in seen.properties if name in seen.kills(p)]
                for name in self.laws.planted
            },
            "findings": [
                remark.finding.to_json() | {"where": remark.where} for remark in self.remarks
            ],
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """A task type with what there is to do for it."""

    laws: Laws
    node: Node  # stands for the task type where a node is wanted
    steps: Mapping[str, Step]
    known: Matrix | None  # seen when it last passed

    @property
    def label(self) -> str:
        return self.laws.task.label

    @property
    def open(self) -> tuple[str, ...]:
        return tuple(name for name, step in self.steps.items() if not step.cached)

    def key(self) -> Digest:
        key = self.steps[ACTION].key
        if key is None:
            raise ValueError(f"{self.label} has no key")
        return key


def judge_laws(context: Context, wanted: Sequence[Laws]) -> list[Judged]:
    """Every task type's verdict; passing ones are recorded under their keys."""
    asked = [_asked(context, laws) for laws in wanted]
    context.report.tell(_planned(asked))
    static = _static(context, [one for one in asked if set(one.open) & set(STATIC_STAGES)])
    seen = _seen(context, [one for one in asked if one.known is None])
    judged = []
    for one in asked:
        laws, found = one.laws, list[Remark]()
        table = one.known or matrix(laws, seen[one.label])
        if one.known is None:
            found = remarks(laws, table)
            wall_s = sum(float(frame["wall_s"]) for frame in seen[one.label].values())
            if not found:
                _keep(context, one.steps[ACTION], table, wall_s)
            _tell(context, one, found, wall_s)
        everything = (*contract_remarks(laws), *static.get(one.label, ()), *found)
        judged.append(Judged(laws, table, everything, one.key(), not one.open))
        _end(context, judged[-1])
    return judged


def _asked(context: Context, laws: Laws) -> _Asked:
    """The static stages of the template as it stands, a hole's stub in place, and the laws."""
    node, facts = stand_in(laws), context.facts
    code = node.template.digest if node.template else digest_bytes(b"")
    made = {stage: static_preimage(stage, node, code, facts) for stage in STATIC_STAGES}
    made[ACTION] = laws_preimage(laws, node, facts)
    steps = {}
    for action, preimage in made.items():
        step = Step(action, key_of(action, preimage), preimage, False)
        steps[action] = replace(step, cached=context.stores.found(step))
    known = Matrix((), {}, {}) if laws.says_nothing else _recorded(context, steps[ACTION])
    steps[ACTION] = replace(steps[ACTION], cached=known is not None)
    return _Asked(laws, node, steps, known)


def _planned(asked: Sequence[_Asked]) -> Planned:
    run, cached = dict[str, int](), dict[str, int]()
    for one in asked:
        for action, step in one.steps.items():
            counts = cached if step.cached else run
            counts[action] = counts.get(action, 0) + 1
    targets = tuple(
        PlannedTarget(one.label, "task", "dirty", one.open, (), one.key().hex, None)
        for one in asked
        if one.open
    )
    return Planned(targets, len(asked) - len(targets), run, cached)


def _static(context: Context, asked: Sequence[_Asked]) -> dict[str, list[Remark]]:
    cases = [
        Case(
            one.node,
            one.node.template.text,
            {stage: one.steps[stage] for stage in one.open if stage != ACTION},
            name=one.label,
        )
        for one in asked
        if one.node.template is not None
    ]
    verdicts = judge(context, cases)
    found: dict[str, list[Remark]] = {}
    for case in cases:
        path = case.node.template.path if case.node.template else ""
        own = verdicts[case.label].values()
        found[case.label] = [Remark(path, one) for verdict in own for one in verdict.findings]
    return found


def _recorded(context: Context, step: Step) -> Matrix | None:
    """What was seen when it last passed, if nothing has moved since."""
    record = context.stores.record(ACTION, step.key) if step.cached and step.key else None
    data = context.stores.blobs.get(Digest(record["outputs"]["matrix"])) if record else None
    return matrix_from_json(json.loads(data)) if data is not None else None


def _keep(context: Context, step: Step, table: Matrix, wall_s: float) -> None:
    data = canonical_json(table.to_json())
    context.stores.blobs.put(data)
    facts = context.facts
    context.stores.keep(
        step,
        Verdict(ACTION, True, wall_s=wall_s),
        {"matrix": digest_bytes(data)},
        dict(facts.tools),
        facts.sandbox,
    )


def _seen(context: Context, asked: Sequence[_Asked]) -> dict[str, dict[str, Json]]:
    """Run every property against every implementation; the harness's frame of each."""
    seen: dict[str, dict[str, Json]] = {one.label: {} for one in asked}
    targets = [
        _target(context, one.laws, one.node, name)
        for one in asked
        if one.laws.task.properties is not None
        for name in implementations(one.laws)
    ]
    if not targets:
        return seen
    sandbox = context.laboratory()
    settings = context.workspace.settings.sandbox
    for batch in [targets] if sandbox.batches else [[target] for target in targets]:
        document, files = job_document("test", batch, context.jobs)
        outcome = sandbox.job(
            document,
            files,
            wall_s=settings.wall_s * (len(batch) + 1),
            memory_mb=settings.memory_mb * context.jobs,
        )
        for frame in outcome.frames:
            label, _, name = str(frame["id"]).rpartition("/")
            seen[label][name] = dict(frame)
    return seen


def _target(context: Context, laws: Laws, node: Node, name: str) -> Target:
    """Stage four of one implementation; where a template has no hole, it is the right one.

    Faults lie beside the templates, as in the rule set, so that they may begin from one.
    """
    task, plain = laws.task, name == REFERENCE and not laws.is_written
    code, authors = dict[str, bytes](), dict[str, str]()
    for folder, path, data in _sources(laws, node):
        file = f"{folder}/{task.function}.py"
        code[f"code/{file}"], authors[file] = data, path
    settings = context.workspace.settings.sandbox
    base = test_target(node, "", settings, "", context.data)
    dropped = spared(laws, name)
    tests = {
        path: without_tests(data, dropped)
        for path, data in base.files.items()
        if not path.startswith("code/")
    }
    document = base.document | {
        "id": f"{task.label}/{name}",
        "module": f"{'templates' if plain else 'faults'}/{task.function}",
        "function": task.function if plain else name,
        "authors": authors,
        "shrink": name == REFERENCE,
    }
    return Target(document, code | tests)


def _sources(laws: Laws, node: Node) -> Iterator[tuple[str, str, bytes]]:
    if node.template is not None:
        yield "templates", node.template.path, node.template.text.encode()
    if laws.faults is not None:
        yield "faults", laws.faults_path, laws.faults.data


def _tell(context: Context, one: _Asked, found: Sequence[Remark], wall_s: float) -> None:
    event = ActionEnded(
        label=one.label,
        action=ACTION,
        key=one.key().hex,
        outcome="failed" if found else "passed",
        start_s=round(max(0.0, context.now() - wall_s), 4),
        wall_s=round(wall_s, 4),
        lane="sandbox",
        findings=tuple(remark.finding for remark in found),
    )
    context.report.tell(event)


def _end(context: Context, one: Judged) -> None:
    outcome = "failed" if one.remarks else "built"
    findings = tuple(remark.finding for remark in one.remarks)
    if one.remarks or not one.cached:
        context.report.tell(TargetEnded(one.label, "task", outcome, one.key.hex, None, findings))
