"""The small world, made once: see `tests/promote/world.py`."""

import itertools

import pytest

from tests.places.conftest import proxy, registry  # noqa: F401 - fixtures
from tests.promote.told import told  # noqa: F401 - a fixture
from tests.promote.world import LABEL, SETTINGS, World, make_world


@pytest.fixture(scope="session")
def made_world(tmp_path_factory):
    """A world that is built and committed, with nothing promoted; read only by convention."""
    return make_world(tmp_path_factory.mktemp("world") / "made")


@pytest.fixture(scope="session")
def promoted_world(made_world, tmp_path_factory):
    """The same after `//words:wheel` went to dev, staging and prod; read only by convention."""
    world = made_world.copy(tmp_path_factory.mktemp("promoted") / "made")
    for channel in ("dev", "staging", "prod"):
        world.promote(LABEL, channel)
    return world


@pytest.fixture
def world(made_world, tmp_path) -> World:
    """A fresh copy: built and committed, nothing promoted."""
    return made_world.copy(tmp_path / "world")


@pytest.fixture
def promoted(promoted_world, tmp_path) -> World:
    """A fresh copy of a world whose three channels have `//words:wheel`."""
    return promoted_world.copy(tmp_path / "world")


@pytest.fixture(scope="session")
def second_world(promoted_world, tmp_path_factory):
    """Version 0.1.0 is in all three channels, 0.2.0 in two; read only by convention."""
    world = promoted_world.copy(tmp_path_factory.mktemp("second") / "made")
    wheel = world.release("0.2.0")
    world.promote(LABEL, "dev")
    world.promote(wheel[:12], "staging")
    return world


@pytest.fixture
def second(second_world, tmp_path):
    return second_world.copy(tmp_path / "world")


@pytest.fixture(scope="session")
def third_world(second_world, tmp_path_factory):
    """The same, with 0.3.0 built and in no channel; read only by convention."""
    world = second_world.copy(tmp_path_factory.mktemp("third") / "made")
    world.release("0.3.0")
    return world


@pytest.fixture
def third(third_world, tmp_path):
    return third_world.copy(tmp_path / "world")


names = itertools.count()


@pytest.fixture
def registered(world, registry) -> World:  # noqa: F811
    """A fresh copy whose channels and ledger lie in the registry."""
    return move_to(world, registry)


@pytest.fixture
def proxied(world, proxy) -> World:  # noqa: F811
    """A fresh copy whose channels and ledger lie in the registry, behind the proxy."""
    return move_to(world, proxy)


def move_to(world, server):
    """Let a world's channels and ledger lie in repositories of a registry, or of its proxy."""
    repository = f"world-{next(names)}"
    text = SETTINGS
    for channel in ("dev", "staging", "prod"):
        place = server.place(f"{repository}/{channel}")
        text = text.replace(f'at = "channels/{channel}"', f'at = "{place}"')
    ledger = server.place(f"{repository}/ledger")
    world.path("fxgbuild.toml").write_text(f'{text}\n[promotion]\nledger = "{ledger}"\n')
    world.commit("channels in a registry")
    return world
