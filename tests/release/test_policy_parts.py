"""Whoever asks is asked separately: more parts never refuse less, and nothing lowers a part."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.lang.channels import ChannelDoc, OrganisationDoc, PolicyDoc
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.release.facts import Contained
from fxgbuild.release.policy import Part, check, parts_of, policy_digest, unmet

from .case import EVIDENCE, FULL, RELEASE, Case, approved, digest, ledger, node, rebuilt, stage

VERSIONS = st.sampled_from(["", ">=0.1", ">=0.17", ">=99", "0.17.5"])
POLICIES = st.builds(
    PolicyDoc,
    sandbox=st.sampled_from(["", "A", "B", "C"]),
    tools=st.dictionaries(st.sampled_from(["ruff", "mypy", "pytest"]), VERSIONS),
    ref=st.sampled_from(["", "main", "release"]),
    rebuilt=st.integers(0, 3),
    approvals=st.dictionaries(st.sampled_from(["release", "triage", "qa"]), st.integers(1, 3)),
    age=st.sampled_from(["", "1s", "2d", "400d"]),
    models=st.none() | st.lists(st.sampled_from(["claude*", "gpt-5", "*"])).map(tuple),
    reviewed=st.sampled_from([None, "reviewer", "triage"]),
    findings=st.booleans(),
)
CASES = st.builds(
    Case,
    built=st.sampled_from(
        [
            EVIDENCE,
            node("//eeg:welch", model="other"),
            stage("test", sandbox="B"),
            stage("lint"),
            replace(EVIDENCE, commit=replace(EVIDENCE.commit, clean=False)),
            replace(EVIDENCE, commit=None),
        ]
    ),
    signs=st.sampled_from(["ci", "vera", "unlisted"]),
    without=st.sets(st.sampled_from(["provenance", "validation"])).map(tuple),
    votes=st.lists(
        st.sampled_from([approved(who, "release") for who in ("ana", "bob", "rita")]
                        + [approved("rita", "reviewer", reviewed=(digest("scale key"),))])
    ).map(tuple),
    rebuilds=st.lists(st.sampled_from([rebuilt("vera"), rebuilt("bob")])).map(tuple),
    ledger=st.sampled_from([ledger(), *(ledger(("staging", RELEASE, day)) for day in (-1, -9))]),
    contained=st.sampled_from([Contained(answer) for answer in ("yes", "no", "unknown")]),
)  # fmt: skip
OWN = Part("fxgbuild.toml", PolicyDoc())
FEW = settings(max_examples=20, deadline=None)


def refused(case, parts):
    """What is unmet, by who asks."""
    return {(line.origin, line.rule, line.asked) for line in unmet(check(case.facts(), parts))}


@FEW
@given(CASES, st.lists(POLICIES, max_size=2), POLICIES)
def test_one_more_part_never_refuses_less(case, docs, more):
    parts = tuple(Part(f"part {n}", doc) for n, doc in enumerate(docs))
    before = refused(case, parts)
    assert before <= refused(case, (*parts, Part("more", more)))
    assert before <= refused(case, (Part("more", more), *parts))


@FEW
@given(CASES, POLICIES, POLICIES, POLICIES)
def test_a_workspace_cannot_lower_what_an_organisation_asks(case, every, prod, own):
    stated = [("org.toml", OrganisationDoc(channels={"*": every, "prod": prod}))]
    strict = {origin_less(x) for x in refused(case, parts_of("prod", SettingsDoc(), stated))}
    channel = ChannelDoc(at="prod", policy=own)
    with_own = parts_of("prod", SettingsDoc(channels={"prod": channel}), stated)
    assert strict <= {origin_less(x) for x in refused(case, with_own)}


def origin_less(found):
    return found[1:]


@FEW
@given(CASES)
def test_what_always_holds_is_asked_of_a_channel_without_a_policy(case):
    rules = {rule for _, rule, _ in refused(case, ())}
    assert rules == {rule for _, rule, _ in refused(case, (OWN,))}


def test_an_organisation_speaks_to_all_channels_and_to_one():
    stated = [
        ("/etc/org.toml", OrganisationDoc(channels={"*": PolicyDoc(ref="main"), "prod": FULL})),
        ("team.toml", OrganisationDoc(channels={"staging": PolicyDoc(sandbox="B")})),
    ]
    workspace = SettingsDoc(
        channels={"dev": ChannelDoc(at="a"), "staging": ChannelDoc(at="b", after="dev")}
    )
    origins = {
        name: [part.origin for part in parts_of(name, workspace, stated)]
        for name in ("dev", "staging", "prod")
    }
    every = '/etc/org.toml [channels."*"]'
    team = "team.toml [channels.staging]"
    assert origins == {
        "dev": [every, "fxgbuild.toml [channels.dev.policy]"],
        "staging": [every, team, "fxgbuild.toml [channels.staging.policy]"],
        "prod": [every, "/etc/org.toml [channels.prod]"],
    }  # fmt: skip


@pytest.mark.parametrize("field", PolicyDoc.model_fields)
def test_the_digest_of_a_policy_is_of_every_field_and_of_no_place(field):
    empty = PolicyDoc()
    changed = empty.model_copy(update={field: getattr(FULL, field)})
    assert policy_digest([Part("a", empty)]) == policy_digest([Part("b", empty)])
    assert policy_digest([Part("a", empty)]) != policy_digest([Part("a", changed)])
    assert policy_digest([Part("a", changed)]) != policy_digest([Part("a", changed), OWN])
