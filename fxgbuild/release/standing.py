"""The rules that hold for every channel, whatever its policy says."""

from collections.abc import Callable, Iterator, Mapping

from fxgbuild.digest import Digest
from fxgbuild.release.case import Case, Said
from fxgbuild.release.evidence import Evidence
from fxgbuild.release.line import DISTRUSTED, Line, judged, named
from fxgbuild.release.stay import is_of, last_stay

STAGES = ("lint", "type", "security", "test")


def provenance(case: Case) -> Iterator[Line]:
    yield _there(case, "provenance", case.provenance)


def validation(case: Case) -> Iterator[Line]:
    yield _there(case, "validation", case.validation)


def _there(case: Case, rule: str, said: Said) -> Line:
    asked = f"a {rule} statement of this release, signed by a builder"
    if said.best is not None and said.best.statement is not None:
        return Line(rule, True, asked, f"signed by {said.best.person}, {said.best.statement.at}")
    again = f"where it was built, `fxgbuild promote {case.release.label}` with a builder's key"
    if said.doubts:
        found = f"none that counts: {named(said.doubts)}"
        return Line(rule, False, asked, found, f"{again} signs it anew", exit_code=DISTRUSTED)
    return Line(rule, False, asked, "none", f"{again} signs one")


def stages(case: Case) -> Iterator[Line]:
    """Every node passed all four stages, and the graph its integration."""
    evidence = case.validation.evidence
    if evidence is None:
        return
    wrong = [
        f"{node.label} has no verdict of {stage}"
        for node in evidence.nodes
        for stage in STAGES
        if stage not in {passed.action for passed in node.passed}
    ]
    if evidence.integrates and not any(x.action == "integrate" for x in evidence.graph):
        wrong.append(f"{_graph(evidence)} has no verdict of integrate")
    good = f"{len(evidence.nodes)} nodes passed {len(STAGES)} stages"
    label = case.release.label
    remedy = f"`fxgbuild build {label}`, then `fxgbuild promote {label}` from there"
    yield judged("stages", "all stages and the integration passed", wrong, good, remedy)


def _graph(evidence: Evidence) -> str:
    package, _, _ = evidence.label.partition(":")
    return package


def consistent(case: Case) -> Iterator[Line]:
    """What was validated is what was built: the same nodes with the same code."""
    built, judged_ = case.provenance.evidence, case.validation.evidence
    if built is None or judged_ is None:
        return
    ours = {node.label: node.code for node in built.nodes}
    theirs = {node.label: node.code for node in judged_.nodes}
    wrong = [
        f"{label}: built {_short(ours, label)}, validated {_short(theirs, label)}"
        for label in sorted(ours.keys() | theirs.keys())
        if ours.get(label) != theirs.get(label)
    ]
    wrong += [
        f"a statement is of {evidence.label}"
        for evidence in (built, judged_)
        if evidence.label != case.release.label
    ]
    remedy = "build and validate again from the committed pins; find out who changed code between"
    asked = "provenance and validation are of the same code"
    yield judged("consistent", asked, wrong, f"{len(ours)} nodes", remedy, DISTRUSTED)


def _short(codes: Mapping[str, Digest], label: str) -> str:
    return str(codes.get(label, "nothing"))[:12]


def after(case: Case) -> Iterator[Line]:
    """It comes from the channel before, and was not taken back there."""
    facts = case.facts
    if not facts.after or facts.kind == "rollback":
        return
    stay = last_stay(facts.ledger, facts.after, facts.release)
    asked = f"it comes from `{facts.after}`"
    known = facts.ledger.find(facts.release.digest.hex)
    what = facts.release.digest.short if known else facts.release.label
    if stay is None:
        remedy = f"`fxgbuild promote {what} --to {facts.after}` first"
        yield Line("after", False, asked, f"it never was in `{facts.after}`", remedy)
    elif stay.withdrawn is not None:
        back = stay.withdrawn
        found = f"taken back by {back.person}, {back.at}" + f": {back.because}" * bool(back.because)
        remedy = f"{_rollback(case, facts.after)}, if it is good after all"
        yield Line("after", False, asked, found, remedy)
    else:
        yield Line("after", True, asked, f"there since {stay.entry.at}")


def newer(case: Case) -> Iterator[Line]:
    """An older artifact is not played back: only a rollback returns."""
    facts, release = case.facts, case.release
    if facts.kind == "rollback":
        return
    asked = f"it is no older than what `{facts.channel}` has"
    current = facts.ledger.current(facts.channel, release.label)
    if current is None or is_of(current, release):
        yield Line("newer", True, asked, "this one" if current else "nothing was there")
        return
    had = last_stay(facts.ledger, facts.channel, release)
    if had is not None:
        until = had.next.at if had.next else ""
        found = f"`{facts.channel}` had it from {had.entry.at} to {until}"
        remedy = f"{_rollback(case, facts.channel)} returns to it"
        yield Line("newer", False, asked, found, remedy)
        return
    yield _younger(case, asked, current.at)


def _younger(case: Case, asked: str, at: str) -> Line:
    """Never there before: then its order in the channel that both come from decides."""
    facts, release = case.facts, case.release
    came = last_stay(facts.ledger, facts.after, release) if facts.after else None
    current = facts.ledger.current(facts.channel, release.label)
    order = [
        entry.number
        for entry in facts.ledger.history(release.label)
        if current and entry.channel == facts.after and entry.release == current.release
    ]
    if came is None or not order or order[-1] < came.entry.number:
        return Line("newer", True, asked, f"what is there came {at}")
    found = f"`{facts.after}` had it before what `{facts.channel}` has now"
    remedy = f"{_rollback(case, facts.after)} first, if the older one is meant"
    return Line("newer", False, asked, found, remedy)


def _rollback(case: Case, channel: str) -> str:
    to = f"--to {case.release.digest.short} --because WHY"
    return f"`fxgbuild rollback {case.release.label} --channel {channel} {to}`"


# One row a rule, in the order in which they are printed.
STANDING: tuple[Callable[[Case], Iterator[Line]], ...] = (
    provenance,
    validation,
    stages,
    consistent,
    after,
    newer,
)
