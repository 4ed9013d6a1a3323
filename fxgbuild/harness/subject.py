"""The code process: confines itself, loads one target's code, answers calls until its judge leaves.

Nothing here is believed by anybody. All it holds is one socket to its judge and a pipe for what the
code prints; the code may take over this process and still reach no verdict.
"""

import contextlib
import importlib.util
import inspect
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import parcel, wire
from fxgbuild.harness.confine import Walls, confine_code
from fxgbuild.harness.zygote import arrange
from fxgbuild.runtime import codec

Json: TypeAlias = Any
Function: TypeAlias = Callable[..., Any]

CHANNEL = 3
_MAX_TEXT = 2000
_MAX_FRAMES = 8


def run_code(walls: Walls, spec: Json, fds: tuple[int, ...]) -> None:
    """The whole life of a code process."""
    channel, printed, *terminal = fds
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    arrange([channel, *terminal])
    if terminal:
        import fxgbuild.harness.debugger  # noqa: F401, PLC0415  (before the code's names can be met)
    _settle(spec["tmp"])
    confine_code(walls, spec["code"], spec["tmp"], spec["limits"])
    with contextlib.suppress(wire.ClosedError, wire.FrameError):
        _serve(spec)
    _flush()


def _settle(tmp: str) -> None:
    os.chdir(tmp)
    os.environ.update(HOME=tmp, TMPDIR=tmp)
    tempfile.tempdir = None
    sys.argv = ["code"]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _serve(spec: Json) -> None:
    code = Path(spec["code"])
    sys.path.insert(0, spec["code"])
    try:
        functions = {
            name: load(code, module, function)
            for name, (module, function) in spec["functions"].items()
        }
        signature = _signature(next(iter(functions.values()))) if len(functions) == 1 else []
    except BaseException as error:  # noqa: BLE001  (whatever the code raises, it is a finding)
        wire.send(
            CHANNEL, wire.Frame({"op": "broken", **describe(error, code, spec.get("authors"))})
        )
        return
    wire.send(CHANNEL, wire.Frame({"op": "loaded", "params": signature}))
    answer = _Answer(spec, functions, code)
    while True:
        frame = wire.receive(CHANNEL)
        reply = answer.to(frame)
        _flush()
        wire.send(CHANNEL, reply)


def load(code: Path, module: str, function: str) -> Function:
    """Import one file of the code by its place, whatever other module has its name."""
    name = module if module not in sys.modules else f"fxg_{module}"
    found = importlib.util.spec_from_file_location(name, code / f"{module}.py")
    if found is None or found.loader is None:
        raise ImportError(f"there is no {module}.py")
    loaded = importlib.util.module_from_spec(found)
    sys.modules[name] = loaded
    found.loader.exec_module(loaded)
    target = getattr(loaded, function, None)
    if not callable(target):
        raise AttributeError(f"the module {module} defines no function {function}")
    return target  # type: ignore[no-any-return]


def _signature(function: Function) -> list[list[Json]]:
    parameters = inspect.signature(function).parameters.values()
    return [[p.name, p.kind.name, p.default is not p.empty] for p in parameters]


def describe(
    error: BaseException, code: Path, authors: Mapping[str, str] | None = None
) -> dict[str, Json]:
    """Say what was raised, and where in the code, as plain data; `authors` names people's files."""
    where = [
        _where(frame, Path(frame.filename).relative_to(code).as_posix(), authors or {})
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(code)
    ]
    if isinstance(error, SyntaxError) and error.lineno:
        where.append(f"{Path(error.filename or '?').stem} line {error.lineno}")
    try:
        message = (error.msg if isinstance(error, SyntaxError) else str(error))[:_MAX_TEXT]
    except Exception:  # noqa: BLE001  (the text of an error is code under test, too)
        message = "(the error has no text)"
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {
        "type": type(error).__name__,
        "kinds": kinds[:20],
        "message": message,
        "where": where[-_MAX_FRAMES:],
    }


def _where(frame: traceback.FrameSummary, name: str, authors: Mapping[str, str]) -> str:
    if name in authors:
        return f"{authors[name]}:{frame.lineno}:{(frame.colno or 0) + 1}, in {frame.name}"
    return f"{name.removesuffix('.py')} line {frame.lineno}, in {frame.name}"


