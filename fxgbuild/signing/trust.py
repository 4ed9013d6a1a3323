"""The trust file: whose keys count, in which roles, from when until when; and what they signed.

A key stays in the file when another takes its place: what it signed in its time still counts.
"""

import datetime
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.errors import BadWorkspace, Distrusted
from fxgbuild.lang.channels import Name
from fxgbuild.lang.documents import read_document
from fxgbuild.lang.teml import Part
from fxgbuild.lang.text import parse
from fxgbuild.lang.toml_text import read_toml
from fxgbuild.lang.unreadable import MAX_BYTES
from fxgbuild.oci.manifest import Malformed
from fxgbuild.problem import Location, Problem
from fxgbuild.release import entry as ledger
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.entry import Entry
from fxgbuild.release.fields import is_time
from fxgbuild.release.release import Release
from fxgbuild.release.statement import APPROVAL, PAYLOAD, PROVENANCE, REBUILD, VALIDATION, Statement
from fxgbuild.release.subjects import is_about
from fxgbuild.signing.envelope import (
    GARBAGE,
    SIGNATURE,
    UNSIGNED,
    UNTRUSTED,
    Distrust,
    Envelope,
    read_envelope,
    signers,
)
from fxgbuild.signing.keys import ID, need_library

SKEW = datetime.timedelta(minutes=5)  # that clocks may differ
PROMOTER = "promoter"
ROLES = {PROVENANCE: "builder", VALIDATION: "builder", REBUILD: "verifier"}
WORDS = {
    GARBAGE: "it is no envelope of a signed statement",
    UNSIGNED: "unsigned",
    UNTRUSTED: "signed by a key that is not in the trust file",
    SIGNATURE: "the signature is not of these bytes",
}


def _moment(value: object) -> datetime.datetime:
    """A moment that a date or a date-time means; a day begins at midnight in UTC."""
    if isinstance(value, str):
        try:
            parsed = datetime.datetime.fromisoformat(value)
            value = parsed if len(value) > len("2026-01-01") else parsed.date()
        except ValueError:
            pass
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ValueError("a time has a zone: `2026-01-01T00:00:00Z`")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError("a time outside of the calendar") from None
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError("a date is needed, such as `2026-01-01`")


def _address(person: str) -> str:
    name, at, host = person.partition("@")
    if not (name and at and host) or "@" in host or not person.isprintable() or " " in person:
        raise ValueError("an e-mail address is needed: commits name their authors by it")
    return person


