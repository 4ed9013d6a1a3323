"""Three promotions on three days and a rollback: what there is to be told of afterwards."""

from dataclasses import dataclass, field

import pytest

from tests.promote.world import LABEL, SETTINGS, World

FREE = SETTINGS.replace('at = "channels/prod"\nafter = "staging"\n', 'at = "channels/prod"\n')
OTHER_CODE = ('"words": len(text.split())', '"words": sum(1 for word in text.split())')
OTHER_SPEC = ("in alphabetical order", "in the order of the alphabet")


@dataclass(frozen=True)
class Told(World):
    wheels: dict = field(default_factory=dict)  # digests by version


@pytest.fixture(scope="session")
def told(made_world, tmp_path_factory):
    """Three promotions into prod on three days and a rollback today; staging kept the third."""
    world = Told(made_world.copy(tmp_path_factory.mktemp("told") / "world").folder)
    world.path("fxgbuild.toml").write_text(FREE)
    world.commit("prod takes what is built")
    world.wheels["0.1.0"] = world.build()
    world.promote(LABEL, "prod", "--because", "the first", when="-3d")
    world.wheels["0.2.0"] = world.release("0.2.0")
    world.promote(LABEL, "prod", "--because", "the second", when="-2d")
    world.edit("packages/words/words.py", *OTHER_CODE)
    world.edit("packages/words/fxg.yaml", *OTHER_SPEC)
    cases = world.path("packages/words/cases.jsonl")
    cases.write_text(cases.read_text().splitlines(keepends=True)[0])
    done = world.type("carry", "//words:rank", "--because", "the same in other words")
    assert done.code == 0, done.err
    world.wheels["0.3.0"] = world.release("0.3.0")
    world.promote(LABEL, "prod", "--because", "the third", when="-1d")
    world.promote(LABEL, "dev")
    world.promote(LABEL, "staging")
    back = ("--to", world.wheels["0.2.0"][:12], "--because", "the third counts wrongly")
    done = world.type("rollback", LABEL, "--channel", "prod", *back, by="rob")
    assert done.code == 0, done.err
    return world
