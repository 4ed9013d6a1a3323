"""Keys, a release, and trust files that name the keys."""

import pytest

from fxgbuild.release.release import make_release
from fxgbuild.signing.keys import new_key, signer_of


def make_signer():
    return signer_of(new_key(), "a test's key")


@pytest.fixture(scope="session")
def ana():
    return make_signer()


@pytest.fixture(scope="session")
def ben():
    return make_signer()


@pytest.fixture(scope="session")
def release():
    files = {"eeg-0.1.0-py3-none-any.whl": b"a wheel", "eeg-0.1.0.lock.txt": b"numpy==2.0\n"}
    return make_release("//eeg:wheel", {}, files, b"{}", b"a tar")[0]


@pytest.fixture(scope="session")
def other():
    """Another release of the same label."""
    return make_release("//eeg:wheel", {}, {"eeg-0.2.0-py3-none-any.whl": b"b"}, b"{}", b"a tar")[0]


@pytest.fixture
def key_file(tmp_path):
    """A signing key of its user, outside of any workspace."""
    path = tmp_path / "keys" / "signing.key"
    path.parent.mkdir()
    path.write_bytes(new_key())
    path.chmod(0o600)
    return path
