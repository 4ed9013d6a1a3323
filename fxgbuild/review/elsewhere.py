"""What changed outside of graphs: task types, settings, the lock; and the gates among it."""

from collections.abc import Mapping

from fxgbuild.digest import Json
from fxgbuild.lang.core_function import CORE
from fxgbuild.lang.lockfile import normalised
from fxgbuild.lang.model import Node, TaskType, Workspace
from fxgbuild.lang.schema import show
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.plan.facts import distributions_of
from fxgbuild.review.cases import compare_tests
from fxgbuild.review.change import Elsewhere
from fxgbuild.review.gate import Gate, moved_set, stronger, weaker
from fxgbuild.review.node import moved
from fxgbuild.review.schemas import compare_outputs
from fxgbuild.review.side import versions

STRENGTH = {"": 0, "C": 1, "B": 2, "A": 3}
QUIET = ("generate", "gc", "store")  # of the settings: what is in no key and gates nothing


def compare_tasks(old: Workspace, new: Workspace) -> tuple[list[Elsewhere], list[Gate]]:
    """Task types that both sides have, each told once for all of its nodes."""
    users = _users(new)
    found: list[Elsewhere] = []
    gates: list[Gate] = []
    for label in sorted(old.tasks.keys() & new.tasks.keys()):
        before, after = old.tasks[label], new.tasks[label]
        if before.name == CORE:
            continue
        count = users.get(label, 0)
        found += _task(label, before, after, count)
        gates += _task_gates(label, before, after)
    return found, gates


def _users(workspace: Workspace) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for graph in workspace.graphs.values():
        for node in graph.nodes.values():
            found[node.task.label] = found.get(node.task.label, 0) + 1
    return found


def _task(label: str, old: TaskType, new: TaskType, nodes: int) -> list[Elsewhere]:
    found = []
    fields = moved(_contract(old), _contract(new))
    if fields:
        asks = bool(new.template and new.template.has_hole)
        what = "the contract changed" + (": its nodes need new code" if asks else "")
        found.append(Elsewhere(label, what, nodes, fields))
    elif old.template and new.template and old.template.digest != new.template.digest:
        found.append(Elsewhere(label, "the template changed: its nodes are tested again", nodes))
    if _digest(old) != _digest(new):
        found.append(Elsewhere(label, "the properties changed: its nodes are tested again", nodes))
    return found


def _contract(task: TaskType) -> Json:
    """What a model is shown of a task type."""
    return {
        "doc": task.doc,
        "contract": task.template.contract.to_json() if task.template else None,
        "inputs": {name: show(schema) for name, schema in task.inputs.items()},
        "outputs": {name: show(schema) for name, schema in task.outputs.items()},
        "params": {
            n: p.schema() | ({} if p.default is None else {"default": p.default})
            for n, p in task.params.items()
        },
        "imports": ", ".join(task.imports),
        "effects": ", ".join(task.effects),
    }


def _digest(task: TaskType) -> str | None:
    return task.properties.digest.hex if task.properties else None


def _task_gates(label: str, old: TaskType, new: TaskType) -> list[Gate]:
    tests = [task.properties.data if task.properties else None for task in (old, new)]
    return [
        *compare_tests(label, "properties", *tests),
        *compare_outputs(label, old.outputs, new.outputs),
        *moved_set(label, "imports", old.imports, new.imports),
        *moved_set(label, "effects", old.effects, new.effects),
        *moved_set(label, "invokes", _invoked(old), _invoked(new)),
    ]


def _invoked(task: TaskType) -> list[str]:
    return [f"{other} ({call})" for other, calls in task.invokes for call in calls]


def compare_settings(
    old: SettingsDoc, new: SettingsDoc, nodes: int
) -> tuple[list[Elsewhere], list[Gate]]:
    """`fxgbuild.toml`: every field that matters, and the gates among them."""
    sides = [side.model_dump(mode="json", exclude=set(QUIET)) for side in (old, new)]
    fields = moved(*sides)
    names = {field.field.partition(".")[0] for field in fields}
    tested = bool(names & {"sandbox", "toolchain", "python", "packages", "rules", "builtin_rules"})
    what = "the settings changed" + (": what they reach is tested again" if tested else "")
    found = [Elsewhere("fxgbuild.toml", what, nodes if tested else 0, fields)] if fields else []
    return found, _settings_gates(old, new)


def _settings_gates(old: SettingsDoc, new: SettingsDoc) -> list[Gate]:
    where = "fxgbuild.toml"
    levels = [STRENGTH[side.sandbox.minimum] for side in (old, new)]
    found: list[Gate] = []
    if levels[0] != levels[1]:
        text = f"{old.sandbox.minimum} → {new.sandbox.minimum}"
        kind = weaker if levels[1] < levels[0] else stronger
        found.append(kind(where, "sandbox.minimum", text))
    if old.python.lock and not new.python.lock:
        found.append(weaker(where, "python.lock", "no lock is checked any more"))
    if new.python.lock and not old.python.lock:
        found.append(stronger(where, "python.lock", "a lock is checked now"))
    gone = sorted(str(name) for name in old.toolchain.keys() - new.toolchain.keys())
    if gone:
        found.append(weaker(where, "toolchain", "no longer pinned", gone))
    found += moved_set(where, "remote.trust", old.remote.trust, new.remote.trust)
    records = [STRENGTH[side.remote.minimum_sandbox or side.sandbox.minimum] for side in (old, new)]
    if new.remote.url and records[0] != records[1]:
        kind = weaker if records[1] < records[0] else stronger
        found.append(kind(where, "remote.minimum_sandbox", "records of other levels count"))
    return found


def compare_lock(old: Workspace, new: Workspace) -> list[Elsewhere]:
    """Versions that moved, and how many nodes may import from them."""
    fields = moved(versions(old), versions(new))
    if not fields:
        return []
    names = {field.field for field in fields}
    reached = [node for graph in new.graphs.values() for node in graph.nodes.values()
               if names & _distributions(node)]  # fmt: skip
    what = f"{len(fields)} locked versions moved: what imports them is tested again"
    return [Elsewhere(new.settings.python.lock or "the lock", what, len(reached), fields)]


def _distributions(node: Node) -> set[str]:
    return {normalised(item.name) for item in distributions_of(node)}
