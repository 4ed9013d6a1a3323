"""The validation attestation: what an artifact's code passed, with which tools, where.

Its predicate is the evidence itself as one plain document, with the time at which it was stated.
"""

from fxgbuild.digest import Digest, Json
from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.evidence import Commit, Evidence, NodeEvidence, Passed
from fxgbuild.release.fields import Fields
from fxgbuild.release.release import Release
from fxgbuild.release.statement import VALIDATION, Statement
from fxgbuild.release.subjects import subjects_of

FINDING = ("id", "node", "stage", "rule", "text")


def validation(evidence: Evidence, release: Release, at: str) -> Statement:
    """State what an artifact passed; `at` is a time such as `2026-11-21T19:00:00Z`."""
    predicate = evidence_json(evidence) | {"at": at}
    return Statement(subjects_of(release), VALIDATION, predicate)


def read_validation(statement: Statement) -> Evidence:
    """The evidence of a validation statement; raises Malformed where it is not exactly that."""
    if statement.predicate_type != VALIDATION:
        raise Malformed("no validation attestation")
    predicate = Fields.of(statement.predicate, "a validation attestation")
    evidence = evidence_of(predicate, files_of(statement))
    again = evidence_json(evidence) | {"at": predicate.time("at")}
    if again != statement.predicate or not is_named(statement, evidence):
        raise Malformed("a validation attestation with more than belongs there")
    return evidence


def files_of(statement: Statement) -> tuple[tuple[str, Digest], ...]:
    """The artifact's files that a statement names; the release stands last."""
    return statement.subjects[:-1]


def is_named(statement: Statement, evidence: Evidence) -> bool:
    """Does the last of the statement's subjects have the artifact's label?"""
    return [name for name, _ in statement.subjects[-1:]] == [evidence.label]


def evidence_json(evidence: Evidence) -> dict[str, Json]:
    """Evidence as a document; the artifact's files are not in it, statements name them."""
    return {
        "label": evidence.label,
        "kind": evidence.kind,
        "name": evidence.name,
        "version": evidence.version,
        "nodes": [
            node_json(node) | {"passed": passed_json(node.passed)} for node in evidence.nodes
        ],
        "graph": passed_json(evidence.graph),
        "integrates": evidence.integrates,
        "lock": _hex(evidence.lock),
        "requirements": [{"name": n, "version": v} for n, v in evidence.requirements],
        "commit": commit_json(evidence.commit) if evidence.commit else None,
        "fxgbuild": evidence.fxgbuild,
        "runtime": evidence.runtime.hex,
        "python": evidence.python,
        "platform": evidence.platform,
        "findings": list(evidence.findings),
    }


def evidence_of(found: Fields, files: tuple[tuple[str, Digest], ...]) -> Evidence:
    """Read what `evidence_json` wrote; raises Malformed."""
    commit = found.value.get("commit")
    return Evidence(
        label=found.text("label"),
        kind=found.text("kind"),
        name=found.text("name"),
        version=found.text("version"),
        files=files,
        nodes=tuple(
            node_of(part, part.text("label"), part.digest("code"), passed_of(part.parts("passed")))
            for part in found.parts("nodes")
        ),
        graph=passed_of(found.parts("graph")),
        lock=found.digest_or_none("lock"),
        requirements=tuple(
            (x.text("name"), x.text("version")) for x in found.parts("requirements")
        ),
        commit=None if commit is None else commit_of(found.part("commit")),
        fxgbuild=found.text("fxgbuild"),
        runtime=found.digest("runtime"),
        python=found.text("python"),
        platform=found.text("platform"),
        findings=findings_of(found),
        integrates=found.flag("integrates"),
    )


def node_json(node: NodeEvidence) -> dict[str, Json]:
    return {
        "label": node.label,
        "task": node.task,
        "origin": node.origin,
        "code": node.code.hex,
        "key": _hex(node.key),
        "pinned": _hex(node.pinned),
        "provider": node.provider,
        "model": node.model,
        "attempts": node.attempts,
        "generated": node.generated,
        "carried": node.carried,
        "adopted": node.adopted,
        "upstream": list(node.upstream),
        "requires": list(node.requires),
    }


def node_of(found: Fields, label: str, code: Digest, passed: tuple[Passed, ...]) -> NodeEvidence:
    return NodeEvidence(
        label=label,
        task=found.text("task"),
        origin=found.text("origin"),
        code=code,
        passed=passed,
        key=found.digest_or_none("key"),
        pinned=found.digest_or_none("pinned"),
        provider=found.text("provider"),
        model=found.text("model"),
        attempts=found.whole("attempts"),
        generated=found.text("generated"),
        carried=found.whole("carried"),
        adopted=found.flag("adopted"),
        upstream=found.texts("upstream"),
        requires=found.texts("requires"),
    )


def passed_json(passed: tuple[Passed, ...]) -> list[Json]:
    return [
        {
            "action": one.action,
            "key": one.key.hex,
            "record": one.record.hex,
            "tools": dict(one.tools),
            "sandbox": one.sandbox,
            "date": one.date,
        }
        for one in passed
    ]


def passed_of(found: tuple[Fields, ...]) -> tuple[Passed, ...]:
    return tuple(
        Passed(
            action=one.text("action"),
            key=one.digest("key"),
            record=one.digest("record"),
            tools=one.table("tools"),
            sandbox=one.text("sandbox"),
            date=one.text("date"),
        )
        for one in found
    )


def commit_json(commit: Commit) -> dict[str, Json]:
    return {
        "id": commit.id,
        "clean": commit.clean,
        "authors": list(commit.authors),
        "repository": commit.repository,
    }


def commit_of(found: Fields) -> Commit:
    return Commit(
        found.text("id"), found.flag("clean"), found.texts("authors"), found.text("repository")
    )


def findings_of(found: Fields) -> tuple[Json, ...]:
    return tuple({name: part.text(name) for name in FINDING} for part in found.parts("findings"))


def _hex(digest: Digest | None) -> str | None:
    return digest.hex if digest else None
