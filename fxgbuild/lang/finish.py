"""A package's graph, finished once its edges are resolved: outputs, cases and artifacts."""

from collections import Counter

from fxgbuild.digest import Digest
from fxgbuild.lang.acceptance import load_acceptance
from fxgbuild.lang.drafts import Draft, is_inside
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Artifact, DataFile, Graph
from fxgbuild.problem import Location


def finish_graph(draft: Draft) -> Graph:
    """Last pass, after `edges` are resolved: outputs, cases, artifacts."""
    doc = draft.doc
    return Graph(
        label=Label(draft.package, draft.package.rsplit("/", 1)[-1]),
        doc=doc.doc,
        folder=draft.folder,
        inputs=draft.inputs,
        outputs=_outputs(draft),
        cases=_cases(draft),
        nodes=draft.nodes,
        edges=tuple(draft.edges),
        acceptance=load_acceptance(draft, doc.acceptance),
        artifacts=_artifacts(draft),
        where=Location(draft.document.path, 1, 1),
    )


def _outputs(draft: Draft) -> dict[str, tuple[Label, str]]:
    found: dict[str, tuple[Label, str]] = {}
    for name, text in draft.doc.outputs.items():
        node, _, port = text.partition(".")
        target = draft.nodes.get(node)
        if target is None:
            if not draft.document.declares("nodes", node):
                near = draft.near(node, draft.nodes)
                draft.problem("FXG1108", f"no node is called `{node}`", "outputs", name, near=near)
        elif port not in target.outputs:
            near = draft.near(port, target.outputs)
            message = f"`{node}` has no output `{port}`"
            draft.problem("FXG1108", message, "outputs", name, near=near)
        else:
            found[name] = (target.label, port)
    if draft.doc.outputs:
        return found
    used = {(edge.source, edge.source_port) for edge in draft.edges}
    free = [(n, p) for n in draft.nodes.values() for p in n.outputs if (n.label, p) not in used]
    names = Counter(port for _, port in free)
    return {
        port if names[port] == 1 else f"{node.label.name}_{port}": (node.label, port)
        for node, port in free
    }


def _cases(draft: Draft) -> dict[str, dict[str, DataFile]]:
    cases: dict[str, dict[str, DataFile]] = {}
    for case, files in draft.doc.data.items():
        cases[case] = {}
        for name in draft.inputs:
            if not draft.document.declares("data", case, name):
                draft.problem("FXG1117", f"the graph input `{name}` is missing", "data", case)
        for name, file in files.items():
            at = ("data", case, name)
            if name not in draft.inputs:
                if draft.document.declares("inputs", name):
                    continue
                near = draft.near(name, draft.inputs)
                message = f"no graph input is called `{name}`"
                draft.problem("FXG1117", message, *at, near=near, key=True)
                continue
            if not is_inside(file.path):
                hint = "files that lie elsewhere: `[data] root` of fxgbuild.toml"
                message = f"`{file.path}` leaves the package's folder"
                draft.problem("FXG1117", message, *at, "path", hint=hint)
            found, declared = draft.data(file.path), Digest(file.sha256)
            if found and declared not in found:
                digests = f"{found[0].short}…, declared is {declared.short}…"
                message = f"`{file.path}` has digest {digests}"
                hint = f"bring the file back, or declare what it is now: `sha256: {found[0].hex}`"
                draft.problem("FXG1119", message, *at, "sha256", hint=hint)
            cases[case][name] = DataFile(file.path, declared, bool(found))
    return cases


def _artifacts(draft: Draft) -> dict[str, Artifact]:
    found = {}
    for name, doc in draft.doc.artifacts.items():
        kind = doc.kind or ("zipapp" if name == "zipapp" else "wheel")
        import_name = doc.import_name or doc.name.lower().replace("-", "_").replace(".", "_")
        label = Label(draft.package, name)
        found[name] = Artifact(
            label, kind, doc.name, doc.version, doc.summary, import_name, doc.tags
        )
    return found
