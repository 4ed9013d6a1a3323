"""Rc files: what a line means, and which of several wins."""

import shlex
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.rc import Entry, Known, check, collect, expand, parse

FLAGS = ("--frozen", "--keep-going")
VALUED = ("--jobs", "--color", "--output")
BUILD = {name: Known(name, False) for name in FLAGS} | {name: Known(name, True) for name in VALUED}
BUILD |= {"-k": Known("--keep-going", False), "-j": Known("--jobs", True)}
BUILD |= {"-v": Known("--verbose", False), "--verbose": Known("--verbose", False)}
TEST = {"--color": Known("--color", True), "--output": Known("--output", True)}
OPTIONS = {"build": BUILD, "test": TEST, "cache verify": TEST, "cache gc": BUILD}

WORDS = st.text(string.printable.replace("\n", "").replace("\r", ""), max_size=12)
NAMES = st.from_regex(r"[a-z][a-z0-9_.-]{0,6}", fullmatch=True)


def entries(text, path=".fxgbuildrc"):
    found, problems = parse(path, text)
    assert not problems
    return found


def words_of(line, *files):
    """A command line with what files say, without problems."""
    read = [entry for number, text in enumerate(files) for entry in entries(text, f"rc{number}")]
    found = expand(line.split(), read, OPTIONS)
    assert not found.problems, found.problems
    assert len(found.words) == len(found.origins)
    return found.words


def problems_of(line, text):
    found, wrong = parse("rc", text)
    return [p.message for p in (*wrong, *expand(line.split(), found, OPTIONS).problems)]


@given(verb=NAMES, config=NAMES | st.just(""), words=st.lists(WORDS))
def test_a_line_written_with_quotes_is_read_back(verb, config, words):
    head = f"{verb}:{config}" if config else verb
    text = " ".join([head, *map(shlex.quote, words)])
    if verb in ("import", "try-import"):
        return
    assert entries(text) == [Entry(verb, config, tuple(words), ".fxgbuildrc", 1)]


@given(st.lists(st.sampled_from(["# don't", "", "  ", "build --frozen", "test --color=x # 'y"])))
def test_comments_and_blank_lines_say_nothing_and_count_as_lines(lines):
    expected = [number for number, line in enumerate(lines, 1) if line[:1] in ("b", "t")]
    assert [entry.line for entry in entries("\n".join(lines))] == expected


@given(st.text(max_size=200))
def test_reading_never_raises(text):
    found, _ = parse("rc", text)
    expand(["build", "--config=x"], found, OPTIONS)
    check(found, OPTIONS)


@given(home=st.lists(st.integers(1, 9)), root=st.lists(st.integers(1, 9)), typed=st.integers(0, 9))
def test_the_command_line_wins_then_the_later_file_then_the_later_line(home, root, typed):
    files = ["\n".join(f"build --jobs={n}" for n in values) for values in (home, root)]
    line = f"build //x {f'--jobs={typed}' if typed else ''}"
    said = [word for word in words_of(line, *files) if word.startswith("--jobs=")]
    wanted = [*home, *root, *([typed] if typed else [])]
    assert said == [f"--jobs={n}" for n in wanted]


def test_what_is_said_for_a_verb_stands_after_what_it_inherits_and_what_all_have():
    text = "test --color=c\nbuild --color=b\ncommon --color=a"
    assert words_of("test //x", text) == ["test", "--color=a", "--color=b", "--color=c", "//x"]
    assert words_of("build", text) == ["build", "--color=a", "--color=b"]


def test_a_verb_takes_only_the_options_it_has():
    text = "build --frozen --jobs 3 --color never\ncommon -k"
    assert words_of("test", text) == ["test", "--color", "never"]
    assert words_of("build", text) == ["build", "-k", "--frozen", "--jobs", "3", "--color", "never"]


def test_options_go_behind_both_words_of_a_part():
    assert words_of("cache verify x", "common --color=a") == ["cache", "verify", "--color=a", "x"]
    assert words_of("cache verify", "cache --jobs=3 --color=b") == ["cache", "verify", "--color=b"]


@pytest.mark.parametrize("typed", ["build --config=ci //x", "--config ci build //x"])
def test_a_config_adds_its_lines_wherever_it_is_typed(typed):
    text = "build:ci --frozen --config=deep\ncommon:deep --color=never\nbuild --jobs=1"
    assert words_of(typed, text) == ["build", "--jobs=1", "--frozen", "--color=never", "//x"]


