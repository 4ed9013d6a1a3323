"""Files made to explode: small texts that would become huge, deep, slow or code.

Each is refused by place and in little time; what it would have done is shown beside.
"""

import json
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from fxgbuild.lang import json_text, text, toml_text, yaml_text
from fxgbuild.lang.text import parse
from fxgbuild.lang.unreadable import MAX_BYTES, MAX_DEPTH

SOON = 5.0  # seconds; a quadratic reader would take minutes


@contextmanager
def soon() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < SOON


def refused(name: str, written: str | bytes) -> str:
    data = written.encode() if isinstance(written, str) else written
    with soon():
        document, problems = parse(name, data)
    assert document is None
    assert [problem.id for problem in problems] == ["FXG1101"]
    return problems[0].message


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines) + "\n"


def test_aliases_are_refused_before_anything_is_shared() -> None:
    assert "anchors are not used here" in refused("x.yaml", bomb(9))
    assert len(json.dumps(yaml.safe_load(bomb(5)))) > 250 * len(bomb(5))  # what the others do


def test_without_the_refusal_an_anchor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "_refuse_extras", lambda event: None)
    assert parse("x.yaml", b"a: &x 1\n")[0] is not None


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object:os.system",
        "!!python/object/apply:os.system",
        "!!python/object/new:subprocess.Popen",
        "!!python/name:os.system",
        "!!binary",
        "!!set",
        "!local",
        "!<tag:x>",
    ],
)
def test_no_tag_constructs_anything(tag: str) -> None:
    assert "tags are not used here" in refused("x.yaml", f"a: {tag} [echo hello]\n")


def test_a_tag_would_run_code_in_another_reader() -> None:
    written = "!!python/object/apply:builtins.len [[1, 2, 3]]"
    assert yaml.load(written, Loader=yaml.UnsafeLoader) == 3  # noqa: S506


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x.yaml", "[" * 100_000),
        ("x.yaml", "{a: " * 100_000),
        ("x.yaml", "- " * 100_000),
        ("x.yaml", "\n".join(" " * i + "a:" for i in range(2000))),
        ("x.json", "[" * 100_000),
        ("x.json", '{"a":' * 100_000),
        ("x.toml", "a = " + "[" * 100_000),
        ("x.toml", "a = " + "[" * 100 + "]" * 100),
        ("x.toml", "a = " + "{a=" * 100 + "1" + "}" * 100),
        ("x.toml", "a" + ".a" * 100_000 + " = 1"),
        ("x.toml", "[" + ".".join("a" * 100_000) + "]"),
        ("x.toml", '"a"' + '."a"' * 100_000 + " = 1"),
        ("x.toml", "a = {b" + " . b" * 100_000 + " = 1}"),
        ("x.toml", "[" + ".".join("a" * 40) + "]\n" + ".".join("b" * 40) + " = 1"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_depth_is_bounded_before_it_costs_anything(name: str, written: str) -> None:
    said = refused(name, written)
    assert "nested deeper" in said or "not TOML" in said or "not JSON" in said


def test_without_the_bound_depth_is_an_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_DEPTH", 10**6)
    with pytest.raises(RecursionError):
        parse("x.json", b"[" * 100_000)
    monkeypatch.setattr(yaml_text, "MAX_DEPTH", 10**6)
    document, _ = parse("x.yaml", b"[" * 900 + b"]" * 900)
    assert document is not None
    with pytest.raises(RecursionError):
        tomllib.loads("a = " + "[" * 100_000)


def test_without_the_bound_a_dotted_key_takes_quadratic_time() -> None:
    def seconds(parts: int) -> float:
        started = time.process_time()
        tomllib.loads("a" + ".a" * parts + " = 1")
        return time.process_time() - started

    assert seconds(4000) > 6 * seconds(1000)
    assert toml_text._DEEP.search("a" + ".a" * 4000)


@pytest.mark.parametrize(
    ("name", "written", "where"),
    [
        ("x.yaml", "a: 1\nb: {c: 1, c: 2}\n", "x.yaml:2:11"),
        ("x.json", '{"a": {"b": 1,\n"b": 2}}', "x.json:2:1"),
        ("x.toml", "[a]\nb = 1\nb = 2\n", "x.toml:3:6"),
        ("x.toml", "[a]\nb = 1\n[a]\nb = 2\n", "x.toml:3:3"),
    ],
)
def test_a_key_that_stands_twice_is_refused_where_it_stands_again(
    name: str, written: str, where: str
) -> None:
    _, problems = parse(name, written.encode())
    assert [str(problem.where) for problem in problems] == [where]


def test_without_the_refusal_the_later_key_wins_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(yaml_text._YamlBuilder, "_key", lambda self, value, event: None)
    document, _ = parse("x.yaml", b"a: 1\na: 2\n")
    assert document is not None
    assert document.value == {"a": 2}


@pytest.mark.parametrize("name", ["x.yaml", "x.json", "x.toml"])
def test_a_file_of_100_megabytes_is_refused_unread(name: str) -> None:
    assert "at most" in refused(name, b"[" * 100_000_000)


def test_without_the_bound_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_BYTES", 2 * MAX_BYTES)
    document, _ = parse("x.yaml", b"a: 1\n" + b"#" * (MAX_BYTES + 1))
    assert document is not None


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x.yaml", "a: " + "x" * 4_000_000),
        ("x.yaml", 'a: "' + "\\x41" * 1_000_000 + '"'),
        ("x.json", '"' + "a" * 4_000_000 + '"'),
        ("x.json", "[" + " " * 4_000_000 + "]"),
        ("x.toml", 'a = """\n' + "[a\n" * 1_000_000 + '"""'),
        ("x.toml", "a = [\n[1," + " " * 1_000_000 + "2]]"),
        ("x.toml", "a = [\n[1," + "\t" * 1_000_000 + "]\n]\n"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_a_huge_scalar_is_read_in_linear_time(name: str, written: str) -> None:
    with soon():
        document, problems = parse(name, written.encode())
    assert document is not None, problems


@pytest.mark.parametrize("digits", ["9" * 5000, "0x" + "f" * 5000])
@pytest.mark.parametrize("form", ["x.yaml:a: {}", "x.json:[{}]", "x.toml:a = {}"])
def test_a_number_no_key_could_hold_is_refused(form: str, digits: str) -> None:
    name, _, written = form.partition(":")
    refused(name, written.format(digits))
    with pytest.raises(ValueError, match="digits"):  # what would meet it later
        json.dumps(int("f" * 5000, 16))


@pytest.mark.parametrize("value", ["2020-01-01", "07:32:00", "2020-01-01T07:32:00Z"])
def test_a_date_in_toml_is_a_problem_where_it_stands(value: str) -> None:
    """A key could not hold it, and the other formats have none."""
    _, problems = parse("x.toml", f"a = 1\n[b]\nc = [1, {value}]\n".encode())
    assert [problem.lines()[0].partition(" write")[0] for problem in problems] == [
        "x.toml:3:1: dates are not used here:"
    ]
    assert MAX_DEPTH == 64
