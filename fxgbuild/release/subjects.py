"""What every statement of a release is about: its files by name, and its manifest."""

from fxgbuild.digest import Digest
from fxgbuild.release.release import Release
from fxgbuild.release.statement import Statement


def subjects_of(release: Release) -> tuple[tuple[str, Digest], ...]:
    """The artifact's files in their order, then the release itself under its label."""
    return (*release.files.items(), (release.label, release.digest))


def is_about(statement: Statement, release: Release) -> bool:
    """Does a statement speak of this release: of its manifest and of every file, by digest?"""
    return set(subjects_of(release)) <= set(statement.subjects)
