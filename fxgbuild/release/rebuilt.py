"""What a second build says: which bytes it gave, made by what, and what was other there."""

from dataclasses import dataclass

from fxgbuild.digest import Digest, Json
from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.fields import Fields
from fxgbuild.release.release import Release
from fxgbuild.release.statement import REBUILD, Statement
from fxgbuild.release.subjects import subjects_of

FIELDS = {"files", "varied", "unvaried", "fxgbuild", "python", "platform", "at"}
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A second build that gave the same bytes."""

    files: tuple[tuple[str, Digest], ...]  # by name
    varied: Pairs  # what was other than where it was built, and how
    unvaried: Pairs  # what could not be other here, and why
    fxgbuild: str
    python: str
    platform: str
    at: str  # RFC 3339 in UTC, seconds


def rebuilt_statement(rebuilt: Rebuilt, release: Release) -> Statement:
    """State a second build of a release; raises Malformed where it is of other files."""
    if dict(rebuilt.files) != release.files:
        raise Malformed("a second build of other files than the release has")
    predicate: Json = {
        "files": {name: {"sha256": digest.hex} for name, digest in rebuilt.files},
        "varied": dict(rebuilt.varied),
        "unvaried": dict(rebuilt.unvaried),
        "fxgbuild": rebuilt.fxgbuild,
        "python": rebuilt.python,
        "platform": rebuilt.platform,
        "at": rebuilt.at,
    }
    return Statement(subjects_of(release), REBUILD, predicate)


def read_rebuilt(statement: Statement) -> Rebuilt:
    """Read it strictly; raises Malformed, also where its files are not all that it is about."""
    fields = Fields.of(statement.predicate, "a statement of a second build")
    if statement.predicate_type != REBUILD or set(fields.value) != FIELDS:
        raise Malformed("no statement of a second build")
    files = fields.part("files")
    found = Rebuilt(
        files=tuple(sorted((name, files.part(name).digest("sha256")) for name in files.value)),
        varied=tuple(sorted(fields.table("varied").items())),
        unvaried=tuple(sorted(fields.table("unvaried").items())),
        fxgbuild=fields.text("fxgbuild"),
        python=fields.text("python"),
        platform=fields.text("platform"),
        at=fields.time("at"),
    )
    about = set(statement.subjects)
    if not found.files or len(about - set(found.files)) != 1 or not set(found.files) < about:
        raise Malformed("a second build of other files than the statement is about")
    return found
