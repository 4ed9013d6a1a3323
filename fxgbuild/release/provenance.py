"""Provenance of an artifact: SLSA provenance v1, of what it was built and what that passed."""

from collections.abc import Iterable, Mapping

from fxgbuild.digest import Digest, Json, canonical_json, digest_bytes
from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.evidence import Commit, Evidence, NodeEvidence, Passed
from fxgbuild.release.fields import Fields, is_time, one
from fxgbuild.release.release import CLOSURE, Release
from fxgbuild.release.statement import PROVENANCE, Statement
from fxgbuild.release.subjects import subjects_of
from fxgbuild.release.validation import (
    commit_of,
    files_of,
    findings_of,
    is_named,
    node_json,
    node_of,
    passed_json,
    passed_of,
)

BUILD_TYPE = "https://fxgbuild.dev/build/v1"
BUILDER = "https://fxgbuild.dev/builder/v1"


def provenance(evidence: Evidence, release: Release, at: str) -> Statement:
    """State where an artifact comes from; `at` is a time such as `2026-11-21T19:00:00Z`."""
    predicate = _predicate(evidence, release.digest, release.closure.digest, at)
    return Statement(subjects_of(release), PROVENANCE, predicate)


def read_provenance(statement: Statement) -> Evidence:
    """The evidence of a provenance statement; raises Malformed where it is not exactly ours."""
    if statement.predicate_type != PROVENANCE:
        raise Malformed("no provenance")
    predicate = Fields.of(statement.predicate, "a provenance")
    definition = predicate.part("buildDefinition")
    if definition.text("buildType") != BUILD_TYPE:
        raise Malformed("a provenance of another kind of build")
    details = predicate.part("runDetails")
    sources = _by_part(definition.parts("resolvedDependencies"))
    made = _by_part(details.parts("byproducts"))
    asked, inside = definition.part("externalParameters"), definition.part("internalParameters")
    commits = sources.get("commit", ())
    evidence = Evidence(
        label=asked.text("label"),
        kind=inside.text("kind"),
        name=inside.text("name"),
        version=inside.text("version"),
        files=files_of(statement),
        nodes=_nodes(sources.get("code", ()), made.get("verdict", ())),
        graph=_passed_of(asked.text("label"), made.get("verdict", ())),
        lock=inside.digest_or_none("lock"),
        requirements=tuple(
            (x.text("name"), x.part("annotations").text("version"))
            for x in sources.get("distribution", ())
        ),
        commit=commit_of(one(commits, "its commit").part("annotations")) if commits else None,
        fxgbuild=inside.text("fxgbuild"),
        runtime=inside.digest("runtime"),
        python=inside.text("python"),
        platform=inside.text("platform"),
        findings=findings_of(one(made.get("findings", ()), "its findings").part("annotations")),
        integrates=inside.flag("integrates"),
    )
    closure = one(sources.get("closure", ()), "its closure").part("digest").digest("sha256")
    finished = details.part("metadata").time("finishedOn")
    if not is_named(statement, evidence):
        raise Malformed("a provenance that is of another artifact than it says")
    release = statement.subjects[-1][1]
    if _predicate(evidence, release, closure, finished) != statement.predicate:
        raise Malformed("a provenance with more or less than belongs there")
    return evidence


def _predicate(evidence: Evidence, release: Digest, closure: Digest, at: str) -> Json:
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"label": evidence.label},
            "internalParameters": {
                "kind": evidence.kind,
                "name": evidence.name,
                "version": evidence.version,
                "fxgbuild": evidence.fxgbuild,
                "python": evidence.python,
                "platform": evidence.platform,
                "runtime": evidence.runtime.hex,
                "lock": evidence.lock.hex if evidence.lock else None,
                "integrates": evidence.integrates,
            },
            "resolvedDependencies": _dependencies(evidence, closure),
        },
        "runDetails": {
            "builder": {"id": BUILDER, "version": {"fxgbuild": evidence.fxgbuild}},
            "metadata": {
                "invocationId": f"{release.hex}@{at}",
                "startedOn": _started(evidence, at),
                "finishedOn": at,
            },
            "byproducts": _byproducts(evidence),
        },
    }


