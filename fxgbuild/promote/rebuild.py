"""`verify --rebuild`: builds an artifact once more, elsewhere, and compares every byte."""

import os
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from fxgbuild.command import Completed
from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.errors import BuildFailed, NotReproducible
from fxgbuild.files import read_regular
from fxgbuild.oci.place import Place
from fxgbuild.promote.attach import attach, sealed
from fxgbuild.promote.difference import first_difference
from fxgbuild.promote.elsewhere import NOBODY, Elsewhere, artifact_s_package, elsewhere
from fxgbuild.release.rebuilt import Rebuilt, rebuilt_statement
from fxgbuild.release.release import Release
from fxgbuild.sandbox.interpreter import describe_interpreter
from fxgbuild.signing.keys import Signer

Files = Mapping[str, bytes]
TOLD = 12  # lines of a build that failed
MOST_BYTES = 1 << 32


def contents(release: Release, place: Place) -> tuple[dict[str, bytes], bytes]:
    """A release's files by name and its closure, for `rebuild` and `repeat`."""
    described = {x.digest: x for x in release.manifest.layers}
    files = {name: place.blob(described[digest]) for name, digest in release.files.items()}
    return files, place.blob(release.closure)


def rebuild(label: str, files: Files, closure: bytes, *, at: str, python: str = "") -> Rebuilt:
    """Build an artifact from its closure alone; raises NotReproducible at the first difference.

    `files` are the artifact's files by name, `at` is now, `python` the interpreter of the project
    where it is not fxgbuild's own. BuildFailed where the second build does not get to its end.
    """
    artifact_s_package(label)
    why = "only root becomes another user"
    if os.geteuid() == 0:
        try:
            with elsewhere(closure, python, user=NOBODY) as there:
                return _once(label, files, there, at)
        except BuildFailed as error:  # who is no root may lack what a build takes here
            why = f"user {NOBODY} cannot build here: {error.facts['why']}"
    with elsewhere(closure, python, same_user=why) as there:
        return _once(label, files, there, at)


def _once(label: str, files: Files, there: Elsewhere, at: str) -> Rebuilt:
    compare(label, files, emitted(there, label), there)
    return _rebuilt(files, there, at)


def emitted(there: Elsewhere, label: str) -> dict[str, bytes]:
    """Build an artifact and read its files; raises BuildFailed."""
    folder = there.home / "dist"
    done = there.type("emit", label, "--frozen", "--to", str(folder))
    if done.exit_code:
        raise BuildFailed(
            f"a second build of `{label}` did not get to its end",
            facts=said(done),
            hint="`fxgbuild doctor` says what this machine lacks; the environment has to have "
            "what the artifact's lock names",
        )
    return {path.name: read_regular(path, MOST_BYTES) for path in sorted(folder.iterdir())}


def said(done: Completed) -> dict[str, str]:
    """How a command of ours ended, as facts of an error."""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    code = "none, it took too long" if done.timed_out else str(done.exit_code)
    return {
        "exit code": code,
        "why": (errors or lines or ["nothing was said"])[-1],
        "said": "\n".join(["", *lines[-TOLD:]]),
    }


def compare(label: str, files: Files, made: Files, there: Elsewhere) -> None:
    """Raises NotReproducible at the first file that differs."""
    for name in sorted({*files, *made}, key=lambda name: (name not in files, name)):
        first, second = files.get(name), made.get(name)
        if first is None or second is None:
            shown = f"only the {'second' if first is None else 'first'} build gave it"
        else:
            shown = first_difference(first, second)
        if shown:
            raise NotReproducible(
                "a second build gave other bytes",
                facts={
                    "artifact": label,
                    "file": name,
                    "first": _digest(first),
                    "second": _digest(second),
                    "differs": shown,
                    "varied": ", ".join(what for what, _ in there.differs),
                },
                hint="make the node, rule or data that is named free of time, place and chance; "
                "or the file was changed after it was built",
            )


def _digest(data: bytes | None) -> str:
    return "" if data is None else f"sha256:{digest_bytes(data).hex}"


def _rebuilt(files: Files, there: Elsewhere, at: str) -> Rebuilt:
    interpreter = describe_interpreter(there.python)
    return Rebuilt(
        files=tuple(sorted((name, digest_bytes(data)) for name, data in files.items())),
        varied=there.differs,
        unvaried=there.alike,
        fxgbuild=version("fxgbuild"),
        python=interpreter.version,
        platform=f"{interpreter.implementation}-{interpreter.platform}",
        at=at,
    )


def attest(rebuilt: Rebuilt, release: Release, places: Iterable[Place], signer: Signer) -> Digest:
    """Sign a second build and store it beside the release; gives the statement's manifest."""
    return attach(places, sealed(rebuilt_statement(rebuilt, release), release, signer))
