"""A release, made from what is built: the artifact's files, its SBOM and its closure."""

from dataclasses import dataclass

from fxgbuild.build.context import Context
from fxgbuild.digest import Digest
from fxgbuild.inputs import SeenTree
from fxgbuild.lang.label import Label
from fxgbuild.promote.attest import gather
from fxgbuild.release.closure import pack
from fxgbuild.release.evidence import Evidence
from fxgbuild.release.provenance import provenance
from fxgbuild.release.release import Release, make_release
from fxgbuild.release.sbom import sbom
from fxgbuild.release.statement import Statement
from fxgbuild.release.validation import validation


@dataclass(frozen=True, slots=True)
class Made:
    """A release with its blobs by digest, and what is known of it."""

    release: Release
    blobs: dict[Digest, bytes]
    evidence: Evidence

    def statements(self, at: str) -> tuple[Statement, Statement]:
        """What its builder signs: where it comes from, and what it passed."""
        return (
            provenance(self.evidence, self.release, at),
            validation(self.evidence, self.release, at),
        )


def make(context: Context, tree: SeenTree, label: Label) -> Made:
    """Make the release of an artifact that is built here; raises as `gather` does."""
    found = gather(context, tree, label)
    evidence = found.evidence
    # No date, no commit, no machine: the release is the same wherever the same files are built.
    labels = {
        "org.opencontainers.image.title": evidence.name,
        "org.opencontainers.image.version": evidence.version,
        "dev.fxgbuild.label": evidence.label,
    }
    release, blobs = make_release(
        evidence.label, labels, found.files, sbom(evidence), pack(found.sources)
    )
    return Made(release, blobs, evidence)
