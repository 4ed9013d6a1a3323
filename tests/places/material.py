"""Small manifests to put into places."""

from fxgbuild.digest import digest_bytes
from fxgbuild.oci.manifest import EMPTY, EMPTY_TYPE, MANIFEST, Descriptor, Manifest

KIND = "application/vnd.fxgbuild.test.v1"
ABOUT = "application/vnd.fxgbuild.remark.v1"


def manifest(*layers, subject=None, kind=KIND):
    """A manifest's bytes: its config is empty, its layers are what is given."""
    described = tuple(Descriptor.of(data, "application/octet-stream") for data in layers)
    about = Descriptor(MANIFEST, digest_bytes(subject), len(subject)) if subject else None
    return Manifest(kind, Descriptor.of(EMPTY, EMPTY_TYPE), described, about).to_bytes()


def put(place, *layers, subject=None, kind=KIND):
    """Store a manifest with its blobs; its bytes."""
    data = manifest(*layers, subject=subject, kind=kind)
    for blob in (EMPTY, *layers):
        place.put_blob(blob)
    assert place.put_manifest(data) == digest_bytes(data)
    return data


def remark(place, subject, text):
    """Store a manifest about another; its digest."""
    return digest_bytes(put(place, text, subject=subject, kind=ABOUT))
