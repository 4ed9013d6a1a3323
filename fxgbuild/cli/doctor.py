"""`fxgbuild doctor`: what is wrong first, and the one command that mends it."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from fxgbuild import state
from fxgbuild.build.jobs import unavailable
from fxgbuild.cli import rc
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.environment import check_tools, described
from fxgbuild.cli.options import options as known_options
from fxgbuild.digest import Json
from fxgbuild.errors import BadWorkspace, FxgError, SandboxUnsound
from fxgbuild.files import BESIDE, make_private, refuse_shared, scratch_home
from fxgbuild.rc import check as check_lines
from fxgbuild.sandbox.laboratory import open_laboratory
from fxgbuild.store.lease import Leases

LEAST_FREE = 1 << 30
MOST_SKEW_S = 5.0
OLD_S = 25 * 3600.0

OK, NOTE, WRONG, SKIPPED = "ok", "note", "wrong", "skipped"


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found; `mend` is what to type."""

    text: str
    state: str = OK
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its name, and what it needs to have gone well before."""

    name: str
    look: Callable[[App], Found]
    needs: tuple[str, ...] = ("workspace",)


@click.command("doctor")
@common
def command(options: Common) -> int:
    """Check workspace, machine and stores; what is wrong stands first. Exits 1 on trouble."""
    app = App(options)
    found = dict(examine(app))
    wrong = [name for name, one in found.items() if one.state == WRONG]
    order = [*wrong[:1], *(name for name in found if name not in wrong[:1])]
    if options.json:
        echo_json([_json(name, found[name]) for name in order])
        return 1 if wrong else 0
    for name in order:
        one = found[name]
        lines = one.text.split("\n")
        click.echo(f"{one.state:<8}{name:<12}{lines[0]}")
        for line in [*lines[1:], *([f"next: {one.mend}"] if one.mend else [])]:
            click.echo(f"{'':<20}{line}")
        if name == order[0] and wrong:
            click.echo()
    return 1 if wrong else 0


def _json(name: str, one: Found) -> Json:
    ok = one.state in (OK, NOTE)
    return {"check": name, "ok": ok, "state": one.state, "text": one.text, "mend": one.mend}


def examine(app: App) -> Iterator[tuple[str, Found]]:
    """Every check in the order in which trouble should be mended."""
    failed: set[str] = set()
    for check in CHECKS:
        missing = failed.intersection(check.needs)
        if missing:
            found = Found(f"not looked at: {', '.join(sorted(missing))} comes first", SKIPPED)
        else:
            found = _looked(app, check)
        if found.state in (WRONG, SKIPPED):
            failed.add(check.name)
        yield check.name, found


def _looked(app: App, check: Check) -> Found:
    try:
        return check.look(app)
    except BadWorkspace as error:
        return Found("\n".join(error.lines()), WRONG, "mend the files from the top")
    except FxgError as error:
        facts = [f"{name}: {value}" for name, value in error.facts.items() if value]
        return Found("\n".join([error.message, *facts]), WRONG, error.hint)
    except OSError as error:
        return Found(f"{error.filename}: {error.strerror}", WRONG, f"`ls -la {error.filename}`")


def workspace(app: App) -> Found:
    requires = app.settings.requires or "any fxgbuild"
    return Found(f"{len(app.workspace.graphs)} packages in {app.root}, for {requires}")


def data_files(app: App) -> Found:
    """Declared data files that are not there, and which graphs need them."""
    lines = []
    for graph in app.workspace.graphs.values():
        absent = unavailable(graph)
        if absent:
            shown = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if absent[5:] else "")
            lines.append(f"{graph.label} needs {shown}")
    if not lines:
        return Found("every declared file is there")
    root = app.settings.data.root
    where = f"below {root}" if root else "in its package's folder"
    return Found("\n".join(lines), NOTE, f"put each {where}, or name a folder in `[data] root`")


def rc_files(app: App) -> Found:
    root = str(app.root)
    read = rc.read_all(root)
    problems = [*read.problems, *check_lines(read.entries, known_options())]
    if problems:
        lines = [line for problem in problems for line in problem.lines()]
        return Found("\n".join(lines), WRONG, "mend these lines, or use `--no-rc`")
    return Found(", ".join(rc.paths(root)) or "none")


def store(app: App) -> Found:
    """Ours alone, writable, and with room to grow."""
    home = app.store
    make_private(home)
    for part in (home, home / "index", home / "cas"):
        refuse_shared(part)
    if not os.access(home, os.W_OK):
        text = f"{home} cannot be written: every command does its work anew"
        return Found(text, WRONG, f"`chmod u+w {home}`, or `--store` with another folder")
    free = shutil.disk_usage(home).free
    count, size = app.stores.blobs.size()
    text = f"{count} blobs, {size / 1e6:.1f} MB in {home}, {free / 1e9:.1f} GB free"
    if free < LEAST_FREE:
        return Found(text, WRONG, "`fxgbuild cache gc --max-size SIZE`, or make room otherwise")
    return Found(text)


def clock(app: App) -> Found:
    """Times of files decide what has changed; a clock that differs makes builds look twice."""
    skew = (state.now_ns(str(app.store)) - time.time_ns()) / 1e9
    if abs(skew) > MOST_SKEW_S:
        text = f"files in {app.store} are dated {skew:+.0f} s from this machine's clock"
        return Found(text, WRONG, "`timedatectl set-ntp true`, here and where the disk is served")
    return Found("files and machine agree on the time")


def index(app: App) -> Found:
    return Found(f"{app.stores.index.verify()} records, each of them sound")


def interpreter(app: App) -> Found:
    found = app.interpreter
    text = f"Python {found.version} at {found.executable}\n{described(found, app.chosen.origin)}"
    return Found(text + (f"\nnot shown to code: {', '.join(found.hidden)}" if found.hidden else ""))


def sandbox(app: App) -> Found:
    """The level that opens, and why none above it does."""
    opened = app.laboratory()
    text = opened.description
    if opened.level != "A":
        text += f"\nnot A: {_why_not_a(app)}"
    return Found(text)


def _why_not_a(app: App) -> str:
    minimum = app.settings.sandbox.minimum
    try:
        open_laboratory(app.interpreter, minimum, scratch_home(app.store), wanted="A")
    except SandboxUnsound as error:
        return error.facts.get("level A", error.message)
    return "it opens now; type the command again"


def tools(app: App) -> Found:
    check_tools(app.workspace, app.facts)
    text = ", ".join(f"{name} {version}" for name, version in app.facts.tools.items())
    return Found(f"{text}{', as [toolchain] states' if app.settings.toolchain else ''}")


def environment(app: App) -> Found:
    app.check_environment(app.selection(()))
    lock = app.settings.python.lock
    return Found(f"what the code imports is installed{f' as {lock} says' if lock else ''}")


def leftovers(app: App) -> Found:
    """What dead builds left behind; a collection takes it."""
    living = Leases(app.store).living()
    running = f"{len(living)} running now" if living else "none is running"
    before = time.time() - OLD_S
    parts = (app.store / "cas" / "sha256", app.store / "out", app.store / "running")
    beside = [path for part in parts for path in part.rglob(f"{BESIDE}*")]
    old = [p for p in [*beside, *(app.store / "tmp").glob("*")] if p.lstat().st_mtime < before]
    if old:
        text = f"{len(old)} files and folders of builds that died; {running}"
        return Found(text, NOTE, "`fxgbuild cache gc`")
    return Found(f"of dead builds: none; of builds {running}")


def git(app: App) -> Found:
    """The store is no part of the repository, and the bytes of pins are kept as they are."""
    top = next((x for x in (app.root, *app.root.parents) if (x / ".git").exists()), None)
    if top is None:
        return Found("this workspace is in no git repository")
    wrong, mend = [], []
    if app.store.is_relative_to(top) and not _is_ignored(app.store, top):
        name = app.store.relative_to(app.root) if app.store.is_relative_to(app.root) else app.store
        wrong.append(f"the private store {name} is not ignored: it would be committed")
        mend.append(f"`echo '{app.store.name}/' >> .gitignore`")
    cache = app.settings.cache.strip("/")
    if not _keeps_bytes(app.root, cache):
        wrong.append(f"git may change line ends in {cache}/, and a pin's digest with them")
        mend.append(f"`echo '{cache}/** -text' >> .gitattributes`")
    if wrong:
        return Found("\n".join(wrong), WRONG, " && ".join(mend).replace("` && `", " && "))
    return Found("the store is ignored, pins keep their bytes")


def _is_ignored(folder: Path, top: Path) -> bool:
    """Does a plain line of an ignore file name the folder? Other patterns are not understood."""
    homes = [x for x in folder.parents if x.is_relative_to(top)]
    places = [(home / ".gitignore", home) for home in homes]
    for path, home in [*places, (top / ".git" / "info" / "exclude", top)]:
        relative = folder.relative_to(home).as_posix()
        named = {relative, folder.name, f"**/{folder.name}", f"{relative}/*", f"{relative}/**"}
        if any(line.strip().strip("/") in named for line in _lines(path)):
            return True
    return any(line.strip() == "*" for line in _lines(folder / ".gitignore"))


def _keeps_bytes(root: Path, cache: str) -> bool:
    patterns = {f"{cache}/**", f"/{cache}/**", f"{cache}/**/*", "*", "**"}
    words = [line.split() for line in _lines(root / ".gitattributes")]
    return any(w[0] in patterns and {"-text", "binary"} & set(w[1:]) for w in words if w)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def provider(app: App) -> Found:
    settings = app.settings.generate
    if settings.provider == "none":
        return Found("none: pins and batch files")
    key = settings.api_key_env
    server = settings.base_url or "the SDK's default"
    text = f"{settings.provider}, model {settings.model or '(none)'}, {server}"
    if not settings.model:
        return Found(text, WRONG, 'write `model = "…"` under `[generate]` in fxgbuild.toml')
    if not os.environ.get(key) and not settings.base_url:
        return Found(f"{text}; {key} is not set", WRONG, f"`export {key}=…`")
    return Found(f"{text}; {key} is {'set' if os.environ.get(key) else 'not set'}")


def variables(app: App) -> Found:
    """Names only: values may be secret."""
    return Found(", ".join(sorted(n for n in os.environ if n.startswith("FXG_"))) or "none is set")


CHECKS = (
    Check("workspace", workspace, ()),
    Check("data", data_files),
    Check("rc files", rc_files),
    Check("store", store),
    Check("clock", clock, ("workspace", "store")),
    Check("index", index, ("workspace", "store")),
    Check("interpreter", interpreter, ("workspace", "index")),
    Check("sandbox", sandbox, ("interpreter",)),
    Check("tools", tools, ("sandbox",)),
    Check("environment", environment, ("sandbox",)),
    Check("leftovers", leftovers, ("store",)),
    Check("git", git),
    Check("provider", provider),
    Check("variables", variables, ()),
)
