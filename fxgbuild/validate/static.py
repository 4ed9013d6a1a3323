"""The three static stages over a batch: a verdict is the same alone and in any batch.

What no tool can be shown (see `subject.fault`) is kept out and answered here. A tool that still
stops at a batch is run on its halves down to the module that stops it; a module that stops a tool
alone, while an empty module does not, has a finding; anything else is an accident of ours.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from fxgbuild.command import Command, Completed
from fxgbuild.digest import Json
from fxgbuild.errors import ToolFailed
from fxgbuild.finding import Finding, in_order
from fxgbuild.validate import bandit, mypy, policy, ruff
from fxgbuild.validate.subject import Subject, companions, fault

Run: TypeAlias = Callable[[Command], Completed]
Found: TypeAlias = dict[str, tuple[Finding, ...]]
Batch: TypeAlias = Callable[[Sequence[Subject]], Found]

STAGES = ("lint", "type", "security")
EMPTY = Subject("//:empty", "", "empty", '"""Nothing."""\n', origin="source")


def check(
    stage: str,
    subjects: Sequence[Subject],
    run: Run,
    *,
    python: str,
    cache_dir: str,
    python_version: str = mypy.PYTHON_VERSION,
) -> Found:
    """Findings of every subject by its label; none means that the stage passed."""
    if len({subject.label for subject in subjects}) != len(subjects):
        raise ValueError("two subjects of one batch have the same label")
    whole = [*subjects, *(dep for subject in subjects for _, dep in companions(subject))]
    if stage == "lint":
        found = _lint(whole, run)
    elif stage == "type":
        found = _type(subjects, run, (python, cache_dir, python_version))
    elif stage == "security":
        found = _security(whole, run)
    else:
        raise ValueError(f"not a static stage: {stage!r}")
    return {subject.label: _with_deps(subject, found) for subject in subjects}


def _with_deps(subject: Subject, found: Found) -> tuple[Finding, ...]:
    """A subject's findings and those of its first-party modules, each with its file."""
    own = list(found.get(subject.label, ()))
    for path, dep in companions(subject):
        own += [replace(one, file=path) for one in found.get(dep.label, ())]
    return in_order(own)


def stage_version(stage: str) -> int:
    """Moves when the same tool with the same configuration would now answer otherwise."""
    return {"lint": ruff.VERSION, "type": mypy.VERSION, "security": bandit.VERSION}[stage]


def stage_configuration(stage: str, python_version: str = mypy.PYTHON_VERSION) -> Json:
    """All of a stage's own that its verdicts depend on, for its key."""
    if stage == "lint":
        return {"ruff": ruff.configuration()}
    if stage == "type":
        return {"mypy": mypy.configuration(python_version)}
    return {"bandit": bandit.configuration(), "policy": policy.configuration()}


def stage_tool(stage: str) -> tuple[str, str]:
    """The tool of a stage and its installed version."""
    tool = {"lint": ruff, "type": mypy, "security": bandit}[stage]
    return tool.__name__.rsplit(".", 1)[-1], tool.tool_version()


def _lint(subjects: Sequence[Subject], run: Run) -> Found:
    found, sound = _sift("lint", subjects)
    for trusted, part in _by_trust(sound):
        found |= _divided("lint", part, partial(_ruff, run, trusted))
    return found


def _ruff(run: Run, trusted: bool, part: Sequence[Subject]) -> Found:
    return ruff.findings(run(ruff.command(part, suppressions=trusted)), part)


def _bandit(run: Run, trusted: bool, part: Sequence[Subject]) -> Found:
    return bandit.findings(run(bandit.command(part, suppressions=trusted)), part)


def _type(subjects: Sequence[Subject], run: Run, against: tuple[str, str, str]) -> Found:
    """Modules with the same first-party modules are looked at together; most have none."""
    groups: dict[tuple[tuple[str, str], ...], list[Subject]] = {}
    for subject in subjects:
        groups.setdefault(subject.deps, []).append(subject)
    found: Found = {}
    for deps, part in sorted(groups.items()):
        found |= _typed(part, run, against) if not deps else _typed_with_deps(part, run, against)
    return found


