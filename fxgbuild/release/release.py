"""A release: an artifact's files, its SBOM and the closure it was made from, as one manifest.

The manifest is a function of those bytes, so its digest is the same wherever it is made. It is a
valid OCI image, so that every registry and every tool for images takes it: `files` are layers of
their own bytes, and a file's digest is its layer's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, canonical_json
from fxgbuild.lang.label import NAME, PACKAGE
from fxgbuild.oci.manifest import CONFIG, Descriptor, Malformed, Manifest, oci

RELEASE = "application/vnd.fxgbuild.release.v1"
FILE = "application/vnd.fxgbuild.file.v1"
SBOM = "application/vnd.cyclonedx+json"
CLOSURE = "application/vnd.fxgbuild.closure.v1.tar"
LABEL = "dev.fxgbuild.label"
TITLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+!-]{0,254}")  # of a file: it leads to no folder


@dataclass(frozen=True, slots=True)
class Release:
    """A release's manifest, read."""

    manifest: Manifest

    @property
    def digest(self) -> Digest:
        return self.manifest.described().digest

    @property
    def label(self) -> str:
        """The artifact's label, such as `//eeg:wheel`."""
        return dict(self.manifest.annotations)[LABEL]

    @property
    def files(self) -> dict[str, Digest]:
        """The artifact's files by name: the wheel or zipapp, and its lock."""
        return {x.title: x.digest for x in self.manifest.layers if x.media_type == FILE}

    @property
    def artifact(self) -> Descriptor:
        """The wheel or zipapp itself."""
        return self.layer(FILE)

    @property
    def sbom(self) -> Descriptor:
        return self.layer(SBOM)

    @property
    def closure(self) -> Descriptor:
        return self.layer(CLOSURE)

    def layer(self, media_type: str) -> Descriptor:
        """The first layer of a type; raises Malformed."""
        for layer in self.manifest.layers:
            if layer.media_type == media_type:
                return layer
        raise Malformed(f"a release without {media_type}")

    @staticmethod
    def parse(data: bytes) -> "Release":
        """Read a release's manifest; raises Malformed where it is something else."""
        found = Release(Manifest.parse(data))
        if found.manifest.artifact_type != RELEASE or found.manifest.to_bytes() != data:
            raise Malformed("no release of fxgbuild")
        if LABEL not in dict(found.manifest.annotations):
            raise Malformed("a release without a label")
        package, _, name = found.label.removeprefix("//").partition(":")
        if not (PACKAGE.fullmatch(package) and NAME.fullmatch(name)):
            raise Malformed("a release whose label is none")
        for media_type in (FILE, SBOM, CLOSURE):
            found.layer(media_type)
        titles = [layer.title for layer in found.manifest.layers]
        if len(set(titles)) < len(titles) or not all(map(TITLE.fullmatch, titles)):
            raise Malformed("a release with files of the same name, or whose names are none")
        return found


def make_release(
    label: str, labels: Mapping[str, str], files: Mapping[str, bytes], sbom: bytes, closure: bytes
) -> tuple[Release, dict[Digest, bytes]]:
    """A release and its blobs. `files` starts with the artifact; `labels` go into the image."""
    layers = [(Descriptor.of(data, FILE, name), data) for name, data in files.items()]
    layers.append((Descriptor.of(sbom, SBOM, "sbom.cdx.json"), sbom))
    layers.append((Descriptor.of(closure, CLOSURE, "closure.tar"), closure))
    config = canonical_json(_config(labels, [layer for layer, _ in layers]))
    described = Descriptor.of(config, CONFIG)
    manifest = Manifest(
        RELEASE, described, tuple(x for x, _ in layers), annotations=((LABEL, label),)
    )
    blobs = {layer.digest: data for layer, data in layers} | {described.digest: config}
    return Release(manifest), blobs


def _config(labels: Mapping[str, str], layers: list[Descriptor]) -> Json:
    """An image configuration: no date and no machine, as the bytes depend on neither."""
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": dict(labels)},
        "rootfs": {"type": "layers", "diff_ids": [oci(layer.digest) for layer in layers]},
    }
