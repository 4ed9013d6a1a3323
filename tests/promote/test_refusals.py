"""What is refused at the command line, each with its own line; nothing moves, nothing is recorded.

One world is made: `//words:wheel` was built clean, went to dev and staging, and ben approved it.
Each test breaks one thing of a copy, and asks for prod.
"""

import base64
import datetime
import json
import shutil
import time
from dataclasses import replace

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.oci.manifest import Manifest
from fxgbuild.places.open import open_place
from fxgbuild.release.approval import Approval, approval
from fxgbuild.release.provenance import provenance, read_provenance
from fxgbuild.release.statement import APPROVAL, PAYLOAD, PROVENANCE, VALIDATION
from fxgbuild.release.validation import read_validation, validation
from fxgbuild.signing.envelope import seal

from .statements import forget, later, released, said, sign, state
from .world import LABEL, SETTINGS, trust_text


@pytest.fixture(scope="module")
def approved(made_world, tmp_path_factory):
    """In dev and staging, and approved; read only by convention."""
    world = made_world.copy(tmp_path_factory.mktemp("approved") / "made")
    world.promote(LABEL, "dev")
    world.promote(LABEL, "staging")
    assert world.type("approve", LABEL, "--role", "release", by="ben").code == 0
    return world


@pytest.fixture
def world(approved, tmp_path):
    return approved.copy(tmp_path / "world")


def ask(world, **policy):
    """Write what prod asks into fxgbuild.toml; a dirty tree is no matter for a digest."""
    rows = "".join(f"{name} = {value}\n" for name, value in policy.items())
    world.path("fxgbuild.toml").write_text(f"{SETTINGS}\n[channels.prod.policy]\n{rows}")


def refused(world, *words, by="ana", code=24):
    """Ask for prod, which has to be refused: the lines that are not met, by their rules."""
    what = words or (released(world).artifact.digest.hex, "--to", "prod")
    tags = {name: world.tag(name) for name in ("dev", "staging", "prod")}
    entries = ledger(world)
    done = world.type("promote", *what, "--json", by=by)
    assert done.code == code, done.out + done.err
    assert {name: world.tag(name) for name in tags} == tags
    assert ledger(world) == entries
    lines = [line for line in done.json.get("policy", ()) if not line["met"]]
    shown = [line for line in done.err.splitlines() if line.startswith("UNMET ")]
    assert len(shown) == len(lines)
    assert all(line["remedy"] and line["origin"] for line in lines)
    return {line["rule"]: line["found"] for line in lines} or done.json["error"]


def ledger(world):
    """The ledger's present manifest."""
    return (world.path("channels/ledger") / "index.json").read_bytes()


def test_what_is_approved_and_old_enough_is_let_through(world):
    ask(world, sandbox='"B"', ref='"main"', approvals="{release = 1}", models='["acme-*"]',
        age='"0s"', tools='{ruff = ">=0.1"}', reviewed='"review"', findings="true")  # fmt: skip
    world.promote(released(world).artifact.digest.hex, "prod")
    assert world.tag("prod") == released(world).digest.hex


def test_a_dirty_commit_is_refused(world):
    ask(world, ref='"main"')  # which is the change that is in no commit
    commit = world.git("rev-parse", "HEAD")[:12]
    found = refused(world, LABEL, "--to", "prod")
    assert found == {"commit": f"{commit} with changes that are in no commit"}
    world.commit("a policy")
    world.promote(LABEL, "prod")


def test_a_commit_that_the_branch_does_not_contain_is_refused(world):
    ask(world, ref='"release/1"')
    assert refused(world) == {"ref": "not known here: there is no branch or tag `release/1` here"}
    world.git("checkout", "--quiet", "--orphan", "release/1")
    world.commit("another history")
    commit = world.git("rev-parse", "main")[:12]
    assert refused(world) == {"ref": f"{commit} is not in `release/1`"}


def test_a_missing_verdict_is_refused(world):
    evidence = read_validation(*said(world, VALIDATION))
    first = replace(evidence.nodes[0], passed=evidence.nodes[0].passed[:-1])
    assert first.passed[-1].action != evidence.nodes[0].passed[-1].action == "test"
    sign(
        world,
        validation(replace(evidence, nodes=(first, *evidence.nodes[1:])), released(world), later()),
    )
    assert refused(world) == {"stages": f"{first.label} has no verdict of test"}


