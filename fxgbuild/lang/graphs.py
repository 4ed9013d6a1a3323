"""A package's graph: its document resolved against rule sets and files.

Two passes: nodes first, edges once every package's nodes are known (edges may cross packages).
"""

from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.label import NAME, RESERVED
from fxgbuild.lang.nodes import load_node


def draft_graph(draft: Draft) -> Draft:
    """First pass: types, graph inputs and nodes."""
    for rules in draft.rules.values():
        draft.types |= {f"{rules.alias}.{name}": schema for name, schema in rules.types.items()}
        draft.types |= {n: s for n, s in rules.types.items() if n not in draft.types}
    for name, value in draft.doc.types.items():
        schema = draft.schema(value, "types", name)
        if schema:
            draft.types[name] = schema
    for name, value in draft.doc.inputs.items():
        schema = draft.schema(value, "inputs", name)
        if schema:
            draft.inputs[name] = schema
    package = draft.package.rsplit("/", 1)[-1]
    for name, doc in draft.doc.nodes.items():
        if name in RESERVED or name == package or name in draft.doc.artifacts:
            message = f"the name `{name}` is reserved or taken"
            draft.problem("FXG1114", message, "nodes", name, key=True)
        elif not NAME.fullmatch(name):
            message = f"no file may be called `{name}` on some systems, and a pin has files"
            draft.problem("FXG1114", message, "nodes", name, key=True)
        node = load_node(draft, name, doc)
        if node:
            draft.nodes[name] = node
    return draft
