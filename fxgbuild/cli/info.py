"""`fxgbuild info`: paths, versions and settings."""

import click

from fxgbuild.cli.app import App, Common, common, echo_json


@click.command("info")
@common
def command(options: Common) -> int:
    """Print paths, versions and settings."""
    app = App(options)
    facts = app.facts
    values = {
        "workspace": str(app.root),
        "packages": app.workspace.settings.packages,
        "rules": app.workspace.settings.rules,
        "builtin rules": app.tree.builtin_rules,
        "cache": app.workspace.settings.cache,
        "store": str(app.store),
        "interpreter": app.interpreter.executable,
        "python": facts.python,
        "platform": facts.platform,
        "sandbox": facts.sandbox,
        **facts.tools,
    }
    if options.json:
        echo_json(values)
    else:
        for name, value in values.items():
            click.echo(f"{name:<14}{value}")
    return 0
