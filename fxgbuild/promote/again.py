"""A release made and run again, as checks of `verify`; a second build is signed where a key may."""

from collections.abc import Iterator

from fxgbuild.errors import BuildFailed, Distrusted, NotReproducible
from fxgbuild.oci.manifest import oci
from fxgbuild.promote.attach import holders
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.determinism import repeat
from fxgbuild.promote.rebuild import attest, contents, rebuild
from fxgbuild.promote.shelf import Shelved
from fxgbuild.promote.verify import of_error
from fxgbuild.release.check import UNTRUE, Check
from fxgbuild.release.moment import stamp
from fxgbuild.signing.keys import Signer

VERIFIER = "verifier"
WRONG = (NotReproducible, BuildFailed, Distrusted)


def build_again(
    desk: Desk, shelved: Shelved, signer: Signer | None, python: str
) -> Iterator[Check]:
    """Build a release's closure elsewhere and compare every byte."""
    release = shelved.release
    try:
        files, closure = contents(release, shelved.place)
        found = rebuild(release.label, files, closure, at=stamp(desk.now), python=python)
    except WRONG as error:
        yield of_error("rebuild", error)
        return
    other = ", ".join(name for name, _ in found.varied)
    same = "; ".join(f"{name} {why}" for name, why in found.unvaried)
    yield Check("rebuild", f"the same bytes with another {other} (not varied: {same})")
    if signer is None:
        return
    doubt = desk.trust.doubt(signer.id, VERIFIER, desk.now)
    if doubt:
        remedy = f"sign with a key of the role `{VERIFIER}`: FXG_SIGNING_KEY names another"
        yield Check("statement of it", f"not signed: {doubt}", UNTRUE, remedy)
        return
    places = holders(desk.channels, release) or (shelved.place,)
    digest = attest(found, release, places, signer)
    yield Check("statement of it", f"{oci(digest)} in {', '.join(p.name for p in places)}")


def run_again(shelved: Shelved, times: int, python: str) -> Iterator[Check]:
    """Run a release's graph a number of times and compare every port."""
    try:
        files, closure = contents(shelved.release, shelved.place)
        found = repeat(shelved.release.label, files, closure, times, python=python)
    except WRONG as error:
        yield of_error("determinism", error)
        return
    on = ", ".join(f"{name} {text}" for name, text in found.fingerprint)
    yield Check("determinism", f"{found.ports} values were the same in {found.times} runs, on {on}")
