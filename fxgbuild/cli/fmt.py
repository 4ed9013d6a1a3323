"""`fxgbuild fmt`: graph files in their one form, comments kept."""

import difflib
import json
from pathlib import Path

import click

from fxgbuild.cli.app import App, Common, common
from fxgbuild.digest import canonical_text
from fxgbuild.files import write_atomic
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.key_order import in_order, shape_of
from fxgbuild.lang.load import load_settings
from fxgbuild.lang.text import parse


@click.command("fmt")
@click.option("--check", is_flag=True, help="Write nothing; print a diff, exit 1 if there is one.")
@common
def command(options: Common, check: bool) -> int:
    """Bring graph files into their one form: key order, indents, quotes, blank lines.

    Comments stay where they are, and flow or block style as it was chosen.
    """
    app = App(options)
    settings, _ = load_settings(app.tree)  # a workspace with problems is formatted all the same
    root = settings.packages.strip("/") or "."
    changed = []
    for name in app.tree.graph_files(root):
        path = app.root / name
        before = path.read_bytes()
        after = formatted(name, before)
        if after == before:
            continue
        changed.append(path)
        if check:
            click.echo(_diff(name, before, after), nl=False)
        else:
            write_atomic(path, after)
    for path in changed:
        click.echo(f"{'would change' if check else 'changed'} {_shown(path, app.root)}", err=True)
    return 1 if check and changed else 0


def formatted(name: str, data: bytes) -> bytes:
    """The canonical text of a file, or the file as it is where that would say something else."""
    document, _ = parse(name, data)
    if document is None:
        return data
    shape = shape_of(GraphDoc)
    if name.endswith(".json"):
        text = json.dumps(in_order(document.value, shape), indent=2, ensure_ascii=False)
        candidates = [f"{text}\n"]
    else:
        candidates = _yaml_forms(canonical_text(data.decode()) + "\n")
    for text in candidates:
        after, _ = parse(name, text.encode())
        if after and after.value == document.value:
            return text.encode()
    return data


def _yaml_forms(text: str) -> list[str]:
    """The forms that a YAML text may be given, the best first."""
    import yaml  # noqa: PLC0415  (only for this command)

    from fxgbuild.lang.arrange import arrange  # noqa: PLC0415
    from fxgbuild.lang.restyle import comments, restyle  # noqa: PLC0415

    shape = shape_of(GraphDoc)
    try:
        arranged = arrange(text, shape)
        if arrange(arranged, shape) != arranged or comments(arranged) != comments(text):
            return [text]
        styled = restyle(arranged)
        again = arrange(styled, shape) if styled else None
    except (yaml.YAMLError, IndexError, RecursionError):
        return [text]
    stable = styled is not None and again == styled and restyle(styled) == styled
    kept = stable and comments(styled or "") == comments(text)
    return [styled, arranged, text] if kept and styled else [arranged, text]


def _diff(name: str, before: bytes, after: bytes) -> str:
    old, new = (
        data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after)
    )
    lines = difflib.unified_diff(old, new, name, f"{name} (formatted)")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
