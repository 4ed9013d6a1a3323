"""The documents as tests and `make` read them: pages, blocks, tables, sections, made parts."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = (
    "*.md",
    ".github/*.md",
    "docs/**/*.md",
    "cache/*.md",
    "rules/**/*.md",
    "examples/**/*.md",
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MADE = re.compile(r"(<!-- made: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_ROW = re.compile(r"(?<!\\)\|")


def pages():
    """Every document of the repository, sorted."""
    return sorted({path for place in PLACES for path in ROOT.glob(place)})


def read(name):
    return (ROOT / name).read_text("utf-8")


def shown(path):
    return path.relative_to(ROOT).as_posix()


def blocks(text, language):
    """The fenced blocks of one language."""
    return [body for found, body in _FENCE.findall(text) if found == language]


def section(text, title):
    """A heading's part of a page, up to the next heading of its level or above."""
    head = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert head, f"no section is called {title!r}"
    rest = text[head.end() :]
    end = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text):
    """The body rows of the first table of a text, cells stripped."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    first = next((at for at, line in enumerate(lines) if set(line) <= set("|-: ")), 0)
    table = []
    for line in lines[first + 1 :]:
        if set(line) <= set("|-: ") or (table and not line.startswith("|")):
            break
        table.append([cell.strip().replace("\\|", "|") for cell in _ROW.split(line)[1:-1]])
    return table


def tables(text):
    """All tables of a text, each as its body rows."""
    found, run = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            run.append(line)
        elif run:
            found.append(rows("\n".join(run)))
            run = []
    return found


def code(cell):
    """The words in backticks of a cell."""
    return re.findall(r"`([^`]+)`", cell)


def made(text):
    """The parts of a page that a command makes, by name."""
    return {name: body for _, name, body, _ in _MADE.findall(text)}


def with_made(text, parts):
    """The page with its made parts replaced."""
    return _MADE.sub(lambda found: found[1] + parts.get(found[2], found[3]) + found[4], text)
