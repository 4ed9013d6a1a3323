"""`fxgbuild init`: a workspace that builds at once."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import click

from fxgbuild.errors import UsageError
from fxgbuild.files import WORKSPACE_FILE, find_root, write_atomic
from fxgbuild.lang.channels import Tool

FILES: dict[str, str] = {
    "fxgbuild.toml": """\
# A workspace of fxgbuild: packages are folders with an fxg.yaml below `packages`.
fxg = 1
packages = "pipelines"
rules = "rules"
cache = "cache"

# [python] env = ".venv" and lock = "requirements.lock" name what tests and runs use.
# [generate] provider = "openai", model and base_url name a live model; without one, batch files do.

# What everybody's verdicts are made with; where this is stated, another version is an error.
VERSIONS
# Where artifacts are promoted to, a folder or `oci://host/repository` each, and what they meet.
# [channels.dev]
# at = "channels/dev"
# [channels.staging]
# at = "channels/staging"
# after = "dev"
# policy = {ref = "main", rebuilt = 1}
# [channels.prod]
# at = "channels/prod"
# after = "staging"
# policy = {approvals = {release = 1}}
# [promotion]
# ledger = "channels/ledger"
# trust = "trust.toml"
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
    inputs: {text: text}
    outputs: {counts: "record<lines: int in [0, inf], words: int in [0, inf]>"}
    examples:
      - {inputs: {text: to be or not}, outputs: {counts: {lines: 1, words: 4}}}
      - {inputs: {text: ""}, outputs: {counts: {lines: 0, words: 0}}}
    source: words.py:count_words

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
    "`templates/`,\n`properties/` and `faults/`. `fxgbuild init --rules NAME` makes one.\n",
    "cache/README.md": "This is a lockfile, commit it: the code a model wrote, with its records.\n",
    ".gitignore": ".fxgbuild/\n/channels/\ndist/\n__pycache__/\n",
    ".gitattributes": "cache/** -text\n",
}


METRICS = ("exact", "f1", "within")


@click.command("init")
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option("--rules", metavar="NAME", default="", help="Add a rule set, and a package with it.")
@click.option("--task", metavar="Task", default="", help="With --rules: add one more task type.")
@click.option(
    "--from-calls",
    "log",
    metavar="LOG",
    type=click.Path(exists=True, dir_okay=False),
    help="Add a node in place of a model whose calls are logged.",
)
@click.option("--name", default="calls", show_default=True, help="The package of --from-calls.")
@click.option("--seed", default=0, show_default=True, help="Of the split into shown and hidden.")
@click.option("--shown", default=12, show_default=True, type=click.IntRange(1), help="Shown pairs.")
@click.option("--metric", default="exact", show_default=True, type=click.Choice(METRICS))
@click.option("--at-least", default=0.9, show_default=True, type=click.FloatRange(0, 1))
@click.option("--skip-bad", is_flag=True, help="Leave out lines of the log that are no call.")
@click.option("--ci", type=click.Choice(("github", "gitlab")), help="Add a workflow for a host.")
@click.option("--force", is_flag=True, help="With --ci: replace a workflow that differs.")
def command(
    folder: str, rules: str, task: str, log: str | None, ci: str | None, force: bool, **wish: Any
) -> int:
    """Make a workspace in FOLDER that builds at once; existing files are never touched."""
    root = Path(folder)
    if log:
        from fxgbuild.cli.from_calls import Wish, from_calls  # noqa: PLC0415 - seldom

        return from_calls(Wish(Path(log), **wish), root, workspace_files())
    if ci:
        from fxgbuild.cli.init_ci import add_workflow  # noqa: PLC0415 - seldom

        home = find_root(root.resolve())
        if home is None:
            make_workspace(root)
        where = f"cd {folder} && " if home is None and folder != "." else ""
        return add_workflow(home or root, ci, force=force, where=where)
    if force:
        raise UsageError("`--force` goes with `--ci`: nothing else that is there is replaced")
    if task and not rules:
        raise UsageError("`--task` adds to a rule set", hint="`--rules NAME --task Detrend`")
    if rules:
        from fxgbuild.cli.init_rules import add_rule_set, named  # noqa: PLC0415 - seldom

        named(rules, task)
        home = find_root(root.resolve())
        if home is None:
            make_workspace(root)
        where = f"cd {folder} && " if home is None and folder != "." else ""
        return add_rule_set(home or root, rules, task, where)
    if (root / WORKSPACE_FILE).exists():
        hint = "`fxgbuild build`, or `fxgbuild init --rules NAME` for a rule set of your own"
        raise UsageError(f"`{folder}` is a workspace already", hint=hint)
    make_workspace(root)
    where = "" if folder == "." else f"cd {folder} && "
    click.echo(f"made a workspace; next: `{where}fxgbuild build //hello:all`")
    return 0


def make_workspace(root: Path) -> None:
    """Write the files of a workspace; what is there already is kept."""
    kept = []
    for name, text in workspace_files().items():
        path = root / name
        if path.exists():
            kept.append(name)
            continue
        write_atomic(path, text.encode())
    for name in kept:
        click.echo(f"kept {name}", err=True)


def workspace_files() -> dict[str, str]:
    """The files, with the sample's digest filled in."""
    sample = FILES["pipelines/hello/sample.txt"].encode()
    told = {"SHA256": hashlib.sha256(sample).hexdigest(), "VERSIONS": _versions()}
    files = dict(FILES)
    for word, text in told.items():
        files = {name: known.replace(word, text) for name, known in files.items()}
    return files


def _versions() -> str:
    """What fxgbuild and its tools are here, to be stated when it should stay so."""
    lines = [f'requires = ">={version("fxgbuild")}"', "[toolchain]"]
    lines += [f'{tool} = "{version(tool)}"' for tool in get_args(Tool)]
    return "".join(f"# {line}\n" for line in lines)
