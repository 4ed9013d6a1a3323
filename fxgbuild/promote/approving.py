"""An approval made: who may give it, whether it was given before, and where it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from fxgbuild.digest import Digest
from fxgbuild.errors import BadKey, Distrusted, PromotionRefused, UsageError
from fxgbuild.problem import closest
from fxgbuild.promote.attach import attach, holders, sealed
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.shelf import Shelved, attestations
from fxgbuild.release.approval import Approval, approval
from fxgbuild.release.asked_of_people import pin_key
from fxgbuild.release.case import Case, open_case
from fxgbuild.release.facts import Facts
from fxgbuild.release.moment import stamp
from fxgbuild.signing.keys import Signer, need_signer
from fxgbuild.signing.trust import Key


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is about to say."""

    role: str
    because: str
    acknowledge: Sequence[str]  # findings, by id
    reviewed: bool


def look(desk: Desk, shelved: Shelved) -> Case:
    """A release with everything that was said of it; raises where nobody vouches for it."""
    case = open_case(
        Facts(
            channel=shelved.channel,
            after="",
            release=shelved.release,
            attestations=attestations(desk, shelved.place, shelved.release),
            ledger=desk.book.ledger,
            now=desk.now,
        )
    )
    if case.provenance.evidence is None:
        doubts = case.provenance.doubts
        error = Distrusted if doubts else PromotionRefused
        raise error(
            f"nobody vouches for where `{shelved.release.label}` comes from",
            facts={
                "release": f"sha256:{shelved.release.digest.hex}",
                "provenance": "; ".join(doubts) or "none",
            },
            hint="without provenance nobody knows its authors; promote it from its build again",
        )
    return case


def approver(desk: Desk, case: Case, role: str) -> tuple[Signer, Key]:
    """The key at hand, where it may approve in a role; raises UsageError, BadKey, or refuses."""
    roles = {name for key in desk.trust.keys if not key.revoked for name in key.roles}
    if role not in roles:
        raise UsageError(
            f"no key has the role `{role}`",
            facts={
                "closest": closest(role, roles),
                "roles": ", ".join(sorted(roles)),
                "trust file": str(desk.trust_path),
            },
            hint=f'`roles = ["{role}"]` of a key in the trust file gives it',
        )
    signer = need_signer(desk.environment, desk.root)
    doubt = desk.trust.doubt(signer.id, role, desk.now)
    key = desk.trust.find(signer.id)
    if doubt or key is None:
        others = sorted({k.person for k in desk.trust.keys if not k.doubt(role, desk.now)})
        raise BadKey(
            "the signing key cannot be used",
            facts={
                "key": signer.id,
                "cause": doubt if key else f"it is not in the trust file, {desk.trust_path}",
                f"`{role}`": ", ".join(others) or "nobody has a key that is valid now",
            },
            hint="sign with a key that may, or have the trust file changed",
        )
    if key.person.lower() in {person.lower() for person in case.authors}:
        raise PromotionRefused(
            f"{key.person} is an author of this release, and authors do not approve",
            facts={
                "release": f"sha256:{case.release.digest.hex}",
                "authors": ", ".join(case.authors),
            },
            hint=f"have somebody else with the role `{role}` approve it",
        )
    return signer, key


def phrase(desk: Desk, case: Case, key: Key, wanted: Wanted) -> Approval:
    """The approval that is to be signed; raises UsageError where it names what is not there."""
    findings = case.validation.evidence.findings if case.validation.evidence else ()
    known = [finding["id"] for finding in findings]
    for id_ in wanted.acknowledge:
        if id_ not in known:
            raise UsageError(
                f"this release has no finding `{id_[:100]}`",
                facts={"closest": closest(id_, known), "findings": ", ".join(known) or "none"},
            )
    pins = {pin_key(node) for node in case.unseen} if wanted.reviewed else set()
    return Approval(
        role=wanted.role,
        person=key.person,
        because=wanted.because.strip(),
        at=stamp(desk.now),
        reviewed=tuple(sorted(pins)),
        acknowledged=tuple(sorted(set(wanted.acknowledge))),
    )


def given_before(case: Case, wanted: Approval) -> Approval | None:
    """An approval that counts and says as much already."""
    for vote in case.approvals:
        old = vote.approval
        if (
            old is not None
            and vote.counts
            and (old.role, old.person) == (wanted.role, wanted.person)
            and set(wanted.reviewed) <= set(old.reviewed)
            and set(wanted.acknowledged) <= set(old.acknowledged)
        ):
            return old
    return None


def approve(desk: Desk, case: Case, given: Approval, signer: Signer) -> tuple[Digest, list[str]]:
    """Sign an approval and store it beside the release, in every place that has it."""
    found = sealed(approval(case.release, given), case.release, signer)
    places = holders(desk.channels, case.release)
    return attach(places, found), [place.name for place in places]
