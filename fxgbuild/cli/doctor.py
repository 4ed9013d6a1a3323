"""`fxgbuild doctor`: what is wrong, first things first."""

import os
from collections.abc import Callable, Iterator

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import FxgError


@click.command("doctor")
@common
def command(options: Common) -> int:
    """Check the workspace, interpreter, tools, sandbox, stores and provider; exits 1 on trouble."""
    app = App(options)
    results = []
    for name, check in checks(app):
        try:
            ok, text = True, check()
        except FxgError as error:
            ok, text = False, "\n         ".join(error.lines())
        results.append({"check": name, "ok": ok, "text": text})
        if not options.json:
            click.echo(f"{'ok  ' if ok else 'BAD '} {name:<12} {text}")
    if options.json:
        echo_json(results)
    return 0 if all(result["ok"] for result in results) else 1


def checks(app: App) -> Iterator[tuple[str, Callable[[], str]]]:
    """Every check in the order in which trouble should be mended."""
    yield "workspace", lambda: f"{len(app.workspace.graphs)} packages in {app.root}"
    yield "interpreter", lambda: f"Python {app.facts.python} at {app.interpreter.executable}"
    yield "tools", lambda: ", ".join(f"{n} {v}" for n, v in app.facts.tools.items())
    yield "environment", lambda: _environment(app)
    yield "sandbox", lambda: app.laboratory().description
    yield "stores", lambda: f"{app.stores.index.verify()} records in {app.store}"
    yield "provider", lambda: _provider(app)


def _environment(app: App) -> str:
    app.check_environment(app.selection(()))
    return "what the code imports is installed as locked"


def _provider(app: App) -> str:
    settings = app.workspace.settings.generate
    if settings.provider == "none":
        return "none: pins and batch files"
    key = "set" if os.environ.get(settings.api_key_env) else "not set"
    server = settings.base_url or "the SDK's default"
    return f"{settings.provider}, model {settings.model or '(none)'}, {server}, key {key}"
