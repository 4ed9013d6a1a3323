"""Checks a value against its port's schema and says what is wrong with it.

Every element of an array is looked at. Named dimensions are bound as they are met, so that the
ports of one node agree with one another.
"""

from collections.abc import Mapping
from typing import Any

from .check_scalar import check_scalar
from .schema import Schema, inner, kind

Params = Mapping[str, object]


def check(value: Any, schema: Schema, dims: dict[str, int], params: Params) -> list[str]:
    """Give one sentence per fault, none when the value is right; binds new names in `dims`.

    An axis that is one name must equal that dimension where it is bound, else the parameter of
    that name, else it binds it. A formula with a name still unknown is left unchecked.
    """
    name = kind(schema)
    if name == "optional":
        return [] if value is None else check(value, inner(schema), dims, params)
    if name == "array":
        from . import check_array  # noqa: PLC0415  (numpy only where there are arrays)

        return check_array.check_array(value, schema["array"], dims, params)
    if name == "table":
        from . import check_table  # noqa: PLC0415  (pandas only where there are tables)

        return check_table.check_table(value, schema)
    if name in ("state", "record", "list"):
        return _check_members(value, schema, dims, params)
    return check_scalar(value, schema)


def check_ports(
    values: Mapping[str, Any], schemas: Mapping[str, Schema], dims: dict[str, int], params: Params
) -> dict[str, list[str]]:
    """Check the ports of one side of a node; gives the faulty ones, in the schemas' order.

    Plain names are bound on all ports before any formula is evaluated, so their order is free.
    """
    for port, schema in schemas.items():
        if port in values and kind(schema) == "array":
            from . import check_array  # noqa: PLC0415

            check_array.bind(values[port], schema["array"], dims, params)
    found = {port: check(values[port], schemas[port], dims, params) for port in schemas}
    return {port: faults for port, faults in found.items() if faults}


def _check_members(value: Any, schema: Schema, dims: dict[str, int], params: Params) -> list[str]:
    """Check what stands inside a list, a record or a state."""
    name = kind(schema)
    if name == "list":
        if not isinstance(value, list | tuple):
            return [f"expected a list, found {type(value).__name__}"]
        return _prefixed(
            {f"item {n}": (item, schema["items"]) for n, item in enumerate(value)}, dims, params
        )
    fields = schema["state"] if name == "state" else schema["properties"]
    required = fields if name == "state" else schema.get("required", [])
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if not isinstance(value, Mapping):
        return [f"expected a {name}, found {type(value).__name__}"]
    faults = [f"the {name} lacks the field {field!r}" for field in required if field not in value]
    faults += [f"the {name} has no field {field!r}" for field in value if field not in fields]
    present = [field for field in fields if field in value]
    members = {f"field {field}": (value[field], fields[field]) for field in present}
    return faults + _prefixed(members, dims, params)


def _prefixed(
    members: Mapping[str, tuple[Any, Schema]], dims: dict[str, int], params: Params
) -> list[str]:
    return [
        f"{where}: {fault}"
        for where, (item, schema) in members.items()
        for fault in check(item, schema, dims, params)
    ]
