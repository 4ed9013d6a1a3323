"""Emission: artifacts from validated code, bit-identical for equal keys."""

from collections.abc import Mapping

from fxgbuild import crash
from fxgbuild.build.context import Context
from fxgbuild.build.shipped import shipped_code, shipped_deps
from fxgbuild.build.single import alone, told
from fxgbuild.build.verdict import Verdict
from fxgbuild.emit.lock import lock_subset
from fxgbuild.emit.package import Files, Package, files
from fxgbuild.emit.wheel import lock_name, wheel, wheel_name
from fxgbuild.emit.zipapp import zipapp, zipapp_name
from fxgbuild.errors import BuildFailed
from fxgbuild.lang.first_party import module_of
from fxgbuild.lang.lockfile import normalised
from fxgbuild.lang.model import Artifact, Graph, Node
from fxgbuild.plan.facts import distributions_of
from fxgbuild.plan.link import link, module_name
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import Step

Runtime = tuple[tuple[str, bytes], ...]


def emit(
    context: Context,
    target: tuple[Graph, Artifact],
    step: Step,
    codes: Mapping[str, str],
    runtime: Runtime,
) -> bool:
    """Make an artifact and record it; says whether another build did so first."""
    graph, artifact = target
    with alone(context, step) as shared:
        if shared:
            return True
        start = context.now()
        package = package_of(context, graph, artifact, codes, runtime)
        made = _files(artifact, package, files(package))
        outputs = {name: context.stores.blobs.put(data) for name, data in made.items()}
        crash.point("emit.blobs")
        verdict = Verdict("emit", True, wall_s=context.now() - start)
        context.stores.keep(step, verdict, outputs, None, context.facts.sandbox)
        told(context, str(artifact.label), step, verdict, start, "engine")
    return False


def package_of(
    context: Context,
    graph: Graph,
    artifact: Artifact,
    codes: Mapping[str, str],
    runtime: Runtime,
) -> Package:
    nodes, edges = closure(context.workspace, graph)
    requires = _requires(nodes)
    return Package(
        name=artifact.name,
        version=artifact.version,
        import_name=artifact.import_name,
        summary=artifact.summary or graph.doc or artifact.name,
        link=link(graph, nodes, edges),
        modules=_modules(graph, nodes, codes),
        runtime=runtime,
        requires=requires,
        lock=_lock(context, requires),
    )


def _modules(
    graph: Graph, nodes: list[Node], codes: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    found = {
        module_name(graph, node.label): shipped_code(node, codes[str(node.label)]) for node in nodes
    }
    found |= {module_of(path): text for path, text in shipped_deps(nodes).items()}
    return tuple(sorted(found.items()))


def _requires(nodes: list[Node]) -> tuple[str, ...]:
    found = {
        f"{normalised(item.name)}{item.requires}"
        for node in nodes
        for item in distributions_of(node)
    }
    return tuple(sorted(found))


def _lock(context: Context, requires: tuple[str, ...]) -> str:
    """The exact versions of what the artifact requires, and of what that requires."""
    if not context.facts.lock:
        return ""
    text = "".join(f"{name}=={version}\n" for name, version in context.facts.lock.items())
    try:
        return lock_subset(text, requires, context.facts.requirements)
    except ValueError as error:
        lock = context.workspace.settings.python.lock
        hint = f"add it to {lock}, or widen the rule set's range"
        raise BuildFailed(str(error), facts={"lock": lock}, hint=hint) from None


def _files(artifact: Artifact, package: Package, content: Files) -> dict[str, bytes]:
    if artifact.kind == "zipapp":
        made = {zipapp_name(package): zipapp(package, content)}
    else:
        made = {wheel_name(package): wheel(package, content)}
    if package.lock:
        made[lock_name(package)] = package.lock.encode()
    return made
