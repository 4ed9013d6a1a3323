"""The remote cache's client: lookups that are believed only when verified, and uploads.

A lookup has three ends: what was asked for, nothing, or a refusal that is counted and told. All
but the first mean that the action runs here. After some failures the remote is left alone.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.errors import BadKey, BadRemote, RemoteUnavailable
from fxgbuild.lang.settings import RemoteDoc, SettingsDoc
from fxgbuild.remote.envelope import seal, unseal
from fxgbuild.remote.keys import Trusted, trusted
from fxgbuild.remote.names import MAX_BLOB, MAX_RECORD, blob_path, record_path
from fxgbuild.remote.record import Wanted, is_enough, make_body, outputs_of, read_body
from fxgbuild.remote.transport import TOKEN, Limits, Refused, Transport, Unreachable
from fxgbuild.signing.envelope import Distrust
from fxgbuild.signing.keys import VARIABLES, Signer, find_signer, need_library

FAILURES = 3  # so many, and the remote is left alone for the rest of the command
JITTER_S = (0.05, 0.25)

NAMESPACES = "FXG_REMOTE_NAMESPACES"

T = TypeVar("T")
Seen = Callable[[str, Digest], Mapping[str, str] | None]


@dataclass(slots=True)
class Counts:
    """What became of lookups and uploads."""

    hits: int = 0
    misses: int = 0
    failed: int = 0
    evicted: int = 0
    uploaded: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> Json:
        counts = ("hits", "misses", "failed", "evicted", "uploaded")
        return {name: getattr(self, name) for name in counts} | {"refused": dict(self.refused)}


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose records count where, and what is written."""

    namespaces: tuple[str, ...]
    trust: tuple[Trusted, ...]
    minimum: str
    read: bool = True
    require: bool = False
    signer: Signer | None = None


def nothing_seen(_action: str, _key: Digest) -> None:
    """No earlier record is known."""


@dataclass(slots=True)
class Remote:
    """One command's view of a remote cache; `open_remote` makes it."""

    transport: Transport
    policy: Policy
    seen: Seen = nothing_seen
    counts: Counts = field(default_factory=Counts)
    _known: dict[tuple[str, Digest], Json | None] = field(default_factory=dict)
    _absent: set[Digest] = field(default_factory=set)
    _notes: dict[str, bool] = field(default_factory=dict)  # to whether it was handed out
    _left_alone: bool = False

    # Lookups --------------------------------------------------------------------------------------

    def record(self, action: str, key: Digest) -> Json | None:
        """The verified body of the passing record for this action and key, or None."""
        if not self.policy.read:
            return None
        if (action, key) not in self._known:
            self._known[action, key] = self._find(action, key)
        body = self._known[action, key]
        if body is not None and self._absent & outputs_of(body).keys():
            return None  # its outputs are gone from the server: the action runs here
        return body

    def blob(self, digest: Digest, size: int) -> bytes | None:
        """The bytes of a digest that a record names, verified, or None."""
        if not self.policy.read or size > MAX_BLOB or digest in self._absent:
            return None
        failed = self.counts.failed
        data = self._ask(partial(self.transport.get, blob_path(digest), size))
        if data is None:
            self.counts.evicted += failed == self.counts.failed and not self._left_alone
        elif not is_blob(data, digest, size):
            self._refuse("digest", f"a blob that is not {digest.short}", failure=True)
            data = None
        if data is None:
            self._absent.add(digest)
        return data

    def outputs(self, body: Json) -> dict[str, bytes] | None:
        """Every output of a record, or None when one cannot be had: all of them or a miss."""
        found: dict[str, bytes] = {}
        for name, output in body["outputs"].items():
            data = self.blob(Digest(output["sha256"]), output["size"])
            if data is None:
                return None
            found[name] = data
        return found

    def believes(self, origin: Json) -> bool:
        """Whether a body that was kept here would still be taken, as `trust` says today.

        `origin` has the body's `namespace`, `signer` and `sandbox`.
        """
        namespace = origin["namespace"]
        known = [key for key in self.policy.trust if key.covers(namespace)]
        return (
            self.policy.read
            and namespace in self.policy.namespaces
            and any(key.id == origin["signer"] for key in known)
            and is_enough(origin["sandbox"], self.policy.minimum)
        )

    def _find(self, action: str, key: Digest) -> Json | None:
        failed = self.counts.failed
        for namespace in self.policy.namespaces:
            path = record_path(namespace, action, key)
            data = self._ask(partial(self.transport.get, path, MAX_RECORD))
            if data is None:
                continue
            try:
                body = self._believe(data, namespace, action, key)
            except Distrust as doubt:
                self._refuse(doubt.reason, f"a record in `{namespace}`", key=doubt.key)
                continue
            self.counts.hits += 1
            return body
        self.counts.misses += failed == self.counts.failed and not self._left_alone
        return None

    def _believe(self, data: bytes, namespace: str, action: str, key: Digest) -> Json:
        """The body of an envelope, after every check; raises Distrust."""
        payload, signer = unseal(data, namespace, self.policy.trust)
        wanted = Wanted(namespace, action, key, self.policy.minimum, signer)
        body = read_body(payload, wanted)
        if not self._same_as_first(action, key, body):
            raise Distrust("replay", signer)
        return body

    def _same_as_first(self, action: str, key: Digest, body: Json) -> bool:
        """The first outputs seen for a key stand, whoever signs others later."""
        first = self.seen(action, key)
        return first is None or first == {n: o["sha256"] for n, o in body["outputs"].items()}

    # Uploads --------------------------------------------------------------------------------------

    def upload(self, action: str, key: Digest, record: Json, blobs: Mapping[Digest, bytes]) -> None:
        """Share a passing record of this machine: its blobs first, the preimage among them.

        `record` has `key`, `passed`, `outputs` (name to digest), `tools`, `sandbox`, `date`.
        """
        signer = self.policy.signer
        if signer is None or self._left_alone:
            return
        if any(len(data) > MAX_BLOB for data in blobs.values()):
            self.warn(f"the remote cache: {action} {key.short} has an output too large to share")
            return
        namespace = self.policy.namespaces[0]
        wanted = Wanted(namespace, action, key, self.policy.minimum, signer.id)
        sizes = {digest: len(data) for digest, data in blobs.items()}
        try:
            envelope = seal(make_body(wanted, record, sizes), signer)
        except BadKey as error:
            self.warn(f"the remote cache: nothing is signed: {error.facts['cause']}")
            self._failed("the agent does not sign")
            return
        done = all(self._put_blob(digest, data) for digest, data in blobs.items())
        path = record_path(namespace, action, key)
        if done and self._ask(partial(self.transport.put, path, envelope)):
            self.counts.uploaded += 1

    def _put_blob(self, digest: Digest, data: bytes) -> bool:
        path = blob_path(digest)
        there = self._ask(partial(self.transport.has, path))
        if there is False:
            there = self._ask(partial(self.transport.put, path, data))
        return bool(there)

    # What went wrong ------------------------------------------------------------------------------

    def notes(self) -> list[str]:
        """Warnings, each handed out once."""
        fresh = [text for text, told in self._notes.items() if not told]
        self._notes = dict.fromkeys(self._notes, True)
        return fresh

    def warn(self, text: str) -> None:
        self._notes.setdefault(text, False)

    def close(self) -> None:
        self.transport.close()

    def _ask(self, request: Callable[[], T]) -> T | None:
        """One request with one retry; None when it failed, or when the remote is left alone."""
        if self._left_alone:
            return None
        try:
            return retried(request)
        except Refused as refusal:
            self._refuse(refusal.reason, f"an answer of the server ({refusal.fact})", failure=True)
        except Unreachable as trouble:
            self._failed(trouble.cause)
        return None

    def _refuse(self, reason: str, what: str, *, key: str = "", failure: bool = False) -> None:
        self.counts.refused[reason] += 1
        named = f", key {key[:80]!r}" if key else ""
        self.warn(f"the remote cache: {what} was refused: {reason}{named}")
        if failure:
            self._failed(f"an answer was refused: {reason}")

    def _failed(self, cause: str) -> None:
        self.counts.failed += 1
        if self.policy.require:
            raise RemoteUnavailable(
                "the remote cache is required and cannot be used",
                facts={"url": self.transport.url, "cause": cause},
                hint="without `[remote] require` and `--require-remote` the build goes on locally",
            )
        if self.counts.failed >= FAILURES and not self._left_alone:
            self._left_alone = True
            text = f"the remote cache is left alone after {FAILURES} failures, the last: {cause}"
            self.warn(text)


