"""A registry's repository as a place. What it hands out is verified, and it may lie.

The protocol has no compare-and-swap: `swap` looks, writes, waits a moment, and looks again. What
runs promotions into a registry should let one run at a time.
"""

import json
import re
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.oci.index import Index, referrer
from fxgbuild.oci.manifest import (
    INDEX,
    MANIFEST,
    MAX_MANIFEST,
    Descriptor,
    Malformed,
    Manifest,
    oci,
)
from fxgbuild.oci.reference import TAG, Reference
from fxgbuild.places.registry import Answer, Limits, Registry, Request, Unanswered
from fxgbuild.places.trouble import lost, unavailable, wrong_content
from fxgbuild.problem import foreign

FALLBACK = re.compile(r"sha256-[0-9a-f]{64}")
KINDS = {"Accept": f"{MANIFEST}, {INDEX}"}
DIGEST = "Docker-Content-Digest"
TRIES = 4  # of adding to a fallback index that others add to as well
SETTLE, SETTLE_S, MOST_SETTLE_S = 4, 0.05, 5  # how long another's write may be on its way
MAX_PAGES = 100
PAGE = 1000

FOUND = HTTPStatus.OK
ABSENT = HTTPStatus.NOT_FOUND
STORED = (HTTPStatus.OK, HTTPStatus.CREATED)


