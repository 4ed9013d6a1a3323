"""Rc files: options that a user or a workspace wants on every command line, as `.bazelrc` has them.

A line is `verb --option …`, `verb:name --option …` (added by `--config=name`), `common …` for every
verb, `import FILE` or `try-import FILE`. What is imported here costs every command that finds an rc
file, so what only problems need is imported when there are some.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fxgbuild.problem import Problem

NAME = ".fxgbuildrc"
COMMON = "common"
IMPORTS = ("import", "try-import")
WORKSPACE = "%workspace%/"
CONFIG = "--config"
IGNORE = ("--no-rc", "--ignore-all-rc-files")
# What a verb takes over from another one's lines; options it does not have are left out.
INHERITS = dict.fromkeys(
    ("aquery", "clean", "emit", "info", "plan", "run", "test", "why"), ("build",)
)
# What is signed is somebody's word: it is typed, and not added by a file that others may change.
SIGNED = frozenset({"--because", "--role", "--acknowledge", "--reviewed", "--attest", "--to"})
SIGNING = ("approve", "promote", "rollback", "verify")
MOST_FILES = 32

_CONFIG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Known(NamedTuple):
    """What an option is called in full, and whether a value follows it."""

    name: str
    valued: bool


# Every verb's options under all their names; `cache verify` is a verb here.
Options = Mapping[str, Mapping[str, Known]]


class Entry(NamedTuple):
    """One line: options for a verb, always or under a `--config` of a name; or an import."""

    verb: str
    config: str
    words: tuple[str, ...]
    path: str
    line: int

    @property
    def place(self) -> str:
        """Where a value came from, for people."""
        return f"{self.path}:{self.line}" + (f" ({self.verb}:{self.config})" if self.config else "")


class Expanded(NamedTuple):
    """A command line with what rc files add; an origin is "" for what was typed."""

    words: list[str]
    origins: list[str]
    problems: list["Problem"]


def parse(path: str, text: str) -> tuple[list[Entry], list["Problem"]]:
    """Read one file; lines of imports are entries too, in their place."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, line in _lines(text):
        try:
            words = shlex.split(_uncommented(line))
        except ValueError as error:
            problems.append(_problem(path, number, f"the line cannot be read: {error}".lower()))
            continue
        if not words:
            continue
        verb, colon, config = words[0].partition(":")
        if colon and (verb in IMPORTS or not _CONFIG_NAME.fullmatch(config)):
            problems.append(_problem(path, number, f"`{words[0]}` is no `verb:name`"))
        elif verb in IMPORTS and len(words) != 2:
            problems.append(_problem(path, number, f"`{verb}` takes one file"))
        else:
            entries.append(Entry(verb, config, tuple(words[1:]), path, number))
    return entries, problems


def _lines(text: str) -> Iterable[tuple[int, str]]:
    """Lines with their numbers; one that ends in a backslash goes on in the next."""
    held, begun = "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r")
        slashes = len(line) - len(line.rstrip("\\"))
        if slashes % 2 and (held or not line.lstrip().startswith("#")):
            held, begun = held + line[:-1], begun or number
        else:
            yield begun or number, held + line
            held, begun = "", 0
    if held:
        yield begun, held


def _uncommented(line: str) -> str:
    """The line up to a `#` that begins a word."""
    quote, before, escaped = "", " ", False
    for at, letter in enumerate(line):
        if escaped:
            escaped = False
        elif letter == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#" and before in " \t":
            return line[:at]
        before = letter
    return line


class Collected(NamedTuple):
    """What a file and those it imports say; `files` are all that were looked for."""

    entries: list[Entry]
    problems: list["Problem"]
    files: list[str]


def collect(path: str, read: Callable[[str], str | None]) -> Collected:
    """One file's entries, with those of the files it imports in place of the imports."""
    problems: list[Problem] = []
    seen = [path]

    def entries_of(path: str, text: str) -> Iterable[Entry]:
        lines, found = parse(path, text)
        problems.extend(found)
        for entry in lines:
            if entry.verb not in IMPORTS:
                yield entry
                continue
            wanted = _imported(entry)
            if wanted in seen or len(seen) >= MOST_FILES:
                message = f"`{wanted}` is imported already, or there are too many imports"
                problems.append(_problem(path, entry.line, message))
                continue
            seen.append(wanted)
            inner = read(wanted)
            if inner is not None:
                yield from entries_of(wanted, inner)
            elif entry.verb == "import":
                hint = f"`try-import {entry.words[0]}` does without it"
                missing = f"there is no file `{wanted}` to import"
                problems.append(_problem(path, entry.line, missing, hint=hint))

    text = read(path)
    entries = list(entries_of(path, text)) if text is not None else []
    return Collected(entries, problems, seen)


