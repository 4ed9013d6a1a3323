"""A registry for the session, a proxy before it for a test, and the kinds of places there are."""

import itertools

import pytest

from fxgbuild.places import registry as registry_module
from fxgbuild.places import repository as repository_module
from fxgbuild.places.open import open_place

from .registry import MISSING, PROGRAM, docker_registry, faulty

names = itertools.count()


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """No moment before a second try, and none for another's writes to arrive."""
    monkeypatch.setattr(registry_module, "JITTER_S", (0, 0.01))
    monkeypatch.setattr(repository_module, "SETTLE_S", 0)
    monkeypatch.setattr(repository_module, "SETTLE", 0)
    monkeypatch.setenv(registry_module.WAIT, "6")


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """Debian's docker-registry, one for all tests; they use repositories of their own."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    with docker_registry(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture
def proxy(registry):
    """A proxy before the registry, honest until a test breaks it."""
    with faulty(registry) as found:
        yield found


@pytest.fixture
def repository():
    """A repository's name that no other test has."""
    return f"test/app-{next(names)}"


@pytest.fixture(params=["folder", "registry", "referrers"])
def opener(request, tmp_path, repository):
    """Opens one place, anew each time: a folder, a registry without and with referrers API."""
    if request.param == "folder":
        where = "place"
    elif request.param == "registry":
        where = request.getfixturevalue("registry").place(repository)
    else:
        proxy = request.getfixturevalue("proxy")
        proxy.referrers = True
        where = proxy.place(repository)
    return lambda: open_place(where, tmp_path)


@pytest.fixture
def place(opener):
    return opener()
