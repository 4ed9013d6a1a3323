"""argv to one verb; errors to one message and one exit code.

Verbs are imported when they are called: most of a command's time would be other verbs' imports.
"""

import gc
import importlib
import json
import keyword
import os
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from io import TextIOWrapper
from types import FrameType
from typing import Any

import click

from fxgbuild.cli import rc
from fxgbuild.errors import FxgError

# The verbs in the order of the work, each with the module that holds its command.
VERBS: dict[str, str] = {
    "init": "Make a workspace that builds at once.",
    "build": "Build targets: generate what is missing, validate, integrate, emit.",
    "test": "Run the stages of targets and report every test.",
    "retry": "Build again exactly what failed or was skipped in the last run.",
    "run": "Run a graph, or one node, in the sandbox.",
    "plan": "Print what `build` would do, and why.",
    "why": "Say field by field why a target is dirty, or that it is clean.",
    "log": "List past runs; show, compare and reproduce them.",
    "diff": "Say what changed since a commit, weakened gates first.",
    "show": "Show a target: its code, tests, record or findings.",
    "debug": "Look at a failing test's call under pdb, in the sandbox.",
    "ls": "List targets.",
    "query": "Ask about the graph: deps(x), rdeps(u, x), kind(re, x).",
    "aquery": "Ask about actions: keys, preimages, what is cached.",
    "why-depends": "Say why one target depends on another: the chain and its ports.",
    "graph": "Draw a graph: an SVG and a page for the browser, or text.",
    "prompt": "Print a node's prompt byte for byte.",
    "generate": "Export requests to, and import replies from, batch files.",
    "regenerate": "Ask for new code although a pin stands.",
    "carry": "Keep the pinned code under a changed key, with a reason.",
    "emit": "Write artifacts into a folder.",
    "promote": "Move a release into a channel, by digest and under its policy.",
    "approve": "Sign that a release may go on, in a role.",
    "verify": "Check an artifact's bytes, statements and policy, or all channels.",
    "rollback": "Return a channel to a release that it had.",
    "blame": "Say what a channel had at a time, who brought it, and who wrote it.",
    "history": "Show an artifact's way through every channel.",
    "export": "Write a release and all that is about it into one file.",
    "import": "Put a release from such a file into a place, verified.",
    "report": "Report attempts and first-pass rates of recorded generations.",
    "cache": "Verify and measure the stores.",
    "fmt": "Bring graph files into canonical form.",
    "doctor": "Say what is wrong with this machine or workspace first.",
    "info": "Print paths, versions and settings.",
    "config": "Print settings and options, and where each value came from.",
    "explain": "Explain an error code.",
    "clean": "Remove verdicts and readable copies; hardly ever needed.",
    "version": "Print the version.",
    "completion": "Print a shell completion script.",
}


class Verbs(click.Group):
    """A group that imports a verb's module when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        name = cmd_name.replace("-", "_") + "_" * keyword.iskeyword(cmd_name)
        module = importlib.import_module(f"fxgbuild.cli.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        from fxgbuild.problem import closest  # noqa: PLC0415 - only on a mistyped verb

        if args and args[0].replace("_", "-") not in VERBS and not args[0].startswith("-"):
            near = closest(args[0], VERBS)
            ctx.fail(f"there is no command `{args[0]}`" + (f"; closest: {near}" if near else ""))
        return super().resolve_command(ctx, args)


SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "token_normalize_func": lambda token: token.replace("_", "-"),
    "max_content_width": 100,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """The words of a command, as typed and with what rc files add."""

    words: tuple[str, ...]
    expanded: tuple[str, ...]


@click.command(cls=Verbs, context_settings=SETTINGS)
def cli() -> None:
    """A build system for code that a language model writes."""


def arguments(argv: list[str]) -> list[str]:
    """Let `-//x` stand for a pattern that is taken away, not for an option."""
    return ["^" + word[1:] if word.startswith(("-//", "-:")) else word for word in argv]


def main(argv: list[str] | None = None) -> int:
    """Run one command; the only place that turns errors into exit codes."""
    gc.set_threshold(100_000, 20, 20)  # a load makes many values and no rubbish
    typed = list(sys.argv[1:] if argv is None else argv)
    words = typed
    _write_anything()
    try:
        words = rc.expanded(typed)
        if "_FXGBUILD_COMPLETE" in os.environ:  # a shell asks
            from fxgbuild.cli.completion import register  # noqa: PLC0415 - seldom

            register()
        if any(word.startswith("--watch") for word in words):
            from fxgbuild.cli import watch  # noqa: PLC0415 - seldom, and it starts processes

            if watch.is_watching(words):
                return watch.watch(typed)
        _stop_on_signals()
        obj = Typed(tuple(typed), tuple(words))
        told = arguments(words)
        return int(cli.main(told, prog_name="fxgbuild", standalone_mode=False, obj=obj) or 0)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.ctx.get_help() if asked.ctx else asked.format_message())
        return 0
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except BaseException as error:  # noqa: BLE001 - whatever is unknown is a bug, shown whole
        code, lines = _answer(error)
        if "--json" in words and isinstance(error, FxgError):
            click.echo(json.dumps(document(error), indent=2, ensure_ascii=False))
        for line in lines:
            click.echo(line, err=True)
        return code


def _write_anything() -> None:
    """A word that was typed, or a file's name, may be no text; it is written as JSON would."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _stop_on_signals() -> None:
    """Interrupted, told to end, or left by its terminal: the tools end first."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    process = sys.modules.get("fxgbuild.process")  # not loaded: there is no tool to end
    if process is not None:
        process.stop_all()
    raise KeyboardInterrupt


def document(error: FxgError) -> dict[str, object]:
    """The one document on stdout when a command that should print one could not do its work."""
    parts = ("id", "message", "hint", "asked_by", "near")
    problems = [
        {"where": str(p.where)} | {name: getattr(p, name) for name in parts}
        for p in getattr(error, "problems", ())
    ]
    return {
        "status": "failed",
        "exit_code": error.exit_code,
        "error": {
            "id": error.id,
            "message": error.message,
            "facts": error.facts,
            "hint": error.hint,
            "problems": problems,
        },
    }


def _answer(error: BaseException) -> tuple[int, list[str]]:
    match error:
        case FxgError():
            return error.exit_code, error.lines()
        case click.exceptions.Exit():
            return error.exit_code, []
        case click.ClickException():
            text = f"error: {error.format_message()} [FXG2000]"
            return 2, [text, "", _usage_hint(error)]
        case click.Abort() | KeyboardInterrupt():
            return 8, ["interrupted"]
        case SystemExit():
            return int(error.code or 0), []
    shown = "".join(traceback.format_exception(error)).rstrip()
    return 37, [shown, "", "error: this is a bug in fxgbuild [FXG3700]"]


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "fxgbuild"
    return f"hint: `{path} --help`"