class _Answer:
    """Answers the judge's frames."""

    def __init__(self, spec: Json, functions: Mapping[str, Function], code: Path) -> None:
        self.spec = spec
        self.functions = functions
        self.code = code

    def to(self, frame: wire.Frame) -> wire.Frame:
        ways = {"run": self.run, "call": self.call, "debug": self.debug}
        return ways[frame.header["op"]](frame)

    def _arguments(self, frame: wire.Frame) -> dict[str, Any]:
        return {
            name: parcel.unpack(
                tree, frame.blobs, schema=self.spec["inputs"].get(name), freeze=True
            )
            for name, tree in frame.header["args"].items()
        }

    def debug(self, frame: wire.Frame) -> wire.Frame:
        """Let a person look at one call."""
        from fxgbuild.harness.debugger import debug  # noqa: PLC0415  (seldom)

        (function,) = self.functions.values()
        with contextlib.suppress(BaseException):  # leaving the debugger raises
            debug(function, lambda: self._arguments(frame), self.code, str(frame.header["told"]))
        return wire.Frame({"op": "debugged", "id": frame.header["id"]})

    def call(self, frame: wire.Frame) -> wire.Frame:
        number = frame.header["id"]
        arguments = self._arguments(frame)
        (function,) = self.functions.values()
        try:
            value = function(**arguments)
        except BaseException as error:  # noqa: BLE001  (SystemExit and all)
            described = describe(error, self.code, self.spec.get("authors"))
            return wire.Frame({"op": "raised", "id": number, **described})
        blobs: list[bytes] = []
        try:
            tree = self._pack_result(value, blobs)
        except Exception as error:  # noqa: BLE001  (a value's own methods are code under test)
            return wire.Frame({"op": "unfit", "id": number, "message": str(error)[:_MAX_TEXT]})
        return wire.Frame({"op": "value", "id": number, "value": tree}, tuple(blobs))

    def _pack_result(self, value: Any, blobs: list[bytes]) -> Json:
        ports = self.spec["outputs"]
        if len(ports) == 1:
            return _pack_port(next(iter(ports)), value, blobs, ports)
        if not (isinstance(value, tuple) and hasattr(value, "_fields")):
            return parcel.pack(value, blobs)
        fields = value._fields
        pairs = zip(fields, value, strict=True)
        items = [_pack_port(name, item, blobs, ports) for name, item in pairs]
        return {"named": type(value).__name__, "fields": list(fields), "items": items}

    def run(self, frame: wire.Frame) -> wire.Frame:
        """Run the whole graph once; every port that can be written goes back as canonical bytes."""
        from fxgbuild.runtime import scheduler  # noqa: PLC0415  (only a run needs it)

        link = self.spec["link"]
        values: dict[str, Any] = {}
        inputs = {
            port: codec.decode(frame.blobs[index], link["inputs"][port])
            for port, index in frame.header["inputs"].items()
        }

        def observe(event: str, subject: str, detail: object) -> None:
            if event == "value":
                values[subject] = detail

        failed: Json = None
        tasks: Json = []
        try:
            result = scheduler.run_graph(
                link,
                dict(self.functions),
                inputs,
                run_params=self.spec.get("run_params") or {},
                jobs=1,
                observe=observe,
            )
            values.update(result.values)
            tasks = list(result.tasks)
        except scheduler.NodeFailed as error:
            failed = {"node": str(error.node), "message": str(error)[:_MAX_TEXT]}
        except BaseException as error:  # noqa: BLE001
            failed = {"node": "", **describe(error, self.code, self.spec.get("authors"))}
        blobs: list[bytes] = []
        header = {"op": "ran", "id": frame.header["id"], "failed": failed, "tasks": tasks}
        header |= _encode_ports(link, values, blobs)
        return wire.Frame(header, tuple(blobs))


def _pack_port(name: str, value: Any, blobs: list[bytes], ports: Mapping[str, Any]) -> Json:
    try:
        return parcel.pack(value, blobs, ports.get(name))
    except parcel.UnfitError as unfit:
        raise ValueError(f"output port {name}: {unfit.error}") from None


def _encode_ports(link: Json, values: Mapping[str, Any], blobs: list[bytes]) -> dict[str, Json]:
    written: dict[str, int] = {}
    unfit: dict[str, str] = {}
    for node in link["nodes"]:
        for port, schema in node["outputs"].items():
            name = f"{node['name']}.{port}"
            if name not in values:
                continue
            try:
                blobs.append(codec.encode(values[name], schema))
                written[name] = len(blobs) - 1
            except Exception as error:  # noqa: BLE001  (a value's own methods are code under test)
                unfit[name] = str(error)[:_MAX_TEXT]
    return {"values": written, "unfit": unfit}
