"""A whole workspace, loaded: documents in, resolved graphs and every problem out.

Pure over a `Tree`; never raises on bad input.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fxgbuild.lang.cycles import find_cycles
from fxgbuild.lang.dimensions import unify
from fxgbuild.lang.documents import Parse, read_document
from fxgbuild.lang.drafts import Draft, Reader
from fxgbuild.lang.edges import resolve_edges
from fxgbuild.lang.finish import finish_graph
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.graphs import draft_graph
from fxgbuild.lang.interface import interface
from fxgbuild.lang.label import PACKAGE
from fxgbuild.lang.lockfile import Lock, read_lock
from fxgbuild.lang.model import Graph, TaskType, Workspace
from fxgbuild.lang.rows import unify_rows
from fxgbuild.lang.rule_label import is_rule_label
from fxgbuild.lang.rulesets import RuleSet, load_rule_set
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.lang.text import parse as parse_text
from fxgbuild.problem import Location, Problem, closest

GRAPH_FILES = ("fxg.yaml", "fxg.json")


class Tree(Reader, Protocol):
    """The workspace's files, and the folder of the built-in rule sets."""

    builtin_rules: str

    def graph_files(self, folder: str) -> Iterable[str]:
        """Every graph file below a folder, sorted; hidden folders and stores left out."""

    def folders(self, folder: str) -> Iterable[str]:
        """The names of the folders directly in a folder, sorted."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a workspace whose rest is known to be sound and as it was.

    `whole` packages are loaded; of those that they take values from only the nodes are.
    """

    files: Mapping[str, str]  # the graph file of every package
    whole: frozenset[str]
    neighbours: frozenset[str]


@dataclass(slots=True)
class Loading:
    tree: Tree
    settings: SettingsDoc
    parse: Parse
    problems: list[Problem] = field(default_factory=list)
    rules: dict[str, RuleSet] = field(default_factory=dict)


def load_settings(tree: Reader, path: str = "fxgbuild.toml") -> tuple[SettingsDoc, list[Problem]]:
    data = tree.read(path)
    if data is None:
        return SettingsDoc(), [Problem(Location(path), "FXG1100", "the workspace file is missing")]
    doc, _, problems = read_document(path, data, SettingsDoc)
    return doc or SettingsDoc(), problems


def load_workspace(
    tree: Tree, part: Part | None = None, parse: Parse = parse_text
) -> tuple[Workspace, list[Problem]]:
    """Load everything, or a part; the workspace holds what could be resolved, problems the rest."""
    settings, problems = load_settings(tree)
    loading = Loading(tree, settings, parse, problems)
    drafts = _drafts(loading, part)
    for draft in drafts.values():
        draft_graph(draft)
    whole = {n: d for n, d in drafts.items() if part is None or n in part.whole}
    for draft in whole.values():
        resolve_edges(draft, drafts)
    if part is None:  # what a part may not change: see `interface`
        find_cycles(drafts)
        unify(drafts)
        unify_rows(drafts)
    graphs: dict[str, Graph] = {}
    for package, draft in sorted(whole.items()):
        graphs[package] = finish_graph(draft)
        loading.problems += draft.problems
    for rules in loading.rules.values():
        loading.problems += rules.problems
    tasks: dict[str, TaskType] = {}
    for rules in loading.rules.values():
        tasks |= {task.label: task for task in rules.tasks.values()}
    workspace = Workspace(
        settings,
        graphs,
        tasks,
        lock=_lock(loading),
        neighbours={n: d.nodes for n, d in drafts.items() if n not in whole},
        interfaces={name: interface(draft) for name, draft in whole.items()},
    )
    return workspace, sorted(set(loading.problems))


def _lock(loading: Loading) -> Lock:
    path = loading.settings.python.lock
    if not path:
        return Lock()
    data = loading.tree.read(path)
    if data is None:
        where = Location("fxgbuild.toml")
        loading.problems.append(Problem(where, "FXG1117", f"the lock file `{path}` does not exist"))
        return Lock(path)
    lock, problems = read_lock(path, data.decode("utf-8", "replace"))
    loading.problems += problems
    return lock


def _drafts(loading: Loading, part: Part | None) -> dict[str, Draft]:
    drafts: dict[str, Draft] = {}
    root = loading.settings.packages.strip("/") or "."
    if part is None:
        paths = list(loading.tree.graph_files(root))
    else:
        paths = [part.files[name] for name in sorted(part.whole | part.neighbours)]
    for path in paths:
        folder = path.rpartition("/")[0] or "."
        package = folder if root == "." else folder[len(root) :].strip("/")
        if package in drafts:
            message = f"`//{package}` has two graph files; keep one of {' and '.join(GRAPH_FILES)}"
            loading.problems.append(Problem(Location(path), "FXG1114", message))
            continue
        if not PACKAGE.fullmatch(package):
            message = f"`{package}` is no package name: lower-case ASCII words joined by `/`"
            loading.problems.append(Problem(Location(path), "FXG1114", message))
            continue
        if is_rule_label(f"//{package}", loading.settings.rules.strip("/")):
            message = f"`//{package}` is how a rule set is named; call the package something else"
            loading.problems.append(Problem(Location(path), "FXG1114", message))
            continue
        draft = _draft(loading, path, folder, package)
        if draft:
            drafts[package] = draft
    return drafts


def _draft(loading: Loading, path: str, folder: str, package: str) -> Draft | None:
    data = loading.tree.read(path)
    if data is None:
        loading.problems.append(Problem(Location(path), "FXG1117", "the file cannot be read"))
        return None
    doc, document, problems = read_document(path, data, GraphDoc, loading.parse)
    loading.problems += problems
    if doc is None:
        return None
    draft = Draft(package, folder, doc, document, {}, loading.tree, loading.settings.data.root)
    for index, label in enumerate(doc.use):
        rules = _rule_set(loading, draft, label, index)
        if rules:
            draft.rules[rules.alias] = rules
    return draft


def _rule_set(loading: Loading, draft: Draft, label: str, index: int) -> RuleSet | None:
    if label in loading.rules:
        return loading.rules[label]
    tree, own = loading.tree, loading.settings.rules.strip("/")
    if label.startswith("@fxg//"):
        home, name = loading.settings.builtin_rules.strip("/") or tree.builtin_rules, label[6:]
    elif label.startswith(f"//{own}/"):
        home, name = own, label[len(own) + 3 :]
    else:
        message = f"`{label}` is no rule set: they read `@fxg//domain` or `//{own}/domain`"
        draft.problem("FXG1103", message, "use", index)
        return None
    known = [folder for folder in tree.folders(home) if tree.read(f"{home}/{folder}/rules.toml")]
    if name not in known:
        near = closest(name, known) or ", ".join(f"`{x}`" for x in known)
        draft.problem("FXG1103", f"there is no rule set `{label}`", "use", index, near=near)
        return None
    rules = load_rule_set(label, f"{home}/{name}", tree.read)
    loading.rules[label] = rules
    return rules
