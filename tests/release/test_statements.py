"""Provenance and validation: nothing is lost, nothing else is read, and others can read them."""

import copy
import dataclasses
import json

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2

from fxgbuild.digest import Digest
from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.provenance import provenance, read_provenance
from fxgbuild.release.statement import PAYLOAD, Statement
from fxgbuild.release.validation import read_validation, validation
from fxgbuild.signing.envelope import Distrust, read_envelope, seal, signed_by
from fxgbuild.signing.keys import new_key, signer_of

from .evidences import FOUND, evidence, release_of

AT = "2027-01-02T03:04:05Z"
PAIRS = {"provenance": (provenance, read_provenance), "validation": (validation, read_validation)}
pairs = pytest.mark.parametrize("kind", PAIRS)


def stated(kind, found):
    """A statement, and the evidence with the digests that the release's files really have."""
    found = dataclasses.replace(found, files=tuple(release_of(found).files.items()))
    return found, PAIRS[kind][0](found, release_of(found), AT)


@pairs
@given(found=evidence)
@settings(max_examples=25)
def test_what_is_stated_reads_back_without_loss(kind, found):
    found, statement = stated(kind, found)
    again = Statement.parse(statement.to_bytes())
    assert PAIRS[kind][1](again) == found
    assert again.at == AT
    assert again.subjects[-1] == (found.label, release_of(found).digest)


def places(value, path=()):
    """Every place within a document."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, name))


def changed(value, path, new):
    value = copy.deepcopy(value)
    home = value
    for name in path[:-1]:
        home = home[name]
    home[path[-1]] = new
    return value


GARBAGE = (None, True, -1, 1.5, "x", [None], {"a": 1})


@pairs
def test_garbage_anywhere_in_a_statement_is_malformed_or_other_evidence(kind):
    """Never a traceback, and never read as what it was before."""
    found, statement = stated(kind, FOUND)
    document = json.loads(statement.to_bytes())["predicate"]
    for path in places(document):
        for new in GARBAGE:
            edited = changed(document, path, new)
            if json.dumps(edited) == json.dumps(document):
                continue
            other = Statement(statement.subjects, statement.predicate_type, edited)
            try:
                again = PAIRS[kind][1](other)
            except Malformed:
                continue
            assert again != found, path


def test_a_provenance_names_the_closure():
    _, statement = stated("provenance", FOUND)
    *_, closure = statement.predicate["buildDefinition"]["resolvedDependencies"]
    assert closure["digest"] == {"sha256": release_of(FOUND).closure.digest.hex}


@pairs
@given(found=evidence)
@settings(max_examples=10)
def test_one_key_more_or_less_is_malformed(kind, found):
    _, statement = stated(kind, found)
    document = json.loads(statement.to_bytes())["predicate"]
    for more in (document | {"more": 1}, {n: v for n, v in document.items() if n != min(document)}):
        with pytest.raises(Malformed):
            PAIRS[kind][1](Statement(statement.subjects, statement.predicate_type, more))


@pairs
@given(found=evidence)
@settings(max_examples=10)
def test_a_statement_about_something_else_is_malformed(kind, found):
    _, statement = stated(kind, found)
    read = PAIRS[kind][1]
    for subjects in ((), statement.subjects[:-1], (*statement.subjects, ("x", Digest("0" * 64)))):
        with pytest.raises(Malformed):
            read(Statement(subjects, statement.predicate_type, statement.predicate))
    with pytest.raises(Malformed):
        read(Statement(statement.subjects, "https://example.org/x", statement.predicate))


@given(found=evidence)
@settings(max_examples=10)
def test_in_toto_s_own_definitions_take_them_to_the_last_field(found):
    """Unknown fields and wrong types are errors to this parser."""
    for kind in PAIRS:
        _, statement = stated(kind, found)
        document = json.loads(statement.to_bytes())
        whole = json_format.ParseDict(document, statement_pb2.Statement())
        assert whole.predicate_type == statement.predicate_type
        assert [x.digest["sha256"] for x in whole.subject] == [d.hex for _, d in statement.subjects]
    _, statement = stated("provenance", found)
    slsa = json_format.ParseDict(statement.predicate, provenance_pb2.Provenance())
    assert slsa.build_definition.build_type == "https://fxgbuild.dev/build/v1"
    assert slsa.build_definition.external_parameters["label"] == found.label
    assert slsa.run_details.metadata.finished_on.ToJsonString() == AT
    times = slsa.run_details.metadata
    assert times.started_on.seconds <= times.finished_on.seconds
    for part in (*slsa.build_definition.resolved_dependencies, *slsa.run_details.byproducts):
        assert part.uri or part.digest  # of each the specification asks for one


@given(found=evidence)
@settings(max_examples=5)
def test_a_statement_verifies_when_it_is_signed_and_not_when_it_was_edited(found):
    signer = signer_of(new_key(), "a test")
    _, statement = stated("provenance", found)
    sealed = seal(statement.to_bytes(), PAYLOAD, signer)
    envelope = read_envelope(sealed)
    assert signed_by(envelope, [signer.id]) == signer.id
    assert Statement.parse(envelope.payload) == statement
    text = envelope.payload.replace(b"finishedOn", b"finishedAt")
    with pytest.raises(Distrust):
        signed_by(dataclasses.replace(envelope, payload=text), [signer.id])
