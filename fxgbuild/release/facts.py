"""What a policy is judged from: a release, what was said of it, the ledger, git, the time."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fxgbuild.release.attestation import Attestation
from fxgbuild.release.ledger import Ledger
from fxgbuild.release.release import Release


@dataclass(frozen=True, slots=True)
class Contained:
    """Does a branch or tag contain a commit? What git answered, or why it could not."""

    answer: Literal["yes", "no", "unknown"]
    why: str = ""


NOT_ASKED = Contained("unknown", "git was not asked")


@dataclass(frozen=True, slots=True)
class Facts:
    channel: str  # that the release is to enter
    after: str  # the channel that it has to come from, or none
    release: Release
    attestations: tuple[Attestation, ...]
    ledger: Ledger
    now: datetime.datetime
    contained: Mapping[tuple[str, str], Contained] = field(default_factory=dict)  # (commit, ref)
    kind: Literal["promote", "rollback"] = "promote"
