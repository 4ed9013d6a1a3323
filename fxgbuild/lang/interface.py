"""A package's interface: all that other packages, and checks across packages, can see of it.

While it stands, an edit of the package cannot make another package wrong, nor change one of its
keys by way of a schema: the rest of the workspace need not be looked at.
"""

import json
import re

from fxgbuild.digest import Json, digest_bytes
from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.model import Node
from fxgbuild.lang.schema import Schema

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def interface(draft: Draft) -> str:
    """A digest of ports, of the parameters that dimensions are made of, of edges, of visibility."""
    seen = _Seen()
    parts = [
        [draft.doc.visibility, {name: seen.text(s) for name, s in draft.inputs.items()}],
        [seen.node(node, draft.doc.nodes[name].visibility) for name, node in draft.nodes.items()],
        [[e.origin, str(e.target), e.port, e.join] for e in draft.edges],
    ]
    return digest_bytes(json.dumps(parts).encode()).hex


class _Seen:
    """Schemas are shared by the nodes of a task, so each is written out once."""

    def __init__(self) -> None:
        self.texts: dict[int, tuple[Schema, str, frozenset[str]]] = {}

    def _look(self, schema: Schema) -> tuple[Schema, str, frozenset[str]]:
        known = self.texts.get(id(schema))
        if known is None:
            text = json.dumps(schema, sort_keys=True)
            known = self.texts[id(schema)] = (schema, text, frozenset(_NAME.findall(text)))
        return known

    def text(self, schema: Schema) -> str:
        return self._look(schema)[1]

    def node(self, node: Node, visibility: Json) -> Json:
        """A value that a schema names may be a part of a dimension."""
        ports = [*node.inputs.items(), *node.outputs.items()]
        named = {word for _, schema in ports for word in self._look(schema)[2]}
        params = {name: value for name, value in node.params.items() if name in named}
        shown = [[name, self.text(schema)] for name, schema in ports]
        return [node.label.name, node.task.name, shown, params, visibility]
