"""The judge's end of a call: `candidate(...)` in a test is a call of the code in its own process.

Every value that comes back is read and checked here against the output ports' schemas, with the
named dimensions bound from the inputs of the very call.
"""

import inspect
import os
from collections.abc import Mapping
from typing import Any, TypeAlias

from fxgbuild.harness import parcel, wire
from fxgbuild.runtime.check import check_ports
from fxgbuild.runtime.schema import Schema

Json: TypeAlias = Any
Ports: TypeAlias = Mapping[str, Schema]

_KINDS = (
    ValueError, TypeError, KeyError, IndexError, LookupError, ZeroDivisionError, OverflowError,
    FloatingPointError, ArithmeticError, NotImplementedError, RecursionError, RuntimeError,
    MemoryError,
)  # fmt: skip
_BY_NAME = {kind.__name__: kind for kind in _KINDS}


class CandidateError(Exception):
    """What the code under test raised; also an instance of the built-in class it raised."""

    def __init__(self, kind: str, message: str, where: tuple[str, ...]) -> None:
        super().__init__(kind, message, where)
        self.kind = kind
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return "\n".join([f"the code raised {self.kind}: {self.message}", *self.where])


class SchemaViolation(AssertionError):
    """A returned value does not fit its port."""


class Unusable(BaseException):
    """The code cannot be called any more. Not an Exception: no test swallows or shrinks it."""

    def __init__(self, message: str, *, died: bool) -> None:
        super().__init__(message)
        self.died = died


def _raised(header: Mapping[str, Json]) -> CandidateError:
    kinds = [str(kind) for kind in header.get("kinds", ())]
    base = next((_BY_NAME[kind] for kind in kinds if kind in _BY_NAME), None)
    arguments = (
        str(header.get("type")),
        str(header.get("message")),
        tuple(str(line) for line in header.get("where", ())),
    )
    if base is None:
        return CandidateError(*arguments)
    made: CandidateError = type(f"Candidate{base.__name__}", (CandidateError, base), {})(*arguments)
    return made