def _dependencies(evidence: Evidence, closure: Digest) -> list[Json]:
    found = [_commit(evidence.commit)] if evidence.commit else []
    for node in evidence.nodes:
        about = {n: v for n, v in node_json(node).items() if n not in ("label", "code")}
        found.append(_described("code", node.label, node.code, about))
        if node.key:
            found.append(_described("preimage", node.label, node.key))
    if evidence.lock:
        found.append(_described("lock", "lock", evidence.lock))
    for name, version in evidence.requirements:
        about = {"part": "distribution", "version": version}
        uri = f"pkg:pypi/{name}@{version.replace('!', '%21').replace('+', '%2B')}"
        found.append({"name": name, "uri": uri, "annotations": about})
    closed = _described("closure", "closure.tar", closure)
    return [*found, closed | {"mediaType": CLOSURE}]


def _commit(commit: Commit) -> Json:
    about: dict[str, Json] = {
        "part": "commit",
        "id": commit.id,
        "clean": commit.clean,
        "authors": list(commit.authors),
        "repository": commit.repository,
    }
    where = {"uri": f"git+{commit.repository}@{commit.id}"} if commit.repository else {}
    return where | {"name": "commit", "digest": {"gitCommit": commit.id}, "annotations": about}


def _byproducts(evidence: Evidence) -> list[Json]:
    owners = [(node.label, node.passed) for node in evidence.nodes]
    verdicts = [
        _described("verdict", label, record, {n: v for n, v in about.items() if n != "record"})
        for label, passed in [*owners, (evidence.label, evidence.graph)]
        for about, record in zip(passed_json(passed), (x.record for x in passed), strict=True)
    ]
    findings = list(evidence.findings)
    kept = digest_bytes(canonical_json(findings))
    return [*verdicts, _described("findings", "findings", kept, {"findings": findings})]


def _described(
    part: str, name: str, digest: Digest, about: Mapping[str, Json] | None = None
) -> dict[str, Json]:
    """A resource descriptor of in-toto, with what it stands for among its annotations."""
    annotations = {"part": part, **(about or {})}
    return {"name": name, "digest": {"sha256": digest.hex}, "annotations": annotations}


def _started(evidence: Evidence, at: str) -> str:
    """The first day of what went into the artifact: its oldest generation or verdict."""
    passed = [x for node in evidence.nodes for x in node.passed] + list(evidence.graph)
    days = [x.date for x in passed] + [node.generated for node in evidence.nodes]
    return min([time for day in days if is_time(time := f"{day}T00:00:00Z")] + [at])


def _by_part(found: Iterable[Fields]) -> dict[str, tuple[Fields, ...]]:
    parts: dict[str, tuple[Fields, ...]] = {}
    for item in found:
        name = item.part("annotations").text("part")
        parts[name] = (*parts.get(name, ()), item)
    return parts


def _nodes(codes: Iterable[Fields], verdicts: tuple[Fields, ...]) -> tuple[NodeEvidence, ...]:
    return tuple(
        node_of(
            code.part("annotations"),
            code.text("name"),
            code.part("digest").digest("sha256"),
            _passed_of(code.text("name"), verdicts),
        )
        for code in codes
    )


def _passed_of(label: str, verdicts: tuple[Fields, ...]) -> tuple[Passed, ...]:
    own = [verdict for verdict in verdicts if verdict.text("name") == label]
    digests = [verdict.part("digest").digest("sha256").hex for verdict in own]
    return passed_of(
        tuple(
            Fields({**verdict.part("annotations").value, "record": digest}, verdict.what)
            for verdict, digest in zip(own, digests, strict=True)
        )
    )
