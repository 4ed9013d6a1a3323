"""A review as a comment for a pull request, in the Markdown of GitHub and GitLab.

Foreign text stands in fences and code spans only, where it can open nothing, link nothing and call
nobody. The size is bounded: what was left out is said.
"""

import re

from fxgbuild.report.review_words import (
    field_words,
    heading,
    judged_words,
    more_names,
    names_of,
    pin_words,
    plural,
    summary,
    work,
)
from fxgbuild.report.visible import one_line, visible
from fxgbuild.review.change import Elsewhere, Moved, Review, TargetChange
from fxgbuild.review.gate import Gate

LIMIT = 65_000  # GitHub takes 65,536 characters
SPARE = 600  # for the lines that say what was left out
MOST_ITEMS = 60
MOST_DIFF = 400  # lines of one target's code
ICONS = {True: "🔻", False: "🔺"}
_TICKS = re.compile(r"`+")


def markdown(review: Review, base: str, head: str) -> str:
    """The comment, ending with a line end; equal reviews give equal bytes."""
    title = f"## fxgbuild: {heading(review)}"
    ends = f"{span(base)} → {span(head) if head else 'the working tree'}"
    parts = [title, ends, *_top(review)]
    room = LIMIT - SPARE - sum(len(part) + 2 for part in parts)
    return "\n\n".join([*parts, *_all_details(review.targets, room)]) + "\n"


def _all_details(targets: tuple[TargetChange, ...], room: int) -> list[str]:
    """Every target in short while there is room; what then is left goes to the first diffs."""
    short: list[str] = []
    for target in targets:
        text = _details(target, code=False)
        room -= len(text) + 2
        if room < 0:
            break
        short.append(text)
    left = targets[len(short) :]
    if left:
        names = ", ".join(str(target.label) for target in left[:4])
        more = f" and {len(left) - 4} more" if len(left) > 4 else ""
        return [*short, f"Left out for want of room: {names}{more}; `fxgbuild diff` shows them."]
    found = []
    for target, text in zip(targets, short, strict=True):
        whole = _details(target)
        fits = len(whole) - len(text) <= room
        room -= len(whole) - len(text) if fits else 0
        found.append(whole if fits else text)
    return found


def _top(review: Review) -> list[str]:
    parts = []
    if review.broken:
        items = [f"{label}: {text}" for label, text in review.broken]
        parts.append(
            _list("### 🚨 Pins edited by hand or damaged (a build stops at them)", items, 4_000)
        )
    if review.weakened:
        parts.append(_list("### Gates weakened", [_gate(gate) for gate in review.weakened], 16_000))
    if review.targets:
        parts.append(_table(review))
    if review.strengthened:
        strong = [_gate(gate) for gate in review.strengthened]
        parts.append(_list("### Gates strengthened", strong, 4_000))
    if review.elsewhere:
        items = [_elsewhere(item) for item in review.elsewhere]
        parts.append(_list("### Rules, settings, lock", items, 8_000))
    tail = [*work(review), *review.notes]
    built = list(review.built.items())
    tail += [f"built here: {label} {span(digest[:12])}" for label, digest in built[:MOST_ITEMS]]
    return [*parts, *(["  \n".join(tail)] if tail else [])]


def _list(head: str, items: list[str], most: int) -> str:
    """Items while there is room; what is left out is counted."""
    shown: list[str] = []
    for item in items:
        most -= len(item) + 3
        if most < 0:
            shown.append(f"- and {len(items) - len(shown)} more; `fxgbuild diff` shows them")
            break
        shown.append(f"- {item}")
    return "\n".join([head, "", *shown])


def span(text: str, most: int = 120) -> str:
    """A code span that its content cannot end: its marks are longer than any run inside."""
    flat = one_line(text, most) or " "
    longest = max((len(run) for run in _TICKS.findall(flat)), default=0)
    marks = "`" * (longest + 1)
    edge = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{marks}{edge}{flat}{edge}{marks}"


def fence(lines: list[str], language: str = "diff") -> str:
    """A fenced block that its content cannot end."""
    text = [visible(line).replace("\n", " ") for line in lines]
    longest = max((len(run) for line in text for run in _TICKS.findall(line)), default=0)
    marks = "`" * max(3, longest + 1)
    return "\n".join([f"{marks}{language}", *text, marks])


def _gate(gate: Gate) -> str:
    names = ", ".join(span(name, 60) for name in names_of(gate))
    names = f": {names}{more_names(gate)}" if names else ""
    return f"{ICONS[gate.weaker]} {span(gate.where)} {span(gate.gate)}: {span(gate.text)}{names}"


def _elsewhere(item: Elsewhere) -> str:
    reach = f" ({plural(item.nodes, 'node')})" if item.nodes else ""
    fields = "".join(f"\n  - {_field(moved)}" for moved in item.fields[:8])
    more = len(item.fields) - 8
    fields += f"\n  - and {more} more" if more > 0 else ""
    return f"{span(item.where)}: {item.what}{reach}{fields}"


def _field(moved: Moved) -> str:
    name, old, new = field_words(moved)
    return f"{span(name)}: {span(old)} → {span(new)}"


def _table(review: Review) -> str:
    """Labels, counts and words of our own: nothing foreign stands in a cell."""
    weak: dict[str, int] = {}
    for gate in review.weakened:
        weak[gate.where] = weak.get(gate.where, 0) + 1
    rows = ["| target | status | changed | weakened |", "| --- | --- | --- | --- |"]
    for target in review.targets[:MOST_ITEMS]:
        count = weak.get(str(target.label), 0)
        cells = (f"`{target.label}`", target.status, summary(target), str(count) if count else "")
        rows.append(f"| {' | '.join(cells)} |")
    if len(review.targets) > MOST_ITEMS:
        rows.append(f"| and {len(review.targets) - MOST_ITEMS} more | | | |")
    return "\n".join(rows)


def _details(target: TargetChange, *, code: bool = True) -> str:
    was = f", was {target.renamed_from}" if target.renamed_from else ""
    head = f"<summary><code>{target.label}</code> {target.status}{was}</summary>"
    parts = ["<details>" + head, judged_words(target)]
    if target.spec:
        lines = [line for s in target.spec for line in (f"-{s.before}", f"+{s.after}") if line[1:]]
        parts += ["Spec, by sentence:", fence(lines)]
    if target.fields and target.status in ("changed", "renamed"):
        items = [f"- {_field(moved)}" for moved in target.fields[:20]]
        more = len(target.fields) - 20
        parts.append("\n".join([*items, *([f"- and {more} more fields"] if more > 0 else [])]))
    for words, names in (("gained", target.gained), ("lost", target.lost)):
        if names:
            parts.append(f"Imports {words}: {', '.join(span(name, 60) for name in names)}")
    parts += ["  \n".join(span(line, 300) for line in pin_words(target.before, target.after))]
    if target.code:
        counts = f"+{target.code.added} -{target.code.removed} lines of code"
        if code and target.status != "removed":
            shown = list(target.code.lines[:MOST_DIFF])
            more = len(target.code.lines) - MOST_DIFF
            tail = f"; the last {more} lines of the diff are left out" if more > 0 else ""
            parts += [f"{counts}{tail}:", fence(shown)]
        else:
            parts.append(f"{counts}; the diff is left out")
    return "\n\n".join([part for part in parts if part] + ["</details>"])
