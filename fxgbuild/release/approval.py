"""Approvals: one person, in one role, says that a release may go on."""

import re
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, is_digest
from fxgbuild.lang.channels import NAME
from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.fields import Fields
from fxgbuild.release.release import Release
from fxgbuild.release.statement import APPROVAL, Statement
from fxgbuild.release.subjects import subjects_of


@dataclass(frozen=True, slots=True)
class Approval:
    role: str
    person: str  # whose key it is, by the trust file
    because: str
    at: str  # RFC 3339 in UTC, seconds
    reviewed: tuple[Digest, ...] = ()  # keys of carried and adopted pins that the person looked at
    acknowledged: tuple[str, ...] = ()  # findings that the person takes as they are

    def to_json(self) -> dict[str, Json]:
        return {
            "role": self.role,
            "person": self.person,
            "because": self.because,
            "at": self.at,
            "reviewed": [key.hex for key in self.reviewed],
            "acknowledged": list(self.acknowledged),
        }


def approval(release: Release, given: Approval) -> Statement:
    """State an approval of a release."""
    return Statement(subjects_of(release), APPROVAL, given.to_json())


def read_approval(statement: Statement) -> Approval:
    """The approval of a statement; raises Malformed where it is not exactly that."""
    if statement.predicate_type != APPROVAL:
        raise Malformed("no approval")
    value = Fields.of(statement.predicate, "an approval")
    reviewed = value.texts("reviewed")
    found = Approval(
        role=value.text("role"),
        person=value.text("person"),
        because=value.text("because"),
        at=value.time("at"),
        reviewed=tuple(Digest(key) for key in reviewed if is_digest(key)),
        acknowledged=value.texts("acknowledged"),
    )
    if not re.fullmatch(NAME, found.role) or found.to_json() != statement.predicate:
        raise Malformed("an approval with more or less than belongs there")
    return found
