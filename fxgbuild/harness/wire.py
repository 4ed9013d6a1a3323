"""Frames between judge and code process: a JSON header and blobs, each length-prefixed, no pickle.

Each end reads what the other wrote. A judge must survive anything a code process sends, so every
fault of a frame is a `FrameError`.
"""

import json
import os
import struct
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any

MAX_HEADER = 64 << 20
MAX_FRAME = 4 << 30
_CHUNK = 1 << 20


class FrameError(Exception):
    """What came over the channel is not a frame."""


class ClosedError(Exception):
    """The other end is gone."""


@dataclass(frozen=True, slots=True)
class Frame:
    header: dict[str, Json]
    blobs: tuple[bytes, ...] = ()


def _read_exactly(fd: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            part = os.read(fd, min(_CHUNK, size - len(data)))
        except OSError as error:
            raise ClosedError from error
        if not part:
            raise ClosedError
        data += part
    return bytes(data)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view[:_CHUNK]) :]
        except OSError as error:
            raise ClosedError from error


def send(fd: int, frame: Frame) -> None:
    """Write one frame; `ClosedError` when nobody reads."""
    header = json.dumps({**frame.header, "blobs": [len(blob) for blob in frame.blobs]}).encode()
    _write_all(fd, struct.pack("<I", len(header)) + header)
    for blob in frame.blobs:
        _write_all(fd, blob)


def receive(fd: int) -> Frame:
    """Read one frame; `ClosedError` at the end, `FrameError` when it is not one."""
    (size,) = struct.unpack("<I", _read_exactly(fd, 4))
    if size > MAX_HEADER:
        raise FrameError(f"a header of {size} bytes")
    try:
        header = json.loads(_read_exactly(fd, size))
    except (ValueError, RecursionError):
        raise FrameError("a header that is not JSON") from None
    sizes = header.pop("blobs", None) if isinstance(header, dict) else None
    if not isinstance(sizes, list) or not all(type(n) is int and n >= 0 for n in sizes):
        raise FrameError("a header without the sizes of its blobs")
    if sum(sizes) > MAX_FRAME:
        raise FrameError(f"{sum(sizes)} bytes in one frame")
    return Frame(header, tuple(_read_exactly(fd, n) for n in sizes))
