"""An entry of the ledger: one promotion or rollback, and the entry before it."""

from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, canonical_json
from fxgbuild.oci.manifest import Malformed, document

PAYLOAD = "application/vnd.fxgbuild.entry.v1+json"  # the type that an envelope carries
FORMAT = 1
KINDS = ("promote", "rollback")


@dataclass(frozen=True, slots=True)
class Entry:
    number: int  # from 1
    previous: Digest | None  # of the entry before: its payload's bytes
    at: str  # RFC 3339 in UTC, seconds: `2026-11-21T19:00:00Z`
    kind: str
    channel: str
    label: str
    release: Digest  # the release's manifest
    file: Digest  # the artifact itself, so that a wheel alone can be found
    source: str  # the channel it came from; empty where it came from a build
    replaces: Digest | None  # the release that the channel had of this label
    because: str
    person: str
    commit: str  # that was built; empty where it was in no commit
    attestations: tuple[Digest, ...]  # manifests of the statements that counted, as they were then
    policy: Digest  # of the policy that was met, every part of it

    def to_bytes(self) -> bytes:
        return canonical_json(
            {
                "format": FORMAT,
                "number": self.number,
                "previous": self.previous.hex if self.previous else None,
                "at": self.at,
                "kind": self.kind,
                "channel": self.channel,
                "label": self.label,
                "release": self.release.hex,
                "file": self.file.hex,
                "source": self.source,
                "replaces": self.replaces.hex if self.replaces else None,
                "because": self.because,
                "person": self.person,
                "commit": self.commit,
                "attestations": [digest.hex for digest in self.attestations],
                "policy": self.policy.hex,
            }
        )

    @staticmethod
    def parse(data: bytes) -> "Entry":
        """Read an entry's payload; raises Malformed where it is not canonical or not whole."""
        value = document(data)
        try:
            found = Entry(
                number=_whole(value["number"]),
                previous=_digest(value["previous"]),
                file=Digest(value["file"]),
                release=Digest(value["release"]),
                replaces=_digest(value["replaces"]),
                attestations=tuple(Digest(text) for text in value["attestations"]),
                policy=Digest(value["policy"]),
                **{name: _text(value[name]) for name in TEXTS},
            )
        except (LookupError, TypeError, ValueError):
            raise Malformed("no entry of a ledger") from None
        if found.kind not in KINDS or found.to_bytes() != data:
            raise Malformed("no entry of a ledger")
        return found


TEXTS = ("at", "kind", "channel", "label", "source", "because", "person", "commit")


def _digest(value: Json) -> Digest | None:
    return None if value is None else Digest(value)


def _whole(value: Json) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("no number of an entry")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
