"""From what a channel says of its place to the place: a folder, or a repository of a registry."""

import os
from pathlib import Path

from fxgbuild.errors import UsageError
from fxgbuild.oci.manifest import Malformed
from fxgbuild.oci.place import Place
from fxgbuild.oci.reference import is_reference, parse_reference


def open_place(where: str, root: Path) -> Place:
    """A place by name, relative to the workspace; asks nothing of it yet.

    A folder is an OCI image layout, `oci://host/repository` a registry's repository.
    """
    if not is_reference(where):
        from fxgbuild.places.layout import Layout  # noqa: PLC0415 - one of the two is needed

        try:
            name = os.path.normpath(where)  # one folder has one name, however it is written
            return Layout(name, root / Path(name).expanduser())
        except RuntimeError:
            raise UsageError(f"`{where}`: there is no such user's home") from None
    try:
        reference = parse_reference(where)
    except Malformed as error:
        raise UsageError(str(error), hint="places are named by `at` and `ledger`") from None
    if reference.tag or reference.digest:
        raise UsageError(
            f"`{where}` is no place: it names one thing of a repository",
            hint=f"`{reference.place}` is the place",
        )
    from fxgbuild.places.registry import limits  # noqa: PLC0415 - imports requests and oras
    from fxgbuild.places.repository import Repository  # noqa: PLC0415

    return Repository(reference, limits(os.environ))
