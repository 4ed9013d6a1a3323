"""Reads an Arrow IPC stream that anybody may have made: whole, uncompressed, nothing after it."""

import struct
from typing import Any

import pyarrow as pa

_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_FILE = b"ARROW1\x00\x00"


def read(data: bytes) -> Any:
    """Give the stream's pyarrow.Table; ValueError, in one sentence, for anything else."""
    if data.startswith(_FILE):
        raise ValueError("not a table: an Arrow file, expected an Arrow stream")
    if not data.endswith(_END):
        what = "is truncated or no Arrow stream" if data else "is empty"
        raise ValueError(f"not a table: the file {what}")
    try:
        _refuse_compression(data)
        source = pa.BufferReader(data)
        reader = pa.ipc.open_stream(source)
        if len(set(reader.schema.names)) != len(reader.schema.names):
            raise ValueError("a column name stands twice")
        found = reader.read_all()
        if source.tell() != len(data):
            raise ValueError("the table is followed by other data")
        found.validate(full=True)
    except (pa.ArrowException, OSError, EOFError, struct.error, IndexError) as error:
        raise ValueError(f"not a table: {first_line(error)}") from None
    return found


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _refuse_compression(data: bytes) -> None:
    """Refuse compressed batches before any is read: their size is whatever they claim."""
    source = pa.BufferReader(data)
    while source.tell() < len(data):
        try:
            message = pa.ipc.read_message(source)
        except EOFError:
            return
        if message.type == "dictionary":
            raise ValueError("not a table: dictionary batches are not read")
        if message.type == "record batch" and _is_compressed(bytes(message.metadata)):
            raise ValueError("not a table: compressed batches are not read")


def _is_compressed(metadata: bytes) -> bool:
    """Look up whether the flatbuffer Message.header (a RecordBatch) has its field `compression`."""
    root = struct.unpack_from("<I", metadata, 0)[0]
    header_at = _field(metadata, root, 2)
    header = header_at + struct.unpack_from("<I", metadata, header_at)[0]
    return _field(metadata, header, 3) != 0


def _field(metadata: bytes, table: int, slot: int) -> int:
    vtable = table - struct.unpack_from("<i", metadata, table)[0]
    size = struct.unpack_from("<H", metadata, vtable)[0]
    at = 4 + 2 * slot
    offset = struct.unpack_from("<H", metadata, vtable + at)[0] if at < size else 0
    return table + int(offset) if offset else 0
