"""What a person should know of code that passed: findings, each with an id to acknowledge it by.

Passing stages keep no warnings: lint, types and security pass without a finding or fail. What is
left is what a threshold let pass, what people's own code was excused from, and how pins came here.
"""

import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping

from fxgbuild.build.figure import figures_of
from fxgbuild.build.stores import Stores
from fxgbuild.digest import Json, tagged_digest
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import File, Node
from fxgbuild.plan.plan import Plan
from fxgbuild.store.pin import Pin

MOST_NAMED = 20
# Comments by which people's code has a check look away, and the stage that heeds them.
EXCUSES = {"noqa": "lint", "type: ignore": "type", "nosec": "security"}


def noted(
    stores: Stores, plan: Plan, nodes: Iterable[Node], pins: Mapping[Label, Pin | None]
) -> tuple[Json, ...]:
    """Findings of an artifact's nodes, node by node."""
    nodes = list(nodes)
    figures = figures_of(stores, plan, nodes)
    found: list[Json] = []
    for node in nodes:
        pin = pins[node.label]
        found += _carried(node, pin) if pin else []
        found += _missed(node, figures.get(str(node.label)))
        found += _excused(node)
    return tuple(found)


def _finding(node: Node, stage: str, rule: str, text: str, about: Json) -> Json:
    """`about` is all that makes this finding another one; its digest is the id."""
    label = str(node.label)
    digest = tagged_digest("fxg.finding.v1", [label, stage, rule, about])
    return {"id": digest.short, "node": label, "stage": stage, "rule": rule, "text": text}


def _carried(node: Node, pin: Pin) -> Iterator[Json]:
    """The pin was moved to another key than it was generated for, by somebody's word."""
    for step in pin.carried:
        fields = [str(change.get("field")) for change in step.get("changes") or ()]
        text = f"carried on {step.get('date')} because: {step.get('because')}"
        text += f" (changed: {', '.join(fields)})" if fields else ""
        yield _finding(node, "generate", "carried", text, [pin.code.hex, step])


def _missed(node: Node, figure: Json) -> Iterator[Json]:
    """Hidden cases that do not hold, which a threshold allows."""
    if not figure or not figure["missed"]:
        return
    names = [str(name).partition(":")[0] for name in figure["missed"]]
    shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    text = (
        f"{figure['of'] - figure['held']} of {figure['of']} hidden cases do not hold: {shown}; "
        f"{figure['metric']} is {figure['value']}, at least {figure['at_least']} was asked for"
    )
    yield _finding(node, "test", "missed", text, figure)


def _excused(node: Node) -> Iterator[Json]:
    """Lines of people's code at which a check was told to look away."""
    files = (node.source.file, *node.source.deps) if node.source else ()
    for file in files:
        for line, comment in _comments(file):
            for mark, stage in EXCUSES.items():
                if mark in comment:
                    text = f"{file.path}:{line}: {comment}"
                    yield _finding(node, stage, "excused", text, [file.digest.hex, line, comment])


def _comments(file: File) -> Iterator[tuple[int, str]]:
    """The comments of a module that passed, and so is Python."""
    for token in tokenize.tokenize(io.BytesIO(file.data).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
