"""Puts one target's verdict together: what was planned, what was reported, how processes ended."""

import re
import signal
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any

_PRINTED_BYTES = 1 << 20
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(data: bytes) -> str:
    """What code printed, as text without escapes, cut at 1 MiB."""
    text = data[:_PRINTED_BYTES].decode("utf-8", errors="replace").replace("\r\n", "\n")
    text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    return text + ("\n[output cut at 1 MiB]\n" if len(data) > _PRINTED_BYTES else "")


def _ending(code: int, cpu_s: float, cpu_limit_s: float) -> str:
    if code >= 0:
        return f"exit {code}"
    if code == -signal.SIGXCPU or (code == -signal.SIGKILL and cpu_s >= cpu_limit_s):
        return "timeout"
    if code == -signal.SIGKILL:
        return "memory"  # nobody in the sandbox kills but the parent: it was the kernel
    return f"signal {-code}"


@dataclass(slots=True, eq=False)
class Verdict:
    """One target's verdict in the making."""

    id: str
    printed: bytes = b""
    done: Json = None
    plan: list[Json] | None = None
    tests: list[Json] = field(default_factory=list)
    fault: str = ""
    expired: float = 0.0
    ends: dict[str, tuple[int, float]] = field(default_factory=dict)

    def take(self, line: Json) -> None:
        """Take one line of the judge's report."""
        if "plan" in line:
            self.plan = line["plan"]
        elif "test" in line:
            self.tests.append(line["test"])
        else:
            self.done = line["done"]

    def refuse(self, fault: str) -> None:
        """Note why the target cannot be judged at all."""
        self.fault = fault

    def end(self, which: str, code: int, cpu_s: float) -> None:
        self.ends[which] = (code, cpu_s)

    def expire(self, wall_s: float) -> None:
        self.expired = wall_s

    def ended(self, cpu_limit_s: float) -> str:
        """How the code process ended; "ok" when it lived until its judge was done."""
        if self.fault:
            return "not started"
        if self.expired:
            return "timeout"
        died = self.done is None or self.done["died"]
        if died and "code" in self.ends:
            return _ending(*self.ends["code"], cpu_limit_s)
        return "ok"

    def frame(self, wall_s: float, cpu_limit_s: float) -> Json:
        """The frame for the host."""
        ended = self.ended(cpu_limit_s)
        tests = [self._completed(test, ended) for test in self.tests]
        missing = self._missing(ended)
        passed = [test for test in tests if test["outcome"] in ("passed", "missed")]
        expected = len(self.plan or ())
        complete = self.done is not None and expected == len(tests) == len(passed) > 0
        facts = {key: value for key, value in (self.done or {}).items() if key != "died"}
        return {
            "id": self.id,
            "ok": complete and ended == "ok" and not missing,
            "expected": expected,
            "collected": len(tests),
            "tests": [*tests, *missing],
            "ended": ended,
            "output": printable(self.printed),
            "wall_s": round(wall_s, 4),
            **facts,
        }

    def _completed(self, test: Json, ended: str) -> Json:
        test = dict(test)
        if test.pop("died"):
            test["message"] = test["message"].replace(
                "the code ended the process", f"the code ended the process: {ended}", 1
            )
        return test

    def _missing(self, ended: str) -> list[Json]:
        """An error for each planned test without a report; one when there was not even a plan."""
        why = self._why(ended)
        if self.plan is None:
            return [_error("modules" if self.fault else "judge", "schema", why)]
        left: list[Json] = list(self.plan)
        for test in self.tests:
            match = next((p for p in left if (p["name"], p["kind"]) == _key(test)), None)
            if match is not None:
                left.remove(match)
        return [{**_error(p["name"], p["kind"], why), "doc": p["doc"]} for p in left]

    def _why(self, ended: str) -> str:
        if self.fault:
            return self.fault
        if self.expired:
            return f"no verdict: the target ran longer than its {self.expired:g} s"
        code, _ = self.ends.get("judge", (0, 0.0))
        return f"no verdict: the judge ended with {code}, the code with {ended}"


def _key(test: Json) -> tuple[str, str]:
    return test["name"], test["kind"]


def _error(name: str, kind: str, message: str) -> Json:
    return {
        "name": name,
        "kind": kind,
        "outcome": "error",
        "doc": "",
        "message": message,
        "line": 0,
    }
