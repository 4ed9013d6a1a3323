"""An OCI image index as a value: manifests by digest, the tags of a layout, referrers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fxgbuild.digest import Digest, Json, canonical_json, digest_bytes
from fxgbuild.oci.manifest import INDEX, MANIFEST, Descriptor, Malformed, Manifest, document

REF_NAME = "org.opencontainers.image.ref.name"  # the tag of an entry in a layout's index.json


@dataclass(frozen=True, slots=True)
class Index:
    """Manifests, in the order of their digests; in a layout one may occur once for each tag."""

    entries: tuple[Descriptor, ...] = ()

    def find(self, digest: Digest) -> Descriptor | None:
        """A manifest's descriptor, without a tag."""
        return next((untagged(x) for x in self.entries if x.digest == digest), None)

    def manifests(self) -> tuple[Descriptor, ...]:
        """Every manifest once, without tags."""
        return tuple({x.digest: untagged(x) for x in self.entries}.values())

    def tags(self) -> dict[str, Digest]:
        """What each tag points to; raises Malformed where one points to two."""
        tagged = [(tag_of(x), x.digest) for x in self.entries if tag_of(x)]
        if len({tag for tag, _ in tagged}) < len(tagged):
            raise Malformed("an index in which a tag occurs twice")
        return dict(tagged)

    def having(self, descriptor: Descriptor) -> "Index":
        """With a manifest too, if it is not there."""
        return self.having_all([descriptor])

    def having_all(self, descriptors: Iterable[Descriptor]) -> "Index":
        known = {x.digest for x in self.entries}
        return Index(_sorted([*self.entries, *(x for x in descriptors if x.digest not in known)]))

    def pointing(self, tag: str, digest: Digest) -> "Index":
        """With a tag at a manifest that is there; where it pointed before stays, untagged."""
        kept = [x if tag_of(x) != tag else untagged(x) for x in self.entries]
        target = next(untagged(x) for x in kept if x.digest == digest)
        tagged = replace(target, annotations=tuple(sorted((*target.annotations, (REF_NAME, tag)))))
        named = {x.digest for x in (*kept, tagged) if tag_of(x)}
        return Index(_sorted([*(x for x in kept if tag_of(x) or x.digest not in named), tagged]))

    def without(self, digest: Digest) -> "Index":
        """Without a manifest, unless a tag points to it."""
        if digest in self.tags().values():
            return self
        return Index(tuple(x for x in self.entries if x.digest != digest))

    def to_bytes(self) -> bytes:
        found: dict[str, Json] = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [x.to_json() for x in self.entries],
        }
        return canonical_json(found)

    @staticmethod
    def parse(data: bytes, limit: int) -> "Index":
        """Read an index; raises Malformed."""
        value = document(data, limit)
        listed = value.get("manifests")
        if value.get("schemaVersion") != 2 or value.get("mediaType", INDEX) != INDEX:
            raise Malformed("no OCI image index")
        if not isinstance(listed, list):
            raise Malformed("an index without manifests")
        return Index(_sorted(map(Descriptor.parse, listed)))


def referrer(data: bytes, subject: Digest) -> Descriptor | None:
    """The descriptor of a manifest that is about a subject; None where it is about another."""
    try:
        manifest = Manifest.parse(data)
    except Malformed:
        return None
    if manifest.subject is None or manifest.subject.digest != subject:
        return None
    kind = manifest.artifact_type or manifest.config.media_type
    return Descriptor(MANIFEST, digest_bytes(data), len(data), kind, manifest.annotations)


def tag_of(entry: Descriptor) -> str:
    return dict(entry.annotations).get(REF_NAME, "")


def untagged(entry: Descriptor) -> Descriptor:
    kept = tuple(pair for pair in entry.annotations if pair[0] != REF_NAME)
    return replace(entry, annotations=kept)


def _sorted(entries: Iterable[Descriptor]) -> tuple[Descriptor, ...]:
    return tuple(sorted(set(entries), key=lambda x: (x.digest, tag_of(x), x.annotations)))
