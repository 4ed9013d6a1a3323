"""The example node in a rule set's README: found, and read as a node of a graph would be."""

import re
from dataclasses import dataclass

from fxgbuild.lang.documents import read_document
from fxgbuild.lang.drafts import Draft, Reader
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.graphs import draft_graph
from fxgbuild.lang.rulesets import RuleSet
from fxgbuild.lang.text import parse
from fxgbuild.problem import Location, Problem

FENCE = re.compile(r"\s*(`{3,}|~{3,})")
HEAD = ("fxg: 1", "nodes:")


@dataclass(frozen=True, slots=True)
class _Block:
    line: int  # of its first line, from 1
    lines: tuple[str, ...]


def example_problems(rules: RuleSet, folder: str, tree: Reader) -> list[Problem]:
    """What keeps the README's example from being a node of this rule set; [] when it is one."""
    path = f"{folder}/README.md"
    data = tree.read(path)
    if data is None:
        return [Problem(Location(path), "FXG1103", "the rule set has no `README.md`")]
    blocks = _blocks(data.decode("utf-8", "replace"))
    wanted = re.compile(rf"\btask:\s*[\"']?{rules.alias}\.")
    block = next((b for b in blocks if any(map(wanted.search, b.lines))), None)
    if block is None:
        message = f"it shows no example node: an indented block with `task: {rules.alias}.…`"
        return [Problem(Location(path), "FXG1103", message)]
    return _loaded(rules, folder, tree, path, block)


def _loaded(rules: RuleSet, folder: str, tree: Reader, path: str, block: _Block) -> list[Problem]:
    """Read the block where it stands: what goes before it fills the lines above."""
    above = [*HEAD, *[""] * (block.line - 1 - len(HEAD))]
    text = "\n".join([*above, *(f"  {line}" for line in block.lines), ""])
    doc, document, problems = read_document(path, text.encode(), GraphDoc, parse)
    if doc is not None:
        draft = Draft("readme", folder, doc, document, {rules.alias: rules}, tree)
        problems = [*problems, *draft_graph(draft).problems]
    return [_moved(problem) for problem in problems]


def _moved(problem: Problem) -> Problem:
    where = problem.where
    place = Location(where.path, where.line, max(1, where.column - 2))
    return Problem(place, problem.id, problem.message, near=problem.near, hint=problem.hint)


def _blocks(text: str) -> list[_Block]:
    """Fenced blocks and indented ones."""
    found: list[_Block] = []
    fence, lines = "", list[str]()
    for number, line in enumerate([*text.split("\n"), ""], 1):
        mark = FENCE.match(line)
        bounds = mark is not None and (not fence or mark[1].startswith(fence))
        if not bounds and (fence or line.startswith("    ")):
            lines.append(line)
            continue
        if lines:
            found.append(_Block(number - len(lines), tuple(lines)))
            lines = []
        if mark and bounds:
            fence = "" if fence else mark[1]
    return found
