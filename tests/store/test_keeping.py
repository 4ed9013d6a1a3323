"""What a collection may take: the decision, over facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.digest import Json, digest_bytes
from fxgbuild.store.keeping import DAY_NS, Blob, Bounds, Choice, Facts, bounds, choose

NOW = 1000 * DAY_NS
ALL = Bounds(0, 0)


def hex_of(name: str) -> str:
    return digest_bytes(name.encode()).hex


def record(key: str, *outputs: str, action: str = "test") -> dict[str, Json]:
    value = {"key": hex_of(key), "action": action, "outputs": {o: hex_of(o) for o in outputs}}
    return {f"{action}:{hex_of(key)}": value}


def facts(days: dict[str, float], rows: dict[str, Json], **more: object) -> Facts:
    """Blobs of ten bytes by name, with the days since they were used."""
    blobs = {hex_of(name): Blob(10, NOW - round(age * DAY_NS)) for name, age in days.items()}
    given = {"now_ns": NOW, "safe_since_ns": NOW - DAY_NS, "blobs": blobs, "rows": rows}
    return Facts(**{**given, **more})  # type: ignore[arg-type]


def names(choice: Choice, among: str) -> set[str]:
    """Which of some one-letter names went, as blobs."""
    gone = {taken.name for taken in choice.blobs}
    return {name for name in among if hex_of(name) in gone}


def test_what_is_too_old_goes_and_what_is_young_stays() -> None:
    rows = record("k", "o") | record("l", "p")
    found = choose(facts({"k": 91, "o": 95, "l": 89, "p": 99, "x": 91, "y": 2}, rows), Bounds())
    assert [taken.name for taken in found.rows] == [f"test:{hex_of('k')}"]
    assert names(found, "kolpxy") == {"k", "o", "x"}
    assert found.rows[0].why == "not used for 91 days, 90 are allowed"
    assert found.kept_bytes == 30


def test_beyond_the_size_the_least_recently_used_go_first() -> None:
    rows = record("k", "o") | record("l", "p")
    aged = {"k": 9, "o": 20, "l": 8, "p": 30, "x": 10, "y": 7}
    assert names(choose(facts(aged, rows), Bounds(60)), "kolpxy") == set()
    assert names(choose(facts(aged, rows), Bounds(59)), "kolpxy") == {"x"}
    found = choose(facts(aged, rows), Bounds(45))
    assert names(found, "kolpxy") == {"x", "k", "o"}
    assert found.kept_bytes == 30
    assert found.rows[0].why == "least recently used of 50 bytes, 45 are allowed"


def test_a_blob_stays_while_a_record_that_names_it_stays() -> None:
    rows = record("k", "o") | record("l", "o")
    found = choose(facts({"k": 99, "o": 99, "l": 1.5}, rows), Bounds())
    assert names(found, "kol") == {"k"}
    both = choose(facts({"k": 99, "o": 99, "l": 99}, rows), Bounds())
    assert names(both, "kol") == {"k", "o", "l"}


def test_what_was_used_since_the_oldest_lease_stays_though_all_must_go() -> None:
    found = choose(
        facts({"k": 99, "o": 0.5, "l": 99, "p": 99}, record("k", "o") | record("l", "p")), ALL
    )
    assert [taken.name for taken in found.rows] == [f"test:{hex_of('l')}"]
    assert names(found, "kolp") == {"l", "p"}


@pytest.mark.parametrize(
    ("row", "value", "goes"),
    [
        ("last://a:b:test", hex_of("k"), False),
        ("last://a:gone:test", hex_of("k"), True),
        ("pin:" + hex_of("z"), {"code": hex_of("o"), "key": hex_of("k")}, False),
        ("attempts://a:b", [{"reply": hex_of("o"), "code": hex_of("k")}], False),
        ("attempts://a:gone", [{"reply": hex_of("o"), "code": hex_of("k")}], False),
        ("promoted:stable", {"files": {"w.whl": hex_of("o")}, "by": [hex_of("k")]}, False),
        ("lease:" + hex_of("z"), {"x": [hex_of("k"), hex_of("o")]}, False),
        ("of-tomorrow:x", {"deep": [{"er": hex_of("k")}], hex_of("o"): 1}, False),
        (f"reply:{hex_of('open')}:1", {"reply": hex_of("o"), "x": hex_of("k")}, False),
        (f"reply:{hex_of('pinned')}:1", {"reply": hex_of("o"), "x": hex_of("k")}, True),
    ],
)
def test_rows_that_are_needed_keep_what_they_name(row: str, value: Json, goes: bool) -> None:
    found = choose(
        facts(
            {"k": 99, "o": 99},
            {**record("k", "o"), row: value},
            labels=frozenset({"//a:b"}),
            pinned_keys=frozenset({hex_of("pinned")}),
        ),
        ALL,
    )
    assert names(found, "ko") == ({"k", "o"} if goes else set())


def test_the_newest_record_of_a_label_that_exists_stays_with_its_outputs() -> None:
    rows = record("k", "o") | record("l", "p") | {"last://a:b:test": hex_of("l")}
    found = choose(facts({"k": 99, "o": 99, "l": 99, "p": 99}, rows), ALL)
    assert names(found, "kolp") == {"k", "o"}
    assert found.rooted_bytes == 20
    unknown = choose(facts({"l": 99, "p": 99}, rows, labels=None), ALL)
    assert names(unknown, "lp") == set()


def test_replies_of_a_renewed_series_stay() -> None:
    rows = {f"reply:{hex_of('k')}:1": {"reply": hex_of("o")}, f"renew:{hex_of('k')}": {}}
    pinned = frozenset({hex_of("k")})
    assert names(choose(facts({"o": 99}, rows, pinned_keys=pinned), ALL), "o") == set()


def test_what_committed_pins_name_stays() -> None:
    found = choose(facts({"c": 99, "d": 99}, {}, pinned=frozenset({hex_of("c")})), ALL)
    assert names(found, "cd") == {"d"}


LETTERS = "abcdefgh"


@given(
    ages=st.dictionaries(st.sampled_from(LETTERS), st.floats(0, 200), max_size=8),
    named=st.dictionaries(
        st.sampled_from(LETTERS), st.lists(st.sampled_from(LETTERS), max_size=3), max_size=5
    ),
    rooted=st.sets(st.sampled_from(LETTERS), max_size=3),
    most=st.integers(0, 90),
    days=st.integers(0, 200),
)
def test_whatever_there_is(ages, named, rooted, most, days) -> None:
    """Nothing needed goes, no kept record loses a blob, and the bounds hold for the rest."""
    rows: dict[str, Json] = {}
    for key, outputs in named.items():
        rows |= record(key, *outputs)
    rows["promoted:x"] = sorted(hex_of(name) for name in rooted)
    given_ = facts(ages, rows)
    found = choose(given_, Bounds(most, days * DAY_NS))
    gone = {taken.name for taken in found.blobs}
    kept_rows = rows.keys() - {taken.name for taken in found.rows}
    assert not gone & {hex_of(name) for name in rooted}
    assert all(given_.blobs[name].used_ns < given_.safe_since_ns for name in gone)
    for row in kept_rows - {"promoted:x"}:
        assert not gone & {rows[row]["key"], *rows[row]["outputs"].values()}
    assert found.kept_bytes == sum(b.size for n, b in given_.blobs.items() if n not in gone)
    again = facts(
        {n: a for n, a in ages.items() if hex_of(n) not in gone}, {r: rows[r] for r in kept_rows}
    )
    assert choose(again, Bounds(most, days * DAY_NS)).rows == ()


def test_sizes_are_read_in_words() -> None:
    assert bounds("10GiB", 90) == Bounds()
    assert bounds("0B", 0.5) == Bounds(0, DAY_NS // 2)
    for text in ("10", "10 GiB", "-1B", "10gb", "1.5GiB", "1GiB\n", ""):
        with pytest.raises(ValueError, match="is no size"):
            bounds(text, 1)