def _imported(entry: Entry) -> str:
    """The file an import names: in the workspace, absolute, or beside the file that asks."""
    name = entry.words[0]
    folder = entry.path.rpartition("/")[0]
    if name.startswith(WORKSPACE):
        return name.removeprefix(WORKSPACE)
    return name if name.startswith(("/", "~/")) or not folder else f"{folder}/{name}"


def expand(
    words: Sequence[str],
    entries: Sequence[Entry],
    options: Options,
    beaten: frozenset[str] = frozenset(),
) -> Expanded:
    """Put what rc files say for a verb before what was typed, so that what was typed wins.

    Lines of `common` come first, then those the verb inherits, then its own; within each the order
    of the files; then every `--config`, in the order typed. `beaten` options are left to variables.
    """
    typed, configs = without_configs(words, options)
    verb, size = verb_of(typed, options)
    if not verb:
        return Expanded(list(words), [""] * len(words), [])
    expanding = _Expanding(verb, entries, options, beaten)
    for head in expanding.lineage:
        for entry in expanding.named(head, ""):
            expanding.add(entry, ())
    for config in configs:
        expanding.config(config, ("the command line", 0), ())
    kept = _unsaid([*expanding.added, *((word, "") for word in typed[size:])], options[verb])
    return Expanded(
        [*typed[:size], *(word for word, _ in kept)],
        [*("" for _ in typed[:size]), *(place for _, place in kept)],
        expanding.problems,
    )


def verb_of(words: Sequence[str], options: Options) -> tuple[str, int]:
    """The verb that is typed and how many words it has; "" where rc files have no say."""
    for size in (2, 1):
        name = " ".join(words[:size])
        if len(words) >= size and options.get(name):
            return name, size
    return "", 0


def without_configs(words: Sequence[str], options: Options) -> tuple[list[str], list[str]]:
    """The words without the options that are about rc files, and the names that `--config` gave."""
    kept: list[str] = []
    configs: list[str] = []
    plain = [word for word in words if not word.startswith("-")][:2]
    own = options.get(" ".join(plain)) or options.get("".join(plain[:1])) or {}
    rest = iter(words)
    for word in rest:
        name, equals, value = option_name(word)
        if word == "--":
            kept += [word, *rest]
        elif name == CONFIG:
            configs.append(value if equals else next(rest, ""))
        elif name not in IGNORE:
            kept.append(word)
            if name in own and own[name].valued and not equals:
                kept += [value for value in [next(rest, None)] if value is not None]
    return kept, configs


def option_name(word: str) -> tuple[str, str, str]:
    """An option's name as it is listed, `=` if a value is attached, and the value."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name.replace("_", "-"), equals, value
    if word.startswith("-") and len(word) > 2:
        return word[:2], "=", word[2:]
    return word, "", ""


def _unsaid(words: Sequence[tuple[str, str]], own: Mapping[str, Known]) -> list[tuple[str, str]]:
    """Words less every flag that a later `--no-flag` takes back, and less that."""
    kept: list[tuple[str, str]] = []
    for word, place in words:
        flag = denied(word, own)
        if flag:
            same = {name for name, known in own.items() if known.name == flag}
            kept = [(w, p) for w, p in kept if w.replace("_", "-") not in same]
        else:
            kept.append((word, place))
    return kept


def denied(word: str, own: Mapping[str, Known]) -> str:
    """The flag that a `--no-flag` takes back, unless that is an option itself; or ""."""
    name = word.replace("_", "-")
    flag = own.get(f"--{name[5:]}") if name.startswith("--no-") and name not in own else None
    return flag.name if flag and not flag.valued else ""


class _Expanding:
    """One expansion: what applies, what was added so far, what went wrong."""

    def __init__(
        self, verb: str, entries: Sequence[Entry], options: Options, beaten: frozenset[str]
    ) -> None:
        first = verb.partition(" ")[0]
        self.names = {known.name for known in options[verb].values()}
        self.typed = self.names & SIGNED if first in SIGNING else frozenset()
        self.lineage = (COMMON, *INHERITS.get(first, ()), first)
        self.entries = entries
        self.options = options
        self.beaten = beaten
        self.added: list[tuple[str, str]] = []
        self.problems: list[Problem] = []

    def named(self, head: str, config: str) -> list[Entry]:
        return [e for e in self.entries if e.verb == head and e.config == config]

    def config(self, name: str, asked: tuple[str, int], inside: tuple[str, ...]) -> None:
        """Add what a name stands for."""
        if name in inside:
            message = f"`{CONFIG}={name}` needs itself: {' → '.join((*inside, name))}"
            self.problems.append(_problem(*asked, message))
            return
        found = [entry for head in self.lineage for entry in self.named(head, name)]
        if not found:
            self.problems.append(self._unknown(name, asked))
        for entry in found:
            self.add(entry, (*inside, name))

    def _unknown(self, name: str, asked: tuple[str, int]) -> "Problem":
        from fxgbuild.problem import closest  # noqa: PLC0415 - only when something is wrong

        elsewhere = sorted({entry.verb for entry in self.entries if entry.config == name})
        here = sorted({e.config for e in self.entries if e.config and e.verb in self.lineage})
        message = f"no rc file has a line for `{CONFIG}={name}`"
        if elsewhere:
            message += f" and this command, only for {', '.join(elsewhere)}"
        listed = ", ".join(f"`{config}`" for config in here) or "none"
        return _problem(*asked, message, near=closest(name, here), hint=f"there are: {listed}")

    def add(self, entry: Entry, inside: tuple[str, ...]) -> None:
        """Add an entry's options as far as this verb has them."""
        known = _known(entry.verb, self.options)
        for option in grouped(entry.words, known):
            if option.trouble:
                self.problems.append(_troubled(entry, option, known))
            elif option.name == CONFIG:
                self.config(option.value, (entry.path, entry.line), inside)
            elif option.name in self.typed:
                message = f"`{option.name}` goes into what is signed, and has to be typed"
                self.problems.append(_problem(entry.path, entry.line, message))
            elif option.name in self.names - self.beaten:
                self.added += [(word, entry.place) for word in option.words]


