"""The judge of one target: decides every verdict, in a process that never loads the code.

Holds the channel to the code process (3) and the pipe to the parent (4); all else is closed.
"""

import contextlib
import os
import random
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import cases, graphrun
from fxgbuild.harness.candidate import Candidate, Link, Unusable
from fxgbuild.harness.confine import Walls, confine_judge
from fxgbuild.harness.trial import Planned, Report, Trial
from fxgbuild.harness.zygote import arrange

Json: TypeAlias = Any

_CHANNEL, _REPORT = 3, 4
_SHARED = (
    "numpy", "fxgbuild.harness.suite", "hypothesis.extra.numpy", "_hypothesis_pytestplugin",
)  # fmt: skip


def missing_module(name: str) -> str:
    """The one sentence about a module that the project's interpreter does not have."""
    return f"module {name} is not installed in the project's interpreter ({sys.executable})"


def load_judge() -> str:
    """Load what judges share. What is missing is said by the first target that needs it."""
    for name in (
        "numpy",
        "fxgbuild.harness.suite",
        "hypothesis.extra.numpy",
        "_hypothesis_pytestplugin",
    ):
        with contextlib.suppress(ModuleNotFoundError):
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
    report = Report(_REPORT)
    link = Link(_CHANNEL)
    facts: dict[str, Json] = {}
    if lacking := _lacking(spec):
        report.plan([Planned("modules", "schema")])
        report.trial(Trial("modules", "schema", "error", message=lacking))
    elif spec["kind"] == "run":
        facts = graphrun.judge_graph(spec, link, report)
    else:
        facts = _judge_target(spec, link, report)
    report.done(died=link.died, **facts)


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

        sys.modules["fxgbuild.harness.suite"].settle_hypothesis()
        set_hypothesis_home_dir(tmp)


def _judge_target(target: Json, link: Link, report: Report) -> dict[str, Json]:
    base = Path(target["root"])
    candidate = Candidate(link, target)
    examples = _read(base, target, "examples", "example")
    hidden = _read(base, target, "cases", "case")
    repeated = next((case for case in (*examples, *hidden) if not case.broken), None)
    planned = [case.planned for case in (*examples, *hidden)]
    planned += [cases.DETERMINISTIC] if repeated else []
    _load(link)

    def run_recorded() -> None:
        for case in (*examples, *hidden):
            report.trial(cases.run_case(case, candidate, target))
        if repeated is not None:
            report.trial(cases.run_twice(repeated, candidate, target))

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
    return {}


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
