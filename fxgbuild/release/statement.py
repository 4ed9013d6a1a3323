"""in-toto statements (Attestation Framework, Statement v1): what somebody says of some bytes."""

from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, canonical_json
from fxgbuild.oci.manifest import Malformed, document

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD = "application/vnd.in-toto+json"  # the type that an envelope carries

# Predicate types. Ours are names, not pages; docs/formats.md describes them.
PROVENANCE = "https://slsa.dev/provenance/v1"
VALIDATION = "https://fxgbuild.dev/validation/v1"
APPROVAL = "https://fxgbuild.dev/approval/v1"
REBUILD = "https://fxgbuild.dev/rebuild/v1"


@dataclass(frozen=True, slots=True)
class Statement:
    """A predicate about files, by name and digest."""

    subjects: tuple[tuple[str, Digest], ...]
    predicate_type: str
    predicate: Json

    @property
    def at(self) -> str:
        """When it says that it was made, RFC 3339 in UTC; empty where it does not say."""
        found = self.predicate
        path = ("runDetails", "metadata", "finishedOn")
        for name in path if self.predicate_type == PROVENANCE else ("at",):
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""

    def about(self, digest: Digest) -> bool:
        return any(subject == digest for _, subject in self.subjects)

    def to_bytes(self) -> bytes:
        subjects = [{"name": name, "digest": {"sha256": d.hex}} for name, d in self.subjects]
        return canonical_json(
            {
                "_type": STATEMENT,
                "subject": subjects,
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )

    @staticmethod
    def parse(data: bytes) -> "Statement":
        """Read a statement; raises Malformed."""
        value = document(data)
        kind, predicate = value.get("predicateType"), value.get("predicate")
        if value.get("_type") != STATEMENT or not isinstance(kind, str):
            raise Malformed("no in-toto statement")
        if not isinstance(predicate, dict):
            raise Malformed("a statement without a predicate")
        try:
            subjects = tuple((str(s["name"]), Digest(s["digest"]["sha256"]))
                             for s in value["subject"])  # fmt: skip
        except (LookupError, TypeError, ValueError):
            raise Malformed("a statement without subjects") from None
        return Statement(subjects, kind, predicate)
