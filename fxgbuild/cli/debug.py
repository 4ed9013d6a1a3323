"""`fxgbuild debug`: the failing test of a node in the same sandbox, under pdb."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from fxgbuild.build.attempt import all_attempts
from fxgbuild.build.debugging import Debugged, debug_node
from fxgbuild.cli.app import App, Common, common
from fxgbuild.errors import UsageError
from fxgbuild.harness.verdict import printable
from fxgbuild.lang.model import Node
from fxgbuild.lang.template import render
from fxgbuild.problem import closest


@click.command("debug")
@click.argument("label")
@click.option("--test", default="", help="Stop at this test, whether it fails or not.")
@click.option("--attempt", type=int, help="Debug a rejected reply instead of the code that stands.")
@common
def command(options: Common, label: str, test: str, attempt: int | None) -> int:
    """Run a node's tests until one fails, and look at its last call under pdb.

    The code is where stage four has it: in the sandbox, without network, files or secrets.
    """
    app = App(options, frozen=True)
    found = app.labels([label])
    node = app.workspace.node(found[0])
    if node is None or len(found) != 1:
        raise UsageError(f"`{label}` is not a node", hint="`fxgbuild ls -v //...` lists nodes")
    code = _code(app, node, attempt)
    with _terminal() as terminal:
        debugged = debug_node(app.context(), node, code, test, terminal)
    return _say(node, debugged, test)


def _code(app: App, node: Node, attempt: int | None) -> str:
    """The code that stands, or a rejected reply; the last one where no code stands."""
    tries = {one.number: one for one in all_attempts(app.stores, node.label) if one.code}
    if attempt is None:
        target = app.context().plan(app.selection([str(node.label)])).get(node.label)
        if target is not None and target.code is not None:
            return target.code
    number = max(tries, default=0) if attempt is None else attempt
    if number not in tries or node.template is None:
        known = ", ".join(map(str, tries)) or "none"
        raise UsageError(
            f"`{node.label}` has no such code",
            facts={"attempts with code": known},
            hint=f"`fxgbuild why {node.label}`",
        )
    digest = tries[number].code
    hole = app.stores.blobs.get(digest) if digest else None
    if hole is None:
        raise UsageError(f"the code of attempt {number} is gone")
    return render(node.template, hole.decode())


@contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    """Two pipes to the sandbox, relayed: code under test never holds a person's terminal."""
    to_code, typed = os.pipe()
    said, from_code = os.pipe()
    threading.Thread(target=_type, args=(typed,), daemon=True).start()
    shown = threading.Thread(target=_show, args=(said,), daemon=True)
    shown.start()
    try:
        yield to_code, from_code
    finally:
        for fd in (to_code, from_code):
            os.close(fd)
        shown.join(timeout=5)


def _type(pipe: int) -> None:
    with contextlib.suppress(OSError), os.fdopen(pipe, "wb", buffering=0) as sink:
        for line in sys.stdin.buffer:
            sink.write(line)


def _show(pipe: int) -> None:
    """What the code says is shown without what steers terminals."""
    with os.fdopen(pipe, "rb", buffering=0) as source:
        while data := source.read(65_536):
            sys.stdout.write(printable(data))
            sys.stdout.flush()


def _say(node: Node, debugged: Debugged, wanted: str) -> int:
    names = [test["name"] for test in debugged.tests]
    if debugged.test:
        return 0
    if wanted and wanted not in names:
        facts = {"closest": closest(wanted, names), "tests": ", ".join(names)}
        raise UsageError(f"`{node.label}` has no test `{wanted}`", facts=facts)
    failed = [test for test in debugged.tests if test["outcome"] != "passed"]
    if failed:
        click.echo(f"{failed[0]['name']}: {failed[0]['message']}")
        click.echo("no call of it can be looked at", err=True)
        return 3
    click.echo(f"all {len(names)} tests of {node.label} pass; stop at one with --test NAME:")
    for name in names:
        click.echo(f"  {name}")
    return 0