def _known(verb: str, options: Options) -> dict[str, Known]:
    """Options that a line for a verb may hold: its own, those of its parts, or everybody's."""
    parts = [
        found
        for name, found in options.items()
        if verb in (COMMON, name) or name.startswith(f"{verb} ")
    ]
    return {name: known for found in parts for name, known in found.items()}


class Option(NamedTuple):
    """One option of a line, by its full name, with its value; `trouble` says why it is none."""

    name: str
    value: str
    words: tuple[str, ...]
    trouble: str = ""


def grouped(words: Sequence[str], known: Mapping[str, Known]) -> list[Option]:
    """A line's words as options, each with its value."""
    found: list[Option] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = option_name(word)
        short = equals and not name.startswith("--")
        option = Known(CONFIG, True) if name == CONFIG else known.get(name)
        if not word.startswith("-") or word == "--" or name in IGNORE:
            found.append(Option(word, "", (word,), f"`{word}` is no option that may stand here"))
        elif option is None:
            flag = denied(word, known)
            trouble = "" if flag else f"there is no option `{name}` here"
            found.append(Option(flag or name, "", (word,), trouble))
        elif option.valued:
            given = value if equals else next(rest, None)
            trouble = f"`{name}` needs a value" if given is None else ""
            parts = (word,) if equals or given is None else (word, given)
            found.append(Option(option.name, given or "", parts, trouble))
        elif short:  # -kv is -k -v
            found += [Option(option.name, "", (name,)), *grouped((f"-{value}",), known)]
        else:
            trouble = f"`{name}` takes no value" if equals else ""
            found.append(Option(option.name, "", (word,), trouble))
    return found


def check(entries: Sequence[Entry], options: Options) -> list["Problem"]:
    """What is wrong with lines, whether or not a command uses them."""
    from fxgbuild.problem import closest  # noqa: PLC0415 - for those who ask, not every command

    problems = []
    heads = {COMMON, *(name.partition(" ")[0] for name, own in options.items() if own)}
    for entry in entries:
        known = _known(entry.verb, options)
        if entry.verb not in heads:
            message = f"there is no command `{entry.verb}` that takes options from here"
            near = closest(entry.verb, heads)
            problems.append(_problem(entry.path, entry.line, message, near=near))
        else:
            found = grouped(entry.words, known)
            problems += [_troubled(entry, option, known) for option in found if option.trouble]
    return problems


def _troubled(entry: Entry, option: Option, known: Iterable[str]) -> "Problem":
    from fxgbuild.problem import closest  # noqa: PLC0415 - only when something is wrong

    near = closest(option.name, known)
    return _problem(entry.path, entry.line, option.trouble, near=near)


def _problem(path: str, line: int, message: str, *, near: str = "", hint: str = "") -> "Problem":
    from fxgbuild.problem import Location, Problem  # noqa: PLC0415 - only when something is wrong

    return Problem(Location(path, line, 1 if line else 0), "FXG2002", message, near=near, hint=hint)