def _typed_with_deps(part: Sequence[Subject], run: Run, against: tuple[str, str, str]) -> Found:
    """What no tool can be shown stops its group: the module's own finding says why."""
    faulty = {dep.label: bad for _, dep in companions(part[0]) if (bad := fault(dep))}
    if not faulty:
        return _typed(part, run, against)
    found: Found = {subject.label: () for subject in part}
    for subject in part:
        for (_, dep), (_, first) in zip(companions(subject), companions(part[0]), strict=True):
            bad = faulty.get(first.label)
            found[dep.label] = (bad.finding("type"),) if bad else ()
    return found


def _typed(subjects: Sequence[Subject], run: Run, against: tuple[str, str, str]) -> Found:
    python, cache_dir, version = against

    def once(part: Sequence[Subject]) -> Completed:
        return run(mypy.command(part, python=python, cache_dir=cache_dir, python_version=version))

    def alone(subject: Subject) -> tuple[Finding, ...]:
        return mypy.blocked(once([subject]), subject)

    found, sound = _sift("type", subjects)
    apart = {subject.label: reach for subject in sound if (reach := mypy.outside(subject))}
    found |= {label: (reach.finding("type"),) for label, reach in apart.items()}
    inside = [subject for subject in sound if subject.label not in apart]
    found |= _divided("type", inside, lambda part: mypy.findings(once(part), part), alone)
    for subject in sound:
        if subject.origin == "generated":
            more = mypy.silencers(subject)
            found[subject.label] = in_order([*found[subject.label], *more])
    return found


def _security(subjects: Sequence[Subject], run: Run) -> Found:
    found, sound = _sift("security", subjects)
    for trusted, part in _by_trust(sound):
        found |= _divided("security", part, partial(_bandit, run, trusted))
    return {
        subject.label: in_order([*found[subject.label], *policy.check(subject)])
        for subject in subjects
    }


def _sift(stage: str, subjects: Sequence[Subject]) -> tuple[Found, list[Subject]]:
    """Answer for what no tool can be shown; hand back the rest, in one order for any batch."""
    faults = {subject.label: fault(subject) for subject in subjects}
    found: Found = {label: (bad.finding(stage),) for label, bad in faults.items() if bad}
    sound = [subject for subject in subjects if subject.label not in found]
    return found, sorted(sound, key=lambda subject: (subject.unit, subject.label))


def _by_trust(subjects: Sequence[Subject]) -> Iterable[tuple[bool, list[Subject]]]:
    """Suppression comments count in what people wrote and review, and nowhere else."""
    for trusted in (False, True):
        part = [one for one in subjects if (one.origin != "generated") is trusted]
        if part:
            yield trusted, part


def _divided(
    stage: str,
    subjects: Sequence[Subject],
    batch: Batch,
    alone: Callable[[Subject], tuple[Finding, ...]] | None = None,
) -> Found:
    """Run a batch; where the tool stops, halve it until the culprit stands alone."""
    if not subjects:
        return {}
    try:
        return batch(subjects)
    except ToolFailed as accident:
        slow = "took too long" in accident.message  # how fast a machine is makes no verdict
        if slow and len({subject.unit for subject in subjects}) == 1:
            accident.facts["target"] = ", ".join(subject.label for subject in subjects)
            raise
        batch([EMPTY])  # raises if the tool cannot even do this: then it is no module's fault
    units = sorted({subject.unit for subject in subjects})
    if len(units) > 1:
        low = set(units[: len(units) // 2])
        halves = (
            [one for one in subjects if one.unit in low],
            [one for one in subjects if one.unit not in low],
        )
        return {
            label: own
            for half in halves
            for label, own in _divided(stage, half, batch, alone).items()
        }
    stopped = Finding(stage, "unread", f"the {stage} tool cannot get through this module")
    own = alone(subjects[0]) if alone else (stopped,)
    return {subject.label: own for subject in subjects}
