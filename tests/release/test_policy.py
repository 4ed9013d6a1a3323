"""Each thing that a policy asks has a line of its own, and nothing else breaks that line."""

import json
from dataclasses import replace

import pytest

from fxgbuild.lang.channels import PolicyDoc
from fxgbuild.release.evidence import Commit
from fxgbuild.release.facts import Contained
from fxgbuild.release.policy import FXGBUILD, exit_code

from .case import (
    COMMIT,
    EVIDENCE,
    FINDING,
    FULL,
    OTHER,
    RELEASE,
    TEST_TOOLS,
    THIRD,
    Case,
    approved,
    digest,
    graph,
    ledger,
    node,
    rebuilt,
    stage,
)


def test_what_meets_everything_is_refused_nothing():
    case = Case()
    assert not case.unmet()
    assert exit_code(case.lines()) == 0
    assert {line.rule for line in case.lines()} == {
        *("provenance", "validation", "stages", "consistent", "after", "newer"),
        *("sandbox", "tools.ruff", "tools.mypy", "tools.bandit", "tools.pytest", "commit", "ref"),
        *("rebuilt", "approvals.release", "age", "models", "reviewed", "findings"),
    }


def unsigned(data):
    return json.dumps(json.loads(data) | {"signatures": []}).encode()


def another_signature(data):
    value = json.loads(data)
    value["payload"] = value["payload"][:-8] + "AAAA" + value["payload"][-4:]
    return json.dumps(value).encode()


BOTH = ("provenance", "validation")
VOTES = Case().votes
ANA, RITA, THEO = VOTES
TWO = PolicyDoc(approvals={"release": 2})

