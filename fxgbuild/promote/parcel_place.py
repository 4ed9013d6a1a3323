"""An exported file as a place that is only read, so that it is verified like any other."""

from dataclasses import dataclass

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.oci.index import referrer
from fxgbuild.oci.manifest import Descriptor
from fxgbuild.places.archive import Parcel
from fxgbuild.places.trouble import lost, unavailable


@dataclass(frozen=True, slots=True)
class ParcelPlace:
    """What one file holds; whoever unpacked it has checked every digest."""

    name: str
    parcel: Parcel

    def has(self, descriptor: Descriptor) -> bool:
        return (
            descriptor.digest in self.parcel.blobs or self.manifest(descriptor.digest) is not None
        )

    def blob(self, descriptor: Descriptor) -> bytes:
        data = self.parcel.blobs.get(descriptor.digest)
        if data is None:
            raise lost(self.name, descriptor.digest)
        return data

    def manifest(self, digest: Digest) -> bytes | None:
        known = (self.parcel.release.manifest.to_bytes(), *self.parcel.referrers)
        return next((data for data in known if digest_bytes(data) == digest), None)

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...]:
        found = (referrer(data, digest) for data in self.parcel.referrers)
        return tuple(one for one in found if one is not None)

    def tag(self, tag: str) -> Digest | None:
        return None

    def tags(self) -> tuple[str, ...]:
        return ()

    def put_blob(self, data: bytes) -> Digest:
        raise self._closed()

    def put_manifest(self, data: bytes) -> Digest:
        raise self._closed()

    def swap(self, tag: str, old: Digest | None, new: Digest) -> bool:
        raise self._closed()

    def forget(self, digest: Digest) -> None:
        raise self._closed()

    def _closed(self) -> Exception:
        return unavailable(self.name, "an exported file is only read", "`fxgbuild import` it")
