"""Bazel's build event protocol: a run as Bazel tells one, so that its readers read ours.

Every event but the first is announced by an earlier one; whatever was announced and cannot come
is aborted before the end. Nothing says where or by whom the build was made.
"""

import base64
import datetime
import uuid
from collections.abc import Iterable, Sequence

from fxgbuild.digest import Json
from fxgbuild.event import (
    ActionEnded,
    Ended,
    Event,
    Planned,
    PlannedTarget,
    Started,
    TargetEnded,
)
from fxgbuild.finding import Finding

Message = dict[str, Json]

CONFIGURATION: Message = {"id": "fxgbuild"}
TESTS = ("test", "laws", "integrate")
# Bazel's names for its codes; ours from 20 on.
EXIT_NAMES = {
    0: "SUCCESS",
    1: "BUILD_FAILURE",
    2: "COMMAND_LINE_ERROR",
    3: "TESTS_FAILED",
    4: "NO_TESTS_FOUND",
    7: "COMMAND_FAILURE",
    8: "INTERRUPTED",
    9: "LOCK_HELD_NOBLOCK_FOR_LOCK",
    20: "GENERATION_NEEDED",
    21: "BUDGET_REACHED",
    22: "ATTEMPTS_EXHAUSTED",
    23: "CODE_LOST",
    24: "PROMOTION_REFUSED",
    25: "NOT_REPRODUCIBLE",
    26: "INTEGRITY_ERROR",
    37: "BLAZE_INTERNAL_ERROR",
}


