"""Why a statement does not count for a release."""

from fxgbuild.release.attestation import Attestation
from fxgbuild.release.release import Release
from fxgbuild.release.subjects import is_about


def doubt_of(attestation: Attestation, release: Release, role: str) -> str:
    """Why what a key says in a role does not count for a release; empty where it does."""
    if attestation.doubt or attestation.statement is None:
        return attestation.doubt or "it cannot be read"
    if role not in attestation.roles:
        return f"the key does not have the role `{role}`"
    if not is_about(attestation.statement, release):
        return "a statement of another artifact"
    return ""


def signer(attestation: Attestation) -> str:
    """Whose statement it is, as far as the trust file knows."""
    if attestation.person:
        return attestation.person
    return f"key {attestation.key[:20]}…" if attestation.key else "no key"
