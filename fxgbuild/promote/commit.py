"""The commit that was built: is the closure exactly what it has, and whose work is that?"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import HistoryMissing
from fxgbuild.files import DiskTree
from fxgbuild.git.authorship import address, authors
from fxgbuild.git.repository import Repository, open_repository
from fxgbuild.git.tree import GitTree
from fxgbuild.release.evidence import Commit


def commit_of(root: Path, files: Mapping[str, bytes], declared: Iterable[str]) -> Commit | None:
    """The commit of a closure; None outside of git.

    `declared` files are named by digest in files of the closure, and may lie beside the repository.
    """
    try:
        repository = open_repository(root)
    except HistoryMissing:
        return None
    id_ = repository.commit("HEAD")
    tree = GitTree(repository, id_, DiskTree(root))
    known = sorted(name for name in files if name in tree.entries)
    strange = set(files) - set(known) - set(declared)
    clean = not strange and _is_unchanged(repository) and _has(tree, files, known)
    return Commit(id_, clean, authors(repository, id_, known), address(repository))


def _is_unchanged(repository: Repository) -> bool:
    """Has no file that git tracks moved, in the whole repository?"""
    words = ("diff", "--quiet", "--no-ext-diff", "--no-textconv", "--ignore-submodules", "HEAD")
    return repository.ask(*words).exit_code == 0


def _has(tree: GitTree, files: Mapping[str, bytes], names: Iterable[str]) -> bool:
    """Does the commit have these very bytes? git can be told not to look at a file."""
    return all(
        tree.entries[name].object == _object(files[name], len(tree.entries[name].object))
        or tree.digest(name) == digest_bytes(files[name])  # of a file that LFS keeps
        for name in names
    )


def _object(data: bytes, length: int) -> str:
    """The name that git gives a file's content."""
    named = hashlib.sha256 if length == 64 else hashlib.sha1
    return named(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
