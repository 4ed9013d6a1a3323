"""The table of `fxgbuild/cli/options.py` as the verbs have it: `python -m tests.cli.options`."""

from pathlib import Path

import click

import fxgbuild.cli.options as module
from fxgbuild.cli.main import VERBS, cli

BEGIN, END = "TABLE = {\n", "}\n"
ABOUT_RC = ("help", "config", "configs", "no_rc")
WITHOUT = ("config", "retry")  # rc files have no say in these


def spelled(command):
    """One verb's options: names joined by commas, `=` where a value follows."""
    found = []
    for param in command.params:
        if not isinstance(param, click.Option) or param.name in ABOUT_RC:
            continue
        flag = param.is_flag or param.count
        names = ",".join(sorted(param.opts, key=len))
        found.append(names + ("" if flag else "="))
        found += param.secondary_opts
    return found


def rows():
    """Every verb's options, groups by their parts, less those that every verb has."""
    context = click.Context(cli)
    table = {}
    for verb in VERBS:
        command = cli.get_command(context, verb)
        parts = {verb: command}
        if isinstance(command, click.Group):
            parts = {f"{verb} {name}": part for name, part in command.commands.items()}
            parts |= {verb: command} if spelled(command) else {}
        table |= {name: [] if name in WITHOUT else spelled(part) for name, part in parts.items()}
    return table


def table():
    """The rows as they stand in the module."""
    common = module.COMMON.split()
    lines = []
    for name, options in rows().items():
        everywhere = ["*"] if set(common) <= set(options) else []
        words = [*everywhere, *(o for o in options if not everywhere or o not in common)]
        lines += _row(name, words)
    return "".join(lines)


def _row(name, words):
    line = f'    "{name}": "{" ".join(words)}",\n'
    if len(line) <= 101:
        return [line]
    out, held = [f'    "{name}": (\n'], ""
    longest = 90 if len(" ".join(words)) <= 90 else 84  # what fits one line is not split
    for word in words:
        if len(held) + len(word) > longest:
            out.append(f'        "{held}"\n')
            held = ""
        held += f"{word} "
    return [*out, f'        "{held.rstrip()}"\n', "    ),\n"]


if __name__ == "__main__":
    path = Path(module.__file__)
    head, rest = path.read_text("utf-8").split(BEGIN)
    rest = rest.split("\n" + END, 1)[-1].lstrip()
    path.write_text(f"{head}{BEGIN}{table()}{END}\n\n{rest}", "utf-8")
