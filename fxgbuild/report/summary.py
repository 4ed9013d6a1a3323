"""A run's summary: one JSON document of a published form."""

import json
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from fxgbuild.digest import Json
from fxgbuild.event import ActionEnded, Ended, Event, Planned, PlannedTarget, Started, TargetEnded
from fxgbuild.report.failures import failures
from fxgbuild.report.trace import critical_path, needs_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "run-summary.schema.json"
MOST = 10


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Counts(Part):
    run: int = Field(default=0, ge=0, description="Actions that were run.")
    failed: int = Field(default=0, ge=0, description="Of these, how many failed.")
    shared: int = Field(
        default=0, ge=0, description="Results made for another target or build meanwhile."
    )
    cached: int = Field(default=0, ge=0, description="Results that the plan found.")
    wall_s: float = Field(default=0.0, ge=0, description="Time of those run, added up over lanes.")


class FindingPart(Part):
    stage: str
    rule: str
    message: str
    line: int = Field(ge=0)
    column: int = Field(ge=0)
    tool: str


class Dirty(Part):
    label: str
    kind: str
    state: str
    fields: list[str] = Field(description="What moved, as `why` names it.")


class Done(Part):
    label: str
    kind: str
    outcome: str
    key: str | None
    digest: str | None
    files: dict[str, str] = Field(description="An artifact's files, name to SHA-256.")
    findings: list[FindingPart]


class Timed(Part):
    label: str
    action: str
    lane: str
    wall_s: float = Field(ge=0)


class Summary(Part):
    """What one run did. Names may be added to the form, none changes."""

    form: int = Field(ge=1, description="The version of this form.")
    run: str
    version: str = Field(description="Of fxgbuild.")
    command: list[str]
    patterns: list[str]
    date: str = Field(description="When it began, UTC.")
    status: str = Field(pattern="^(ok|failed|killed)$")
    exit_code: int | None = Field(description="None: the run was killed.")
    error: str = Field(description="The id of the error that ended it early, or nothing.")
    wall_s: float = Field(ge=0)
    sandbox: str
    totals: dict[str, int] = Field(description="Targets by outcome, clean ones too.")
    actions: dict[str, Counts]
    dirty: list[Dirty]
    targets: list[Done] = Field(description="All that were not clean.")
    critical_path: list[Timed]
    slowest: list[Timed]


def summary(events: Sequence[Event]) -> Summary:
    started = next(
        (event for event in events if isinstance(event, Started)), Started("", "", (), (), "")
    )
    ended = next((event for event in events if isinstance(event, Ended)), None)
    planned: dict[str, PlannedTarget] = {}
    for event in events:
        if isinstance(event, Planned):  # a second plan, after a generation, says less of why
            planned = {target.label: target for target in event.targets} | planned
    ran = [e for e in events if isinstance(e, ActionEnded) and e.outcome != "shared"]
    code = ended.exit_code if ended else None
    return Summary(
        form=1,
        run=started.run,
        version=started.version,
        command=list(started.command),
        patterns=list(started.patterns),
        date=started.date,
        status="killed" if code is None else "failed" if code else "ok",
        exit_code=code,
        error=ended.error if ended else "",
        wall_s=round(ended.wall_s, 4) if ended else 0.0,
        sandbox=ended.sandbox if ended else "",
        totals=dict(ended.outcomes) if ended else {},
        actions=_counts(events),
        dirty=[
            Dirty(label=t.label, kind=t.kind, state=t.state, fields=[r[0] for r in t.reasons])
            for t in planned.values()
        ],
        targets=_targets(events),
        critical_path=[_timed(action) for action in critical_path(ran, needs_of(events))],
        slowest=[_timed(a) for a in sorted(ran, key=lambda one: -one.wall_s)[:MOST]],
    )


def _targets(events: Sequence[Event]) -> list[Done]:
    found: dict[str, list[FindingPart]] = {}
    for one in failures(events):
        facts = one.finding.to_json() | {"stage": one.stage}
        facts.pop("severity")
        found.setdefault(one.label, []).append(FindingPart(**facts, tool=one.tool))
    return [
        Done(
            label=event.label,
            kind=event.kind,
            outcome=event.outcome,
            key=event.key,
            digest=event.digest,
            files=dict(event.files),
            findings=found.get(event.label, []),
        )
        for event in events
        if isinstance(event, TargetEnded)
    ]


def _counts(events: Sequence[Event]) -> dict[str, Counts]:
    counts: dict[str, Counts] = {}
    for event in events:
        if isinstance(event, ActionEnded):
            one = counts.setdefault(event.action, Counts())
            if event.outcome == "shared":
                one.shared += 1
                continue
            one.run += 1
            one.failed += event.outcome == "failed"
            one.wall_s = round(one.wall_s + event.wall_s, 4)
    for plan in [event for event in events if isinstance(event, Planned)][-1:]:
        for action, number in plan.cached.items():
            counts.setdefault(action, Counts()).cached = number
    return dict(sorted(counts.items()))


def _timed(action: ActionEnded) -> Timed:
    return Timed(
        label=action.label, action=action.action, lane=action.lane, wall_s=round(action.wall_s, 4)
    )


def summary_text(events: Sequence[Event]) -> str:
    document: Json = {"$schema": NAME} | summary(events).model_dump(mode="json")
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def schema_text() -> str:
    """The published schema; `$schema` may stand in a document, for editors."""
    schema = Summary.model_json_schema(mode="serialization")
    schema["properties"] = {"$schema": {"type": "string"}} | schema["properties"]
    return json.dumps({"$schema": DIALECT, "$id": NAME} | _untitled(schema), indent=2) + "\n"


def _untitled(value: Json) -> Json:
    """Drop titles, which only repeat names."""
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _untitled(item)
        for name, item in value.items()
        if name != "title" or not isinstance(item, str)
    }
