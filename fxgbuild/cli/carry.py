"""`fxgbuild carry`: pinned code kept under a changed key."""

import click

from fxgbuild.build.carrying import carry
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import UsageError


@click.command("carry")
@click.argument("patterns", nargs=-1, required=True)
@click.option("--because", required=True, help="Why the code should stand; kept in the pin.")
@click.option("--frozen", is_flag=True, hidden=True)
@common
def command(options: Common, patterns: tuple[str, ...], because: str, frozen: bool) -> int:
    """Keep the pinned code under a changed key, if all stages pass under the new contract."""
    if frozen:
        raise UsageError("`carry` writes `cache/`, so it does not go with --frozen")
    if not because.strip():
        raise UsageError("`--because` needs a reason")
    app = App(options)
    nodes = [node for node in app.selection(patterns).nodes if node.is_generated()]
    try:
        results = carry(app.context(), nodes, because.strip())
    finally:
        app.report.close()
    if options.json:
        echo_json([result.to_json() for result in results])
    else:
        for result in results:
            click.echo(f"{result.outcome:<8} {result.label}  {result.reason}".rstrip())
            for finding in result.verdict.findings[:3] if result.verdict else ():
                click.echo(f"         {finding.rule}: {finding.message}")
    return 1 if any(r.outcome in ("refused", "failed") for r in results) else 0
