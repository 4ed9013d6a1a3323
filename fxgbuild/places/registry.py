"""One OCI registry, asked through oras: the only file that speaks HTTP to registries.

oras brings the session, the logins of docker's configuration and the token flow. What it lacks is
added here: deadlines, a cap on every body, no redirect of a write, one retry, and no line without
TLS but to this machine. Nothing that comes back is believed here; `repository.py` verifies it.
"""

import inspect
import json
import logging
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from fxgbuild.errors import UsageError
from fxgbuild.oci.reference import is_loopback
from fxgbuild.problem import foreign

try:
    import requests
    from oras.auth.token import TokenAuth
    from oras.provider import Registry as Provider
    from oras.utils import iter_localhosts
    from requests.adapters import HTTPAdapter
except ImportError as error:
    raise UsageError(
        "a channel lies in a registry, and the library that asks registries is missing",
        facts={"missing": str(error.name)},
        hint="`pip install 'fxgbuild[promotion]'`",
    ) from None

WAIT = "FXG_REGISTRY_WAIT_S"  # seconds for an answer, beside what its bytes take
MAX_CHATTER = 1 << 20  # what is taken of an answer whose size nothing says
PIECE = 1 << 16
JITTER_S = (0.1, 0.5)
READS = ("GET", "HEAD")
T = TypeVar("T")
LOGIN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FULL = (HTTPStatus.INSUFFICIENT_STORAGE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

_request = inspect.unwrap(Provider.do_request)  # oras tries five times and sleeps for minutes
logging.getLogger("oras.logger").setLevel(logging.CRITICAL + 1)  # it would print


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a request may take: `total_s`, and a second for so many bytes."""

    connect_s: float = 10
    stall_s: float = 20
    total_s: float = 60
    bytes_per_s: int = 256 * 1024

    def seconds(self, size: int) -> float:
        return self.total_s + size / self.bytes_per_s


def limits(environment: Mapping[str, str]) -> Limits:
    """The limits, as FXG_REGISTRY_WAIT_S has them."""
    said = environment.get(WAIT)
    if not said:
        return Limits()
    try:
        wait = float(said)
    except ValueError:
        wait = 0
    if not 0 < wait <= 3600:
        raise UsageError(f"{WAIT}={said}: expected seconds, up to 3600")
    return Limits(min(wait, 10), min(wait, 20), wait)


class Unanswered(Exception):
    """No usable answer; `again` when asking once more could help."""

    def __init__(self, cause: str, *, again: bool = False, hint: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.again = again
        self.hint = hint


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a registry, and how much it may answer; time is given for what is
    `expected`."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: int = MAX_CHATTER
    expected: int = 0


@dataclass(slots=True)
class Registry:
    """Requests to one host, one after another."""

    host: str
    plain: bool
    limits: Limits
    _client: "Client | None" = field(default=None, repr=False)

    def ask(self, request: Request) -> Answer:
        """One request, and one more where that could help; raises Unanswered.

        The answer has to do with what was asked: 401, 403, 429, 5xx and redirects of writes are
        none.
        """
        try:
            return self._once(request)
        except Unanswered as trouble:
            if not trouble.again:
                raise
        time.sleep(secrets.SystemRandom().uniform(*JITTER_S))
        return self._once(request)

    def _once(self, request: Request) -> Answer:
        # A client that failed, or that a thread still waits on, is not used again.
        client, self._client = self._client, None

        def exchange() -> tuple[Client, Answer]:
            used = client or Client(self.host, self.limits, plain=self.plain)
            return used, used.exchange(request)

        seconds = self.limits.seconds(len(request.body) + request.expected)
        self._client, found = _within(seconds, exchange)
        _check_status(found.status, self.host)
        return found


class Client(Provider):  # type: ignore[misc] # oras has no types
    """oras' client of one host, with the limits that it lacks."""

    def __init__(self, host: str, limits: Limits, *, plain: bool) -> None:
        super().__init__(hostname=host, insecure=plain)
        self.auth = Logins(host, plain=plain)
        self.auth.session = self.session
        self.session.auth = _as_it_is  # else ~/.netrc would replace what the registry asked for
        self.session.trust_env = not plain  # nothing of this machine goes through a proxy
        self.session.max_redirects = 3
        self.session.headers["Accept-Encoding"] = "identity"
        self.lines = Lines(limits, plain=plain)
        self.session.mount("https://", self.lines)
        self.session.mount("http://", self.lines)

    def exchange(self, request: Request) -> Answer:
        self.lines.limit = max(request.limit, MAX_CHATTER)
        url = f"{self.prefix}://{self.hostname}{request.path}"
        headers = dict(request.headers)
        data: Any = Pieces(request.body) if request.body else None
        try:
            found = _request(self, url, request.method, data=data, headers=headers, stream=True)
        except Unanswered:
            raise
        except requests.exceptions.SSLError as error:
            raise Unanswered(f"no line with TLS: {_cause(error)}") from None
        except (requests.exceptions.Timeout, requests.exceptions.ConnectionError) as error:
            raise Unanswered(_cause(error), again=True) from None
        except Exception as error:  # noqa: BLE001 - a hostile answer raises anything in libraries
            raise Unanswered(f"no answer that can be read: {_cause(error)}", again=True) from None
        return Answer(found.status_code, found.headers, found.content)


class Logins(TokenAuth):  # type: ignore[misc] # oras has no types
    """oras' token flow; a password where it is asked for; another token where one did not do."""

    def __init__(self, host: str, *, plain: bool) -> None:
        super().__init__()
        self.prefix = "http" if plain else "https"
        self._tls_verify = True
        self.password = ""
        for path in login_files(os.environ):
            if path.is_file() and self._reads(path, host):
                break

    def _reads(self, path: Path, host: str) -> bool:
        """Has a file a login for this host? Then it is taken; raises Unanswered."""
        try:
            self._auth_config = json.loads(path.read_bytes())
            return any(self._load_auth(name) for name in iter_localhosts(host))
        except Exception as error:  # noqa: BLE001 - oras reads what it expects, or breaks
            raise Unanswered(f"the logins in {path} cannot be read: {_cause(error)}") from None

    def get_auth_header(self) -> dict[str, str]:
        if self.password:
            return {"Authorization": f"Basic {self.password}"}
        found: dict[str, str] = super().get_auth_header()
        return found

    def authenticate_request(
        self, original: Any, headers: dict[str, str], refresh: bool = False
    ) -> tuple[dict[str, str], bool]:
        asked = original.headers.get("Www-Authenticate", "").lower()
        known = getattr(self, "_basic_auth", None)
        tried = original.request.headers.get("Authorization", "")
        if asked.startswith("basic") and known and tried != f"Basic {known}":
            self.token = self.password = known
            return headers | self.get_auth_header(), True
        if not asked.startswith("bearer") or refresh:
            raise _login(original.status_code, urlsplit(original.url).netloc)
        self.token = None  # what was sent was not enough: for another repository, expired
        found, changed = super().authenticate_request(original, headers)
        if not changed:
            raise _login(original.status_code, urlsplit(original.url).netloc)
        return found, True


class Lines(HTTPAdapter):
    """Every exchange of a session, logins and redirects too: how long, how much, and where to."""

    def __init__(self, limits: Limits, *, plain: bool) -> None:
        super().__init__(max_retries=0)
        self.limits = limits
        self.plain = plain
        self.limit = MAX_CHATTER

    def send(self, request: Any, *_: Any, **more: Any) -> requests.Response:
        parts = urlsplit(request.url)
        if parts.scheme != "https" and not (self.plain and is_loopback(parts.netloc)):
            raise Unanswered(f"it leads to {parts.scheme}://{parts.netloc}, without TLS")
        more |= {"stream": True, "timeout": (self.limits.connect_s, self.limits.stall_s)}
        found = super().send(request, **more)
        try:
            if found.is_redirect and request.method not in READS:
                raise Unanswered("it redirects a write, which is not followed")
            encoding = found.headers.get("Content-Encoding", "identity")
            if encoding != "identity":
                raise Unanswered(f"it encodes what was asked for as it is: {encoding}")
            found._content = _body(found, self.limit)  # read here, so that no reader has no cap
            found._content_consumed = True  # type: ignore[attr-defined] # not in its stubs
        finally:
            found.raw.close()
        return found


class Pieces:
    """A body that can be sent again, in pieces, so that a slow line is judged by each of them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._data), PIECE):
            yield self._data[start : start + PIECE]


def _body(found: requests.Response, limit: int) -> bytes:
    """At most `limit` bytes, as they were sent."""
    parts: list[bytes] = []
    size = 0
    while size <= limit:
        part = found.raw.read(PIECE, decode_content=False)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    raise Unanswered(f"its answer is larger than {limit} bytes")


def _within(seconds: float, exchange: Callable[[], T]) -> T:
    """Its result within some seconds, whatever it waits for: names, lines, headers, bytes.

    Sockets know a deadline only for each read, so a thread waits, and is left alone when it is
    over.
    """
    found: queue.Queue[T | BaseException] = queue.Queue()

    def run() -> None:
        try:
            found.put(exchange())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            found.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise Unanswered(f"no whole answer within {seconds:g} s") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _check_status(status: int, host: str) -> None:
    if status in LOGIN:
        raise _login(status, host)
    if status in FULL:
        raise Unanswered(f"it is full, or takes nothing so large (it answered {status})")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unanswered(f"it answered {status}", again=True)


def _login(status: int, host: str) -> Unanswered:
    return Unanswered(
        f"it answered {status}: it wants a login, or other rights",
        hint=f"`docker login {host}` or `skopeo login {host}` keeps a login that is used here",
    )


def login_files(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where docker, podman and skopeo keep logins; the first that has one for a host is taken."""
    named = environment.get("REGISTRY_AUTH_FILE")
    docker, runtime = environment.get("DOCKER_CONFIG"), environment.get("XDG_RUNTIME_DIR")
    if named:
        yield Path(named)
    if runtime:
        yield Path(runtime) / "containers" / "auth.json"
    yield Path(docker) / "config.json" if docker else Path("~/.docker/config.json").expanduser()


def _as_it_is(request: Any) -> Any:
    return request


def _cause(error: BaseException) -> str:
    """What the system said, where libraries wrapped that; else the error's own words."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        inner = inner.__cause__ or inner.__context__
    return foreign(str(error) or type(error).__name__)
