"""A promotion or rollback from wish to plan: the candidate judged by the policy, then planned."""

from dataclasses import replace

from fxgbuild.digest import Digest
from fxgbuild.errors import Distrusted, UsageError
from fxgbuild.promote.candidate import shelved_candidate
from fxgbuild.promote.channels import Channel
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.judging import judge
from fxgbuild.promote.planning import Candidate, Wish, plan_moves
from fxgbuild.promote.shelf import DIGEST, FEWEST, prefix_of, read_shelved
from fxgbuild.release.entry import Entry
from fxgbuild.release.moves import Moves
from fxgbuild.signing.keys import Signer
from fxgbuild.signing.trust import PROMOTER


def planned(desk: Desk, wish: Wish, candidate: Candidate) -> Moves:
    """What is to be done, and whether the policy lets it; nothing is asked of what is there."""
    release = candidate.release
    judgement = judge(desk, wish.channel.name, release, candidate.statements, wish.kind)
    current = desk.book.ledger.current(wish.channel.name, release.label)
    there = current is not None and current.release == release.digest
    return plan_moves(desk, wish, candidate, () if there else judgement.lines, judgement.policy)


def person_of(desk: Desk, signer: Signer | None) -> str:
    """Who promotes, by the key that signs; raises Distrusted where that key may not."""
    if signer is None:
        return ""
    doubt = desk.trust.doubt(signer.id, PROMOTER, desk.now)
    key = desk.trust.find(signer.id)
    if doubt or key is None:
        raise Distrusted(
            "the signing key may not promote",
            facts={"key": signer.id, "because": doubt, "trust file": str(desk.trust_path)},
            hint=f"a key with the role `{PROMOTER}` signs the ledger; "
            "another person's key, or a line in the trust file",
        )
    return key.person


# Back ---------------------------------------------------------------------------------------------


def former(desk: Desk, channel: Channel, label: str, to: str) -> Candidate:
    """The release to return to: one that the channel had, by default the one before.

    Raises UsageError where there is none.
    """
    ledger = desk.book.ledger
    entries = [entry for entry in ledger.history(label) if entry.channel == channel.name]
    if not entries:
        raise UsageError(
            f"`{channel.name}` never had `{label}`",
            facts={"it has": ", ".join(ledger.now(channel.name))},
            hint=f"`fxgbuild log --channel {channel.name}` lists what it had",
        )
    entry = _named(channel, entries, to) if to else _before(channel, entries)
    shelved = read_shelved(desk, entry)
    candidate = shelved_candidate(desk, shelved, channel)
    return replace(candidate, source=channel.name, commit=entry.commit)


def _before(channel: Channel, entries: list[Entry]) -> Entry:
    """What the present release took the place of when it was promoted."""
    present: Digest = entries[-1].release
    came = [e for e in entries if e.release == present and e.kind == "promote"]
    before = [e for e in entries if came and e.release == came[-1].replaces]
    if not before:
        raise UsageError(
            f"`{channel.name}` had nothing before what it has",
            facts={"label": entries[-1].label, "it has": present.short},
            hint=f"`fxgbuild log --channel {channel.name}` lists what it had",
        )
    return before[-1]


def _named(channel: Channel, entries: list[Entry], to: str) -> Entry:
    prefix = prefix_of(to)
    if not prefix:
        raise UsageError(
            f"`{to[:100]}` is no digest", hint=f"at least {FEWEST} characters: {DIGEST.pattern}"
        )
    found = [e for e in entries if any(d.hex.startswith(prefix) for d in (e.release, e.file))]
    if len({entry.release for entry in found}) != 1:
        had = ", ".join(dict.fromkeys(entry.release.short for entry in reversed(entries)))
        many = "names several releases" if found else f"is nothing that `{channel.name}` had"
        raise UsageError(
            f"`{to}` {many}",
            facts={"label": entries[-1].label, "it had": had},
            hint="only what a channel had is returned to; anything else is promoted",
        )
    return found[-1]