def test_a_verdict_of_level_b_where_a_is_asked_is_refused(world):
    evidence = read_validation(*said(world, VALIDATION))
    nodes = tuple(
        replace(node, passed=tuple(replace(p, sandbox="B" * bool(p.sandbox)) for p in node.passed))
        for node in evidence.nodes
    )
    sign(world, validation(replace(evidence, nodes=nodes), released(world), later()))
    ask(world, sandbox='"A"')
    labels = ", ".join(f"{node.label} at level B" for node in nodes)
    assert refused(world)["sandbox"].startswith(labels)
    ask(world, sandbox='"B"')
    world.promote(released(world).artifact.digest.hex, "prod")


def test_an_author_s_own_approval_is_refused_and_counts_for_nothing(world):
    forget(world, APPROVAL)
    roles = 'roles = ["builder", "promoter", "release"]'
    world.path("trust.toml").write_text(trust_text(world, ana=roles))
    done = world.type("approve", LABEL, "--role", "release", by="ana")
    assert done.code == 24
    assert "ana@example.org is an author of this release, and authors do not approve" in done.err
    given = Approval("release", "ana@example.org", "", later())
    sign(world, approval(released(world), given))  # by hand, with another program
    ask(world, approvals="{release = 1}")
    found = "nobody; ana@example.org does not count: an author does not approve"
    assert refused(world) == {"approvals.release": found}


def test_what_is_too_young_is_refused_and_says_until_when(world):
    ask(world, age='"2d"')
    done = world.type("promote", released(world).artifact.digest.hex, "--to", "prod")
    assert done.code == 24
    assert "UNMET age: 2d in the channel before\n" in done.err
    assert "to meet it  wait until 20" in done.err
    assert "error: `//words:wheel` may not enter `prod` [FXG2401]" in done.err


def test_a_model_that_is_not_allowed_is_refused(world):
    ask(world, models='["claude*"]')
    assert refused(world) == {"models": "//words:rank by acme-coder-1"}


def test_a_pin_that_was_edited_after_validation_is_refused(world):
    world.edit("cache/words/rank/code.py", "sorted(", "sorted(  ")
    told = refused(world, LABEL, "--to", "dev", code=26)
    assert "//words:rank" in json.dumps(told)


def test_statements_of_different_code_are_refused(world):
    """The builder's key vouches for code that nobody validated."""
    evidence = read_provenance(*said(world, PROVENANCE))
    edited = digest_bytes(b"edited")
    nodes = tuple(replace(n, code=edited) if n.model else n for n in evidence.nodes)
    sign(world, provenance(replace(evidence, nodes=nodes), released(world), later()))
    (found,) = refused(world, code=26).items()
    assert found[0] == "consistent"
    assert found[1].startswith(f"//words:rank: built {edited.short}, validated ")


@pytest.mark.parametrize("kind", [PROVENANCE, VALIDATION])
def test_an_unsigned_statement_is_refused(world, kind):
    (statement,) = said(world, kind)
    forget(world, kind)
    envelope = json.loads(seal(statement.to_bytes(), PAYLOAD, world.signer("ana")))
    state(world, statement, json.dumps(envelope | {"signatures": []}).encode())
    (found,) = refused(world, code=26).items()
    assert found[0] in kind
    assert "unsigned" in found[1]


@pytest.mark.parametrize(
    ("by", "why"),
    [("eve", "not in the trust file"), ("ben", "role builder"), ("", "not of these bytes")],
)
def test_a_wrongly_signed_statement_is_refused(world, by, why):
    (statement,) = said(world, PROVENANCE)
    forget(world, PROVENANCE)
    if by:
        sign(world, statement, by)
    else:
        envelope = json.loads(seal(statement.to_bytes(), PAYLOAD, world.signer("ana")))
        payload = statement.to_bytes().replace(b'"attempts":1', b'"attempts":2')
        edited = envelope | {"payload": base64.b64encode(payload).decode()}
        state(world, statement, json.dumps(edited).encode())
    (found,) = refused(world, code=26).items()
    assert found[0] == "provenance"
    assert why in found[1]


def test_a_statement_that_is_simply_gone_is_refused(world):
    forget(world, VALIDATION)
    assert refused(world) == {"validation": "none"}


