"""An honest remote, a misbehaving one, and workspaces' settings that point to them."""

import os
import stat
import threading
from contextlib import contextmanager

import pytest

from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.remote import client as client_module
from fxgbuild.remote.client import Policy, Remote, open_remote
from fxgbuild.remote.keys import Trusted
from fxgbuild.remote.server import Serving, open_server
from fxgbuild.remote.transport import Limits, Transport
from fxgbuild.signing.keys import new_key, signer_of

from .peer import misbehaving

# The waits of a test; a command's own are in the settings.
QUICK = Limits(connect_s=0.4, total_s=1.5, min_bytes_per_s=2000)


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """The moment before a second try differs between clients, and tests need none."""
    monkeypatch.setattr(client_module, "JITTER_S", (0, 0.01))


@pytest.fixture
def key_file(tmp_path):
    """A signing key of its user, outside of any workspace."""
    path = tmp_path / "keys" / "signing.key"
    path.parent.mkdir()
    path.write_bytes(new_key())
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


@pytest.fixture
def signer(key_file):
    return signer_of(key_file.read_bytes(), key_file)


@pytest.fixture
def stranger(key_file):
    """Somebody whom the workspace does not trust."""
    return signer_of(new_key(), key_file)


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serving(tmp_path):
    """Start servers of the program on folders; honest ones."""
    opened = []

    def start(**settings):
        context = running(open_server("127.0.0.1", 0, Serving(tmp_path / "served", **settings)))
        opened.append(context)
        return context.__enter__()

    yield start
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def honest(serving):
    return serving()


@pytest.fixture
def peer():
    with misbehaving() as found:
        yield found


@pytest.fixture
def client(signer):
    """Make clients of a server that trust one signer in all namespaces."""
    made = []

    def make(url, *, limits=QUICK, token="", seen=None, trust=None, **policy):
        policy = {
            "namespaces": ("main",),
            "trust": (Trusted(signer.id),) if trust is None else trust,
            "minimum": "B",
            "signer": signer,
        } | policy
        more = {"seen": seen} if seen else {}
        remote = Remote(Transport(url, limits, token), Policy(**policy), **more)
        made.append(remote)
        return remote

    yield make
    for remote in made:
        remote.close()


@pytest.fixture
def opened(tmp_path, key_file):
    """Open a remote as the command line does, from settings and environment."""

    def make(environment=None, *, root=None, **remote):
        settings = SettingsDoc.model_validate({"remote": remote})
        home = {"HOME": str(tmp_path), "FXG_SIGNING_KEY": str(key_file), "PATH": os.defpath}
        return open_remote(settings, root or tmp_path / "ws", home | (environment or {}))

    return make
