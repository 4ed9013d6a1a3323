"""What the stores of a workspace know of a built artifact, as the evidence that statements give."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass

from fxgbuild.build.context import Context
from fxgbuild.build.stores import Stores
from fxgbuild.digest import Digest, Json, canonical_json, digest_bytes
from fxgbuild.errors import CodeLost, PromotionRefused, UsageError
from fxgbuild.inputs import SeenTree
from fxgbuild.lang.label import Label
from fxgbuild.lang.lockfile import normalised
from fxgbuild.lang.model import Artifact, Graph, Node
from fxgbuild.plan.facts import distributions_of
from fxgbuild.plan.order import closure, producers
from fxgbuild.plan.plan import Plan, Step, TargetPlan
from fxgbuild.plan.preimage import STAGES, origin
from fxgbuild.plan.select import all_targets, select
from fxgbuild.promote.closure import closure_files
from fxgbuild.promote.commit import commit_of
from fxgbuild.promote.noted import noted
from fxgbuild.release.evidence import Evidence, NodeEvidence, Passed
from fxgbuild.store.pin import Pin

ORIGINS = {"generated": "model", "template": "template", "source": "source"}
LOCK = ".lock.txt"  # how the name of an artifact's lock ends
PERSON = "person"  # the provider of a pin that no model wrote


@dataclass(frozen=True, slots=True)
class Gathered:
    """A built artifact: what is known of it, its own files, and the files it was made from."""

    evidence: Evidence
    files: Mapping[str, bytes]
    sources: Mapping[str, bytes]


def gather(context: Context, tree: SeenTree, label: Label) -> Gathered:
    """Read, verified, all that was recorded of an artifact that is built; nothing is ever run.

    Raises PromotionRefused where the plan has something to run, and as every reader of stores does.
    """
    graph, artifact = _artifact(context, label)
    plan = context.plan(select(context.workspace, [label]))
    if plan.dirty:
        raise _not_built(label, plan)
    nodes, _ = closure(context.workspace, graph)
    pins = {node.label: _pin(context.stores, plan.target(node.label)) for node in nodes}
    sources = closure_files(context, tree, graph, [pin for pin in pins.values() if pin])
    files = _files(context.stores, plan.target(label))
    told = [_node(context, plan, node, pins[node.label]) for node in nodes]
    steps = (*plan.target(graph.label).steps, *plan.target(label).steps)
    lock = next((data for name, data in files.items() if name.endswith(LOCK)), None)
    facts = context.facts
    evidence = Evidence(
        label=str(label),
        kind=artifact.kind,
        name=artifact.name,
        version=artifact.version,
        files=tuple((name, digest_bytes(data)) for name, data in files.items()),
        nodes=tuple(told),
        graph=tuple(_passed(context.stores, step) for step in steps),
        lock=digest_bytes(lock) if lock else None,
        requirements=_requirements(lock or b""),
        commit=commit_of(tree.root, sources, _declared(graph)),
        fxgbuild=importlib.metadata.version("fxgbuild"),
        runtime=Digest(facts.runtime),
        python=facts.python,
        platform=facts.platform,
        findings=noted(context.stores, plan, nodes, pins),
        integrates=graph.runs_here(),
    )
    return Gathered(evidence, files, sources)


def _artifact(context: Context, label: Label) -> tuple[Graph, Artifact]:
    found = all_targets(context.workspace).get(label)
    if not isinstance(found, tuple):
        what = "no artifact" if found else "not in this workspace"
        raise UsageError(
            f"{label} is {what}, and only artifacts are released",
            hint="`fxgbuild ls -v //...` lists them",
        )
    return found


def _not_built(label: Label, plan: Plan) -> PromotionRefused:
    waiting = {str(target.label): ", ".join(target.actions) for target in plan.dirty[:10]}
    more = len(plan.dirty) - len(waiting)
    return PromotionRefused(
        f"{label} is not built here as its files are now, and promoting builds nothing",
        facts=waiting | ({"…": f"and {more} more"} if more else {}),
        hint=f"`fxgbuild build {label}`",
    )


def _files(stores: Stores, target: TargetPlan) -> dict[str, bytes]:
    """The files of an artifact, the wheel or zipapp first."""
    outputs = _record(stores, target.steps[-1])["outputs"]
    found = {}
    for name in sorted(outputs, key=lambda name: (name.endswith(LOCK), name)):
        data = stores.blobs.get(Digest(outputs[name]))
        if data is None:
            raise CodeLost(f"the bytes of {name} are lost", facts={"sha256": outputs[name]})
        found[name] = data
    return found


def _record(stores: Stores, step: Step) -> Json:
    record = stores.record(step.action, step.key) if step.key else None
    if record is None:
        raise PromotionRefused(
            f"the record of a passing {step.action} went away while it was read",
            hint="type the command again",
        )
    return record


def _passed(stores: Stores, step: Step) -> Passed:
    """What a record says, and of what its key covers the tools and the sandbox's level."""
    record = _record(stores, step)
    return Passed(
        action=step.action,
        key=Digest(record["key"]),
        record=digest_bytes(canonical_json(record)),
        tools=dict(step.preimage.get("tools", {})),
        sandbox=step.preimage.get("sandbox", ""),
        date=str(record["date"]),
    )


def _pin(stores: Stores, target: TargetPlan) -> Pin | None:
    """The verified pin that the plan took the code from."""
    step = target.step("generate")
    if step is None or step.key is None:
        return None
    own = stores.committed(target.label)
    pin = own if own and own.key == step.key else None
    pin = pin or stores.pins.find(step.key) or stores.private(step.key)
    if pin is None:
        raise CodeLost(f"the pin of {target.label} is lost", facts={"key": step.key.hex})
    return pin.named(target.label)


def _node(context: Context, plan: Plan, node: Node, pin: Pin | None) -> NodeEvidence:
    target = plan.target(node.label)
    steps = [target.step(stage) for stage in STAGES]
    said = pin.provenance if pin and isinstance(pin.provenance, Mapping) else {}
    attempts = said.get("attempts")
    return NodeEvidence(
        label=str(node.label),
        task=node.task.name,
        origin=ORIGINS[origin(node)],
        code=digest_bytes((target.code or "").encode()),
        passed=tuple(_passed(context.stores, step) for step in steps if step),
        key=pin.key if pin else None,
        pinned=pin.code if pin else None,
        provider=str(said.get("provider") or ""),
        model=str(said.get("model") or ""),
        attempts=attempts if type(attempts) is int and attempts > 0 else 0,
        generated=str(said.get("date") or ""),
        carried=len(pin.carried) if pin else 0,
        adopted=is_adopted(said),
        upstream=tuple(sorted({str(x) for x in producers(context.workspace, node.label)})),
        requires=tuple(sorted({normalised(x.name) for x in distributions_of(node)})),
    )


def is_adopted(provenance: Mapping[str, Json]) -> bool:
    """Does a pin's record say that a person wrote or edited its code?"""
    return provenance.get("adopted") is True or provenance.get("provider") == PERSON


def _requirements(lock: bytes) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition("==") for line in lock.decode().splitlines())
    return tuple((name, version) for name, mark, version in pairs if mark)


def _declared(graph: Graph) -> set[str]:
    """Data files that the graph's own file names by digest."""
    home = "" if graph.folder == "." else f"{graph.folder}/"
    return {home + file.path for files in graph.cases.values() for file in files.values()}