def test_a_statement_of_another_artifact_is_refused(world):
    (statement,) = said(world, PROVENANCE)
    others = tuple((name, digest_bytes(name.encode())) for name, _ in statement.subjects)
    forget(world, PROVENANCE)
    sign(world, replace(statement, subjects=others))
    (found,) = refused(world, code=26).items()
    assert found[0] == "provenance"
    assert "a statement of another artifact" in found[1]


def test_an_expired_key_approves_nothing_and_what_the_ledger_recorded_still_counts(world):
    ask(world, approvals="{release = 1}")
    soon = int(time.time()) + 1
    ends = f"until = {datetime.datetime.fromtimestamp(soon, datetime.UTC).isoformat()}"
    world.path("trust.toml").write_text(trust_text(world, ben=ends, ana=ends))
    time.sleep(max(0, soon - time.time()))
    (found,) = refused(world, by="rob", code=26).items()  # ana's statements: recorded in dev
    assert found[0] == "approvals.release"
    assert "ben@example.org does not count: the key expired on" in found[1]
    again = world.type("approve", LABEL, "--role", "release", by="ben")
    assert (again.code, "the key expired on" in again.err) == (1, True)
    told = refused(world, by="ana", code=26)
    assert "the key expired on" in json.dumps(told)


def test_an_older_digest_is_not_played_back(world):
    first = released(world)
    second = world.release("0.2.0")
    for channel in ("dev", "staging", "prod"):
        world.promote(LABEL if channel == "dev" else second, channel)
    found = refused(world, first.artifact.digest.hex, "--to", "staging")
    assert [*found] == ["newer"]
    assert found["newer"].startswith("`staging` had it from ")
    found = refused(world, first.artifact.digest.hex, "--to", "prod")
    assert found == {"newer": "`staging` had it before what `prod` has now"}
    shown = world.type("approve", LABEL, "--role", "release", "--json", "--dry-run", by="ben").json
    assert [*shown["files"].values()] == [second], "a label means its newest release"


def test_a_truncated_ledger_is_refused(world):
    folder = world.path("channels/ledger")
    shutil.copytree(folder, world.folder / "ledger", symlinks=True)
    world.promote(released(world).artifact.digest.hex, "prod")
    shutil.rmtree(folder)
    shutil.copytree(world.folder / "ledger", folder, symlinks=True)
    told = refused(world, code=26)
    assert told["message"] == "the ledger is not whole"
    assert told["facts"]["because"].startswith("entry 3 is missing")


def test_an_edited_ledger_is_refused(world):
    folder = world.path("channels/ledger")
    place = open_place("channels/ledger", world.root)
    manifest = Manifest.parse(place.manifest(place.tag("ledger")))
    envelope = json.loads(place.blob(manifest.layers[0]))
    payload = base64.b64decode(envelope["payload"]).replace(b'"because":""', b'"because":"x"')
    edited = json.dumps(envelope | {"payload": base64.b64encode(payload).decode()}).encode()
    place.put_blob(edited)
    first = replace(manifest.layers[0], digest=digest_bytes(edited), size=len(edited))
    layers = (first, *manifest.layers[1:])
    new = place.put_manifest(replace(manifest, layers=layers).to_bytes())
    assert place.swap("ledger", place.tag("ledger"), new)
    assert folder.is_dir()
    told = refused(world, code=26)
    assert told["message"] == "the ledger is not whole"
    assert "the signature is not of these bytes" in told["facts"]["because"]


def test_an_organisation_s_policy_is_asked_beside_the_workspace_s(world):
    policy = world.folder / "policy.toml"
    policy.write_text('fxg = 1\n[channels."*"]\nmodels = ["claude*"]\n')
    what = (released(world).artifact.digest.hex, "--to", "prod")
    ask(world, models='["*"]')
    done = world.type("promote", *what, env={"FXG_POLICY": str(policy)})
    assert done.code == 24
    assert f'asked by    {policy} [channels."*"]' in done.err
    policy.write_text("fxg = 1\n[channels.prod]\nmodles = []\n")
    done = world.type("promote", *what, env={"FXG_POLICY": str(policy)})
    assert done.code == 1
    assert f"{policy}:3:1: unknown key `modles`" in done.err
    assert "closest   `models`" in done.err
    policy.unlink()
    done = world.type("promote", *what, env={"FXG_POLICY": str(policy)})
    assert done.code == 1
    assert f"{policy}: the organisation's policy cannot be read: No such file" in done.err
    assert "asked by  the variable FXG_POLICY" in done.err
