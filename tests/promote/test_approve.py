"""`fxgbuild approve`: what is signed is shown first, by whom it may be, and once."""

from dataclasses import replace

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.release.approval import read_approval
from fxgbuild.release.provenance import provenance, read_provenance
from fxgbuild.release.statement import APPROVAL, PROVENANCE, VALIDATION
from fxgbuild.release.validation import read_validation, validation
from tests.docs.test_docs_session import contracts

from .statements import forget, later, places, released, said, sign
from .world import LABEL, trust_text

FINDING = {"id": "f00d", "node": "//words:count", "stage": "lint", "rule": "C901", "text": "long"}


@pytest.fixture(scope="module")
def released_world(made_world, tmp_path_factory):
    """In dev and staging, with a carried pin and a finding; read only by convention."""
    world = made_world.copy(tmp_path_factory.mktemp("released") / "made")
    world.promote(LABEL, "dev")
    world.promote(LABEL, "staging")
    evidence = read_provenance(*said(world, PROVENANCE))
    nodes = tuple(replace(node, carried=2 * bool(node.model)) for node in evidence.nodes)
    evidence = replace(evidence, nodes=nodes, findings=(FINDING,))
    for state in (provenance, validation):
        sign(world, state(evidence, released(world), later()))
    return world


@pytest.fixture
def world(released_world, tmp_path):
    return released_world.copy(tmp_path / "world")


def approve(world, *words, by="ben", role="release"):
    return world.type("approve", LABEL, "--role", role, *words, by=by)


def approvals(world):
    return [read_approval(statement) for statement in said(world, APPROVAL)]


def test_what_is_approved_is_shown_before_it_is_signed(world):
    done = approve(world, "--because", "looks right")
    assert done.code == 0, done.err
    release, commit = released(world), world.git("rev-parse", "HEAD")
    *shown, last = done.out.splitlines()
    name = release.artifact.title
    assert shown[:2] == [
        f"release   sha256:{release.digest.hex}  {LABEL}",
        f"file      sha256:{release.artifact.digest.hex}  {name}",
    ]
    assert f"commit    {commit}, clean" in shown
    assert "authors   ana@example.org" in shown
    (rank,) = [line for line in shown if line.startswith("//words:rank ")]
    assert {"model", "acme-coder-1"} <= set(rank.split())
    assert rank.endswith("carried 2 times")
    assert "finding   f00d //words:count lint C901: long" in shown
    assert last == "note: says nothing of 1 carried or adopted pins; `--reviewed` would"
    (given,) = approvals(world)
    assert (given.role, given.person, given.because) == (
        "release",
        "ben@example.org",
        "looks right",
    )
    assert (given.reviewed, given.acknowledged) == ((), ())


def test_an_approval_lies_in_every_place_that_has_the_release(world):
    done = approve(world, "--json")
    assert done.json["places"] == ["channels/dev", "channels/staging"]
    for place in places(world):
        found = [referrer.digest.hex for referrer in place.referrers(released(world).digest)]
        assert done.json["statement"] in found


def test_the_json_document_has_the_names_that_are_listed(world):
    done = approve(world, "--json")
    top, everything = contracts()["approve"]
    assert set(done.json) == top - {"approved", "already", "planned"}
    assert set(done.json["nodes"][0]) <= everything


def test_a_dry_run_signs_nothing(world):
    done = approve(world, "--dry-run")
    assert (done.code, approvals(world)) == (0, [])
    assert "nothing was signed: without --dry-run it is" in done.out


def test_approving_again_says_so_and_signs_nothing(world):
    assert approve(world).code == 0
    done = approve(world)
    assert done.code == 0
    assert "ben@example.org approved //words:wheel" in done.out
    assert done.out.rstrip().endswith("nothing was signed")
    assert len(approvals(world)) == 1
    assert approve(world, "--json").json["status"] == "already"


def test_saying_more_than_before_is_signed_too(world):
    approve(world)
    done = approve(world, "--reviewed", "--acknowledge", "f00d", "--json")
    assert done.json["status"] == "approved"
    (key,) = [node["pin"] for node in done.json["nodes"] if node["carried"]]
    assert (done.json["reviewed"], done.json["acknowledged"]) == ([key], ["f00d"])
    assert approve(world, "--acknowledge", "f00d", "--json").json["status"] == "already"


def test_a_review_and_an_acknowledgement_meet_the_lines_that_ask_for_them(world):
    text = world.path("fxgbuild.toml").read_text()
    asked = '\n[channels.prod.policy]\nreviewed = "review"\nfindings = true\n'
    world.path("fxgbuild.toml").write_text(text + asked)
    promote = ("promote", released(world).digest.hex, "--to", "prod")
    done = world.type(*promote)
    assert done.code == 24
    assert "unmet  reviewed, findings" in done.err
    assert "--role ROLE --acknowledge f00d`" in done.err
    approve(world, "--reviewed", "--acknowledge", "f00d", role="review")
    assert world.type(*promote).code == 0


@pytest.mark.parametrize(
    ("words", "by", "code", "told"),
    [
        (("--role", "relaese"), "ben", 2, "no key has the role `relaese`"),
        (("--role", "relaese"), "ben", 2, "closest     `release`"),
        (("--role", "release"), "cleo", 1, "cause      the key may not say this (role release)"),
        (("--role", "release"), "eve", 1, "cause      it is not in the trust file, "),
        (("--role", "release"), None, 1, "the signing key cannot be used"),
        (("--role", "release", "--acknowledge", "f00f"), "ben", 2, "no finding `f00f`"),
        (("--role", "release", "--acknowledge", "f00f"), "ben", 2, "closest   `f00d`"),
        (("--role", "release", "--channel", "prod"), "ben", 2, "prod"),
    ],
)
def test_whoever_or_whatever_cannot_approve_is_told_why(released_world, words, by, code, told):
    done = released_world.type("approve", LABEL, *words, by=by)
    assert (done.code, told in done.err) == (code, True), done.err
    assert approvals(released_world) == []


def test_neither_the_author_nor_the_builder_approves(world):
    roles = 'roles = ["builder", "promoter", "release"]'
    world.path("trust.toml").write_text(trust_text(world, ana=roles))
    done = approve(world, by="ana")
    assert done.code == 24
    assert "ana@example.org is an author of this release" in done.err
    assert "have somebody else with the role `release` approve it" in done.err
    assert approvals(world) == []


def test_what_nobody_vouches_for_is_not_approved(world):
    forget(world, PROVENANCE)
    done = approve(world)
    assert done.code == 24
    assert "nobody vouches for where `//words:wheel` comes from" in done.err


def test_a_digest_is_the_release_s_or_its_file_s_and_may_be_short(released_world):
    release = released(released_world)
    for what in (f"sha256:{release.artifact.digest.hex}", release.digest.hex[:12]):
        words = ("approve", what, "--role", "release", "--dry-run", "--json")
        assert released_world.type(*words, by="ben").json["release"] == release.digest.hex
    unknown = digest_bytes(b"nothing").hex
    done = released_world.type("approve", unknown, "--role", "release", by="ben")
    assert (done.code, unknown in done.err) == (2, True)


def test_statements_name_the_release_and_its_files(world):
    approve(world)
    (statement,) = said(world, APPROVAL)
    release = released(world)
    assert statement.subjects == (*release.files.items(), (LABEL, release.digest))
    assert read_validation(said(world, VALIDATION)[0]).files == tuple(release.files.items())
