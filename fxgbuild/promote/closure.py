"""What an artifact is made of: collected from a workspace, and laid out as one again elsewhere."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from fxgbuild import state
from fxgbuild.build.context import Context
from fxgbuild.errors import BuildFailed, Distrusted, PromotionRefused, UsageError
from fxgbuild.files import BESIDE, WORKSPACE_FILE, DiskTree
from fxgbuild.inputs import SeenTree
from fxgbuild.lang.documents import read_document
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.load import Part, load_workspace
from fxgbuild.lang.model import Acceptance, DataFile, Graph, Workspace
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.closure import contents, is_plain
from fxgbuild.store.pin import Pin


def closure_files(
    context: Context, tree: SeenTree, graph: Graph, pins: Iterable[Pin]
) -> dict[str, bytes]:
    """Every file that a frozen build of a graph's artifact looks at, by its name in a workspace."""
    workspace = context.workspace
    packages = _packages(workspace, graph)
    reader = _Reader(tree.root)
    places = {name: workspace.graphs[name].where.path for name in packages}
    load_workspace(reader, Part(places, packages, frozenset()))
    read = _without_other_rules(workspace, reader, places.values())
    _same(tree, read)
    found = dict(read)
    for name in packages:
        found |= _data(context, workspace.graphs[name], whole=name == graph.label.package)
    for pin in pins:
        home = f"{workspace.settings.cache.strip('/')}/{pin.label.package}/{pin.label.name}"
        found |= {f"{home}/{name}": data for name, data in pin.files().items()}
    outside = sorted(name for name in found if not is_plain(name))
    if outside:
        raise PromotionRefused(
            "the closure needs files outside of the workspace, and would not build elsewhere",
            facts={"outside": ", ".join(outside[:3]), "asked for by": WORKSPACE_FILE},
            hint="put them into the workspace, and name them there",
        )
    return found


class _Reader(DiskTree):
    """A tree that keeps what is read of it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.found: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        data = super().read(path)
        if data is not None:
            self.found[path] = data
        return data


def _packages(workspace: Workspace, graph: Graph) -> frozenset[str]:
    """The packages that have to be there: a graph's own, and those that edges reach from it."""
    found: set[str] = set()
    todo = [graph.label.package]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += {edge.source.package for edge in workspace.graphs[name].edges if edge.source}
    return frozenset(found)


def _without_other_rules(
    workspace: Workspace, reader: _Reader, graphs: Iterable[str]
) -> dict[str, bytes]:
    """What was read, without rule sets that no graph uses and those that the program brings."""
    settings = workspace.settings
    own, builtin = settings.rules.strip("/"), settings.builtin_rules.strip("/")
    used = set()
    for path in graphs:
        doc, _, _ = read_document(path, reader.found[path], GraphDoc)
        for label in doc.use if doc else ():
            home = builtin if label.startswith("@fxg//") else own
            used |= {f"{home}/{label.rpartition('/')[2]}/"} if home else set()
    homes = tuple(f"{home}/" for home in {own, builtin, reader.builtin_rules} if home)
    return {
        name: data
        for name, data in reader.found.items()
        if not name.startswith(homes) or name.startswith(tuple(used))
    }


def _same(tree: SeenTree, found: Mapping[str, bytes]) -> None:
    """The bytes must be those that the plan was made from."""
    seen = {item.path: item.digest for item in tree.inputs.all()}
    for name, data in found.items():
        if seen.get(name) != state.hashed(data):
            raise BuildFailed(
                f"`{name}` changed while it was in use",
                hint="type the command again once nobody writes there",
            )


def _data(context: Context, graph: Graph, *, whole: bool) -> dict[str, bytes]:
    """The data files of a package: those of its nodes, and its example data where it is run."""
    found: list[DataFile] = []
    for node in graph.nodes.values():
        found += _of(node.acceptance)
    cases = [file for files in graph.cases.values() for file in files.values()]
    declared = {file.path for file in cases}
    found += [file for file in _of(graph.acceptance) if whole or file.path not in declared]
    found += cases if whole else []
    read: dict[str, bytes] = {}
    for file in found:
        name = file.path if graph.folder == "." else f"{graph.folder}/{file.path}"
        if not file.present:
            raise PromotionRefused(
                f"the data file `{name}` is absent, so the closure would not build elsewhere",
                hint="bring the file here; fxgbuild.toml may say where: `[data] root`",
            )
        read[name] = context.data(graph.folder, file.path, file.digest)
    return read


def _of(acceptance: Acceptance | None) -> tuple[DataFile, ...]:
    return acceptance.data if acceptance else ()


def unpack(data: bytes, folder: Path) -> None:
    """Lay a closure out as a workspace, in a folder that is new or empty; whole or not at all."""
    files = _checked(data)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"`{folder}` is not an empty folder", hint="name a new one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=BESIDE))
    try:
        for name, content in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
        beside.chmod(0o755)
        beside.rename(folder)  # takes the place of an empty folder
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _checked(data: bytes) -> dict[str, bytes]:
    """The files of a closure, which must be a workspace that brings no store of its own."""
    try:
        files = contents(data)
        settings, _, problems = read_document(
            WORKSPACE_FILE, files.get(WORKSPACE_FILE, b"fxg = 0"), SettingsDoc
        )
        if settings is None or problems:
            raise Malformed(f"the closure has no {WORKSPACE_FILE} that can be read")
        store = f"{settings.store.strip('/')}/"
        if any(f"{name}/".startswith(store) for name in files):
            raise Malformed("the closure brings verdicts of its own, in a store")
    except Malformed as error:
        raise Distrusted("a closure is not what it has to be", facts={"why": str(error)}) from None
    return files
