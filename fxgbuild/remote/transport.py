"""One HTTP server, asked with deadlines: the only place that speaks to a remote cache.

`http.client` follows no redirect, decompresses nothing and knows no proxy variable, and it stays
so: what the settings say is the whole truth about where bytes come from. Every read passes
through `PacedReader`, so that a server that trickles is as bounded as one that hangs.
"""

import base64
import contextlib
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fxgbuild.errors import BadRemote
from fxgbuild.problem import foreign

TOKEN = "FXG_REMOTE_TOKEN"  # noqa: S105 - the variable's name
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_CHATTER = 64 * 1024  # what is read of an answer that nobody needs, to keep the connection
MAX_ADDRESSES = 3


class Unreachable(Exception):
    """No usable answer; `again` when asking once more could help."""

    def __init__(self, cause: str, *, again: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.again = again


class Refused(Exception):
    """An answer that is not taken, whatever it holds."""

    def __init__(self, reason: str, fact: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.fact = fact


@dataclass(frozen=True, slots=True)
class Limits:
    connect_s: float
    total_s: float
    min_bytes_per_s: int


class Answer(NamedTuple):
    status: int
    body: bytes


@dataclass(slots=True)
class Pace:
    """How long one request may still take, and whether what comes is fast enough."""

    limits: Limits
    start: float = field(default_factory=time.monotonic)
    received: int = 0

    def left(self) -> float:
        """Seconds that the next read may wait; raises Unreachable when there are none."""
        left = self.start + self.limits.total_s - time.monotonic()
        if left <= 0:
            raise Unreachable(f"no whole answer within {self.limits.total_s:g} s")
        return min(left, self.limits.connect_s)

    def got(self, count: int) -> None:
        self.received += count
        elapsed = time.monotonic() - self.start - self.limits.connect_s
        if self.received < elapsed * self.limits.min_bytes_per_s:
            raise Unreachable(f"slower than {self.limits.min_bytes_per_s} bytes a second")


class PacedReader(io.RawIOBase):
    """A socket's bytes, under the pace of the request that waits for them."""

    def __init__(self, line: socket.socket, pace: Pace) -> None:
        super().__init__()
        self._line = line
        self._raw = line.makefile("rb", buffering=0)  # keeps a line open that http.client closed
        self._pace = pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(self._pace.left())
        count = self._raw.readinto(buffer) or 0
        self._pace.got(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class PacedLine:
    """What http.client needs of a socket."""

    def __init__(self, line: socket.socket, limits: Limits) -> None:
        self._line = line
        self.pace = Pace(limits)

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(self.pace.limits.total_s)  # for the whole of it
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(PacedReader(self._line, self.pace))

    def close(self) -> None:
        self._line.close()


@dataclass(slots=True)
class Transport:
    """Requests to one server, one after another, over one connection while it is good."""

    url: str
    limits: Limits
    token: str = field(default="", repr=False)
    _kept: tuple[http.client.HTTPConnection, PacedLine] | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if self.token and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise BadRemote(
                "a token would be sent over an open line",
                facts={"url": self.url, "token from": TOKEN},
                hint="use an https address, or unset the variable",
            )

    def get(self, path: str, limit: int) -> bytes | None:
        """The bytes under a path, at most `limit`; None where there are none."""
        answer = self._ask("GET", path, limit=limit)
        return answer.body if answer.status == http.client.OK else None

    def has(self, path: str) -> bool:
        return self._ask("HEAD", path).status == http.client.OK

    def put(self, path: str, data: bytes) -> bool:
        answer = self._ask("PUT", path, data)
        if answer.status not in (200, 201, 204):
            raise Unreachable(f"the server answered {answer.status} to an upload")
        return True

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept[0].close()
            kept[1].close()

    def _ask(self, method: str, path: str, body: bytes | None = None, *, limit: int = 0) -> Answer:
        """One request at a time; raises Unreachable or Refused, and then keeps no connection."""
        with self._turn:
            return self._take_turn(method, path, body, limit)

    def _take_turn(self, method: str, path: str, body: bytes | None, limit: int) -> Answer:
        reused = self._kept is not None
        try:
            return self._exchange(method, path, body, limit)
        except ConnectionError as error:  # a kept connection may have been closed meanwhile
            self.close()
            if not reused:
                raise Unreachable(_shown(error), again=True) from None
        except TimeoutError:
            self.close()
            raise Unreachable(f"nothing came for {self.limits.connect_s:g} s") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unreachable(_shown(error), again=True) from None
        except BaseException:
            self.close()
            raise
        return self._take_turn(method, path, body, limit)

    def _exchange(self, method: str, path: str, body: bytes | None, limit: int) -> Answer:
        connection, line = self._connection()
        base = urlsplit(self.url).path.rstrip("/")
        headers = {"Accept-Encoding": "identity", **authorisation(self.token)}
        connection.request(method, base + path, body, headers)
        line.pace = Pace(self.limits)  # the answer's, however long the upload took
        response = connection.getresponse()
        check_status(response.status)
        if method != "GET" or response.status != http.client.OK:
            data = response.read(MAX_CHATTER + 1)
            if len(data) > MAX_CHATTER:
                self.close()
            return Answer(response.status, b"")
        return Answer(response.status, read_body(response, limit))

    def _connection(self) -> tuple[http.client.HTTPConnection, PacedLine]:
        if self._kept is not None and self._kept[0].sock is self._kept[1]:
            return self._kept
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        connection = http.client.HTTPConnection(host, port)
        if parts.port is None:
            connection.default_port = port  # so that `Host` has none either
        line = PacedLine(self._connect(host, port, secure=parts.scheme == "https"), self.limits)
        connection.sock = line
        connection.auto_open = 0  # a line of another kind is never opened in its place
        self._kept = connection, line
        return self._kept

    def _connect(self, host: str, port: int, *, secure: bool) -> socket.socket:
        line = self._open(resolve(host, port, self.limits.connect_s))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not secure:
            return line
        try:
            return ssl.create_default_context().wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            raise

    def _open(self, addresses: list[tuple[str, int]]) -> socket.socket:
        """A line to the first address that takes one; raises OSError of the last."""
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                return socket.create_connection(address, timeout=self.limits.connect_s)
        return socket.create_connection(addresses[-1], timeout=self.limits.connect_s)


def resolve(host: str, port: int, wait_s: float) -> list[tuple[str, int]]:
    """A host's first addresses; the system's resolver knows no deadline, so a thread asks it."""
    found: queue.Queue[Any] = queue.Queue()

    def ask() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=wait_s)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise Unreachable(f"no address for {host}: {_shown(answer)}", again=True)
    return [(str(found[4][0]), int(found[4][1])) for found in answer[:MAX_ADDRESSES]]


def check_status(status: int) -> None:
    """Take 200 and what says that there is nothing; raises Refused or Unreachable for the rest."""
    if 300 <= status < 400:
        raise Refused("redirect", str(status))
    if status in (401, 403):
        raise Unreachable(f"the server answered {status}: it wants another {TOKEN}")
    if status == http.client.TOO_MANY_REQUESTS or status >= 500:
        raise Unreachable(f"the server answered {status}", again=True)


def read_body(response: http.client.HTTPResponse, limit: int) -> bytes:
    """At most `limit` bytes, as they were sent; raises Refused."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise Refused("encoded", foreign(encoding))
    declared = response.length
    if declared is not None and declared > limit:
        raise Refused("too large", f"{declared} bytes")
    parts, size = [], 0
    while size <= limit:
        part = response.read(min(limit + 1 - size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size += len(part)
    if size > limit:
        raise Refused("too large", f"over {limit} bytes")
    if declared is not None and size != declared:
        raise Refused("length", f"{size} of {declared} bytes")
    return b"".join(parts)


def authorisation(token: str) -> dict[str, str]:
    """`user:password` is basic authentication, anything else a bearer token."""
    if not token:
        return {}
    if not token.isascii() or not token.isprintable():
        raise BadRemote("the remote cache's token holds characters that no header may have")
    if ":" in token:
        return {"Authorization": "Basic " + base64.b64encode(token.encode()).decode()}
    return {"Authorization": f"Bearer {token}"}


def _shown(error: BaseException) -> str:
    return foreign(str(error) or type(error).__name__)
