"""The rules that a policy states of people: who built again, approved, reviewed, acknowledged."""

from collections.abc import Callable, Iterable, Iterator

from fxgbuild.digest import Digest
from fxgbuild.lang.channels import PolicyDoc
from fxgbuild.release.case import Case, unread
from fxgbuild.release.evidence import NodeEvidence
from fxgbuild.release.line import DISTRUSTED, REFUSED, Line, judged, named, several
from fxgbuild.release.vote import Vote, people


def rebuilt(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    """Second builds by other keys, of other people, than those that built."""
    if not doc.rebuilt or case.provenance.evidence is None:
        return
    builds = f"{doc.rebuilt} second build{'s' * (doc.rebuilt > 1)}"
    asked = f"{builds} with the same bytes, by other people"
    typed = f"`fxgbuild verify {case.release.digest.short} --rebuild --attest`"
    remedy = f"{typed}, signed by a verifier"
    yield _counted(case, ("rebuilt", asked, remedy), case.rebuilds, doc.rebuilt)


def approvals(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    for role, count in doc.approvals.items() if case.provenance.evidence else ():
        asked = f"{count} approval{'s' * (count > 1)} by `{role}`, of people who are no authors"
        remedy = f"`fxgbuild approve {case.release.digest.short} --role {role}`, by somebody else"
        cast = [vote for vote in case.approvals if vote.role in (role, "")]
        yield _counted(case, (f"approvals.{role}", asked, remedy), cast, count)


def _counted(case: Case, words: tuple[str, str, str], votes: Iterable[Vote], count: int) -> Line:
    """A line that asks for a number of people: who counts, who does not and why."""
    rule, asked, remedy = words
    who = people(votes)
    others = [str(vote) for vote in votes if not vote.counts]
    told = "; ".join(filter(None, (named(who) or "nobody", named(others))))
    if len(who) >= count:
        return Line(rule, True, asked, told)
    strange = unread(case.facts)
    told = "; ".join(filter(None, (told, named(strange))))
    code = DISTRUSTED if strange or any(vote.doubted for vote in votes) else REFUSED
    return Line(rule, False, asked, told, remedy, exit_code=code)


def reviewed(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    """Somebody in the role looked at each carried and adopted pin, and said so by its key."""
    if doc.reviewed is None or case.provenance.evidence is None:
        return
    seen = {
        key
        for vote in case.approvals
        if vote.counts and vote.role == doc.reviewed and vote.approval
        for key in vote.approval.reviewed
    }
    wrong = [
        f"{node.label} ({'adopted' if node.adopted else 'carried'})"
        for node in case.unseen
        if pin_key(node) not in seen
    ]
    yield judged(
        "reviewed",
        f"carried and adopted pins reviewed by `{doc.reviewed}`",
        wrong,
        f"{len(case.unseen)} reviewed" if case.unseen else "there are none",
        f"`fxgbuild approve {case.release.digest.short} --role {doc.reviewed} --reviewed`, "
        "by somebody who is no author",
    )


def pin_key(node: NodeEvidence) -> Digest:
    """What an approval names a pin by."""
    return node.key or node.code


def findings(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    evidence = case.validation.evidence
    if not doc.findings or evidence is None or case.provenance.evidence is None:
        return
    taken = {
        id_ for v in case.approvals if v.counts and v.approval for id_ in v.approval.acknowledged
    }
    open_ = [finding for finding in evidence.findings if finding["id"] not in taken]
    flags = several([f"--acknowledge {finding['id']}" for finding in open_], "--acknowledge ID")
    yield judged(
        "findings",
        "every finding is acknowledged",
        [f"{one['id']} of {one['node']}: {one['rule']}" for one in open_],
        f"{len(evidence.findings)} acknowledged" if evidence.findings else "there are none",
        f"`fxgbuild approve {case.release.digest.short} --role ROLE {flags}`, by no author",
    )


# One row a rule, in the order in which they are printed.
ABOUT_PEOPLE: tuple[Callable[[Case, PolicyDoc], Iterator[Line]], ...] = (
    rebuilt,
    approvals,
    reviewed,
    findings,
)
