"""Checks a value against its port's schema and says what is wrong with it.

Every element of an array is looked at. Named dimensions are bound as they are met, so that the
ports of one node agree with one another.
"""

from collections.abc import Mapping
from typing import Any

from .check_scalar import check_scalar
from .fault import Misfit, shown, told
from .schema import Schema, inner, kind

Params = Mapping[str, object]
Bound = dict[str, Any]  # lengths by name, and the columns that a row variable stands for


def check(value: Any, schema: Schema, dims: Bound, params: Params) -> list[str]:
    """Give a sentence for each of the first faults, none when the value is right; binds `dims`.

    An axis that is one name must equal that dimension where it is bound, else the parameter of
    that name, else it binds it. A formula with a name still unknown is left unchecked. A table's
    row variable stands for the same columns wherever it is written.
    """
    return told(_misfits(value, schema, dims, params))


def _misfits(value: Any, schema: Schema, dims: Bound, params: Params) -> list[Misfit]:
    name = kind(schema)
    if name == "optional":
        return [] if value is None else _misfits(value, inner(schema), dims, params)
    if name == "array":
        from . import check_array  # noqa: PLC0415  (numpy only where there are arrays)

        return check_array.check_array(value, schema["array"], dims, params)
    if name == "table":
        from . import check_table  # noqa: PLC0415  (pandas only where there are tables)

        return check_table.check_table(value, schema, dims)
    if name in ("state", "record", "list"):
        return _check_members(value, schema, dims, params)
    return check_scalar(value, schema)


def check_ports(
    values: Mapping[str, Any], schemas: Mapping[str, Schema], dims: Bound, params: Params
) -> dict[str, list[str]]:
    """Check the ports of one side of a node; gives the faulty ones, in the schemas' order.

    Plain names are bound on all ports before any formula is evaluated, so their order is free.
    """
    for port, schema in schemas.items():
        if port in values:
            bind(values[port], schema, dims, params)
    found = {port: check(values[port], schemas[port], dims, params) for port in schemas}
    return {port: faults for port, faults in found.items() if faults}


def bind(value: Any, schema: Schema, dims: Bound, params: Params) -> None:
    """Take from an array the lengths that its axes name, from a table its further columns."""
    if kind(schema) == "array":
        from . import check_array  # noqa: PLC0415

        check_array.bind(value, schema["array"], dims, params)
    elif kind(schema) == "table":
        from . import check_table  # noqa: PLC0415

        check_table.bind(value, schema, dims)


def _check_members(value: Any, schema: Schema, dims: Bound, params: Params) -> list[Misfit]:
    """Check what stands inside a list, a record or a state."""
    name = kind(schema)
    if name == "list":
        if not isinstance(value, list | tuple):
            return [Misfit(f"expected a list, found {shown(value)}")]
        return _under(
            {f"item {n}": (item, schema["items"]) for n, item in enumerate(value)}, dims, params
        )
    fields = schema["state"] if name == "state" else schema["properties"]
    required = fields if name == "state" else schema.get("required", [])
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if not isinstance(value, Mapping):
        return [Misfit(f"expected a {name}, found {shown(value)}")]
    lacks = [field for field in required if field not in value]
    extra = [field for field in value if field not in fields]
    faults = [Misfit(f"the {name} lacks the field {field!r}") for field in lacks]
    faults += [Misfit(f"the {name} has no field {shown(field)}") for field in extra]
    present = [field for field in fields if field in value]
    members = {f"field {field}": (value[field], fields[field]) for field in present}
    return faults + _under(members, dims, params)


def _under(members: Mapping[str, tuple[Any, Schema]], dims: Bound, params: Params) -> list[Misfit]:
    return [
        fault.under(where)
        for where, (item, schema) in members.items()
        for fault in _misfits(item, schema, dims, params)
    ]