Moment = Annotated[
    datetime.datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


class KeyDoc(Part):
    """A public key: whose it is, what it may say, and when."""

    id: Annotated[str, StringConstraints(pattern=rf"^{ID.pattern}$")]
    person: Annotated[str, AfterValidator(_address)] = Field(description="An e-mail address.")
    roles: tuple[Name, ...] = Field(
        min_length=1,
        description="builder, verifier, promoter, and the roles that policies ask approvals of.",
    )
    since: Moment = Field(alias="from", description="The first day, or a date-time.")
    until: Moment = Field(description="The first day on which it signs no more.")
    revoked: StrictBool = Field(
        default=False, description="Whatever it signed, whenever, counts no longer."
    )


class TrustDoc(Part):
    """A trust file."""

    fxg: Literal[1] = 1
    keys: tuple[KeyDoc, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with its person and its time, the end not in it."""

    id: str
    person: str
    roles: frozenset[str]
    since: datetime.datetime
    until: datetime.datetime
    revoked: bool = False

    def valid(self, at: datetime.datetime) -> bool:
        return self.since <= at < self.until

    def doubt(self, role: str, at: datetime.datetime) -> str:
        """Why what it says in a role, at a time, does not count; empty where it does."""
        if self.revoked:
            return "the key is revoked"
        if role not in self.roles:
            return f"the key may not say this (role {role})"
        if at < self.since:
            return f"the key was not valid before {_day(self.since)}"
        return "" if at < self.until else f"the key expired on {_day(self.until)}"


@dataclass(frozen=True)
class Trust:
    """The keys of a trust file."""

    keys: tuple[Key, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Key]:
        return {key.id: key for key in self.keys}

    def find(self, key_id: str) -> Key | None:
        return self.by_id.get(key_id)

    def doubt(self, key_id: str, role: str, at: datetime.datetime) -> str:
        """Why a signature by this key, made then, would not count; empty where it would."""
        key = self.find(key_id)
        return key.doubt(role, at) if key else WORDS[UNTRUSTED]


# The file -----------------------------------------------------------------------------------------


def read_trust(path: Path, shown: str = "") -> Trust:
    """Read a trust file; raises BadWorkspace with every problem in it, each where it stands."""
    name = shown or str(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is no regular file")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"the trust file cannot be read: {error.strerror or error}"
        hint = "`fxgbuild cache keygen FILE` prints the block of a key that goes into it"
        raise BadWorkspace([Problem(Location(name), "FXG1117", message, hint=hint)]) from None
    return parse_trust(name, data)


def parse_trust(name: str, data: bytes) -> Trust:
    """Read a trust file's bytes; raises BadWorkspace."""
    toml = partial(parse, read=partial(read_toml, dates=True))
    doc, document, problems = read_document(name, data, TrustDoc, toml)
    if doc is None or problems:
        raise BadWorkspace(problems)
    first: dict[str, Location] = {}
    for number, key in enumerate(doc.keys):
        where = document.at("keys", number, "id")
        if first.setdefault(key.id, where) != where:
            message = f"the key is there already, on line {first[key.id].line}"
            problems.append(Problem(where, "FXG1102", message))
        if key.until <= key.since:
            where = document.at("keys", number, "until")
            problems.append(Problem(where, "FXG1102", "`until` comes after `from`"))
    if problems:
        raise BadWorkspace(problems)
    return Trust(
        tuple(
            Key(key.id, key.person, frozenset(key.roles), key.since, key.until, key.revoked)
            for key in doc.keys
        )
    )


# What was signed ----------------------------------------------------------------------------------


def open_attestation(
    data: bytes,
    manifest: Digest,
    release: Release,
    trust: Trust,
    now: datetime.datetime,
    witnessed: Mapping[Digest, str],
) -> Attestation:
    """Open an envelope that a manifest carries; never raises: the doubt says why it does not count.

    `witnessed` tells when the ledger recorded the manifests of attestations that counted then:
    they count on when their key has expired since.
    """
    digest = digest_bytes(data)
    try:
        envelope, keys = _signed(data, PAYLOAD, trust)
    except Distrust as distrust:
        return Attestation(manifest, digest, key=distrust.key, doubt=_words(distrust))
    statement, doubt = None, ""
    if not all(key.revoked for key in keys):
        try:
            statement = Statement.parse(envelope.payload)
        except Malformed as malformed:
            doubt = str(malformed)
    asked = _Asked(release, now, witnessed.get(manifest, ""))
    doubts = [(doubt or _doubt(statement, key, asked), key) for key in keys]
    doubt, key = next((found for found in doubts if not found[0]), doubts[0])
    return Attestation(manifest, digest, statement, key.id, key.person, key.roles, doubt)


class _Asked(NamedTuple):
    release: Release
    now: datetime.datetime
    witnessed: str


def _doubt(statement: Statement | None, key: Key, asked: _Asked) -> str:
    """Why a statement that a key signed does not count; empty where it does."""
    if statement is None:
        return "the key is revoked"
    if not is_about(statement, asked.release):
        return "a statement of another artifact"
    role, at = role_of(statement), _time(statement.at)
    if not role:
        return f"nobody's role is to say this ({statement.predicate_type})"
    if at is None:
        return "it does not say when it was made"
    return _doubt_of_time(at, asked) or key.doubt(role, at) or _doubt_of_key(statement, key, asked)


def _doubt_of_time(at: datetime.datetime, asked: _Asked) -> str:
    return f"a date in the future: {_day(at)}" if at > asked.now + SKEW else ""


def _doubt_of_key(statement: Statement, key: Key, asked: _Asked) -> str:
    """What is wrong with a key that was right for the statement when that was made."""
    if role_is_named(statement) and statement.predicate.get("person") != key.person:
        return f"in the name of another person, and the key is {key.person}'s"
    if asked.now < key.until:
        return ""
    then = _time(asked.witnessed)
    if then is not None and key.valid(then):
        return ""
    return f"the key expired on {_day(key.until)}, and no entry of the ledger is a witness"


def role_is_named(statement: Statement) -> bool:
    """Does the statement name the role in which it speaks?"""
    return statement.predicate_type == APPROVAL


def role_of(statement: Statement) -> str:
    """The role that a key needs to say this; empty where there is none."""
    if role_is_named(statement):
        role = statement.predicate.get("role", "")
        return role if isinstance(role, str) else ""
    return ROLES.get(statement.predicate_type, "")


def open_entry(data: bytes, trust: Trust) -> Entry:
    """The ledger's entry in an envelope; raises Distrusted."""
    try:
        envelope, keys = _signed(data, ledger.PAYLOAD, trust)
    except Distrust as distrust:
        raise _not_whole(_words(distrust), distrust.key) from None
    doubts = [(_doubt_of_entry(envelope.payload, key), key) for key in keys]
    doubt, key = next((found for found in doubts if not found[0]), doubts[0])
    if doubt:
        raise _not_whole(doubt, key.id)
    return Entry.parse(envelope.payload)


def _doubt_of_entry(payload: bytes, key: Key) -> str:
    if key.revoked:
        return "the key is revoked"
    try:
        entry = Entry.parse(payload)
    except Malformed as malformed:
        return str(malformed)
    at = _time(entry.at)
    if at is None:
        return f"entry {entry.number} does not say when it was made"
    doubt = key.doubt(PROMOTER, at)
    if not doubt and entry.person != key.person:
        doubt = f"in the name of {entry.person}, and the key is {key.person}'s"
    return f"entry {entry.number}: {doubt}" if doubt else ""


def _not_whole(because: str, key: str) -> Distrusted:
    return Distrusted(
        "the ledger is not whole",
        facts={"because": because, "key": key[:80]},
        hint="keys of past entries stay in the trust file, each with its own `until`",
    )


def _signed(data: bytes, payload_type: str, trust: Trust) -> tuple[Envelope, list[Key]]:
    """An envelope of this type, and the listed keys that signed it; raises Distrust."""
    need_library()
    envelope = read_envelope(data)
    if envelope.payload_type != payload_type:
        raise Distrust(
            f"the payload is of another type: {envelope.payload_type[:80]}", envelope.key
        )
    return envelope, [trust.by_id[key] for key in signers(envelope, trust.by_id.keys())]


def _words(distrust: Distrust) -> str:
    return WORDS.get(distrust.reason, distrust.reason)


def _time(text: str) -> datetime.datetime | None:
    """The moment that a statement or an entry names; None where it names none in the one form.

    The ledger's order is that of its texts: `2026-W01-1` is of January, and after all other months.
    """
    return datetime.datetime.fromisoformat(text) if is_time(text) else None


def _day(moment: datetime.datetime) -> str:
    midnight = moment.time() == datetime.time()
    return moment.date().isoformat() if midnight else moment.isoformat().replace("+00:00", "Z")
