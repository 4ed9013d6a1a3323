"""Text files to values with places: what is read, and what is a located problem."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fxgbuild.lang.document import Document
from fxgbuild.lang.text import parse
from fxgbuild.lang.unreadable import MAX_BYTES, MAX_DEPTH
from tests.strategies import json_values, printable, yaml_text

SUFFIXES = ("yaml", "json", "toml")


def read(name: str, text: str | bytes) -> Document:
    document, problems = parse(name, text if isinstance(text, bytes) else text.encode())
    assert document is not None, problems
    return document


def refusal(name: str, text: str | bytes) -> str:
    """The one problem of a file that cannot be read, as it is printed."""
    document, problems = parse(name, text if isinstance(text, bytes) else text.encode())
    assert document is None
    assert [problem.id for problem in problems] == ["FXG1101"]
    return f"{problems[0].where}: {problems[0].message}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("true", True),
        ("False", False),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2001-12-14", "2001-12-14"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-7", -7),
        ("~", None),
        ("", None),
        ("null", None),
        ('"5"', "5"),
        ("'true'", "true"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = read("x.yaml", f"a: {text}\n").value["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x\n", "x.yaml:1:4: anchors are not used here: `&x`"),
        ("a: *x\n", "x.yaml:1:4: aliases are not used here: `*x`"),
        ("a: !!int 5\n", "x.yaml:1:4: tags are not used here: `tag:yaml.org,2002:int`"),
        ("a: !thing {}\n", "x.yaml:1:4: tags are not used here: `!thing`"),
        ("a: !!python/object:os.system {}\n", "x.yaml:1:4: tags are not used here"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: `a` stands twice"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: one document a file"),
        ("1: a\n", "x.yaml:1:1: keys are texts, found `1`"),
        ("? [a]\n: b\n", "x.yaml:1:3: keys are texts"),
        ("a: [1,\nb: 2\n", "x.yaml:"),
        ("a:\n\t- 1\n", "x.yaml:2:1: not YAML"),
        ("a: \x01\n", "x.yaml:1:"),
        ("- a\nb: 1\n", "x.yaml:2:1: not YAML"),
        (f"a: {'9' * 5000}\n", "x.yaml:1:4: "),
        ("a: .inf\n", "x.yaml:1:4: "),
        ("a: -.INF\n", "x.yaml:1:4: "),
        ("a: .nan\n", "x.yaml:1:4: "),
        ("a: 1e999\n", "x.yaml:1:4: "),
    ],
)
def test_what_these_files_do_not_have_is_a_located_problem_in_yaml(text: str, said: str) -> None:
    assert refusal("x.yaml", text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,\n "a": 2}', "x.json:2:2: `a` stands twice"),
        ('{"a": 1} x', "x.json:1:10: not JSON: something stands after the end"),
        ("{'a': 1}", "x.json:1:2: not JSON: a key in double quotes should stand here"),
        ('{"a" 1}', "x.json:1:6: not JSON: `:` should stand here"),
        ("[1 2]", "x.json:1:4: not JSON: `,` or `]` should stand here"),
        ("[1,]", "x.json:1:4: not JSON: a value should stand here"),
        ("[NaN]", "x.json:1:2: not JSON: a value should stand here"),
        ("[Infinity]", "x.json:1:2: not JSON: a value should stand here"),
        ("[1e999]", "x.json:1:2: "),
        (f"[{'9' * 5000}]", "x.json:1:2: "),
        ('["\n"]', "x.json:1:3: not JSON"),
        ('["a', "x.json:1:2: not JSON"),
        ('["\\ud800"]', "x.json:1:2: "),
        ("", "x.json:1:1: not JSON: a value should stand here"),
    ],
)
def test_what_is_not_json_is_a_located_problem(text: str, said: str) -> None:
    assert refusal("x.json", text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\na = 2\n", "x.toml:2:6: not TOML"),
        ("a = \n", "x.toml:1:5: not TOML"),
        ("[t]\nb = 'x\n", "x.toml:3:1: not TOML"),
        (f"a = 1\nb = {'9' * 5000}\n", "x.toml:"),
        ("a = 1\nb = [" + "[" * 5000 + "\n", "x.toml:"),
    ],
)
def test_what_is_not_toml_is_a_located_problem(text: str, said: str) -> None:
    assert refusal("x.toml", text).startswith(said)


def test_depth_is_bounded_alike_in_yaml_and_json() -> None:
    fits = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    deep = f"[{fits}]"
    assert read("x.yaml", fits).value == read("x.json", fits).value
    assert "nested deeper than 64" in refusal("x.yaml", deep)
    assert "nested deeper than 64" in refusal("x.json", deep)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_huge_file_is_refused_unread(suffix: str) -> None:
    assert "at most" in refusal(f"x.{suffix}", b"#" * (MAX_BYTES + 1))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bytes_that_are_not_utf_8_are_located_by_line(suffix: str) -> None:
    assert refusal(f"x.{suffix}", b"# fine\n# \xff\n") == f"x.{suffix}:2:1: not UTF-8: byte 0xff"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read("x.json", b"\xef\xbb\xbf[1]").value == [1]
    assert read("x.yaml", b"\xef\xbb\xbfa: 1\n").value == {"a": 1}


@given(json_values())
def test_a_json_value_reads_back_equal_from_json_and_from_yaml(value: object) -> None:
    written = {"value": value}
    assert read("x.json", json.dumps(written)).value == written
    assert read("x.yaml", yaml_text(written)).value == written


@given(json_values(printable), st.sampled_from([None, 1, 4]))
def test_a_json_file_read_as_yaml_has_the_same_value_and_places(
    value: object, indent: int | None
) -> None:
    text = json.dumps({"value": value}, ensure_ascii=False, indent=indent)
    as_json, as_yaml = read("x.json", text), read("x.yaml", text)
    assert as_json.value == as_yaml.value
    assert as_json.places == as_yaml.places


@settings(max_examples=300)
@given(st.sampled_from(SUFFIXES), st.binary(max_size=60))
@example("json", b'"\\')
@example("yaml", b"\x00")
@example("yaml", b"\xef\xbf\xbf")
def test_random_bytes_never_raise(suffix: str, data: bytes) -> None:
    document, problems = parse(f"x.{suffix}", data)
    assert (document is None) == bool(problems)


WORDS = ["a", "b:", "- ", "{", "}", "[", "]", '"', "'", "\n", "  ", "=", "&a", "*a", "!x", "---\n"]
WORDS += [".inf", "9" * 4400, "1e999", "\\ud800", "\\u0000", ",", "#", "|", ">", "?", "1", '"""']


