"""The judge of one target: decides every verdict, in a process that never loads the code.

Holds the channel to the code process (3), the pipe to the parent (4) and a socket over which the
parent hands it the channel to the next code process (5); all else is closed.
"""

import contextlib
import os
import random
import resource
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import cases, graphrun
from fxgbuild.harness.candidate import Candidate, Link, Unusable
from fxgbuild.harness.confine import Walls, confine_judge
from fxgbuild.harness.threshold import Threshold
from fxgbuild.harness.trial import Planned, Report, Trial
from fxgbuild.harness.zygote import arrange, read_message

Json: TypeAlias = Any

_CHANNEL, _REPORT, _HANDED = 3, 4, 5
_SHARED = (
    "numpy", "fxgbuild.harness.suite", "hypothesis.extra.numpy", "_hypothesis_pytestplugin",
)  # fmt: skip


def missing_module(name: str) -> str:
    """The one sentence about a module that the project's interpreter does not have."""
    return f"module {name} is not installed in the project's interpreter ({sys.executable})"


def load_judge() -> str:
    """Load what judges share. What does not load is said by the first target that needs it."""
    for name in (
        "numpy",
        "fxgbuild.harness.suite",
        "hypothesis.extra.numpy",
        "_hypothesis_pytestplugin",
    ):
        with contextlib.suppress(Exception):  # one that is too old may raise anything
            __import__(name)
    return ""


def run_judge(walls: Walls, spec: Json, fds: tuple[int, ...]) -> None:
    """The whole life of a judge."""
    arrange(fds)
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
    _settle(spec)
    confine_judge(walls, spec["root"], [path for path in (spec["tmp"], spec["out"]) if path])
    link = Link(_CHANNEL)
    report = _report(spec, link)
    facts: dict[str, Json] = {}
    if lacking := _lacking(spec):
        report.plan([Planned("modules", "schema")])
        report.trial(Trial("modules", "schema", "error", message=lacking))
    elif spec["kind"] == "run":
        facts = graphrun.judge_graph(spec, link, report)
    else:
        facts = _judge_target(spec, link, report)
    report.done(died=link.died, **facts)


def _report(spec: Json, link: Link) -> Report:
    if spec["kind"] != "debug":
        return Report(_REPORT)
    from fxgbuild.harness.stopping import StoppingReport  # noqa: PLC0415  (seldom)

    return StoppingReport(_REPORT, link, str(spec.get("test") or ""))


def _settle(spec: Json) -> None:
    tmp = spec["tmp"]
    os.chdir(tmp)
    os.environ.update(HOME=tmp, TMPDIR=tmp, HYPOTHESIS_STORAGE_DIRECTORY=tmp)
    tempfile.tempdir = None
    memory = 4 * (int(spec["limits"].get("memory_mb", 4096)) << 20) + (8 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    random.seed(0)
    if "fxgbuild.harness.suite" in sys.modules:
        from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415

        shrink = spec.get("shrink", True)
        sys.modules["fxgbuild.harness.suite"].settle_hypothesis(shrink=shrink)
        set_hypothesis_home_dir(tmp)


def _judge_target(target: Json, link: Link, report: Report) -> dict[str, Json]:
    base = Path(target["root"])
    candidate = Candidate(link, target)
    examples = _read(base, target, "examples", "example")
    hidden = _read(base, target, "cases", "case")
    repeated = next((case for case in (*examples, *hidden) if not case.broken), None)
    planned = [case.planned for case in (*examples, *hidden)]
    planned += [cases.DETERMINISTIC] if repeated else []
    threshold = Threshold.of(target)
    planned += [threshold.planned(len(hidden))] if threshold else []
    _load(link)

    def run_recorded() -> None:
        for case in (*examples, *(() if threshold else hidden)):
            report.trial(cases.run_case(case, candidate, target))
        answered = None
        if threshold is not None:
            answered = _reach(threshold, hidden, candidate, target, link, report)
        if repeated is not None:
            again = answered if repeated in hidden and answered is not None else repeated
            report.trial(cases.run_twice(again, candidate, target))

    files = {base / name: "property" for name in target.get("tests", ())}
    files |= {base / name: "acceptance" for name in target.get("acceptance", ())}
    fixtures = {
        "candidate": lambda: candidate,
        "params": lambda: dict(target["params"]),
        "data": lambda: base / "data",
    }
    if files:
        from fxgbuild.harness import suite  # noqa: PLC0415  (pytest only where there are tests)

        suite.run_files(
            base,
            files,
            fixtures,
            report,
            planned=planned,
            violations=candidate.violations,
            between=run_recorded,
        )
    else:
        report.plan(planned)
        run_recorded()
    return {"figure": threshold.facts()} if threshold else {}


def _reach(
    threshold: Threshold,
    hidden: list[cases.Case],
    candidate: Candidate,
    target: Json,
    link: Link,
    report: Report,
) -> cases.Case | None:
    """Run the hidden cases for a figure; the end of the code's process costs one case.

    Gives the first case that had an answer.
    """

    def again() -> None:
        report.again()
        with socket.socket(fileno=os.dup(_HANDED)) as parent:
            handed = read_message(parent)
        if handed is not None:
            link.renew(handed[1][0])
            _load(link)

    for case in hidden:
        report.trial(cases.run_hidden(case, candidate, target, threshold, again))
    report.trial(threshold.trial())
    answers = zip((case for case in hidden if not case.broken), threshold.pairs, strict=True)
    return next((case for case, (_, found) in answers if found is not None), None)


def _read(base: Path, target: Json, key: str, kind: str) -> list[cases.Case]:
    name = target.get(key)
    return cases.read_cases(base / name, kind, target) if name else []


def _load(link: Link) -> None:
    """Wait for the code; when it does not load, every test says so."""
    with contextlib.suppress(Unusable):
        link.load()


def _lacking(target: Json) -> str:
    """Say which module the judge lacks for this target's tests; empty when none."""
    if not (target.get("tests") or target.get("acceptance")):
        return ""
    if "fxgbuild.harness.suite" in sys.modules:
        return ""
    missing = [name for name in ("pytest", "hypothesis") if name not in sys.modules]
    return missing_module(missing[0] if missing else "pytest")
