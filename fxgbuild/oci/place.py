"""Where channels and the ledger lie: a folder or a registry, as the rest of the program sees it."""

from typing import Protocol

from fxgbuild.digest import Digest
from fxgbuild.oci.manifest import Descriptor


class Place(Protocol):
    """One repository of OCI content. Every method verifies what it hands out.

    Raises PlaceUnavailable where the place cannot be used now (down, slow, full, refused), and
    Distrusted where it hands out other bytes than were asked for, or has lost what it names.
    """

    @property
    def name(self) -> str:
        """How people name it: a folder's path, or `oci://host/repository`."""

    def has(self, descriptor: Descriptor) -> bool:
        """Is this content there? Manifests and blobs alike, by the media type."""

    def blob(self, descriptor: Descriptor) -> bytes:
        """A blob's bytes: of this digest and size."""

    def manifest(self, digest: Digest) -> bytes | None:
        """A manifest's bytes by its digest, or None."""

    def put_blob(self, data: bytes) -> Digest:
        """Store a blob; again is harmless."""

    def put_manifest(self, data: bytes) -> Digest:
        """Store a manifest whose blobs are there; one with a subject becomes its referrer."""

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...]:
        """The manifests whose subject this is, by digest order, with their artifact types."""

    def tag(self, tag: str) -> Digest | None:
        """The digest of the manifest that a tag points to, or None."""

    def tags(self) -> tuple[str, ...]:
        """Every tag, sorted; tags that only carry referrers are left out."""

    def forget(self, digest: Digest) -> None:
        """Let go of a manifest that no tag points to, where the place can; else nothing happens."""

    def swap(self, tag: str, old: Digest | None, new: Digest) -> bool:
        """Point a tag at a stored manifest if it still points to `old`; False where it does not."""
