"""A remote cache's server: a folder over HTTP, for a team's own machine or a CI job.

It trusts nobody: blobs must hash to their names, writers need a token, and what a record is worth
is for its readers to say. Nothing but the two kinds of path is ever touched.
"""

import base64
import contextlib
import errno
import hmac
import http.client
import os
import stat
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import BadRemote
from fxgbuild.files import read_regular, write_atomic
from fxgbuild.remote.names import MAX_BLOB, MAX_RECORD, as_blob, as_record, covers

IDLE_S = 60
UPLOADS = 4  # bodies that are in memory at once
STATUS = {errno.ENOSPC: 507, errno.EDQUOT: 507, errno.EROFS: 507, errno.EACCES: 507}


@dataclass(frozen=True, slots=True)
class Writer:
    """A token, and the namespaces whose records it may write."""

    token: str
    pattern: str = ""

    def is_sent(self, header: str) -> bool:
        """Whether an Authorization header carries the token; takes equally long for all."""
        kind, _, value = header.partition(" ")
        if kind == "Basic":
            try:
                value = base64.b64decode(value, validate=True).decode()
            except ValueError:
                value = ""
        return hmac.compare_digest(value.encode(), self.token.encode())


@dataclass(frozen=True, slots=True)
class Serving:
    """What one server serves, and to whom; `writers` is None where writing needs no token."""

    folder: Path
    writers: tuple[Writer, ...] | None = None
    read_only: bool = False
    max_blob: int = MAX_BLOB

    def place(self, path: str) -> tuple[Path, int] | None:
        """Where a path's bytes lie, and how many there may be; None for any other path."""
        digest = as_blob(path)
        if digest is not None:
            return self.folder / "cas" / digest.hex[:2] / digest.hex, self.max_blob
        named = as_record(path)
        if named is None:
            return None
        namespace, action, key = named
        return self.folder / "ac" / namespace / action / key.hex, MAX_RECORD

    def may_write(self, path: str, header: str) -> bool:
        if self.writers is None:
            return True
        named = as_record(path)
        return any(
            writer.is_sent(header) and (named is None or covers(writer.pattern, named[0]))
            for writer in self.writers
        )


def read_writers(path: Path) -> tuple[Writer, ...]:
    """Tokens from a file, one a line, each with an optional namespace pattern; raises BadRemote."""
    try:
        mode = path.stat().st_mode
        lines = read_regular(path).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRemote("the token file cannot be read", facts={"cause": str(error)}) from None
    if stat.S_IMODE(mode) & 0o077:
        raise BadRemote("others can read the token file", hint=f"`chmod 600 {path}`")
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    if not words or any(len(line) > 2 for line in words):
        raise BadRemote(
            "the token file holds no tokens", hint="a token a line, then a namespace or nothing"
        )
    return tuple(Writer(*line) for line in words)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "fxgbuild"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True
    server: "Server"

    def do_GET(self) -> None:
        self._send_file(body=True)

    def do_HEAD(self) -> None:
        self._send_file(body=False)

    def _send_file(self, *, body: bool) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body that nobody reads would be the next request
        place = self.server.serving.place(self.path)
        if place is None:
            self._answer(http.client.NOT_FOUND)
            return
        try:
            data = read_regular(place[0], place[1])
        except OSError:
            self._answer(http.client.NOT_FOUND)
            return
        self._answer(http.client.OK, data, body=body)

    def do_PUT(self) -> None:
        serving = self.server.serving
        place = serving.place(self.path)
        length = self.headers.get("Content-Length", "")
        status = 0
        if place is None:
            status = http.client.NOT_FOUND
        elif serving.read_only:
            status = http.client.METHOD_NOT_ALLOWED
        elif not serving.may_write(self.path, self.headers.get("Authorization", "")):
            status = http.client.UNAUTHORIZED
        elif "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdecimal()):
            status = http.client.LENGTH_REQUIRED
        elif int(length[:20]) > place[1]:
            status = http.client.REQUEST_ENTITY_TOO_LARGE
        if place is None or status:
            self.close_connection = True  # the body was not read
            self._answer(status)
            return
        with self.server.uploads:
            self._store(place[0], int(length))

    def _store(self, path: Path, length: int) -> None:
        data = self.rfile.read(length)
        digest = as_blob(self.path)
        if len(data) != length:
            self.close_connection = True  # whoever sent it went away
            return
        if digest is not None and digest_bytes(data) != digest:
            self._answer(http.client.BAD_REQUEST)
            return
        try:
            write_atomic(path, data)
        except OSError as error:
            self._answer(STATUS.get(error.errno or 0, http.client.INTERNAL_SERVER_ERROR))
            return
        self._answer(http.client.CREATED)

    def _answer(self, status: int, data: bytes = b"", *, body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Keep quiet: what clients ask is theirs."""


class Server(ThreadingHTTPServer):
    """A server of one folder; `url` says where."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, serving: Serving) -> None:
        super().__init__((host, port), Handler)
        self.serving = serving
        self.uploads = threading.BoundedSemaphore(UPLOADS)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


def open_server(host: str, port: int, serving: Serving) -> Server:
    """Listen; raises BadRemote."""
    try:
        serving.folder.mkdir(parents=True, exist_ok=True)
        if not serving.read_only and not os.access(serving.folder, os.W_OK):
            raise PermissionError(errno.EACCES, f"{serving.folder} cannot be written")
        return Server(host, port, serving)
    except OSError as error:
        raise BadRemote(
            "the cache cannot be served",
            facts={"folder": str(serving.folder), "at": f"{host}:{port}", "cause": str(error)},
            hint="`--port 0` takes a free port; `--read-only` needs no right to write",
        ) from None


def serve(server: Server) -> None:
    """Answer until interrupted."""
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
