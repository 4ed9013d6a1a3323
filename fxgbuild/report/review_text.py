"""A review for a terminal: what is weaker first, then each target, then what a build will do."""

from collections.abc import Iterator

from fxgbuild.report.review_words import (
    field_words,
    heading,
    judged_words,
    more_names,
    names_of,
    pin_words,
    summary,
    work,
)
from fxgbuild.report.visible import one_line, visible
from fxgbuild.review.change import Elsewhere, Review, TargetChange
from fxgbuild.review.gate import Gate

MOST_LINES = 40  # of one target's code, unless all is asked for
MOST_FIELDS = 12
MARK = {"added": "+", "removed": "-", "renamed": ">", "changed": "~"}


def review_lines(review: Review, title: str, *, whole: bool = False) -> list[str]:
    return list(_lines(review, title, whole))


def _lines(review: Review, title: str, whole: bool) -> Iterator[str]:
    yield f"{one_line(title)}: {heading(review)}"
    if review.broken:
        yield from ("", "PINS EDITED BY HAND OR DAMAGED (a build stops at them)")
        yield from (f"  {label}  {text}" for label, text in review.broken)
    for gates, head in (
        (review.weakened, "gates weakened"),
        (review.strengthened, "gates strengthened"),
    ):
        if gates:
            yield from ("", head)
            yield from (_gate(gate) for gate in gates)
    if review.elsewhere:
        yield from ("", "rules, settings, lock")
        for item in review.elsewhere:
            yield from _elsewhere(item)
    for target in review.targets:
        yield ""
        yield from _target(target, whole)
    tail = [*work(review), *review.notes]
    tail += [f"built here: {label} {digest[:12]}" for label, digest in review.built.items()]
    if tail and not review.is_empty():
        yield from ("", *tail)


def _gate(gate: Gate) -> str:
    names = ", ".join(f"`{one_line(name, 60)}`" for name in names_of(gate))
    names = f": {names}{more_names(gate)}" if names else ""
    return f"  {gate.where}  {one_line(gate.gate)}: {one_line(gate.text)}{names}"


def _elsewhere(item: Elsewhere) -> Iterator[str]:
    reach = f" ({item.nodes} node{'' if item.nodes == 1 else 's'})" if item.nodes else ""
    yield f"  {one_line(item.where)}  {item.what}{reach}"
    yield from _fields(item.fields, "    ")


def _fields(fields: tuple[object, ...], margin: str) -> Iterator[str]:
    for moved in fields[:MOST_FIELDS]:
        name, old, new = field_words(moved)  # type: ignore[arg-type]
        yield f"{margin}{one_line(name)}: {one_line(old, 100)} → {one_line(new, 100)}"
    if len(fields) > MOST_FIELDS:
        yield f"{margin}and {len(fields) - MOST_FIELDS} more fields"


def _target(target: TargetChange, whole: bool) -> Iterator[str]:
    was = f" (was {target.renamed_from})" if target.renamed_from else ""
    what = summary(target)
    yield f"{MARK[target.status]} {target.label}{was}  {target.status}{f': {what}' if what else ''}"
    if target.judged:
        yield f"    {judged_words(target)}"
    for sentence in target.spec:
        yield f"    spec  {one_line(sentence.words, 600)}"
    if target.status in ("changed", "renamed"):
        yield from _fields(target.fields, "    ")
    for words, names in (("gained", target.gained), ("lost", target.lost)):
        if names:
            yield f"    imports {words}: {', '.join(one_line(name, 60) for name in names)}"
    yield from (f"    {one_line(line)}" for line in pin_words(target.before, target.after))
    if target.code and target.status != "removed":
        lines = target.code.lines if whole else target.code.lines[:MOST_LINES]
        yield from (f"    {visible(line)}".rstrip() for line in lines)
        if len(lines) < len(target.code.lines):
            yield f"    and {len(target.code.lines) - len(lines)} more lines; `-v` shows all"