class BuildEvents:
    """Turns what a run tells into the protocol's messages, in their order."""

    def __init__(self) -> None:
        self.began_ms = 0
        self.patterns: tuple[str, ...] = ()
        self.progress = 0
        self.sets = 0
        self.open: dict[str, Message] = {}  # announced, not yet posted
        self.announced: set[str] = set()
        self.tests: dict[str, list[ActionEnded]] = {}
        self.ended: dict[tuple[str, str], int] = {}
        self.created = 0
        self.executed = 0
        self.targets = 0
        self.over = False

    def told(self, event: Event) -> list[Message]:
        """The messages that an event becomes; none before the run has started."""
        match event:
            case Started():
                return self._started(event)
            case Planned() if self.announced:
                return self._planned(event)
            case ActionEnded() if self.announced:
                return self._action(event)
            case TargetEnded() if self.announced:
                return self._target(event)
            case Ended() if self.announced and not self.over:
                return self._finished(event.exit_code, event.wall_s, event.error)
        return []

    def closed(self) -> list[Message]:
        """The end of a run that told none: it was broken off."""
        return self._finished(8, 0.0, "") if self.announced and not self.over else []

    # Posting -------------------------------------------------------------------------------------

    def _post(
        self, id: Message, payload: Message, children: Sequence[Message] = (), *, last: bool = False
    ) -> Message:
        for child in children:
            name = _name(child)
            if name not in self.announced:
                self.announced.add(name)
                self.open[name] = child
        self.open.pop(_name(id), None)
        self.announced.add(_name(id))
        message: Message = {"id": id}
        if children:
            message["children"] = list(children)
        return message | payload | ({"lastMessage": True} if last else {})

    def _announce(self, ids: Iterable[Message]) -> list[Message]:
        """Events whose natural parent comes later are announced by the next progress event."""
        new = [id for id in ids if _name(id) not in self.announced]
        if not new:
            return []
        own, self.progress = _progress(self.progress), self.progress + 1
        return [self._post(own, {"progress": {}}, [_progress(self.progress), *new])]

    # Events --------------------------------------------------------------------------------------

    def _started(self, event: Started) -> list[Message]:
        self.began_ms = _millis(event.date)
        self.patterns = event.patterns or ("//...",)
        words = [word for word in event.command if word.startswith("--")]
        started: Message = {
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, event.run)),
            "startTimeMillis": str(self.began_ms),
            "buildToolVersion": event.version,
            "optionsDescription": " ".join(words),
            "command": next(iter(event.command), ""),
        }
        line: Message = {"unstructuredCommandLine": {}}
        options: Message = {"optionsParsed": {}}
        configuration: Message = {"configuration": CONFIGURATION}
        children = [_progress(0), line, options, configuration, self._pattern(), _FINISHED]
        return [
            self._post({"started": {}}, {"started": started}, children),
            self._post(line, {"unstructuredCommandLine": {"args": ["fxgbuild", *event.command]}}),
            self._post(
                options, {"optionsParsed": {"cmdLine": words, "explicitCmdLine": list(words)}}
            ),
            self._post(configuration, {"configuration": {"mnemonic": "fxgbuild"}}),
        ]

    def _pattern(self) -> Message:
        return {"pattern": {"pattern": list(self.patterns)}}

    def _planned(self, event: Planned) -> list[Message]:
        """A second plan, after a generation, adds what the first did not know."""
        self.created = max(self.created, sum(event.run.values()))
        self.targets = len(event.targets) + event.clean
        new = [t for t in event.targets if _name(_configured(t.label)) not in self.announced]
        ids = [_configured(target.label) for target in new]
        out = []
        if _name(self._pattern()) in self.open:
            out.append(self._post(self._pattern(), {"expanded": {}}, ids))
        else:
            out += self._announce(ids)
        return [*out, *(self._configure(target.label, target.kind, target) for target in new)]

    def _configure(self, label: str, kind: str, planned: PlannedTarget | None) -> Message:
        facts: Message = {"targetKind": f"{kind} rule"}
        if planned and set(planned.actions) & set(TESTS):
            facts["testSize"] = "MEDIUM"
        return self._post(_configured(label), {"configured": facts}, [_completed(label)])

    def _action(self, event: ActionEnded) -> list[Message]:
        if event.action in TESTS:
            self.tests.setdefault(event.label, []).append(event)
        if event.outcome == "shared":
            return []
        self.executed += 1
        if event.outcome != "failed":
            return []
        name = (event.label, event.action)
        self.ended[name] = self.ended.get(name, 0) + 1
        output = f"{_path(event.label)}.{event.action}"
        if self.ended[name] > 1:
            output += f".{self.ended[name]}"
        facts = {"primaryOutput": output, "label": event.label, "configuration": CONFIGURATION}
        id: Message = {"actionCompleted": facts}
        text = _text(event.findings) or f"{event.action} failed\n".encode()
        executed: Message = {
            "success": False,
            "type": f"Fxg{event.action.capitalize()}",
            "exitCode": 1,
            "stderr": {"name": "stderr", "contents": base64.b64encode(text).decode()},
            "failureDetail": _detail(event.action, event.findings),
        }
        return [*self._announce([id]), self._post(id, {"action": executed})]

    def _target(self, event: TargetEnded) -> list[Message]:
        out = []
        if _name(_configured(event.label)) not in self.announced:
            out += self._announce([_configured(event.label)])
            out.append(self._configure(event.label, event.kind, None))
        id = _completed(event.label)
        if event.outcome == "skipped":
            said = event.findings[0].message if event.findings else "skipped"
            aborted: Message = {"reason": "INCOMPLETE", "description": said}
            return [*out, self._post(id, {"aborted": aborted})]
        failed = [finding for finding in event.findings if finding.stage not in TESTS]
        # As with Bazel, a test that fails is no failure to build.
        success = event.outcome != "failed" or (bool(event.findings) and not failed)
        complete: Message = {"success": True} if success else {}
        if event.files:
            self.sets += 1
            named: Message = {"namedSet": {"id": str(self.sets)}}
            files = [{"name": n, "uri": f"sha256:{d}"} for n, d in sorted(event.files.items())]
            out += self._announce([named])
            out.append(self._post(named, {"namedSetOfFiles": {"files": files}}))
            complete["outputGroup"] = [{"name": "default", "fileSets": [named["namedSet"]]}]
        if not success:
            complete["failureDetail"] = _detail("build", event.findings)
        runs = self.tests.pop(event.label, [])
        children = [_result(event.label, n) for n, _ in enumerate(runs, 1)]
        if runs:
            children.append(_summary(event.label))
        out.append(self._post(id, {"completed": complete}, children))
        return out + self._tested(event.label, runs)

    def _tested(self, label: str, runs: Sequence[ActionEnded]) -> list[Message]:
        if not runs:
            return []
        out = []
        for number, run in enumerate(runs, 1):
            result: Message = {
                "status": "FAILED" if run.outcome == "failed" else "PASSED",
                "statusDetails": _text(run.findings).decode(),
                "testAttemptStartMillisEpoch": str(self.began_ms + round(run.start_s * 1000)),
                "testAttemptDurationMillis": str(round(run.wall_s * 1000)),
            }
            if run.outcome == "shared":  # judged once for all targets of its key
                result["cachedLocally"] = True
            out.append(self._post(_result(label, number), {"testResult": result}))
        start, stop = runs[0].start_s, runs[-1].start_s + runs[-1].wall_s
        summary: Message = {
            "overallStatus": "FAILED" if runs[-1].outcome == "failed" else "PASSED",
            "totalRunCount": len(runs),
            "runCount": 1,
            "firstStartTimeMillis": str(self.began_ms + round(start * 1000)),
            "lastStopTimeMillis": str(self.began_ms + round(stop * 1000)),
            "totalRunDurationMillis": str(round(sum(run.wall_s for run in runs) * 1000)),
        }
        return [*out, self._post(_summary(label), {"testSummary": summary})]

    def _finished(self, code: int, wall_s: float, error: str) -> list[Message]:
        self.over = True
        early = "the run was broken off" if code == 8 else "not reached"
        reason = "USER_INTERRUPTED" if code == 8 else "INCOMPLETE"
        aborted: Message = {"reason": reason, "description": error or early}
        last = _progress(self.progress)
        out = [
            self._post(id, {"aborted": aborted})
            for name, id in list(self.open.items())
            if name not in (_name(last), _name(_FINISHED))
        ]
        finished: Message = {
            "exitCode": {"name": EXIT_NAMES.get(code, "BUILD_FAILURE"), "code": code},
            "finishTimeMillis": str(self.began_ms + round(wall_s * 1000)),
        }
        if not code:
            finished["overallSuccess"] = True
        summary = {"actionsCreated": str(self.created), "actionsExecuted": str(self.executed)}
        metrics: Message = {
            "actionSummary": summary,
            "targetMetrics": {"targetsConfigured": str(self.targets)},
            "timingMetrics": {"wallTimeInMs": str(round(wall_s * 1000))},
        }
        return [
            *out,
            self._post(last, {"progress": {}}),
            self._post(_FINISHED, {"finished": finished}, [_METRICS]),
            self._post(_METRICS, {"buildMetrics": metrics}, last=True),
        ]