def retried(request: Callable[[], T]) -> T:
    """Ask, and once more where that could help, after a moment that differs between clients."""
    try:
        return request()
    except Unreachable as trouble:
        if not trouble.again:
            raise
    time.sleep(secrets.SystemRandom().uniform(*JITTER_S))
    return request()


def is_blob(data: bytes, digest: Digest, size: int) -> bool:
    return len(data) == size and digest_bytes(data) == digest


def open_remote(
    settings: SettingsDoc,
    root: Path,
    environment: Mapping[str, str],
    *,
    require: bool = False,
    seen: Seen = nothing_seen,
) -> Remote | None:
    """The workspace's remote cache, or None; connects to nothing; raises BadRemote, BadKey.

    `seen` tells the outputs (name to digest) of an earlier record under an action and key.
    """
    remote = with_namespaces(settings.remote, environment)
    if not remote.url or not (remote.read or remote.write):
        return None
    need_library()
    if remote.read and not remote.trust:
        raise BadRemote(
            "a remote cache is read, and no key is trusted: no record could count",
            facts={"url": remote.url},
            hint="name keys in `[remote] trust`, or set `read = false`",
        )
    policy = Policy(
        namespaces=remote.namespaces,
        trust=trusted(remote.trust),
        minimum=remote.minimum_sandbox or settings.sandbox.minimum,
        read=remote.read,
        require=require or remote.require,
        signer=find_signer(environment, root) if remote.write else None,
    )
    limits = Limits(remote.connect_s, remote.total_s, remote.min_bytes_per_s)
    opened = Remote(Transport(remote.url, limits, environment.get(TOKEN, "")), policy, seen)
    if remote.write and policy.signer is None:
        for name in (name for name in VARIABLES if name in environment):
            opened.warn(f"the remote cache: nothing is uploaded, {name} is empty")
    return opened


def with_namespaces(remote: RemoteDoc, environment: Mapping[str, str]) -> RemoteDoc:
    """The settings with the namespaces that FXG_REMOTE_NAMESPACES names, where it is set."""
    names = environment.get(NAMESPACES)
    if not names:
        return remote
    try:
        return RemoteDoc.model_validate({**remote.model_dump(), "namespaces": names.split(",")})
    except ValidationError as error:
        raise BadRemote(
            f"{NAMESPACES} names no namespaces",
            facts={"value": names, "cause": str(error.errors()[0]["msg"])},
            hint="`pr/7,main`: the first is written, the others are looked up after it",
        ) from None
