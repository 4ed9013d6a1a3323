"""What a remote record says, and why one is not believed. Pure: values in, reasons out."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from fxgbuild.digest import Digest, Json, canonical_json
from fxgbuild.remote.names import MAX_BLOB
from fxgbuild.signing.envelope import Distrust

LEVELS = ("C", "B", "A")  # weakest first

Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, le=MAX_BLOB)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Output(Part):
    sha256: Hex
    size: Size


class Body(Part):
    """The signed part of a record."""

    format: Literal[1]
    namespace: str
    action: str
    key: Hex
    preimage: Output
    outputs: dict[str, Output]
    passed: bool
    tools: dict[str, str]
    sandbox: Literal["A", "B", "C"]
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    signer: str


class Wanted(NamedTuple):
    """What was asked for, under which policy, and who turned out to have signed."""

    namespace: str
    action: str
    key: Digest
    minimum: str
    signer: str


def is_enough(level: str, minimum: str) -> bool:
    return LEVELS.index(level) >= LEVELS.index(minimum)


# A record is believed when all of these hold; the first that does not is the reason.
CHECKS: tuple[tuple[str, Callable[[Body, Wanted], bool]], ...] = (
    ("signer", lambda body, wanted: body.signer == wanted.signer),
    ("namespace", lambda body, wanted: body.namespace == wanted.namespace),
    ("action", lambda body, wanted: body.action == wanted.action),
    ("key", lambda body, wanted: body.key == body.preimage.sha256 == wanted.key.hex),
    ("not passed", lambda body, wanted: body.passed),
    ("sandbox", lambda body, wanted: is_enough(body.sandbox, wanted.minimum)),
)


def read_body(payload: bytes, wanted: Wanted) -> Json:
    """The body of a record that answers what was asked; raises Distrust."""
    try:
        value = json.loads(payload)
        body = Body.model_validate(value)
        plain = canonical_json(value) == payload
    except (ValidationError, ValueError, TypeError, RecursionError):
        raise Distrust("garbage", wanted.signer) from None
    if not plain:
        raise Distrust("garbage", wanted.signer)
    for reason, holds in CHECKS:
        if not holds(body, wanted):
            raise Distrust(reason, wanted.signer)
    return value


def make_body(wanted: Wanted, record: Json, sizes: Mapping[Digest, int]) -> Json:
    """The body of a local passing record; raises ValueError where no remote should have it."""
    if record["passed"] is not True or record["key"] != wanted.key.hex:
        raise ValueError("only a passing record of this very key is shared")
    body = {
        "format": 1,
        "namespace": wanted.namespace,
        "action": wanted.action,
        "key": wanted.key.hex,
        "preimage": _output(wanted.key.hex, sizes),
        "outputs": {name: _output(hex_, sizes) for name, hex_ in record["outputs"].items()},
        "passed": True,
        "tools": dict(record["tools"] or {}),
        "sandbox": record["sandbox"],
        "date": record["date"],
        "signer": wanted.signer,
    }
    Body.model_validate(body)
    return body


def _output(hex_: str, sizes: Mapping[Digest, int]) -> Json:
    digest = Digest(hex_)
    if digest not in sizes:
        raise ValueError(f"the bytes of {hex_} are not among the blobs")
    return {"sha256": hex_, "size": sizes[digest]}


def outputs_of(body: Json) -> dict[Digest, int]:
    """Every output of a record with its size."""
    return {Digest(item["sha256"]): item["size"] for item in body["outputs"].values()}
