"""`fxgbuild why`: the fields that made a target dirty."""

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.plan.plan import TargetPlan
from fxgbuild.report.words import why_lines


@click.command("why")
@click.argument("label")
@common
def command(options: Common, label: str) -> int:
    """Say field by field why a target is dirty, or that it is clean."""
    app = App(options)
    labels = app.labels([label])
    plan = app.context().plan(app.selection([label]))
    targets = [target for target in plan.targets if target.label in labels]
    if options.json:
        found = [_json(target) for target in targets]
        echo_json(found[0] if len(found) == 1 else found)
        return 0
    for target in targets:
        for line in why_lines(target):
            click.echo(line)
    return 0


def _json(target: TargetPlan) -> dict[str, object]:
    return {
        "label": str(target.label),
        "state": target.state,
        "reasons": [reason.to_json() for reason in target.reasons],
        "key": str(target.key) if target.key else None,
        "previous_key": str(target.previous_key) if target.previous_key else None,
        "renamed_from": str(target.renamed_from) if target.renamed_from else None,
    }
