"""`fxgbuild regenerate`: new code on request, although a pin stands."""

import click

from fxgbuild.build.live import generate_live
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.generate import wanted_nodes
from fxgbuild.errors import GenerationNeeded


@click.command("regenerate")
@click.argument("patterns", nargs=-1, required=True)
@common
def command(options: Common, patterns: tuple[str, ...]) -> int:
    """Ask for new code although a pin stands; the pin stays until new code passes all stages."""
    app = App(options)
    context = app.context()
    model = context.model()
    if model is None:
        raise GenerationNeeded(
            "no model is configured",
            hint=f"`fxgbuild generate export --renew {' '.join(patterns)} --to requests.jsonl`",
        )
    nodes = wanted_nodes(app, context, patterns, renew=True)
    try:
        results = generate_live(context, model, nodes)
    finally:
        app.report.close()
    if options.json:
        echo_json([result.to_json() for result in results])
    else:
        for result in results:
            click.echo(f"{result.outcome:<9}{result.label}  attempt {result.attempt}")
    return 0
