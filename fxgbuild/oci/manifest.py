"""OCI image manifests and their descriptors, as values (OCI image specification 1.1).

A manifest's bytes are canonical JSON, so equal manifests have equal digests wherever they are made.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, canonical_json, digest_bytes

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
EMPTY = b"{}"
TITLE = "org.opencontainers.image.title"  # the file name of a layer
MAX_MANIFEST = 4 << 20  # what registries take

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
Annotations = tuple[tuple[str, str], ...]


class Malformed(ValueError):
    """Bytes that are no document of the kind they are said to be."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Some content by type, digest and size in bytes."""

    media_type: str
    digest: Digest
    size: int
    artifact_type: str = ""
    annotations: Annotations = ()

    @property
    def title(self) -> str:
        return dict(self.annotations).get(TITLE, "")

    def to_json(self) -> Json:
        found = {"mediaType": self.media_type, "digest": oci(self.digest), "size": self.size}
        if self.artifact_type:
            found["artifactType"] = self.artifact_type
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return found

    @staticmethod
    def of(data: bytes, media_type: str, title: str = "") -> "Descriptor":
        annotations = ((TITLE, title),) if title else ()
        return Descriptor(media_type, digest_bytes(data), len(data), annotations=annotations)

    @staticmethod
    def parse(value: Json) -> "Descriptor":
        """Read a descriptor of a document; raises Malformed."""
        if not isinstance(value, dict):
            raise Malformed("a descriptor is no object")
        media_type, size = value.get("mediaType"), value.get("size")
        if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
            raise Malformed("a descriptor without a media type")
        if type(size) is not int or not 0 <= size < 2**53:
            raise Malformed("a descriptor without a size")
        return Descriptor(
            media_type,
            of_oci(value.get("digest")),
            size,
            _text(value.get("artifactType", "")),
            annotations_of(value.get("annotations", {})),
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs together: a configuration, layers, and perhaps what they are about."""

    artifact_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    subject: Descriptor | None = None
    annotations: Annotations = ()

    def to_bytes(self) -> bytes:
        found: dict[str, Json] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": self.artifact_type,
            "config": self.config.to_json(),
            "layers": [layer.to_json() for layer in self.layers],
        }
        if self.subject is not None:
            found["subject"] = self.subject.to_json()
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return canonical_json(found)

    def described(self) -> Descriptor:
        """The descriptor under which others name this manifest."""
        data = self.to_bytes()
        return Descriptor(
            MANIFEST, digest_bytes(data), len(data), self.artifact_type, self.annotations
        )

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        return (self.config, *self.layers)

    @staticmethod
    def parse(data: bytes) -> "Manifest":
        """Read a manifest; raises Malformed."""
        value = document(data)
        if value.get("schemaVersion") != 2 or value.get("mediaType") != MANIFEST:
            raise Malformed("no OCI image manifest")
        layers = value.get("layers")
        if not isinstance(layers, list):
            raise Malformed("a manifest without layers")
        subject = value.get("subject")
        return Manifest(
            _text(value.get("artifactType", "")),
            Descriptor.parse(value.get("config")),
            tuple(map(Descriptor.parse, layers)),
            Descriptor.parse(subject) if subject is not None else None,
            annotations_of(value.get("annotations", {})),
        )


def document(data: bytes, limit: int = MAX_MANIFEST) -> dict[str, Json]:
    """A JSON object's members; raises Malformed, also where a text could not be written again."""
    try:
        value = json.loads(data.decode()) if len(data) <= limit else None
        if b"\\u" in data:  # half a surrogate pair
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Malformed("no JSON object")
    return value


def oci(digest: Digest) -> str:
    return f"sha256:{digest.hex}"


def of_oci(text: Json) -> Digest:
    """The digest that OCI writes as `sha256:HEX`; raises Malformed."""
    if isinstance(text, str) and text.startswith("sha256:"):
        try:
            return Digest(text.removeprefix("sha256:"))
        except ValueError:
            pass
    raise Malformed(f"no sha256 digest: {str(text)[:80]!r}")


def annotations_of(value: Json) -> Annotations:
    if not isinstance(value, Mapping):
        raise Malformed("annotations that are no object")
    return tuple(sorted((_text(name), _text(text)) for name, text in value.items()))


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed("a text is something else")
    return value