class Link:
    """The channel to the code process; it breaks once and stays broken until it is renewed."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.broken: Unusable | None = None
        self.signature: tuple[tuple[str, str, bool], ...] = ()
        self.last: tuple[Mapping[str, Json], tuple[bytes, ...]] | None = None
        self._loaded = False
        self._number = 0

    @property
    def died(self) -> bool:
        return self.broken is not None and self.broken.died

    def renew(self, fd: int) -> None:
        """Go on with a new code process in place of one that ended."""
        os.close(self.fd)
        self.fd, self.broken, self._loaded = fd, None, False

    def load(self) -> None:
        """Wait until the code is loaded; `Unusable` when it cannot be."""
        if self.broken is not None:
            raise self.broken.with_traceback(None)
        if self._loaded:
            return
        header = self._receive().header
        if header.get("op") == "broken":
            self._break(f"the code does not load\n{_raised(header)}", died=False)
        try:
            self.signature = tuple(
                (str(name), str(kind), bool(default)) for name, kind, default in header["params"]
            )
        except (KeyError, TypeError, ValueError):
            self._break("the code wrote on the channel of its judge", died=False)
        self._loaded = True

    def ask(self, header: Mapping[str, Json], blobs: tuple[bytes, ...]) -> wire.Frame:
        """Send one frame and give its answer."""
        self.load()
        self._number += 1
        try:
            wire.send(self.fd, wire.Frame({**header, "id": self._number}, blobs))
        except wire.ClosedError:
            self._break("the code ended the process", died=True)
        answer = self._receive()
        if answer.header.get("id") != self._number:
            self._break("the code wrote on the channel of its judge", died=False)
        return answer

    def _receive(self) -> wire.Frame:
        try:
            return wire.receive(self.fd)
        except wire.ClosedError:
            self._break("the code ended the process", died=True)
        except wire.FrameError:
            self._break("the code wrote on the channel of its judge", died=False)
        raise AssertionError("unreachable")

    def _break(self, message: str, *, died: bool) -> None:
        self.broken = Unusable(message, died=died)
        raise self.broken


class Candidate:
    """The function under test, as tests see it."""

    def __init__(self, link: Link, target: Json) -> None:
        self._link = link
        self._inputs: Ports = target["inputs"]
        self._outputs: Ports = target["outputs"]
        self._params: Mapping[str, Any] = target["params"]
        self.violations: list[str] = []

    def __repr__(self) -> str:
        return "candidate"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._link.load()
        arguments = self._bind(args, kwargs)
        blobs: list[bytes] = []
        try:
            trees = {
                name: parcel.pack(value, blobs, self._inputs.get(name))
                for name, value in arguments.items()
            }
        except parcel.UnsendableError as error:
            raise TypeError(f"the test passes {error}") from None
        self._link.last = {"op": "call", "args": trees}, tuple(blobs)
        answer = self._link.ask(*self._link.last)
        return self._read(answer, arguments)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Name the arguments as Python would; defaults stay with the function."""
        signature = inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    inspect._ParameterKind[kind],
                    default=None if default else inspect.Parameter.empty,
                )
                for name, kind, default in self._link.signature
            ]
        )
        try:
            bound = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise _raised({"type": "TypeError", "kinds": ["TypeError"], "message": error}) from None
        spread = [name for name, kind, _ in self._link.signature if kind == "VAR_KEYWORD"]
        for name in spread:
            bound.update(bound.pop(name, {}))
        return dict(bound)

    def _read(self, answer: wire.Frame, arguments: Mapping[str, Any]) -> Any:
        header = answer.header
        if header.get("op") == "raised":
            raise _raised(header)
        if header.get("op") == "unfit":
            text = str(header.get("message"))
            self._violated(text if text.startswith("output port ") else f"the code returned {text}")
        value = self._unpack(header.get("value"), answer.blobs)
        self._check(value, arguments)
        return value

    def _unpack(self, tree: Json, blobs: tuple[bytes, ...]) -> Any:
        try:
            if isinstance(tree, dict) and len(self._outputs) > 1 and "named" in tree:
                return self._unpack_ports(tree, blobs)
            return parcel.unpack(tree, blobs, schema=next(iter(self._outputs.values())))
        except (ValueError, KeyError, TypeError) as error:
            self._violated(f"the code returned what cannot be read: {error}")

    def _unpack_ports(self, tree: dict[str, Json], blobs: tuple[bytes, ...]) -> Any:
        shell = {**tree, "items": [{"is": None} for _ in tree["fields"]]}
        empty = parcel.unpack(shell, ())
        read = {
            name: parcel.unpack(item, blobs, schema=self._outputs.get(name))
            for name, item in zip(tree["fields"], tree["items"], strict=True)
        }
        return empty._replace(**read)

    def _check(self, value: Any, arguments: Mapping[str, Any]) -> None:
        dims: dict[str, int] = {}
        params = {**self._params, **{k: v for k, v in arguments.items() if k in self._params}}
        given = {port: arguments[port] for port in self._inputs if port in arguments}
        fits = not check_ports(given, {p: self._inputs[p] for p in given}, dims, params)
        if not fits:
            dims.clear()
        outputs = self._outputs if fits else {p: _shape_only(s) for p, s in self._outputs.items()}
        values = self._by_port(value)
        for port, faults in check_ports(values, outputs, dims, params).items():
            self._violated(f"output port {port}: {'; '.join(faults)}")

    def _by_port(self, value: Any) -> dict[str, Any]:
        if len(self._outputs) == 1:
            return dict.fromkeys(self._outputs, value)
        found = value._asdict() if hasattr(value, "_asdict") else {}
        if set(found) != set(self._outputs):
            names = ", ".join(self._outputs)
            got = ", ".join(found) if found else type(value).__name__
            self._violated(f"expected a NamedTuple of {names}; the code returned {got}")
        return found

    def _violated(self, message: str) -> None:
        self.violations.append(message)
        raise SchemaViolation(message)


def _shape_only(schema: Schema) -> Schema:
    """A call outside the input ports' contract: of the outputs only kind and axes are promised."""
    if "array" not in schema:
        return schema
    spec = {key: value for key, value in schema["array"].items() if key != "range"}
    return {"array": {**spec, "nan": True}}
