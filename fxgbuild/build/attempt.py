"""Attempts: every reply a model gave for a node, kept, failed ones too."""

from dataclasses import dataclass

from fxgbuild.build.stores import Stores
from fxgbuild.digest import Digest, Json
from fxgbuild.finding import Finding, finding_from_json
from fxgbuild.generate.prompt import Repair
from fxgbuild.lang.label import Label


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reply to one key; `stage` is where it failed, empty when it passed."""

    key: Digest
    number: int
    date: str
    provider: str
    model: str
    reply: Digest
    code: Digest | None
    stage: str
    findings: tuple[Finding, ...] = ()
    complaints: tuple[str, ...] = ()
    usage: Json = None

    def to_json(self) -> Json:
        return {
            "key": self.key.hex,
            "attempt": self.number,
            "date": self.date,
            "provider": self.provider,
            "model": self.model,
            "reply": self.reply.hex,
            "code": self.code.hex if self.code else None,
            "stage": self.stage or None,
            "findings": [finding.to_json() for finding in self.findings],
            "complaints": list(self.complaints),
            "usage": self.usage,
        }

    def summary(self) -> Json:
        """What a pin keeps of it."""
        whole = self.to_json()
        kept = ("key", "attempt", "date", "provider", "model", "reply", "stage", "usage")
        return {name: whole[name] for name in kept} | {
            "findings": sorted({f"{f.stage}: {f.rule}" for f in self.findings})
        }


def _attempt(value: Json) -> Attempt:
    return Attempt(
        key=Digest(value["key"]),
        number=value["attempt"],
        date=value["date"],
        provider=value["provider"],
        model=value["model"],
        reply=Digest(value["reply"]),
        code=Digest(value["code"]) if value["code"] else None,
        stage=value["stage"] or "",
        findings=tuple(finding_from_json(item) for item in value["findings"]),
        complaints=tuple(value["complaints"]),
        usage=value["usage"],
    )


def all_attempts(stores: Stores, label: Label) -> list[Attempt]:
    """Every attempt for a label since its last pin, whatever its key was then."""
    return [_attempt(value) for value in stores.index.get(f"attempts:{label}") or []]


def attempts(stores: Stores, label: Label, key: Digest) -> list[Attempt]:
    return [attempt for attempt in all_attempts(stores, label) if attempt.key == key]


def keep_attempt(stores: Stores, label: Label, attempt: Attempt) -> None:
    """Add one; an attempt is never overwritten."""
    known = stores.index.get(f"attempts:{label}") or []
    stores.index.put(f"attempts:{label}", [*known, attempt.to_json()])


def close_series(stores: Stores, label: Label) -> None:
    """A pin took over the history; the next generation starts a new one."""
    stores.index.put(f"attempts:{label}", [])


def repair_of(stores: Stores, attempt: Attempt) -> Repair:
    """What the next prompt says of the attempt before it."""
    code = stores.blobs.get(attempt.code) if attempt.code else None
    return Repair(attempt.stage, code.decode() if code else "", attempt.complaints)
