"""`fxgbuild init --from-calls`: a node in place of a model that is called today."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from fxgbuild.calls.answer import Answers, infer
from fxgbuild.calls.direct import direct_of
from fxgbuild.calls.draft import NODE, Draft, package_files, spec_text
from fxgbuild.calls.log import Log, Unreadable, problem, read_log
from fxgbuild.calls.prompt import Prompts, find_varying
from fxgbuild.calls.split import Pair, split_pairs
from fxgbuild.cli.fmt import formatted
from fxgbuild.digest import Json
from fxgbuild.errors import BadLog, UsageError
from fxgbuild.files import find_root, write_atomic


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed."""

    log: Path
    name: str
    seed: int
    shown: int
    metric: str
    at_least: float
    skip_bad: bool


def from_calls(wish: Wish, folder: Path, files: Mapping[str, str]) -> int:
    """Add a package for a log to the workspace around a folder, or make one there of `files`."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", wish.name) or wish.name == NODE:
        raise UsageError(f"no package can be called `{wish.name}`", hint="`--name triage`")
    draft, told = _draft(wish)
    home = find_root(folder.resolve())
    root = home or folder
    target = root / _packages(root) / wish.name
    if any((target / name).exists() for name in ("fxg.yaml", "fxg.json")):
        raise UsageError(f"the package `{wish.name}` is there already", hint="`--name OTHER`")
    if home is None:
        for name, text in files.items():
            if not name.startswith("pipelines/") and not (root / name).exists():
                write_atomic(root / name, text.encode())
    for name, text in package_files(draft).items():
        data = text.encode()
        write_atomic(target / name, formatted(name, data) if name == "fxg.yaml" else data)
    for line in told:
        click.echo(line)
    place = (target / "fxg.yaml").relative_to(root)
    click.echo(f"made //{wish.name}:{NODE} in {place}; next: rewrite its `spec`, then")
    where = "" if folder == Path() else f"cd {folder} && "
    click.echo(f"`{where}fxgbuild build //{wish.name}:all` asks for the code")
    return 0


def _packages(root: Path) -> str:
    """Where a workspace has its packages."""
    file = root / "fxgbuild.toml"
    if not file.is_file():
        return "pipelines"
    try:
        return str(tomllib.loads(file.read_text("utf-8")).get("packages", "."))
    except ValueError as error:
        raise UsageError(f"`{file}` is not TOML: {error}") from None


def _draft(wish: Wish) -> tuple[Draft, list[str]]:
    try:
        text = wish.log.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"`{wish.log}` is not UTF-8: byte {error.start}") from None
    name = wish.log.name
    log = read_log(name, text)
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    if not log.calls:
        raise BadLog(log.problems, lines)
    try:
        prompts = find_varying(log.calls)
        answers = infer([call.answer for call in log.calls])
    except Unreadable as error:
        raise UsageError(f"{name}: {error}") from None
    log.problems += [problem(name, log.calls[at].line, why) for at, why in answers.bad.items()]
    if log.problems and not wish.skip_bad:
        raise BadLog(sorted(log.problems, key=lambda one: one.where.line), lines)
    return _split(wish, log, prompts, answers)


def _split(wish: Wish, log: Log, prompts: Prompts, answers: Answers) -> tuple[Draft, list[str]]:
    pairs = [
        Pair(text, value)
        for at, (text, value) in enumerate(zip(prompts.inputs, answers.values, strict=True))
        if at not in answers.bad
    ]
    split = split_pairs(pairs, shown=wish.shown, seed=wish.seed)
    if not split.hidden:
        count = len(split.shown)
        raise UsageError(
            f"{count} different inputs leave none to judge by when {wish.shown} are shown",
            hint="`--shown` takes fewer, or log more calls",
        )
    direct = direct_of(log.calls, repeated=split.repeated, contradicted=len(split.contradicted))
    draft = Draft(
        name=wish.name,
        source=wish.log.name,
        prompts=prompts,
        type=answers.type,
        split=split,
        direct=direct,
        metric=wish.metric,
        at_least=wish.at_least,
        seed=wish.seed,
    )
    removed = spec_text(prompts)[1]
    told = [
        f"{len(pairs)} calls read, {len(log.problems)} left out as bad",
        f"{len(split.shown)} pairs are shown, {len(split.hidden)} are hidden",
        f"the answer is {_told(answers.type)}",
    ]
    if split.repeated:
        told.append(
            f"inputs asked more than once: {split.repeated}; of them with more than one answer, "
            f"and left out: {len(split.contradicted)}"
        )
    if removed:
        told.append(f"addresses and keys left out of the spec: {removed}")
    return draft, told


def _told(type_: Json) -> str:
    """A type in a few words."""
    if isinstance(type_, dict) and "record" in type_:
        fields = ", ".join(f"{name}: {_told(item)}" for name, item in type_["record"].items())
        return f"a record of {fields}"
    if isinstance(type_, dict) and "enum" in type_:
        return f"one of {len(type_['enum'])} labels"
    if isinstance(type_, dict) and "optional" in type_:
        return f"{_told(type_['optional'])} or null"
    if isinstance(type_, dict):
        return f"a list of {_told(type_['list'])}"
    return str(type_)