# What is changed -> the lines that it leaves unmet, what they say, and the exit code.
BROKEN = {
    "no provenance": (Case(without=("provenance",)), ["provenance"], "none", 24),
    "no validation": (Case(without=("validation",)), ["validation"], "none", 24),
    "unsigned provenance": (
        Case(broken={"provenance": unsigned}),
        ["provenance"],
        "none that counts: no key: unsigned",
        26,
    ),
    "wrongly signed provenance": (
        Case(broken={"provenance": another_signature}),
        ["provenance"],
        "the signature is not of these bytes",
        26,
    ),
    "wrongly signed validation": (
        Case(broken={"validation": another_signature}),
        ["validation"],
        "the signature is not of these bytes",
        26,
    ),
    "statements by a key that nobody listed": (Case(signs="unlisted"), BOTH, "trust file", 26),
    "statements by a key that is no builder's": (Case(signs="vera"), BOTH, "builder", 26),
    "statements of another artifact": (Case(of=OTHER), BOTH, "another artifact", 26),
    "statements by an expired key": (Case(signs="expired"), BOTH, "the key expired on", 26),
    "statements by a revoked key": (Case(signs="revoked"), BOTH, "revoked", 26),
    "statements from the future": (Case(signed_at=2), BOTH, "in the future", 26),
    "no verdict of lint": (Case(stage("lint")), ["stages"], "//eeg:welch has no verdict of", 24),
    "no verdict of test": (Case(stage("test")), ["stages"], "no verdict of test", 24),
    "no integration": (Case(graph("integrate")), ["stages"], "//eeg has no verdict of", 24),
    "a pin that was edited after validation": (
        Case(node("//eeg:welch", code=digest("edited")), validated=EVIDENCE),
        ["consistent"],
        f"//eeg:welch: built {digest('edited').short}, validated {digest('welch').short}",
        26,
    ),
    "a node that was never validated": (
        Case(validated=replace(EVIDENCE, nodes=EVIDENCE.nodes[:2])),
        ["consistent"],
        "//eeg:scale: built",
        26,
    ),
    "never in the channel before": (
        Case(ledger=ledger(("dev", RELEASE, -10))),
        ["after"],
        "it never was in `staging`",
        24,
    ),
    "taken back in the channel before": (
        Case(ledger=ledger(("staging", OTHER, -9), ("staging", RELEASE, -5),
                           ("staging", OTHER, -1, "rollback"))),
        ["after"],
        "taken back by ci@example.org",
        24,
    ),
    "taken back with what came after it": (
        Case(ledger=ledger(("staging", OTHER, -9), ("staging", RELEASE, -8),
                           ("staging", THIRD, -5), ("staging", OTHER, -1, "rollback"))),
        ["after"],
        "taken back by ci@example.org",
        24,
    ),
    "too young": (
        Case(ledger=ledger(("staging", RELEASE, -1.5))),
        ["age"],
        "1d in `staging`, since 2026-11-20T00:00:00Z",
        24,
    ),
    "too young when another came": (
        Case(ledger=ledger(("staging", RELEASE, -5), ("staging", OTHER, -4.9))),
        ["age"],
        "2h in `staging`",
        24,
    ),
    "an age where there is no channel before": (
        Case(after=""),
        ["age"],
        "no channel before",
        24,
    ),
    "an older digest replayed": (
        Case(ledger=ledger(("staging", RELEASE, -9), ("prod", RELEASE, -8),
                           ("staging", OTHER, -5), ("prod", OTHER, -4))),
        ["newer"],
        "`prod` had it from",
        24,
    ),
    "an older digest that the channel never had": (
        Case(ledger=ledger(("staging", RELEASE, -9), ("staging", OTHER, -5), ("prod", OTHER, -4))),
        ["newer"],
        "`staging` had it before what `prod` has now",
        24,
    ),
    "a test at level B": (
        Case(stage("test", sandbox="B")),
        ["sandbox"],
        "//eeg:welch at level B",
        24,
    ),
    "a test at no level": (Case(stage("test", sandbox="")), ["sandbox"], "(none)", 24),
    "an integration at level B": (
        Case(graph("integrate", sandbox="B")),
        ["sandbox"],
        "the graph's integrate at level B",
        24,
    ),
    "an older tool": (
        Case(stage("lint", tools={"ruff": "0.16.9"})),
        ["tools.ruff"],
        "//eeg:welch by 0.16.9",
        24,
    ),
    "a tool that is not named": (
        Case(stage("type", tools={})),
        ["tools.mypy"],
        "//eeg:welch by no version of it",
        24,
    ),
    "a tool without a readable version": (
        Case(stage("test", tools=TEST_TOOLS | {"pytest": "new"})),
        ["tools.pytest"],
        "//eeg:welch by new",
        24,
    ),
    "a dirty commit": (
        Case(replace(EVIDENCE, commit=replace(EVIDENCE.commit, clean=False))),
        ["commit"],
        f"{COMMIT[:12]} with changes that are in no commit",
        24,
    ),
    "no commit": (Case(replace(EVIDENCE, commit=None)), ["commit"], "built from no commit", 24),
    "a commit that is elsewhere": (
        Case(contained=Contained("no")),
        ["ref"],
        f"{COMMIT[:12]} is not in `main`",
        24,
    ),
    "a commit that git does not know": (
        Case(contained=Contained("unknown", "this clone is shallow")),
        ["ref"],
        "not known here: this clone is shallow",
        24,
    ),
    "no second build": (Case(rebuilds=()), ["rebuilt"], "nobody", 24),
    "a second build by the builder with another key": (
        Case(rebuilds=(rebuilt("ci_verifies"),)),
        ["rebuilt"],
        "CI@example.org does not count: the first build's own",
        24,
    ),
    "a second build by a key without the role": (
        Case(rebuilds=(rebuilt("ana"),)),
        ["rebuilt"],
        "role verifier",
        26,
    ),
    "a second build of another artifact": (
        Case(rebuilds=(rebuilt("vera", OTHER),)),
        ["rebuilt"],
        "another artifact",
        26,
    ),
    "no approval": (Case(votes=(RITA, THEO)), ["approvals.release"], "nobody", 24),
    "the author's own approval": (
        Case(votes=(approved("bob", "release"), RITA, THEO)),
        ["approvals.release"],
        "nobody; Bob@example.org does not count: an author does not approve",
        24,
    ),
    "the builder's own approval": (
        Case(votes=(approved("ci_releases", "release"), RITA, THEO)),
        ["approvals.release"],
        "ci@example.org does not count: an author does not approve",
        24,
    ),
    "an approval in a role that the key has not": (
        Case(votes=(approved("rita", "release"), RITA, THEO)),
        ["approvals.release"],
        "rita@example.org does not count: the key may not say this (role release)",
        26,
    ),
    "an approval of another artifact": (
        Case(votes=(approved("ana", "release", OTHER), RITA, THEO)),
        ["approvals.release"],
        "another artifact",
        26,
    ),
    "an unsigned approval": (
        Case(broken={"more 0": unsigned}),
        ["approvals.release"],
        "nobody; no key: unsigned",
        26,
    ),
    "a model that is not allowed": (
        Case(node("//eeg:welch", model="other-7")),
        ["models"],
        "//eeg:welch by other-7",
        24,
    ),
    "a model without a name": (
        Case(node("//eeg:welch", model="")),
        ["models"],
        "//eeg:welch by an unnamed model",
        24,
    ),
    "a carried pin that nobody reviewed": (
        Case(votes=(ANA, approved("rita", "reviewer"), THEO)),
        ["reviewed"],
        "//eeg:scale (carried)",
        24,
    ),
    "an adopted pin that nobody reviewed": (
        Case(node("//eeg:welch", adopted=True)),
        ["reviewed"],
        "//eeg:welch (adopted)",
        24,
    ),
    "a review in another role": (
        Case(votes=(ANA, approved("theo", "triage", reviewed=(digest("scale key"),),
                                  acknowledged=("f1",)))),
        ["reviewed"],
        "//eeg:scale (carried)",
        24,
    ),
    "the author's own review": (
        Case(votes=(ANA, approved("bob", "reviewer", reviewed=(digest("scale key"),)), THEO)),
        ["reviewed"],
        "//eeg:scale (carried)",
        24,
    ),
    "a finding that nobody acknowledged": (
        Case(replace(EVIDENCE, findings=(FINDING, FINDING | {"id": "f2", "rule": "S311"}))),
        ["findings"],
        "f2 of //eeg:welch: S311",
        24,
    ),
    "a finding that its author acknowledged": (
        Case(votes=(ANA, RITA, approved("bob", "triage", acknowledged=("f1",)))),
        ["findings"],
        "f1 of //eeg:welch: C901",
        24,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_has_its_own_line_and_no_other(name):
    case, rules, found, code = BROKEN[name]
    lines = case.unmet()
    assert [line.rule for line in lines] == [*rules], [line.lines() for line in lines]
    assert all(found in line.found for line in lines), [line.found for line in lines]
    assert exit_code(lines) == code
    assert all(line.asked and line.remedy and line.origin for line in lines)


# What a policy does not mind, and looks as if it might.
FINE = {
    "an expired key whose statements the ledger recorded in time": Case(
        signs="expired", recorded=True
    ),
    "a graph with nothing to integrate": Case(
        replace(graph("integrate"), integrates=False),
    ),
    "a forged statement beside a good one": Case(
        also=(("unlisted", Case().statements()["provenance"][1]),)
    ),
    "another builder's statement beside the first": Case(
        also=(("other_ci", Case().statements()["provenance"][1]),)
    ),
    "the channel before has gone on meanwhile": Case(
        ledger=ledger(("staging", RELEASE, -9), ("staging", OTHER, -1))
    ),
    "the channel has it already": Case(
        ledger=ledger(("staging", RELEASE, -9), ("prod", RELEASE, -1))
    ),
    "a hotfix after the channel before was rolled back": Case(
        ledger=ledger(
            ("staging", RELEASE, -9),
            ("staging", OTHER, -8),
            ("prod", OTHER, -7),
            ("staging", RELEASE, -6, "rollback"),
        )
    ),
    "a rollback asks neither order nor age": Case(
        kind="rollback", ledger=ledger(("prod", RELEASE, -9), ("prod", OTHER, -1))
    ),
    "an adopted pin without a model, reviewed": Case(
        node("//eeg:scale", model="", adopted=True, carried=0)
    ),
    "the author's approval beside another's": Case(
        votes=(approved("bob", "release"), *VOTES)
    ),
    "no pin to review": Case(node("//eeg:scale", carried=0), votes=(ANA, THEO)),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_a_policy_does_not_mind(name):
    assert [line.lines() for line in FINE[name].unmet()] == []


def test_the_newest_statement_that_counts_is_judged():
    dirty = replace(EVIDENCE, commit=replace(EVIDENCE.commit, clean=False))
    later = Case(signed_at=-3).statements()["provenance"]
    assert [line.rule for line in Case(dirty).unmet()] == ["commit"]
    assert not Case(dirty, also=(later,)).unmet()
    worse = Case(dirty, signed_at=-3).statements()["provenance"]
    assert [line.rule for line in Case(also=(worse,)).unmet()] == ["commit"]


@pytest.mark.parametrize("votes", [(ANA, ANA), (ANA, approved("ana_again", "release"))])
def test_one_person_counts_once(votes):
    (line,) = Case(votes=votes).unmet(TWO)
    assert line.rule == "approvals.release"
    assert not Case(votes=(ANA, approved("bob", "release")),
                    built=replace(EVIDENCE, commit=None)).unmet(TWO)  # fmt: skip


def test_one_verifier_counts_once():
    two = PolicyDoc(rebuilt=2)
    assert Case(rebuilds=(rebuilt("vera"), rebuilt("vera_again"))).unmet(two)
    assert not Case(rebuilds=(rebuilt("vera"), rebuilt("bob"))).unmet(two)


def test_no_model_at_all_may_be_asked_for():
    (line,) = Case().unmet(PolicyDoc(models=()))
    assert (line.rule, line.asked) == ("models", "code by no model only")


def test_a_remedy_names_what_to_type_and_no_more_than_can_be_typed():
    few = Case(node("//eeg:welch", model="a", evidence=node("//eeg:scale", model="b")))
    (line,) = few.unmet(PolicyDoc(models=("c",)))
    assert line.remedy.startswith("`fxgbuild regenerate //eeg:welch //eeg:scale` with an allowed")
    many = tuple(FINDING | {"id": f"f{n}"} for n in range(2, 9))
    (line,) = Case(replace(EVIDENCE, findings=many)).unmet(PolicyDoc(findings=True))
    assert "--role ROLE --acknowledge ID...`" in line.remedy
    assert line.found.endswith("f6 of //eeg:welch: C901 and 2 more")


def test_every_line_says_who_asks_and_prints_what_would_meet_it():
    case = Case(Case().built, without=("provenance",))
    (line,) = case.unmet()
    assert line.origin == FXGBUILD
    (line,) = Case(rebuilds=()).unmet(FULL)
    assert line.lines() == [
        "UNMET rebuilt: 1 second build with the same bytes, by other people",
        "      found       nobody",
        "      asked by    part 0",
        f"      to meet it  `fxgbuild verify {RELEASE.digest.short} --rebuild --attest`, "
        "signed by a verifier",
    ]
    assert set(line.to_json()) == {"rule", "met", "asked", "found", "remedy", "origin"}


def test_what_statements_say_of_themselves_cannot_draw_on_the_terminal():
    evil = node("//eeg:welch", model="x\x1b[2J\ny")
    text = "\n".join(line for found in Case(evil).unmet() for line in found.lines())
    assert "\x1b" not in text
    assert "x\\x1b[2J\\ny" in text


def test_commits_are_held_against_the_one_that_was_built():
    """An answer of git about another commit is no answer."""
    other = Commit("0" * 40, clean=True, authors=())
    (line,) = Case(replace(EVIDENCE, commit=other)).unmet(PolicyDoc(ref="main"))
    assert line.found == "not known here: git was not asked"