def test_a_config_of_an_option_s_value_or_of_a_pattern_is_none():
    assert words_of("build --output --config -- --config=x", "") == (
        ["build", "--output", "--config", "--", "--config=x"]
    )


def test_an_unknown_config_names_what_is_there_and_what_is_close():
    found = expand(["build", "--config=cii"], entries("build:ci -k\nbuild:dev -k"), OPTIONS)
    lines = "\n".join(found.problems[0].lines())
    assert "--config=cii" in lines
    assert "`ci`" in lines
    assert "`dev`" in lines


def test_a_config_for_other_commands_only_is_an_error():
    assert "only for build" in problems_of("cache verify --config=ci", "build:ci -k")[0]


def test_a_config_that_needs_itself_is_an_error():
    text = "build:a --config=b\nbuild:b --config=a"
    assert "a → b → a" in problems_of("build --config=a", text)[0]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("build --jbos=3", "no option `--jbos`"),
        ("common --nothing", "no option `--nothing`"),
        ("build --jobs", "needs a value"),
        ("build --frozen=yes", "takes no value"),
        ("build //x", "no option"),
        ("build --no-rc", "no option"),
        ("build 'x", "cannot be read"),
        ("build:", "no `verb:name`"),
        ("import", "takes one file"),
    ],
)
def test_a_line_that_cannot_be_used_is_a_problem_with_its_place(line, part):
    found, wrong = parse("rc", f"\n{line}")
    problem = [*wrong, *expand(["build"], found, OPTIONS).problems][0]
    assert part in problem.message
    assert str(problem.where) == "rc:2:1"


def test_lines_for_no_command_are_found_by_checking():
    found = check(entries("bild --frozen\nbuild --frozen"), OPTIONS)
    assert [(p.where.line, p.near) for p in found] == [(1, "`build`")]


@pytest.mark.parametrize("typed", ["--no-keep-going", "--no-keep_going"])
@pytest.mark.parametrize("said", ["-k", "--keep_going", "--keep-going"])
def test_a_flag_of_a_file_can_be_taken_back(said, typed):
    assert words_of(f"build {typed}", f"build --frozen {said}") == ["build", "--frozen"]
    assert words_of("build", f"build {said} --frozen", f"build {typed}") == ["build", "--frozen"]
    assert words_of("build -k", f"build {typed}") == ["build", "-k"]


def test_what_a_variable_says_is_left_to_it():
    found = expand(["build"], entries("build --color=a -k"), OPTIONS, frozenset({"--color"}))
    assert found.words == ["build", "-k"]


def test_short_flags_stand_together():
    assert words_of("build", "build -kvj4") == ["build", "-k", "-v", "-j4"]


def test_every_word_has_its_origin():
    read = entries("build --jobs 3\nbuild:ci --frozen")
    found = expand(["build", "--config=ci", "//x"], read, OPTIONS)
    assert found.origins == ["", *2 * [".fxgbuildrc:1"], ".fxgbuildrc:2 (build:ci)", ""]


FILES = {
    "rc": "build -v\nimport %workspace%/sub/one\ntry-import missing",
    "sub/one": "build -k\nimport two",
    "sub/two": "build --frozen\ntry-import %workspace%/rc",
    "bad": "import missing",
    "~/rc": "import more",
    "~/more": "build -k",
}


def test_an_import_stands_for_the_lines_of_its_file():
    found, problems, files = collect("rc", FILES.get)
    assert [(entry.path, entry.words) for entry in found] == [
        ("rc", ("-v",)),
        ("sub/one", ("-k",)),
        ("sub/two", ("--frozen",)),
    ]
    assert ["imported already" in problem.message for problem in problems] == [True]
    assert files == ["rc", "sub/one", "sub/two", "missing"]
    assert collect("~/rc", FILES.get).entries[0].path == "~/more"


def test_a_missing_import_is_a_problem_unless_it_is_only_tried():
    assert "no file `missing`" in collect("bad", FILES.get).problems[0].message
    assert collect("nowhere", FILES.get).entries == []


def test_a_line_goes_on_after_a_backslash():
    assert entries("build --frozen \\\n  -k\nbuild -v")[0].words == ("--frozen", "-k")
    assert entries("build --frozen \\\n  -k\nbuild -v")[1].line == 3


def test_a_verb_that_rc_files_have_no_say_in_is_left_alone():
    assert words_of("version --config=x", "common --color=a") == ["version", "--config=x"]
