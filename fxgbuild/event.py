"""Events: what a run tells while it goes on; every report and record is made of them.

None holds anything of the environment. As JSON an event is its fields beside its name in `event`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TypeAlias

from fxgbuild.digest import Json
from fxgbuild.finding import Finding, finding_from_json


@dataclass(frozen=True, slots=True)
class Started:
    """A run begins; times of later events are seconds since then."""

    run: str
    version: str
    command: tuple[str, ...]  # the words after `fxgbuild`
    patterns: tuple[str, ...]
    date: str  # UTC, ISO 8601


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """A target that is not clean, and why; reasons are (field, old, new)."""

    label: str
    kind: str
    state: str
    actions: tuple[str, ...]
    reasons: tuple[tuple[str, Json, Json], ...]
    key: str | None
    previous_key: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made: targets that are not clean, how many are, actions to run and cached."""

    targets: tuple[PlannedTarget, ...]
    clean: int
    run: Mapping[str, int]
    cached: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ActionEnded:
    """One action of one target has ended; a batch shares its time out among its targets."""

    label: str
    action: str
    key: str | None
    outcome: str  # passed, failed, or shared: another process or target of this key did it
    start_s: float
    wall_s: float
    lane: str  # ruff, mypy, bandit, sandbox, model, engine
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetEnded:
    """What became of a target; clean ones are counted by `Planned` and not told."""

    label: str
    kind: str
    outcome: str  # cut_off, built, generated, failed, skipped
    key: str | None
    digest: str | None
    findings: tuple[Finding, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # an artifact's files by digest


@dataclass(frozen=True, slots=True)
class Noted:
    """A line worth reading."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over; a run without this event was killed."""

    exit_code: int
    wall_s: float
    outcomes: Mapping[str, int]
    sandbox: str
    error: str = ""  # the id of the error that ended it early


Event: TypeAlias = Started | Planned | ActionEnded | TargetEnded | Noted | Ended

NAMES: dict[str, type[Event]] = {
    "started": Started,
    "planned": Planned,
    "action": ActionEnded,
    "target": TargetEnded,
    "note": Noted,
    "ended": Ended,
}
_NAME_OF = {kind: name for name, kind in NAMES.items()}


def to_json(event: Event) -> dict[str, Json]:
    return {"event": _NAME_OF[type(event)]} | asdict(event)


def from_json(value: Json) -> Event | None:
    """Read what `to_json` wrote; None for anything else, such as half a line."""
    kind = NAMES.get(value.get("event", "")) if isinstance(value, dict) else None
    if kind is None or {f.name for f in fields(kind)} != value.keys() - {"event"}:
        return None
    given = {name: _frozen(part) for name, part in value.items() if name != "event"}
    try:
        if "findings" in given:
            given["findings"] = tuple(finding_from_json(item) for item in value["findings"])
        if kind is Planned:
            given["targets"] = tuple(_target(item) for item in value["targets"])
        return kind(**given)
    except (TypeError, ValueError, KeyError):
        return None


def _target(value: Json) -> PlannedTarget:
    reasons = tuple((name, old, new) for name, old, new in value["reasons"])
    return PlannedTarget(**value | {"actions": tuple(value["actions"]), "reasons": reasons})


def _frozen(value: Json) -> Json:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