_FINISHED: Message = {"buildFinished": {}}
_METRICS: Message = {"buildMetrics": {}}


def _name(id: Message) -> str:
    return repr(id)


def _progress(number: int) -> Message:
    return {"progress": {"opaqueCount": number} if number else {}}


def _configured(label: str) -> Message:
    return {"targetConfigured": {"label": label}}


def _completed(label: str) -> Message:
    return {"targetCompleted": {"label": label, "configuration": CONFIGURATION}}


def _result(label: str, attempt: int) -> Message:
    facts = {"label": label, "run": 1, "shard": 1, "attempt": attempt}
    return {"testResult": facts | {"configuration": CONFIGURATION}}


def _summary(label: str) -> Message:
    return {"testSummary": {"label": label, "configuration": CONFIGURATION}}


def _path(label: str) -> str:
    return label.removeprefix("//").replace(":", "/")


def _text(findings: Sequence[Finding]) -> bytes:
    lines = [f"{one.line}:{one.column}: {one.rule}: {one.message}\n" for one in findings]
    return "".join(lines).encode("utf-8", "backslashreplace")


def _detail(action: str, findings: Sequence[Finding]) -> Message:
    said = findings[0].message.split("\n", 1)[0] if findings else f"{action} failed"
    text = said.encode("utf-8", "backslashreplace").decode()
    return {"message": text, "spawn": {"code": "NON_ZERO_EXIT"}}


def _millis(date: str) -> int:
    try:
        return round(datetime.datetime.fromisoformat(date).timestamp() * 1000)
    except ValueError:
        return 0
