"""Complaints: what a model may be told of findings, and nothing more.

Hidden cases and acceptance tests are counts; property failures are name, law and shrunk input; what
the code printed or raised in words stays out.
"""

import builtins
import re
from collections.abc import Sequence

from fxgbuild.digest import Json
from fxgbuild.finding import Finding

MOST = 20
HIDDEN = ("case", "acceptance", "figure")

_PARAMS = re.compile(r"params=\{.*?\},? ?")
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|['"].*""", re.DOTALL)


def from_findings(findings: Sequence[Finding], code: str) -> tuple[str, ...]:
    """Static findings with the source line they stand on."""
    lines = code.splitlines()
    told = []
    for finding in findings[:MOST]:
        text = f"{finding.rule}: {finding.message}"
        if 0 < finding.line <= len(lines):
            text += f" (in the line `{lines[finding.line - 1].strip()[:160]}`)"
        told.append(text)
    if len(findings) > MOST:
        told.append(f"and {len(findings) - MOST} more")
    return tuple(told)


def from_tests(tests: Sequence[Json], ended: str) -> tuple[str, ...]:
    """Stage four's report: shown tests by name, hidden ones by count."""
    failed = [test for test in tests if test["outcome"] != "passed"]
    told = [_shown(test) for test in failed if test["kind"] not in HIDDEN][:MOST]
    told += _hidden(tests)
    if ended not in ("ok", ""):
        told.append(f"the code's process ended early: {ended}")
    return tuple(told) or ("the tests did not pass",)


def _hidden(tests: Sequence[Json]) -> list[str]:
    """Hidden cases and acceptance tests as counts; a figure that was reached excuses its misses."""
    figure = next((test for test in tests if test["kind"] == "figure"), None)
    reached = figure is not None and figure["outcome"] == "passed"
    hidden = [test for test in tests if test["kind"] in HIDDEN and test["kind"] != "figure"]
    missed = [
        test
        for test in hidden
        if test["outcome"] != "passed" and not (reached and test["outcome"] == "missed")
    ]
    if not missed and (figure is None or reached):
        return []
    needed = f"; {figure['doc']}" if figure is not None and not reached else ""
    return [f"{len(missed)} of {len(hidden)} hidden cases failed{needed}"]


def _shown(test: Json) -> str:
    text = f"{test['kind']} `{test['name']}` failed"
    law = str(test.get("doc") or "").strip()
    text += f": {law}" if law else ""
    shrunk = _PARAMS.sub("", str(test.get("input") or "")).strip()  # no key covers their values
    text += f" Shrunk input: {shrunk}" if shrunk else ""
    raised = str(test.get("raised") or "").strip()
    return text + (f" The code raised {_raised(raised)}." if raised else "")


def _raised(text: str) -> str:
    """What was raised, without a word that the code could have chosen."""
    if text.startswith("no error"):
        return _QUOTED.sub("'…'", text)
    known = getattr(builtins, text, None)
    built_in = isinstance(known, type) and issubclass(known, BaseException)
    return text if built_in else "an exception of its own"
