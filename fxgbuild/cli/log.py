"""`fxgbuild log`: what past runs did, and how to run a failed action again."""

import datetime
import sys
from pathlib import Path
from typing import Any

import click

from fxgbuild.build.verdict import first_line
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.digest import Json, digest_bytes
from fxgbuild.errors import FxgError, UsageError
from fxgbuild.event import ActionEnded, Ended, Event, Noted, Planned, Started, TargetEnded
from fxgbuild.journal.history import Difference, actions_run, difference, targets_then
from fxgbuild.journal.reader import RunHead, read, resolve, runs
from fxgbuild.journal.reproduce import reproducer
from fxgbuild.report.failures import failures
from fxgbuild.report.words import table
from fxgbuild.validate import mypy

LABELS = "fxgbuild.labels"  # that stood among the words, in click's own memory of a command
MOST_REASONS = 6
MOST_TEXT = 60


class Log(click.Group):
    """`log RUN` is `log show RUN`; with `--channel` a word is a label."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if any(word.partition("=")[0] == "--channel" for word in args):
            ctx.meta[LABELS] = tuple(word for word in args if word.startswith(("//", ":")))
            args = [word for word in args if word not in ctx.meta[LABELS]]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group("log", cls=Log, invoke_without_command=True)
@click.option("-n", "--number", default=20, show_default=True, type=click.IntRange(1))
@click.option("--channel", default="", metavar="NAME", help="What was promoted into a channel.")
@common
def command(options: Common, number: int, channel: str) -> int:
    """List past runs, newest first; RUN is a run's name, its beginning, a date, last or last~1.

    With `--channel` it lists what was promoted: `fxgbuild log --channel prod [LABEL]`.
    """
    context = click.get_current_context()
    if channel:
        if context.invoked_subcommand is not None:
            raise UsageError("with `--channel` the only other word is a label")
        from fxgbuild.cli.log_channel import show  # noqa: PLC0415 - most logs are of runs

        return show(App(options), channel, context.meta[LABELS], number)
    if context.invoked_subcommand is not None:
        return 0
    heads = runs(_folder(App(options)), number)
    if options.json:
        echo_json([_head(head) for head in heads])
        return 0
    if not heads:
        click.echo("no runs yet", err=True)
        return 0
    rows = [tuple(_cell(value) for value in _head(head).values()) for head in heads]
    for line in table(rows, tuple(_head(heads[0]))):
        click.echo(line)
    return 0


def _folder(app: App) -> Path:
    return app.store / "runs"


def _head(head: RunHead) -> dict[str, Json]:
    ended = head.ended
    counts = ended.outcomes if ended else {}
    built = sum(counts.get(name, 0) for name in ("built", "generated"))
    return {
        "run": head.id,
        "when": _local(head.started.date),
        "outcome": head.outcome,
        "built": built if ended else None,
        "failed": counts.get("failed", 0) if ended else None,
        "wall_s": ended.wall_s if ended else None,
        "command": " ".join(head.started.command),
    }


def _local(date: str) -> str:
    """The reader's own clock; the journal has UTC."""
    try:
        return f"{datetime.datetime.fromisoformat(date).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return date