@dataclass(slots=True)
class Repository:
    """One repository; manifests that were verified are kept, as they cannot change."""

    reference: Reference
    limits: Limits
    _registry: Registry = field(init=False, repr=False)
    _manifests: dict[Digest, bytes] = field(default_factory=dict, repr=False)
    _has_referrers_api: bool | None = None

    def __post_init__(self) -> None:
        host = self.reference.host
        self._registry = Registry(host, self.reference.plain, self.limits)

    @property
    def name(self) -> str:
        return self.reference.place

    def has(self, descriptor: Descriptor) -> bool:
        kind = "manifests" if descriptor.media_type in (MANIFEST, INDEX) else "blobs"
        path = f"{kind}/{oci(descriptor.digest)}"
        found = self._ask(Request("HEAD", self._path(path), headers=KINDS))
        if found.status == ABSENT:
            return False
        self._expect(found, (FOUND,))
        size = found.headers.get("Content-Length", "")
        if size.isdecimal() and int(size) != descriptor.size:
            raise self._wrong(descriptor.digest, f"{size} bytes, not {descriptor.size}")
        return True

    def blob(self, descriptor: Descriptor) -> bytes:
        size, path = descriptor.size, self._path(f"blobs/{oci(descriptor.digest)}")
        found = self._ask(Request("GET", path, limit=size, expected=size))
        if found.status == ABSENT:
            raise lost(self.name, descriptor.digest)
        self._expect(found, (FOUND,))
        if len(found.body) != descriptor.size or digest_bytes(found.body) != descriptor.digest:
            raise self._wrong(descriptor.digest, "its bytes have another digest")
        return found.body

    def manifest(self, digest: Digest) -> bytes | None:
        if digest not in self._manifests:
            found = self._get(f"manifests/{oci(digest)}")
            if found.status == ABSENT:
                return None
            self._expect(found, (FOUND,))
            if digest_bytes(found.body) != digest:
                raise self._wrong(digest, "its bytes have another digest")
            self._manifests[digest] = found.body
        return self._manifests[digest]

    def put_blob(self, data: bytes) -> Digest:
        described = Descriptor.of(data, "application/octet-stream")
        if self.has(described):
            return described.digest
        begun = self._ask(Request("POST", self._path("blobs/uploads/")))
        self._expect(begun, (HTTPStatus.ACCEPTED,))
        path = self._upload_path(begun.headers.get("Location", ""))
        joined = f"{path}{'&' if '?' in path else '?'}digest={oci(described.digest)}"
        kind = {"Content-Type": "application/octet-stream"}
        done = self._ask(Request("PUT", joined, data, kind))
        self._expect(done, STORED)
        self._same(done, described.digest)
        return described.digest

    def put_manifest(self, data: bytes) -> Digest:
        """Store it, and what makes it a referrer: also when it was there, so that a kill mends."""
        manifest, digest = Manifest.parse(data), digest_bytes(data)
        found = self._put(oci(digest), data)
        if manifest.subject is not None and not found.headers.get("OCI-Subject"):
            self._add_to_fallback(manifest.subject.digest, data)
        return digest

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...]:
        about = []
        for entry in self._listed(digest).manifests():
            if entry.media_type != MANIFEST:
                continue
            data = self.manifest(entry.digest)
            if data is None:
                raise lost(self.name, entry.digest)
            if (found := referrer(data, digest)) is not None:
                about.append(found)
        return tuple(about)

    def tag(self, tag: str) -> Digest | None:
        data = self._tagged(tag)
        return None if data is None else digest_bytes(data)

    def tags(self) -> tuple[str, ...]:
        names: set[str] = set()
        path = self._path(f"tags/list?n={PAGE}")
        for _ in range(MAX_PAGES):
            found = self._ask(Request("GET", path))
            if found.status == ABSENT:  # of a repository into which nothing was put
                break
            self._expect(found, (FOUND,))
            names |= self._names(found.body)
            path = self._next(found)
            if not path:
                break
        return tuple(sorted(name for name in names if not FALLBACK.fullmatch(name)))

    def swap(self, tag: str, old: Digest | None, new: Digest) -> bool:
        """Look, write, wait, look again: False where somebody else was seen, before or after.

        Of two who write at once both look again when the other's write has arrived, so the first
        is told. The wait is some times as long as looking and writing took here: somebody whose
        line is much slower can still overwrite unseen. The protocol offers no more.
        """
        if not TAG.fullmatch(tag):
            raise ValueError(f"no tag: {tag!r}")
        data = self.manifest(new)
        if data is None:
            raise lost(self.name, new)
        began = time.monotonic()
        if self.tag(tag) != old:
            return False
        if old != new:
            self._put(tag, data)
            time.sleep(min(max(SETTLE_S, SETTLE * (time.monotonic() - began)), MOST_SETTLE_S))
        return self.tag(tag) == new

    def forget(self, digest: Digest) -> None:
        """Nothing: a registry's own collection takes what no tag points to."""

    # Referrers ------------------------------------------------------------------------------------

    def _listed(self, digest: Digest) -> Index:
        """What the registry says is about a digest: by its interface, or by the fallback tag."""
        if self._has_referrers_api is not False:
            found = self._get(f"referrers/{oci(digest)}")
            self._has_referrers_api = found.status == FOUND
            if self._has_referrers_api:
                return self._all_pages(found)
        return self._fallback(digest)[0]

    def _all_pages(self, found: Answer) -> Index:
        entries = [*self._index(found.body).entries]
        for _ in range(MAX_PAGES):
            path = self._next(found)
            if not path:
                break
            found = self._ask(Request("GET", path, limit=MAX_MANIFEST))
            self._expect(found, (FOUND,))
            entries += self._index(found.body).entries
        return Index(tuple(entries))

    def _fallback(self, digest: Digest) -> tuple[Index, Digest | None]:
        data = self._tagged(f"sha256-{digest.hex}")
        return (Index(), None) if data is None else (self._index(data), digest_bytes(data))

    def _add_to_fallback(self, subject: Digest, data: bytes) -> None:
        """Add a manifest to the index of its subject; others may add to it at the same time."""
        entry = referrer(data, subject)
        assert entry is not None  # noqa: S101 - the caller read the subject from it
        for _ in range(TRIES):
            index, _before = self._fallback(subject)
            if index.find(entry.digest) is not None:
                return
            joined = index.having(entry).to_bytes()
            self._put(f"sha256-{subject.hex}", joined, INDEX)
        if self._fallback(subject)[0].find(entry.digest) is None:
            raise unavailable(self.name, "others keep replacing its list of referrers")

    def _index(self, data: bytes) -> Index:
        try:
            return Index.parse(data, MAX_MANIFEST)
        except Malformed as error:
            raise wrong_content(self.name, "a list of referrers", str(error)) from None

    # Requests -------------------------------------------------------------------------------------

    def _tagged(self, tag: str) -> bytes | None:
        """The bytes of what a tag points to, which are of the digest that is said to be theirs."""
        found = self._get(f"manifests/{tag}")
        if found.status == ABSENT:
            return None
        self._expect(found, (FOUND,))
        self._same(found, digest_bytes(found.body))
        try:
            value = json.loads(found.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict) or value.get("schemaVersion") != 2:
            raise wrong_content(self.name, f"the tag {tag}", "it points to no manifest")
        return found.body

    def _put(self, name: str, data: bytes, media_type: str = MANIFEST) -> Answer:
        request = Request(
            "PUT", self._path(f"manifests/{name}"), data, {"Content-Type": media_type}
        )
        found = self._ask(request)
        if _lacks_blobs(found):  # also for a moment while another command puts the same blobs
            time.sleep(SETTLE_S)
            found = self._ask(request)
        if _lacks_blobs(found):
            raise wrong_content(self.name, digest_bytes(data).hex, "what it names is not there")
        self._expect(found, STORED)
        self._same(found, digest_bytes(data))
        return found

    def _get(self, rest: str) -> Answer:
        return self._ask(Request("GET", self._path(rest), headers=KINDS, limit=MAX_MANIFEST))

    def _ask(self, request: Request) -> Answer:
        try:
            return self._registry.ask(request)
        except Unanswered as trouble:
            raise unavailable(self.name, trouble.cause, trouble.hint) from None

    def _path(self, rest: str) -> str:
        return f"/v2/{self.reference.repository}/{rest}"

    def _upload_path(self, location: str) -> str:
        """Where an upload goes on: at this registry, whatever scheme it believes to be asked by."""
        parts = urlsplit(location)
        if parts.netloc not in ("", self.reference.host) or not parts.path.startswith("/"):
            raise unavailable(self.name, "it sends an upload to another host")
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _next(self, found: Answer) -> str:
        """The path of the next page, or nothing."""
        link = re.match(r'\s*<([^>]+)>\s*;.*rel="?next"?', found.headers.get("Link", ""))
        return self._upload_path(link[1]) if link else ""

    def _names(self, data: bytes) -> set[str]:
        try:
            return {tag for tag in json.loads(data)["tags"] or () if TAG.fullmatch(tag)}
        except (ValueError, LookupError, TypeError, RecursionError):
            raise wrong_content(self.name, "its tags", "no list of tags") from None

    def _same(self, found: Answer, digest: Digest) -> None:
        """Where it says what it stored or sent, that is what was meant."""
        said = found.headers.get(DIGEST)
        if said is not None and said != oci(digest):
            raise self._wrong(digest, f"the registry says {said}")

    def _expect(self, found: Answer, statuses: tuple[int, ...]) -> None:
        if found.status not in statuses:
            raise unavailable(self.name, f"it answered {found.status}{_reason(found.body)}")

    def _wrong(self, digest: Digest, cause: str) -> Exception:
        return wrong_content(self.name, digest.hex, cause)


def _reason(body: bytes) -> str:
    """What a registry says is wrong, for people."""
    try:
        error = json.loads(body)["errors"][0]
        return foreign(f": {error.get('message') or error['code']}")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _lacks_blobs(found: Answer) -> bool:
    return found.status in (ABSENT, HTTPStatus.BAD_REQUEST) and b"BLOB_UNKNOWN" in found.body
