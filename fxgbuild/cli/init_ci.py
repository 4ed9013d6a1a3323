"""`fxgbuild init --ci`: a workflow that checks changes and promotes one artifact by its digest."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click

from fxgbuild.errors import BuildFailed, UsageError
from fxgbuild.files import DiskTree, write_atomic
from fxgbuild.lang.load import load_workspace
from fxgbuild.lang.settings import SettingsDoc

SOURCES = Path(__file__).parent / "workflows"
IGNORED = (".fxgbuild/", "/channels/", "dist/", "/results/", "/.venv/", "__pycache__/")


@dataclass(frozen=True, slots=True)
class Host:
    """Where a host looks for its workflow, and what people set up there."""

    file: str
    set_up: tuple[str, ...]


HOSTS = {
    "github": Host(
        ".github/workflows/fxgbuild.yml",
        (
            "secrets FXG_CI_KEY and FXG_VERIFIER_KEY: two keys, each as `cache keygen FILE` "
            "writes it",
            "environment `prod` with required reviewers",
            "variable FXG_REGISTRY, the host of the registry where channels lie in one",
        ),
    ),
    "gitlab": Host(
        ".gitlab-ci.yml",
        (
            "protected variables FXG_CI_KEY and FXG_VERIFIER_KEY: two keys, each as "
            "`cache keygen FILE` writes it, in base64",
            "protected environment `prod`; its job waits to be started",
            "variables FXG_COMMENT_TOKEN and FXG_PUSH_TOKEN for comments and proposed commits",
        ),
    ),
}
EVERYWHERE = (
    "fxgbuild.toml: [channels.dev], [channels.staging], [channels.prod], and [promotion] ledger",
    "trust.toml: the first key as builder and promoter, the second as verifier, people's keys "
    "in the roles that channels ask approvals of",
)


def workflow(host: str, *, install: str, artifact: str, pins: str) -> str:
    """A host's workflow: what pip installs, what is promoted, where pins are."""
    text = (SOURCES / f"{host}.yml").read_text("utf-8")
    words = {"@INSTALL@": install, "@ARTIFACT@": artifact, "@PINS@": pins}
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def add_workflow(root: Path, host: str, *, force: bool, where: str) -> int:
    """Write a workspace's workflow, and say what is to be set up."""
    workspace, _ = load_workspace(DiskTree(root))  # a broken graph is for its build to tell
    artifacts = [str(x.label) for g in workspace.graphs.values() for x in g.artifacts.values()]
    artifact = artifacts[0] if artifacts else "//package:wheel"
    known, settings = HOSTS[host], workspace.settings
    text = workflow(host, install=_installed(settings), artifact=artifact, pins=settings.cache)
    path = root / known.file
    there = path.read_text("utf-8") if path.exists() else text
    if there != text and not force:
        raise UsageError(
            f"`{known.file}` is there and differs",
            hint="`--force` replaces it; what you changed in it is then only in git",
        )
    said = "made" if not path.exists() else "kept" if there == text else "replaced"
    if said != "kept":
        _write(path, text)
    _ignore(root / ".gitignore")
    click.echo(f"{said} {known.file}, which promotes {artifact}")
    for line in _set_up(root, known, artifacts[1:]):
        click.echo(f"  {line}", err=True)
    click.echo(f"next: `{where}fxgbuild build --frozen //...`, then commit what is new")
    return 0


def _installed(settings: SettingsDoc) -> str:
    """What pip is told to install: this fxgbuild, and what the workspace's lock has."""
    words = [f"fxgbuild[promotion]=={version('fxgbuild')}"]
    lock = settings.python.lock
    if lock.endswith(".txt") or Path(lock).name == "requirements.lock":
        words = ["-r", lock, *words]
    return shlex.join(words)


def _set_up(root: Path, host: Host, others: list[str]) -> Iterable[str]:
    yield "to set up:"
    yield from (f"- {line}" for line in (*host.set_up, *EVERYWHERE))
    if others:
        yield f"note: ARTIFACT in it is one of {1 + len(others)}; others: {', '.join(others[:5])}"
    top = next((x for x in (root, *root.parents) if (x / ".git").exists()), root)
    if top != root:
        yield f"note: the repository begins at {top}: move the file there, and set its folder"


def _ignore(path: Path) -> None:
    """Add the lines without which a build would leave the tree unclean."""
    text = path.read_text("utf-8") if path.exists() else ""
    known = {line.strip().strip("/") for line in text.splitlines()}
    lacking = [line for line in IGNORED if line.strip("/") not in known]
    if lacking:
        text += "" if not text or text.endswith("\n") else "\n"
        _write(path, text + "".join(f"{line}\n" for line in lacking))


def _write(path: Path, text: str) -> None:
    try:
        write_atomic(path, text.encode())
    except OSError as error:
        facts = {"file": str(path), "why": error.strerror or ""}
        raise BuildFailed("a file could not be written", facts=facts) from error
