"""Builds links for tests, with as little said as can be."""

NUMBER = {"type": "number"}


def node(name, inputs=("x",), outputs=("out",), **more):
    """A node of number ports; `inputs` and `outputs` may be dicts of schemas."""
    as_schemas = [
        ports if isinstance(ports, dict) else dict.fromkeys(ports, NUMBER)
        for ports in (inputs, outputs)
    ]
    return {
        "name": name,
        "module": name,
        "function": name,
        "inputs": as_schemas[0],
        "outputs": as_schemas[1],
        "params": {},
        "run_params": {},
        "hooks": [],
        **more,
    }


def edge(source, target, call="sync", **more):
    return {
        "from": source,
        "to": target,
        "call": call,
        "mode": "sequential",
        "join": "all",
        "retry": None,
        "timeout_s": None,
        "monitor": False,
        "scale": 1.0,
        **more,
    }


def link(nodes, edges, outputs, inputs=None):
    return {
        "format": 1,
        "name": "graph",
        "inputs": {"x": NUMBER} if inputs is None else inputs,
        "outputs": outputs,
        "nodes": list(nodes),
        "edges": list(edges),
    }
