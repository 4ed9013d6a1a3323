"""An organisation's policy: files outside of every workspace, which workspaces only add to.

Both files count where both are there; a part that is asked twice has to be met twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fxgbuild.errors import BadWorkspace
from fxgbuild.files import read_regular
from fxgbuild.lang.channels import OrganisationDoc
from fxgbuild.lang.documents import read_document
from fxgbuild.lang.text import parse
from fxgbuild.lang.toml_text import read_toml
from fxgbuild.problem import Location, Problem

VARIABLE = "FXG_POLICY"
MACHINE = Path("/etc/fxgbuild/policy.toml")


@dataclass(frozen=True, slots=True)
class Organisation:
    """What an organisation asks; empty where it asks nothing."""

    stated: tuple[tuple[str, OrganisationDoc], ...] = ()  # where it is written, and what
    trust: Path | None = None  # the trust file to use instead of a workspace's


def read_organisation(environment: Mapping[str, str], machine: Path = MACHINE) -> Organisation:
    """Read the machine's file, if it is there, and the one that a variable names, which must be.

    The machine's comes first, also where both name a trust file. Raises BadWorkspace with every
    problem of both.
    """
    stated: list[tuple[str, OrganisationDoc]] = []
    problems: list[Problem] = []
    trust: Path | None = None
    for path, asked_by in _files(environment, machine):
        doc, found = _read(path, asked_by)
        problems += found
        if doc is not None:
            stated.append((str(path), doc))
            trust = trust or (path.parent / doc.trust if doc.trust else None)
    if problems:
        raise BadWorkspace(problems)
    return Organisation(tuple(stated), trust)


def _files(environment: Mapping[str, str], machine: Path) -> Iterator[tuple[Path, str]]:
    named = Path(environment[VARIABLE]).absolute() if environment.get(VARIABLE) else None
    if _is_there(machine):
        yield machine, "this machine"
    if named and named != machine:
        yield named, f"the variable {VARIABLE}"


def _is_there(path: Path) -> bool:
    """Is anything there? What may not be looked at counts as there, and is then an error."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _read(path: Path, asked_by: str) -> tuple[OrganisationDoc | None, list[Problem]]:
    try:
        data = read_regular(path.resolve())  # what mounts a policy may do so by a link
    except OSError as error:
        message = f"the organisation's policy cannot be read: {error.strerror or error}"
        hint = "put the file there, or ask who looks after it; without it nothing is promoted"
        where = Location(str(path))
        return None, [Problem(where, "FXG1117", message, asked_by=asked_by, hint=hint)]
    doc, _, problems = read_document(
        str(path), data, OrganisationDoc, parse=partial(parse, read=read_toml)
    )
    return (None if problems else doc), problems
