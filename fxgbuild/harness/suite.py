"""Runs test files with pytest inside the judge: our fixtures and nobody's configuration.

A skipped test, an expected failure, a file without tests: none of them is a pass.
"""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase

from fxgbuild.harness.candidate import CandidateError, SchemaViolation, Unusable
from fxgbuild.harness.trial import Planned, Report, Trial, first_sentence, shortened

Fixtures: TypeAlias = Mapping[str, Callable[[], Any]]

_EXAMPLES = 30
_MESSAGE_LINES = 9
_SPEAKS_FOR_ITSELF = (AssertionError, CandidateError, Unusable)
_HEALTH = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


def settle_hypothesis(*, shrink: bool = True) -> None:
    """One profile: no randomness, no memory, no clock; a failure nobody reads is not shrunk."""
    phases = (Phase.explicit, Phase.generate, Phase.target, *([Phase.shrink] if shrink else []))
    hypothesis.settings.register_profile(
        "fxgbuild",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=_EXAMPLES,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=_HEALTH,
    )
    hypothesis.settings.load_profile("fxgbuild")


def run_files(  # noqa: PLR0913  (one call with all that a session needs)
    root: Path,
    files: Mapping[Path, str],
    fixtures: Fixtures,
    report: Report,
    *,
    planned: Sequence[Planned],
    violations: list[str],
    between: Callable[[], None],
) -> None:
    """Collect all files, send the plan with what else is `planned`, run `between`, run the tests.

    `files` gives each file's kind of test. A test also fails on anything in `violations`.
    """
    ini = Path(os.environ["TMPDIR"]) / "pytest.ini"
    ini.write_text("[pytest]\n", encoding="ascii")
    plugin = _Suite(files, fixtures, report, list(planned), violations, between)
    options: list[str | Path] = [
        "-c",
        ini,
        "--rootdir",
        root,
        "--confcutdir",
        root,
        "--noconftest",
        "-q",
    ]
    options += ["--import-mode=importlib"]
    options += ["--continue-on-collection-errors", "-p", "_hypothesis_pytestplugin"]
    for name in ("cacheprovider", "faulthandler", "junitxml", "doctest", "unraisableexception"):
        options += ["-p", f"no:{name}"]
    pytest.main([str(option) for option in (*options, *files)], plugins=[plugin])
    plugin.finish()


@dataclass(slots=True)
class _Running:
    planned: Planned
    outcome: str = "passed"
    message: str = ""
    line: int = 0
    died: bool = False
    input: str = ""
    raised: str = ""
    finished: bool = False


@dataclass(slots=True, eq=False)
class _Suite:
    files: Mapping[Path, str]
    fixtures: Fixtures
    report: Report
    planned: list[Planned]
    violations: list[str]
    between: Callable[[], None]
    broken: list[Trial] = field(default_factory=list)
    tests: dict[str, _Running] = field(default_factory=dict)

    @pytest.fixture
    def candidate(self) -> Any:
        """The function under test."""
        return self._fixture("candidate")

    @pytest.fixture
    def params(self) -> Any:
        """The node's parameters, complete."""
        return self._fixture("params")

    @pytest.fixture
    def graph(self) -> Any:
        """What a run of the graph gave."""
        return self._fixture("graph")

    @pytest.fixture
    def data(self) -> Any:
        """The folder of the declared data files."""
        return self._fixture("data")

    def _fixture(self, name: str) -> Any:
        if name not in self.fixtures:
            raise LookupError(f"there is no fixture {name} in tests of this kind")
        return self.fixtures[name]()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome == "passed":
            return
        path = Path(report.fspath) if report.fspath else Path(report.nodeid)
        kind = self._kind(path)
        why = str(report.longrepr)
        self.broken.append(Trial(path.name, kind, "error", message=shortened(why[-1500:])))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        seen = set()
        for item in session.items:
            kind = self._kind(item.path)
            seen.add(item.path)
            doc = first_sentence(getattr(getattr(item, "obj", None), "__doc__", ""))
            line = (item.location[1] or 0) + 1
            planned = Planned(item.name, kind, doc, line)
            self.tests[item.nodeid] = _Running(planned, line=line)
        known = {trial.name for trial in self.broken}
        for path, kind in self.files.items():
            if path not in seen and path.name not in known:
                self.broken.append(Trial(path.name, kind, "error", message="it holds no test"))
        broken = [Planned(trial.name, trial.kind) for trial in self.broken]
        self.report.plan([*self.planned, *broken, *(t.planned for t in self.tests.values())])
        for trial in self.broken:
            self.report.trial(trial)
        self.between()

    def _kind(self, path: Path) -> str:
        return next((kind for file, kind in self.files.items() if file == path), "property")

    def pytest_runtest_setup(self) -> None:
        self.violations.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        running = self.tests[item.nodeid]
        if report.when == "teardown":
            running.finished = True
        if running.outcome == "passed" and (not report.passed or hasattr(report, "wasxfail")):
            _note_failure(running, report, call, item.path)
        if running.outcome == "passed" and report.when == "call" and self.violations:
            running.outcome, running.message = "failed", self.violations[0]
        if report.when == "teardown":
            self._send(running)
        return report

    def _send(self, running: _Running) -> None:
        test = running.planned
        self.report.trial(
            Trial(
                name=test.name,
                kind=test.kind,
                outcome=running.outcome,
                doc=test.doc,
                message=running.message,
                line=running.line,
                died=running.died,
                input=running.input,
                raised=running.raised,
            )
        )

    def finish(self) -> None:
        """Say of what pytest did not finish that it has no verdict."""
        for running in self.tests.values():
            if not running.finished:
                running.outcome, running.message = "error", "pytest did not run it to its end"
                self._send(running)


def _note_failure(
    running: _Running, report: pytest.TestReport, call: pytest.CallInfo[None], path: Path
) -> None:
    if report.skipped or hasattr(report, "wasxfail") or call.excinfo is None:
        running.outcome = "error"
        running.message = "a test of a candidate is neither skipped nor expected to fail"
        return
    error = call.excinfo.value
    running.outcome = "failed" if report.when == "call" else "error"
    running.died = isinstance(error, Unusable) and error.died
    running.message = _told(error)
    running.input = _shrunk(error)
    if isinstance(error, CandidateError):
        running.raised = error.kind
    elif isinstance(error, SchemaViolation):
        running.raised = f"no error, but {error}"
    lines = [entry.lineno + 1 for entry in call.excinfo.traceback if Path(entry.path) == path]
    running.line = lines[-1] if lines else running.line


def _notes(error: BaseException) -> list[str]:
    """What hypothesis adds to a failure: the input that it shrank it to."""
    notes = getattr(error, "__notes__", ())
    return [str(note).replace("    candidate=candidate,\n", "") for note in notes]


def _shrunk(error: BaseException) -> str:
    found = [note for note in _notes(error) if note.startswith("Falsifying example")]
    return shortened(" ".join(" ".join(found).split()))


def _told(error: BaseException) -> str:
    """The assertion, then what hypothesis shrank it to."""
    name = "" if isinstance(error, _SPEAKS_FOR_ITSELF) else f"{type(error).__name__}: "
    lines = f"{name}{error}".strip().splitlines() or [type(error).__name__]
    if len(lines) > _MESSAGE_LINES:
        lines = [*lines[:_MESSAGE_LINES], "..."]
    return shortened("\n".join([*lines, *_notes(error)]))