@settings(max_examples=300)
@given(st.sampled_from(SUFFIXES), st.lists(st.sampled_from(WORDS), max_size=14).map("".join))
def test_random_words_of_the_formats_never_raise(suffix: str, text: str) -> None:
    document, problems = parse(f"x.{suffix}", text.encode())
    assert (document is None) == bool(problems)


def test_every_key_and_value_of_a_yaml_file_has_its_place() -> None:
    document = read("x.yaml", "fxg: 1\nnodes:\n  one:\n    tags: [a, bb]\n")
    assert str(document.at("nodes", "one", "tags", 1)) == "x.yaml:4:15"
    assert str(document.key_at("nodes", "one")) == "x.yaml:3:3"
    assert str(document.at("nodes", "one", "spec")) == "x.yaml:4:5"
    assert str(document.at("elsewhere")) == "x.yaml:1:1"


TOML = '''\
fxg = 1
doc = """
[tasks.NotThere]
a = 1
"""  # U+2028 in a comment: \u2028 is no line break
[types]
Windows = "float64[n]"
"quoted" = 1

[tasks.Clean]
inputs = {signal = "Windows", other = {type = "int"}}
imports = [
  "math",
]
[tasks.Clean.params.gain]
range = [0, 1]
[[tasks.Clean.invokes]]
task = "a.B"
[[tasks.Clean.invokes]]
  task = "a.C"
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("fxg",), "1:1"),
        (("doc",), "2:1"),
        (("types",), "6:1"),
        (("types", "Windows"), "7:1"),
        (("types", "quoted"), "8:1"),
        (("tasks", "Clean"), "10:1"),
        (("tasks", "Clean", "inputs", "signal"), "11:11"),
        (("tasks", "Clean", "inputs", "other"), "11:31"),
        (("tasks", "Clean", "imports", 0), "12:1"),
        (("tasks", "Clean", "params", "gain", "range"), "16:1"),
        (("tasks", "Clean", "invokes", 0, "task"), "18:1"),
        (("tasks", "Clean", "invokes", 1, "task"), "20:3"),
    ],
)
def test_toml_keys_and_tables_have_their_places(path: tuple[str | int, ...], place: str) -> None:
    assert str(read("x.toml", TOML).at(*path)) == f"x.toml:{place}"
