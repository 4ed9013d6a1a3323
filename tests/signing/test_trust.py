"""The trust file: read whole or refused, each problem where it stands."""

import datetime
from datetime import UTC

import pytest

from fxgbuild.cli.keygen import trust_block
from fxgbuild.errors import BadWorkspace
from fxgbuild.lang.text import parse
from fxgbuild.signing.trust import parse_trust, read_trust

ANA = "ed25519:" + "a" * 64
BEN = "ed25519:" + "b" * 64
GOOD = f"""\
fxg = 1

[[keys]]
id = "{ANA}"
person = "ana@example.org"
roles = ["builder", "promoter"]
from = 2026-01-01
until = 2027-01-01
"""


def day(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def problems(text, name="trust.toml"):
    """What is said of a bad trust file, a line a problem."""
    with pytest.raises(BadWorkspace) as caught:
        parse_trust(name, text.encode())
    return [line for problem in caught.value.problems for line in problem.lines()]


def test_a_key_has_a_person_roles_and_a_time():
    (key,) = parse_trust("trust.toml", GOOD.encode()).keys
    assert (key.id, key.person, key.revoked) == (ANA, "ana@example.org", False)
    assert key.roles == {"builder", "promoter"}
    assert (key.since, key.until) == (day("2026-01-01"), day("2027-01-01"))
    assert key.valid(day("2026-01-01"))
    assert not key.valid(day("2027-01-01")), "the last day is the day before"


def test_a_person_has_several_keys_as_they_take_each_others_place():
    text = GOOD + GOOD.removeprefix("fxg = 1\n").replace(ANA, BEN)
    trust = parse_trust("trust.toml", text.encode())
    assert {key.person for key in trust.keys} == {"ana@example.org"}
    assert trust.find(BEN).id == BEN
    assert trust.find("ed25519:" + "c" * 64) is None


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01",
        '"2026-01-01"',
        "2026-01-01T00:00:00Z",
        "2026-01-01 01:00:00+01:00",
        '"2026-01-01T00:00:00Z"',
    ],
)
def test_a_date_is_toml_s_own_or_quoted(written):
    text = GOOD.replace("from = 2026-01-01", f"from = {written}")
    assert parse_trust("trust.toml", text.encode()).keys[0].since == day("2026-01-01")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("person", "persn", ("trust.toml:5:1: unknown key `persn`", "`person`")),
        ("until", "untill", ("trust.toml:8:1: unknown key `untill`", "`until`")),
        ("[[keys]]", "[[key]]", ("trust.toml:3:1: unknown key `key`", "`keys`")),
        ("until = 2027-01-01\n", "", ("trust.toml:3:1: `until` is missing",)),
        ("a" * 64, "a" * 63, ("trust.toml:4:1: `keys.0.id`",)),
        ("ana@example.org", "Ana", ("trust.toml:5:1", "an e-mail address is needed")),
        ('["builder", "promoter"]', "[]", ("trust.toml:6:1: `keys.0.roles`",)),
        ('"promoter"]', '"Promoter!"]', ("trust.toml:6:1: `keys.0.roles.1`",)),
        ("2026-01-01", '"soon"', ("trust.toml:7:1: `keys.0.from`", "a date is needed")),
        ("2026-01-01", "2026", ("trust.toml:7:1: `keys.0.from`", "a date is needed")),
        ("2026-01-01", "10:00:00", ("trust.toml:7:1: dates are not used here",)),
        ("2026-01-01", "2026-01-01T00:00:00", ("trust.toml:7:1", "a time has a zone")),
        ("2026-01-01", "2028-01-01", ("trust.toml:8:1: `until` comes after `from`",)),
        ("2026-01-01", "0001-01-01T00:00:00+14:00", ("trust.toml:7:1", "of the calendar")),
        ("until", 'revoked = "no"\nuntil', ("trust.toml:8:1: `keys.0.revoked`",)),
        ("fxg = 1", "fxg = 2", ("trust.toml:1:1: `fxg`",)),
        ("fxg = 1", "fxg = ", ("trust.toml:1:7: not TOML",)),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(old, new, said):
    assert old in GOOD
    text = "\n".join(problems(GOOD.replace(old, new)))
    assert all(words in text for words in said), text


def test_a_key_is_there_once():
    text = GOOD + GOOD.removeprefix("fxg = 1\n")
    assert problems(text) == [
        "trust.toml:11:1: the key is there already, on line 4 [FXG1102]",
    ]


def test_a_file_of_any_name_is_toml():
    assert parse_trust("/etc/fxgbuild/keys", GOOD.encode()).keys
    assert problems("x = 2", "/etc/fxgbuild/keys")[0].startswith("/etc/fxgbuild/keys:1:1: ")


def test_a_trust_file_that_cannot_be_read_is_a_problem_of_the_workspace(tmp_path):
    for path in (tmp_path / "trust.toml", tmp_path):
        with pytest.raises(BadWorkspace) as caught:
            read_trust(path, "trust.toml")
        (problem,) = caught.value.problems
        assert str(problem.where) == "trust.toml"
        assert "keygen" in problem.hint


def test_what_keygen_prints_is_pasted_as_it_is(tmp_path):
    path = tmp_path / "trust.toml"
    path.write_text(GOOD + "\n" + trust_block(BEN, datetime.date(2028, 2, 29)))
    key = read_trust(path).find(BEN)
    assert key.since == day("2028-02-29")
    assert key.until == day("2029-02-28")
    assert key.roles == {"builder", "promoter"}


def test_other_files_have_no_dates():
    """A date in `fxgbuild.toml` means nothing; only a trust file has them."""
    _, (problem,) = parse("fxgbuild.toml", b"until = 2026-01-01\n")
    assert "write `2026-01-01` in quotes" in problem.message
