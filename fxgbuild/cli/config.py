"""`fxgbuild config`: what every setting is, and where it came from."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic import BaseModel

from fxgbuild.cli.app import App, Common, echo_json
from fxgbuild.cli.options import options
from fxgbuild.cli.rc import explained
from fxgbuild.digest import Json
from fxgbuild.errors import BadRcFile, BadWorkspace, UsageError
from fxgbuild.files import WORKSPACE_FILE
from fxgbuild.lang.documents import read_document
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.problem import closest
from fxgbuild.rc import CONFIG, Known, option_name
from fxgbuild.report.words import table

VARIABLES = {"remote.namespaces": "FXG_REMOTE_NAMESPACES"}  # what outranks a setting
CREDENTIALS = re.compile(r"(?<=://)[^/@]*(?=@)")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting or option: its value, and the place that gave it."""

    name: str
    value: Json
    origin: str

    def to_json(self) -> Json:
        return {"name": self.name, "value": self.value, "from": self.origin}


@click.command("config")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--explain", is_flag=True, help="Say where each value came from.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--config", "configs", multiple=True, metavar="NAME", help="As if NAME were given.")
@click.option("--no-rc", "--ignore-all-rc-files", is_flag=True, help="As if there were no rc file.")
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    explain: bool,
    as_json: bool,
    configs: tuple[str, ...],
    no_rc: bool,
) -> int:
    """Print settings, and the options of a verb as rc files and variables set them.

    NAME is a setting (sandbox.minimum), a section (sandbox) or a verb (build); default: every
    setting.
    """
    root = App(Common()).root
    about = [*(f"{CONFIG}={name}" for name in configs), *(["--no-rc"] if no_rc else [])]
    verbs = ctx.find_root().command
    assert isinstance(verbs, click.Group)  # noqa: S101 - the program's own shape
    settings = list(setting_rows(root, about))
    rows = _chosen(settings, names, verbs.list_commands(ctx)) if names else settings
    for name in names:
        part = verbs.get_command(ctx, name)
        rows += option_rows(part, (name,), root, about) if part else []
    if as_json:
        echo_json([row.to_json() for row in rows])
    elif explain:
        for line in table([(r.name, _shown(r.value), r.origin) for r in rows], HEADER):
            click.echo(line)
    else:
        for row in rows:
            click.echo(f"{row.name} = {_shown(row.value)}")
    return 0


HEADER = ("name", "value", "from")


def _chosen(rows: Sequence[Row], names: Sequence[str], verbs: Sequence[str]) -> list[Row]:
    found = []
    for name in names:
        own = [row for row in rows if row.name == name or row.name.startswith(f"{name}.")]
        if not own and name not in verbs:
            sections = {row.name.partition(".")[0] for row in rows}
            near = closest(name, [*(row.name for row in rows), *sections, *verbs])
            raise UsageError(f"there is no setting `{name}`", facts={"closest": near})
        found += own
    return found


def setting_rows(root: Path, about: Sequence[str] = ()) -> Iterator[Row]:
    """Every setting of the workspace, with defaults, as a command would find it."""
    data = (root / WORKSPACE_FILE).read_bytes()
    settings, document, problems = read_document(WORKSPACE_FILE, data, SettingsDoc)
    if problems or settings is None:
        raise BadWorkspace(problems)
    for path, value in _leaves(settings, ()):
        name, origin = ".".join(path), "default"
        if document.declares(*path):
            origin = f"{WORKSPACE_FILE}:{document.at(*path).line}"
        variable = VARIABLES.get(name, "")
        if os.environ.get(variable):
            yield Row(name, os.environ[variable].split(","), variable)
        elif name == "store":
            yield _store(root, about) or Row(name, value, origin)
        else:
            yield Row(name, value, origin)


def _store(root: Path, about: Sequence[str]) -> Row | None:
    """Where the store is, if an option or a variable says so."""
    found = told(("build",), root, about).get("--store")
    if found is None and os.environ.get("FXG_STORE"):
        found = os.environ["FXG_STORE"], "FXG_STORE"
    return Row("store", *found) if found else None


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The plain values in a section, in the order in which they are declared."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        plain = CREDENTIALS.sub("(hidden)", value) if isinstance(value, str) else value
        yield path, list(plain) if isinstance(plain, tuple) else plain


def option_rows(
    command: click.Command, words: tuple[str, ...], root: Path, about: Sequence[str]
) -> list[Row]:
    """Every option of a verb as it would be if only the verb was typed."""
    if isinstance(command, click.Group):
        parts = command.commands.items()
        return [r for name, part in parts for r in option_rows(part, (*words, name), root, about)]
    given = told(words, root, about)
    rows = []
    for param in command.params:
        if not isinstance(param, click.Option):
            continue
        name = max(param.opts, key=len)
        variable = param.envvar if isinstance(param.envvar, str) else ""
        default = param.to_info_dict()["default"]
        value, origin = default if not callable(default) else None, "default"
        if name in given:
            text, origin = given[name]
            value = param.type.convert(text, param, None) if isinstance(text, str) else text
        elif os.environ.get(variable):
            value, origin = os.environ[variable], variable
        rows.append(Row(f"{' '.join(words)} {name}", value, origin))
    return rows


def told(words: Sequence[str], root: Path, about: Sequence[str]) -> dict[str, tuple[Json, str]]:
    """What rc files say of a verb's options: value and place; a problem of theirs is raised."""

    found = explained([*words, *about], str(root))
    if found.problems:
        raise BadRcFile(found.problems)
    own = options().get(" ".join(words), {})
    pairs = list(zip(found.words, found.origins, strict=True))[len(words) :]
    return dict(_values(pairs, own))


def _values(
    pairs: Sequence[tuple[str, str]], own: dict[str, Known]
) -> Iterator[tuple[str, tuple[Json, str]]]:
    """Options by their full name; a later one replaces an earlier one."""
    rest = iter(pairs)
    for word, place in rest:
        name, equals, value = option_name(word)
        known = own.get(name)
        if known is not None:
            attached = value if equals else next(rest)[0] if known.valued else True
            yield known.name, (attached, place)


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
