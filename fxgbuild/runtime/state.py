"""Fitted states as bytes: an uncompressed zip of .npy files and one state.json; never a pickle.

Names are sorted and dates fixed. Reading takes the canonical form only.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from . import document
from .fault import Misfit, at
from .schema import Schema, kind
from .stored import zip_bytes

_SCALARS = "state.json"


def encode(value: Any, schema: Schema) -> bytes:
    """Write a state, or say which field is not of its schema."""
    fields: Mapping[str, Schema] = schema["state"]
    if not isinstance(value, Mapping) or set(value) != set(fields):
        found = sorted(map(str, value)) if isinstance(value, Mapping) else type(value).__name__
        raise Misfit(f"expected a state of {sorted(fields)}, found {found}")
    entries: dict[str, bytes] = {}
    scalars: dict[str, Any] = {}
    for name in sorted(fields):
        step, field = f"field {name}", fields[name]
        if kind(field) == "array":
            entries[f"{name}.npy"] = at(step, _array_bytes, value[name], field)
        else:
            scalars[name] = at(step, document.to_json, value[name], field, _no_embedding)
    entries[_SCALARS] = document.dumps(scalars)
    return zip_bytes(entries)


def decode(data: bytes, schema: Schema) -> dict[str, Any]:
    """Read a state; every entry must be expected, stored and within the file."""
    fields: Mapping[str, Schema] = schema["state"]
    arrays = {name for name in fields if kind(fields[name]) == "array"}
    entries = _entries(data, {_SCALARS, *(f"{name}.npy" for name in arrays)})
    scalars = document.loads(entries[_SCALARS])
    if not isinstance(scalars, dict) or set(scalars) != set(fields) - arrays:
        raise ValueError(f"{_SCALARS} does not hold exactly the state's scalars")
    value: dict[str, Any] = {}
    for name in fields:
        step, field = f"field {name}", fields[name]
        if name in arrays:
            value[name] = at(step, _array_value, entries[f"{name}.npy"], field)
        else:
            value[name] = at(step, document.from_json, scalars[name], field, _no_embedding)
    if encode(value, schema) != data:
        raise ValueError("not the canonical form of a state")
    return value


def _entries(data: bytes, expected: set[str]) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if sorted(names) != sorted(expected):
                raise ValueError(f"expected the entries {sorted(expected)}, found {sorted(names)}")
            if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
                raise ValueError("a state is never compressed")
            if sum(info.file_size for info in infos) > len(data):
                raise ValueError("the entries claim more bytes than the file has")
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ValueError(f"not a state: {error}") from None


def _array_bytes(value: Any, schema: Schema) -> bytes:
    from . import npy  # noqa: PLC0415  (numpy only where there are arrays)

    return b"".join(npy.parts(value, schema["array"]["dtype"]))


def _array_value(data: bytes, schema: Schema) -> Any:
    from . import npy  # noqa: PLC0415

    return npy.decode(data, schema["array"]["dtype"])


def _no_embedding(_value: Any, schema: Schema) -> Any:
    raise ValueError(f"a state holds arrays and scalars, not {kind(schema)}")
