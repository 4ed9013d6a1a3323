"""What statements say of a built artifact is what its stores hold, and nothing is ever built."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from fxgbuild.digest import Digest, canonical_json, digest_bytes
from fxgbuild.errors import Distrusted, IntegrityError, PromotionRefused, UsageError
from fxgbuild.promote.closure import unpack
from fxgbuild.release.closure import contents, pack
from fxgbuild.release.provenance import read_provenance
from fxgbuild.release.release import Release
from fxgbuild.release.statement import Statement
from fxgbuild.release.validation import read_validation
from fxgbuild.store.index import Index
from tests.e2e.conftest import REPOSITORY, clean_environment
from tests.git.repositories import git

from .mail import WHEEL, Mail, build_of, commit_as, made, write_mail

AT = "2027-01-02T03:04:05Z"
NODES = ["//greet:hello", "//triage:count", "//triage:answer"]
STAGES = ["lint", "type", "security", "test"]
CLOSURE = {
    "cache/triage/answer/code.py",
    "cache/triage/answer/pin.json",
    "fxgbuild.toml",
    "pipelines/greet/fxg.yaml",
    "pipelines/greet/other.py",
    "pipelines/greet/test_other.py",
    "pipelines/greet/words.txt",
    "pipelines/triage/acceptance/answer.jsonl",
    "pipelines/triage/count.py",
    "pipelines/triage/fxg.yaml",
    "pipelines/triage/lib/words.py",
    "pipelines/triage/sample.txt",
    "rules/plain/rules.toml",
    "rules/plain/templates/hello.py",
}


@pytest.fixture(scope="module")
def mail(tmp_path_factory):
    """Built and committed by three people; not to be changed."""
    root = tmp_path_factory.mktemp("mail") / "some" / "folder"
    workspace = write_mail(root)
    git(root.parent, "init", "-q", "-b", "main")
    commit_as(root, "ana")
    commit_as(root, "ben", {"pipelines/greet/words.txt": "other words\n"})
    done = workspace.type("build", WHEEL)
    assert done.code == 0, done.err
    workspace.head = commit_as(root, "cyd", {"README.md": "Read.\n"})
    return workspace


@pytest.fixture(scope="module")
def release(mail):
    return made(mail.root)


@pytest.fixture
def own(mail, tmp_path):
    """A copy to change, in its repository."""
    shutil.copytree(mail.root.parent, tmp_path / "copy", symlinks=True)
    return Mail(tmp_path / "copy" / "folder")


def test_every_node_of_the_closure_is_told_with_what_it_passed(mail, release):
    evidence = release.evidence
    assert sorted(node.label for node in evidence.nodes) == sorted(NODES)
    node = {node.label: node for node in evidence.nodes}
    assert [node[label].origin for label in NODES] == ["template", "source", "model"]
    answer = node["//triage:answer"]
    pin = json.loads(mail.path("cache/triage/answer/pin.json").read_text())
    assert (answer.key, answer.pinned) == (Digest(pin["key"]), Digest(pin["code"]))
    assert (answer.model, answer.provider, answer.attempts) == ("claude", "batch", 2)
    assert (answer.carried, answer.adopted, answer.upstream) == (1, False, ("//greet:hello",))
    index = Index(mail.path(".fxgbuild/index"))
    shown = mail.path(".fxgbuild/out")
    for one in evidence.nodes:
        package, _, name = one.label[2:].partition(":")
        assert one.code == digest_bytes((shown / package / f"{name}.py").read_bytes())
        assert [passed.action for passed in one.passed] == STAGES
        assert [sorted(passed.tools) for passed in one.passed] == [
            ["ruff"], ["mypy"], ["bandit"], ["hypothesis", "pytest"],
        ]  # fmt: skip
        assert [bool(passed.sandbox) for passed in one.passed] == [False, False, False, True]
    assert [passed.action for passed in evidence.graph] == ["integrate", "emit"]
    for passed in (*answer.passed, *evidence.graph):
        record = index.get(f"{passed.action}:{passed.key.hex}")
        assert passed.record == digest_bytes(canonical_json(record))
        assert passed.date == record["date"]


def test_findings_are_what_people_should_know_of_what_passed(release):
    found = {finding["rule"]: finding for finding in release.evidence.findings}
    assert len(found) == len(release.evidence.findings) == 3
    assert found["carried"]["text"].endswith("because: wording only (changed: spec.text)")
    assert "hidden cases do not hold: case[1], " in found["missed"]["text"]
    assert found["excused"]["text"] == "count.py:8: # noqa: F401"
    assert {(one["node"], one["stage"]) for one in found.values()} == {
        ("//triage:answer", "generate"), ("//triage:answer", "test"), ("//triage:count", "lint"),
    }  # fmt: skip
    assert len({finding["id"] for finding in found.values()}) == 3


def test_the_commit_names_everybody_whose_work_the_closure_is(mail, release):
    commit = release.evidence.commit
    assert (commit.id, commit.clean) == (mail.head, True)
    assert commit.authors == ("ana@example.org", "ben@example.org", "cyd@example.org")


def test_what_is_not_built_here_is_refused_with_the_command_that_builds_it(own):
    own.edit("pipelines/triage/lib/words.py", "split()", "split(None)")
    before = sorted(own.path(".fxgbuild/cas").rglob("*"))
    with pytest.raises(PromotionRefused) as refused:
        made(own.root)
    assert refused.value.hint == f"`fxgbuild build {WHEEL}`"
    assert "lint, type, security, test" in refused.value.facts["//triage:count"]
    assert sorted(own.path(".fxgbuild/cas").rglob("*")) == before
    for label in ("//triage:answer", "//triage:whee"):
        with pytest.raises(UsageError, match="only artifacts are released"):
            made(own.root, label)


def test_a_pin_whose_parts_disagree_is_an_integrity_failure(own):
    path = own.path("cache/triage/answer/code.py")
    path.write_text(path.read_text() + "# edited\n")
    with pytest.raises(IntegrityError, match="was edited"):
        made(own.root)


# The closure -------------------------------------------------------------------------------------


def test_the_closure_holds_what_the_label_needs_and_nothing_else(mail, release):
    files = contents(release.blobs[release.release.closure.digest])
    assert set(files) == CLOSURE
    assert all(data == mail.path(name).read_bytes() for name, data in files.items())


def test_a_closure_builds_to_the_same_release_elsewhere(release, tmp_path):
    closure = release.blobs[release.release.closure.digest]
    again = build_of(closure, tmp_path / "else where", WHEEL)
    assert again.evidence.files == release.evidence.files
    assert again.evidence.findings == release.evidence.findings  # under the same ids
    assert again.release.digest == release.release.digest
    assert again.blobs == release.blobs


def test_without_its_data_a_closure_would_not_build_and_is_refused(own):
    own.path("pipelines/triage/sample.txt").unlink()
    with pytest.raises(PromotionRefused, match=r"`pipelines/triage/sample.txt` is absent"):
        made(own.root)


def test_what_lies_outside_of_the_workspace_is_in_no_closure(own):
    shutil.copytree(REPOSITORY / "rules/learning", own.path("../mine/learning"))
    own.edit("fxgbuild.toml", "fxg = 1\n", 'fxg = 1\nbuiltin_rules = "../mine"\n')
    with pytest.raises(PromotionRefused, match="outside of the workspace") as refused:
        made(own.root)
    assert "../mine/learning/" in refused.value.facts["outside"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"a": b""}, "no fxgbuild.toml"),
        ({"fxgbuild.toml": b"fxg = 7\n"}, "no fxgbuild.toml"),
        ({"fxgbuild.toml": b'store = "mine"\n', "mine/index/x": b""}, "verdicts of its own"),
    ],
)
def test_a_closure_that_is_no_workspace_is_not_laid_out(files, why, tmp_path):
    with pytest.raises(Distrusted) as refused:
        unpack(pack(files), tmp_path / "new")
    assert why in refused.value.facts["why"]
    assert not list(tmp_path.iterdir())


def test_a_closure_is_laid_out_into_nothing_that_is_there(tmp_path):
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        unpack(pack({"fxgbuild.toml": b"fxg = 1\n"}), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


# The commit --------------------------------------------------------------------------------------


def dirty(workspace):
    return not made(workspace.root).evidence.commit.clean


def test_a_commit_is_clean_where_it_has_the_very_bytes_of_the_closure(own):
    own.path("beside.txt").write_text("untracked, and nobody reads it")
    assert not dirty(own)
    own.path("README.md").write_text("tracked, and changed")
    assert dirty(own)
    git(own.root, "update-index", "--skip-worktree", "README.md")
    assert not dirty(own)  # git is told not to look; no file of the closure is hidden so
    git(own.root, "rm", "-q", "--cached", "pipelines/greet/words.txt")
    own.path(".gitignore").write_text(".fxgbuild/\nwords.txt\n")
    commit_as(own.root, "dan")
    assert dirty(own)  # an ignored file that the closure reads


def test_git_told_to_look_away_does_not_hide_a_change(own):
    own.edit("pipelines/greet/words.txt", "other", "changed")
    git(own.root, "update-index", "--skip-worktree", "pipelines/greet/words.txt")
    assert dirty(own)


def test_outside_of_git_there_is_no_commit(mail, release, tmp_path):
    shutil.copytree(mail.root, tmp_path / "ws", symlinks=True)
    found = made(tmp_path / "ws")
    assert found.evidence.commit is None
    assert found.release.digest == release.release.digest


# What is stated ----------------------------------------------------------------------------------


def test_statements_read_back_to_the_evidence(release):
    for statement, read in zip(
        release.statements(AT), (read_provenance, read_validation), strict=True
    ):
        assert statement.at == AT
        again = Statement.parse(statement.to_bytes())
        assert read(again) == release.evidence
        assert again.about(release.release.digest)
        assert Release.parse(release.release.manifest.to_bytes()) == release.release


def test_the_bill_of_materials_is_valid_and_of_the_same_bytes_in_every_process(
    mail, release, tmp_path
):
    bill = release.blobs[release.release.sbom.digest]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.decode()) is None
    code = (
        "import sys; from tests.promote.mail import made; found = made(sys.argv[1]);"
        "sys.stdout.buffer.write(found.blobs[found.release.sbom.digest])"
    )
    again = subprocess.run(
        [sys.executable, "-c", code, str(mail.root)],
        cwd=Path(__file__).parents[2],
        env=clean_environment() | {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata"},
        capture_output=True,
        check=True,
    )
    assert again.stdout == bill
