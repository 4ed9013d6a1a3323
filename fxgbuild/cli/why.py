"""`fxgbuild why`: the fields that made a target dirty."""

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.journal.history import TargetThen, why_at
from fxgbuild.journal.reader import last_done, read, resolve, run_names
from fxgbuild.lang.label import Label, parse_pattern
from fxgbuild.plan.plan import Reason, TargetPlan
from fxgbuild.report.words import why_lines


@click.command("why")
@click.argument("label")
@click.option("--at", metavar="RUN", help="Why it was dirty in a past run, as `log` names them.")
@common
def command(options: Common, label: str, at: str | None) -> int:
    """Say field by field why a target is dirty, or that it is clean."""
    app = App(options)
    if at is not None:
        return _then(app, label, at)
    labels = app.labels([label])
    plan = app.context().plan(app.selection([label]))
    targets = [target for target in plan.targets if target.label in labels]
    if options.json:
        found = [_json(app, target) for target in targets]
        echo_json(found[0] if len(found) == 1 else found)
        return 0
    for target in targets:
        for line in [*why_lines(target), *_before(app, target)]:
            click.echo(line)
    return 0


def _before(app: App, target: TargetPlan) -> list[str]:
    """What made a clean target the way it is: the run that last built it, and the fields then."""
    run = _last_built(app, target)
    if run is None:
        return []
    then = why_at(read(app.store / "runs", run), str(target.label))
    return [
        f"  last built in {run}",
        *(f"    {Reason(*r)}" for r in (then.reasons if then else ())),
    ]


def _last_built(app: App, target: TargetPlan) -> str | None:
    if target.state != "clean":
        return None
    newest = run_names(app.store / "runs")
    return last_done(app.store / "runs", newest[0], str(target.label)) if newest else None


def _then(app: App, label: str, at: str) -> int:
    """What a past run knew; the workspace of today is not asked."""
    runs = app.store / "runs"
    run = resolve(runs, at)
    name = _named(app, label)
    found = why_at(read(runs, run), name)
    built = None if found and found.state != "clean" else last_done(runs, run, name)
    if app.options.json:
        known = found.to_json() if found else {"label": name, "state": None, "reasons": []}
        echo_json(known | {"run": run, "last_built": built})
        return 0
    for line in _lines_then(run, name, found, built):
        click.echo(line)
    return 0


def _named(app: App, text: str) -> str:
    """A label in full; the target need not be there any more."""
    pattern = parse_pattern(text, package=app.package if text.startswith(":") else "")
    if isinstance(pattern, str):
        raise UsageError(pattern)
    if pattern.negative or not pattern.is_exact():
        raise UsageError(f"`{text}` is no single target; `--at` asks of one")
    return str(Label(pattern.package, pattern.name or pattern.package.rpartition("/")[2]))


def _lines_then(run: str, name: str, found: TargetThen | None, built: str | None) -> list[str]:
    last = f"last built in {built}" if built else "no run in the journal built it before"
    if found is None:
        return [f"{name}: run {run} ended before its plan was made; {last}"]
    if found.state == "clean":
        done = f" ({found.outcome.replace('_', ' ')})" if found.outcome else ""
        return [f"{name} was clean in {run}{done}, or not asked for; {last}"]
    end = found.outcome.replace("_", " ") or "the run was killed before its end"
    lines = [f"{name} was {found.state} in {run}: {end}"]
    lines += [f"  {Reason(*reason)}" for reason in found.reasons]
    lines += [f"  key       {found.key}"] if found.key else []
    return lines + ([f"  previous  {found.previous_key}"] if found.previous_key else [])


def _json(app: App, target: TargetPlan) -> dict[str, object]:
    return {
        "label": str(target.label),
        "state": target.state,
        "reasons": [reason.to_json() for reason in target.reasons],
        "key": str(target.key) if target.key else None,
        "previous_key": str(target.previous_key) if target.previous_key else None,
        "renamed_from": str(target.renamed_from) if target.renamed_from else None,
        "last_built": _last_built(app, target),
    }
