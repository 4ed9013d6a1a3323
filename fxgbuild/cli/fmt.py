"""`fxgbuild fmt`: graph files and rule sets in canonical text."""

import json
from pathlib import Path

import click

from fxgbuild.cli.app import App, Common, common
from fxgbuild.digest import canonical_text
from fxgbuild.files import write_atomic
from fxgbuild.lang.load import load_settings
from fxgbuild.lang.text import parse


@click.command("fmt")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file would change.")
@common
def command(options: Common, check: bool) -> int:
    """Bring graph files into canonical text: NFC, LF, no trailing blanks; JSON by two spaces.

    Comments and the order of keys stay as they are.
    """
    app = App(options)
    settings, _ = load_settings(app.tree)  # a workspace with problems is formatted all the same
    root = settings.packages.strip("/") or "."
    changed = []
    for name in app.tree.graph_files(root):
        path = app.root / name
        before = path.read_bytes()
        after = formatted(name, before)
        if after != before:
            changed.append(path)
            if not check:
                write_atomic(path, after)
    for path in changed:
        click.echo(f"{'would change' if check else 'changed'} {_shown(path, app.root)}", err=True)
    return 1 if check and changed else 0


def formatted(name: str, data: bytes) -> bytes:
    """The canonical text of a file, or the file as it is where that would say something else."""
    document, _ = parse(name, data)
    if document is None:
        return data
    if name.endswith(".json"):
        text = json.dumps(document.value, indent=2, ensure_ascii=False)
    else:
        text = canonical_text(data.decode())
    after, _ = parse(name, f"{text}\n".encode())
    return f"{text}\n".encode() if after and after.value == document.value else data


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
