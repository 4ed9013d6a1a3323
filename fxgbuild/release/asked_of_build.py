"""The rules that a policy states of the build: one function a field, asked where it is set."""

import datetime
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from fxgbuild.lang.channels import PolicyDoc, seconds
from fxgbuild.lang.ranges import as_range
from fxgbuild.release.case import Case
from fxgbuild.release.evidence import Evidence, NodeEvidence, Passed
from fxgbuild.release.facts import NOT_ASKED
from fxgbuild.release.line import Line, judged, named, several
from fxgbuild.release.stay import last_stay

STAGE_OF = {
    "ruff": "lint",
    "mypy": "type",
    "bandit": "security",
    "pytest": "test",
    "hypothesis": "test",
}


def sandbox(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    evidence = case.validation.evidence
    if not doc.sandbox or evidence is None:
        return
    wrong = [
        f"{label} at level {passed.sandbox or '(none)'}"
        for label, passed in _passed(evidence)
        if passed.action in ("test", "integrate")
        if not "A" <= passed.sandbox <= doc.sandbox
    ]
    yield judged(
        "sandbox",
        f"tests and integration ran at sandbox level {doc.sandbox} or above",
        wrong,
        f"every verdict is of level {doc.sandbox} or above",
        f"build on a machine whose `fxgbuild doctor` says level {doc.sandbox} or above, and "
        "promote from there",
    )


def tools(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    evidence = case.validation.evidence
    for tool, wanted in doc.tools.items() if evidence is not None else ():
        wrong = [
            f"{label} by {passed.tools.get(tool, 'no version of it')}"
            for label, passed in _passed(evidence)
            if tool in passed.tools or passed.action == STAGE_OF[tool]
            if not _within(passed.tools.get(tool, ""), wanted)
        ]
        yield judged(
            f"tools.{tool}",
            f"verdicts by {tool} {wanted}",
            wrong,
            f"every verdict is by {tool} {wanted}",
            f"install {tool} {wanted}, build again, and promote from there",
        )


def _passed(evidence: Evidence | None) -> Iterator[tuple[str, Passed]]:
    for node in evidence.nodes if evidence else ():
        yield from ((node.label, passed) for passed in node.passed)
    for passed in evidence.graph if evidence else ():
        yield f"the graph's {passed.action}", passed


def _within(version: str, wanted: str) -> bool:
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - only where a policy asks
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        return SpecifierSet(as_range(wanted)).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def commit(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    """Clean, and contained in the branch or tag."""
    if not doc.ref or case.provenance.evidence is None:
        return
    asked, built = "built from a clean commit", case.commit
    remedy = f"commit what was built, then `fxgbuild promote {case.release.label}` from that commit"
    if built is None:
        yield Line("commit", False, asked, "built from no commit", remedy)
        return
    dirty = [] if built.clean else [f"{built.id[:12]} with changes that are in no commit"]
    yield judged("commit", asked, dirty, built.id[:12], remedy)
    answer = case.facts.contained.get((built.id, doc.ref), NOT_ASKED)
    asked = f"`{doc.ref}` contains the commit"
    if answer.answer == "yes":
        yield Line("ref", True, asked, built.id[:12])
    elif answer.answer == "no":
        found = f"{built.id[:12]} is not in `{doc.ref}`"
        yield Line("ref", False, asked, found, f"merge it into `{doc.ref}`, and fetch it here")
    else:
        found = f"not known here: {answer.why}"
        remedy = f"promote from a clone that has `{doc.ref}` and its history: `git fetch`"
        yield Line("ref", False, asked, found, remedy)


def age(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    facts = case.facts
    if not doc.age or facts.kind == "rollback":
        return
    asked = f"{doc.age} in the channel before"
    wanted = datetime.timedelta(seconds=seconds(doc.age))
    if not facts.after:
        found, remedy = "there is no channel before", 'name one: `after = "…"` of this channel'
        yield Line("age", False, asked, found, remedy)
        return
    stay = last_stay(facts.ledger, facts.after, facts.release)
    if stay is None or stay.withdrawn is not None:
        return  # `after` says so
    had = stay.age(facts.now)
    found = f"{_told(had)} in `{facts.after}`, since {stay.entry.at}"
    if had >= wanted:
        yield Line("age", True, asked, found)
    elif stay.next is not None:
        found += f", when another came {stay.next.at}"
        yield Line("age", False, asked, found, "promote the one that is there now, in its time")
    else:
        ready = facts.now + (wanted - had)
        yield Line("age", False, asked, found, f"wait until {ready:%Y-%m-%dT%H:%M:%SZ}")


def _told(age_: datetime.timedelta) -> str:
    """An age in its largest whole unit."""
    whole = max(0, int(age_.total_seconds()))
    for letter, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if whole >= size:
            return f"{whole // size}{letter}"
    return f"{whole}s"


def models(case: Case, doc: PolicyDoc) -> Iterator[Line]:
    evidence = case.provenance.evidence
    if doc.models is None or evidence is None:
        return
    wrong = [
        f"{node.label} by {node.model or 'an unnamed model'}"
        for node in evidence.nodes
        if _is_model_s(node) and not any(fnmatchcase(node.model, p) for p in doc.models)
    ]
    allowed = ", ".join(doc.models) or "no model"
    written = sorted({node.model for node in evidence.nodes if _is_model_s(node)})
    labels = [line.partition(" ")[0] for line in wrong]
    yield judged(
        "models",
        f"code by {allowed} only",
        wrong,
        named(written) or "no node is a model's",
        f"`fxgbuild regenerate {several(labels, 'NODE')}` with an allowed model, "
        "review, build and promote that",
    )


def _is_model_s(node: NodeEvidence) -> bool:
    """An adopted pin without a model is a person's."""
    return node.origin == "model" and (bool(node.model) or not node.adopted)


# One row a rule, in the order in which they are printed.
ABOUT_THE_BUILD: tuple[Callable[[Case, PolicyDoc], Iterator[Line]], ...] = (
    sandbox,
    tools,
    commit,
    age,
    models,
)
