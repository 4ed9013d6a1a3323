"""A release judged for a channel: everything that a policy is judged from, gathered and checked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from fxgbuild.digest import Digest
from fxgbuild.promote.contained import ask_git
from fxgbuild.promote.desk import Desk
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.facts import Facts
from fxgbuild.release.line import Line
from fxgbuild.release.policy import asked_of_git, check, parts_of, policy_digest
from fxgbuild.release.release import Release


@dataclass(frozen=True, slots=True)
class Judgement:
    lines: tuple[Line, ...]
    policy: Digest  # of what was asked


def judge(
    desk: Desk,
    channel: str,
    release: Release,
    attestations: Iterable[Attestation],
    kind: Literal["promote", "rollback"] = "promote",
) -> Judgement:
    """Hold a release against the policy of a channel, the organisation's and the workspace's."""
    declared = desk.settings.channels.get(channel)
    parts = parts_of(channel, desk.settings, desk.organisation.stated)
    facts = Facts(
        channel=channel,
        after=declared.after if declared else "",
        release=release,
        attestations=tuple(attestations),
        ledger=desk.book.ledger,
        now=desk.now,
        kind=kind,
    )
    facts = replace(facts, contained=ask_git(desk.root, asked_of_git(facts, parts)))
    return Judgement(check(facts, parts), policy_digest(parts))