def _cell(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    text = "" if value is None else str(value)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


@command.command("show")
@click.argument("run", default="last")
@common
def show_command(options: Common, run: str) -> int:
    """One run: what was dirty and why, what ran, what failed."""
    folder = _folder(App(options))
    name = resolve(folder, run)
    events = read(folder, name)
    if options.json:
        echo_json(_shown(name, events))
        return 0
    for event in events:
        for line in _lines(event):
            click.echo(line)
    if not any(isinstance(event, Ended) for event in events):
        click.echo("no end: the run was killed, or goes on")
    return 0


def _shown(name: str, events: list[Event]) -> Json:
    started = next((e for e in events if isinstance(e, Started)), None)
    ended = next((e for e in events if isinstance(e, Ended)), None)
    return {
        "run": name,
        "command": list(started.command) if started else [],
        "version": started.version if started else None,
        "date": started.date if started else None,
        "exit_code": ended.exit_code if ended else None,
        "error": (ended.error or None) if ended else None,
        "wall_s": ended.wall_s if ended else None,
        "targets": [target.to_json() for target in targets_then(events).values()],
        "actions": [_ran(action) for action in actions_run(events)],
        "failures": [
            {"label": one.label, "stage": one.stage, "tool": one.tool} | one.finding.to_json()
            for one in failures(events)
        ],
        "notes": [event.text for event in events if isinstance(event, Noted)],
    }


def _lines(event: Event) -> list[str]:
    match event:
        case Started():
            words = " ".join(event.command)
            return [f"{event.run}  fxgbuild {words}  ({event.version}, {_local(event.date)})"]
        case Planned():
            return _planned(event)
        case ActionEnded() if event.outcome != "shared":
            mark = "  FAILED" if event.outcome == "failed" else ""
            lines = [f"{event.start_s:8.2f} s  {event.action:<9} {event.label}{mark}"]
            found = [f"{one.rule}: {first_line(one.message)}" for one in event.findings]
            return lines + [f"            {text}" for text in found]
        case TargetEnded() if event.outcome in ("failed", "skipped"):
            return [f"{event.outcome:<8}    {event.label}"]
        case Noted():
            return [event.text]
    return _end(event) if isinstance(event, Ended) else []


def _end(event: Ended) -> list[str]:
    counts = ", ".join(f"{n} {name}" for name, n in event.outcomes.items())
    end = f"exit code {event.exit_code} in {event.wall_s:.1f} s"
    return ["; ".join(part for part in (counts, end, event.error) if part)]


def _planned(event: Planned) -> list[str]:
    lines = []
    for target in event.targets:
        lines.append(f"{target.state:<8} {target.label}  [{' '.join(target.actions)}]")
        lines += [f"         {_reason(*reason)}" for reason in target.reasons[:MOST_REASONS]]
        if len(target.reasons) > MOST_REASONS:
            lines.append(f"         and {len(target.reasons) - MOST_REASONS} more fields")
    return [*lines, f"{event.clean} clean"]


def _reason(field: str, old: Json, new: Json) -> str:
    from fxgbuild.plan.plan import Reason  # noqa: PLC0415

    return str(Reason(field, old, new))


@command.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@common
def diff_command(options: Common, first: str, second: str) -> int:
    """How run B differs from run A: targets, actions, versions."""
    folder = _folder(App(options))
    names = resolve(folder, first), resolve(folder, second)
    found = difference(read(folder, names[0]), read(folder, names[1]))
    if options.json:
        echo_json({"a": names[0], "b": names[1]} | found.to_json())
        return 0
    for line in _difference(found) or ["the same targets, keys, outcomes and actions"]:
        click.echo(line)
    return 0


def _difference(found: Difference) -> list[str]:
    lines = [f"{name}: {a} -> {b}" for name, (a, b) in found.facts.items()]
    for a, b in found.targets:
        told = [x.outcome or x.state for x in (a, b)]
        lines.append(f"{a.label}: {' -> '.join(told)}  [{' '.join(found.fields[a.label])}]")
        if "key" in found.fields[a.label]:
            lines.append(f"  key  {(a.key or '-')[:12]} -> {(b.key or '-')[:12]}")
        for sign, one, other in (("-", a, b), ("+", b, a)):
            gone = [reason for reason in one.reasons if reason not in other.reasons]
            lines += [f"  {sign} {_reason(*reason)}" for reason in gone[:MOST_REASONS]]
    lines += [f"only in A: {action} {label}" for label, action in found.only_first]
    return lines + [f"only in B: {action} {label}" for label, action in found.only_second]


@command.command("what-ran")
@click.argument("run", default="last")
@common
def what_ran_command(options: Common, run: str) -> int:
    """Every action that ran; for each that failed, a line that runs it again alone."""
    app = App(options)
    events = read(_folder(app), run)
    digests = {e.label: e.digest for e in events if isinstance(e, TargetEnded)}
    found = []
    for action in actions_run(events):
        again = _again(app, action, digests.get(action.label)) if action.outcome == "failed" else {}
        found.append(_ran(action) | again)
    if options.json:
        echo_json(found)
        return 0
    for one in found:
        end = "FAILED" if one["outcome"] == "failed" else "ok"
        time = f"{one['start_s']:8.2f} s {one['wall_s']:7.2f} s"
        click.echo(f"{time}  {one['lane']:<8} {one['action']:<9} {one['label']}  {end}")
        if one.get("changed"):
            click.echo("    # its code has changed since")
        if "reproduce" in one:
            click.echo(f"    {one['reproduce']}")
    return 0


def _ran(action: ActionEnded) -> dict[str, Json]:
    return {
        "label": action.label,
        "action": action.action,
        "outcome": action.outcome,
        "key": action.key,
        "start_s": action.start_s,
        "wall_s": action.wall_s,
        "lane": action.lane,
        "findings": [finding.to_json() for finding in action.findings],
    }


def _again(app: App, action: ActionEnded, digest: str | None) -> dict[str, Json]:
    module = _module(app, action.label, digest)
    code = module.read_text("utf-8") if module else ""
    python = _python(app) if action.action == "type" else ("", "")
    shown = module.relative_to(app.root) if module and module.is_relative_to(app.root) else module
    changed = digest is not None and code != "" and digest_bytes(code.encode()).hex != digest
    line = reproducer(action, shown.as_posix() if shown else "", code, python)
    return {"reproduce": line, "changed": changed}


def _module(app: App, label: str, digest: str | None) -> Path | None:
    """The rendered module; a rejected candidate where none stands or another was judged."""
    package, _, name = label.removeprefix("//").partition(":")
    stands = app.store / "out" / package / f"{name}.py"
    tries = list((app.store / "out" / "_failed" / package / name).glob("attempt_*.py"))
    newest = max(tries, key=lambda path: path.stat().st_mtime, default=None)
    if not stands.exists():
        return newest
    if newest and digest and digest_bytes(stands.read_bytes()).hex != digest:
        return newest
    return stands


def _python(app: App) -> tuple[str, str]:
    """The project's interpreter and its version, or ours where the workspace cannot be read."""
    try:
        return app.interpreter.executable, app.interpreter.version
    except FxgError:
        return sys.executable, mypy.PYTHON_VERSION
