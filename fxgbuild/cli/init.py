"""`fxgbuild init`: a workspace that builds at once."""

import hashlib
from pathlib import Path

import click

from fxgbuild.errors import UsageError
from fxgbuild.files import write_atomic

FILES: dict[str, str] = {
    "fxgbuild.toml": """\
# A workspace of fxgbuild: packages are folders with an fxg.yaml below `packages`.
fxg = 1
packages = "pipelines"
rules = "rules"
cache = "cache"

# [python] env = ".venv" and lock = "requirements.lock" name what tests and runs use.
# [generate] provider = "openai", model and base_url name a live model; without one, batch files do.
""",
    "pipelines/hello/fxg.yaml": """\
# A graph: nodes are tasks, edges say what flows. `fxgbuild build //hello:all` builds it.
fxg: 1
doc: Count the words of a text.
inputs: {text: text}
outputs: {counts: count.counts}
data:
  sample: {text: {path: sample.txt, sha256: SHA256}}
nodes:
  count:
    task: core.Function
    source: words.py:count_words
    inputs: {text: text}
    outputs: {counts: "record<lines: int in [0, inf], words: int in [0, inf]>"}
    examples:
      - {inputs: {text: "to be or not"}, outputs: {counts: {lines: 1, words: 4}}}
      - {inputs: {text: ""}, outputs: {counts: {lines: 0, words: 0}}}
edges:
  - {from: text, to: count.text}
artifacts:
  wheel: {name: hello-words, version: 0.1.0}
""",
    "pipelines/hello/words.py": '''\
"""Existing code as a node: it passes the same four stages as generated code."""


def count_words(text: str) -> dict[str, int]:
    """Count the lines and the words of a text."""
    return {"lines": len(text.splitlines()), "words": len(text.split())}
''',
    "pipelines/hello/sample.txt": "to be or not to be\nthat is the question\n",
    "rules/README.md": "Rule sets of your own: one folder a domain, with `rules.toml`, "
    "`templates/`, `properties/`.\n",
    "cache/README.md": "This is a lockfile, commit it: the code a model wrote, with its records.\n",
    ".gitignore": ".fxgbuild/\ndist/\n__pycache__/\n",
    ".gitattributes": "cache/** -text\n",
}


@click.command("init")
@click.argument("folder", default=".", type=click.Path(file_okay=False))
def command(folder: str) -> int:
    """Make a workspace in FOLDER that builds at once; existing files are never touched."""
    root = Path(folder)
    if (root / "fxgbuild.toml").exists():
        raise UsageError(f"`{folder}` is a workspace already", hint="`fxgbuild build`")
    kept = []
    for name, text in workspace_files().items():
        path = root / name
        if path.exists():
            kept.append(name)
            continue
        write_atomic(path, text.encode())
    for name in kept:
        click.echo(f"kept {name}", err=True)
    where = "" if folder == "." else f"cd {folder} && "
    click.echo(f"made a workspace; next: `{where}fxgbuild build //hello:all`")
    return 0


def workspace_files() -> dict[str, str]:
    """The files, with the sample's digest filled in."""
    sample = FILES["pipelines/hello/sample.txt"].encode()
    digest = hashlib.sha256(sample).hexdigest()
    return {name: text.replace("SHA256", digest) for name, text in FILES.items()}
