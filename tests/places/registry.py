"""Debian's docker-registry on loopback, and a proxy before it that misbehaves as it is told.

For every suite that needs a registry: `docker_registry()` and `faulty(registry)` are context
managers, the fixtures of the same names are in conftest.py.
"""

import base64
import contextlib
import hashlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROGRAM = shutil.which("docker-registry")
MISSING = "Debian's docker-registry is not installed: apt-get install docker-registry"
INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass
class DockerRegistry:
    """A running registry; its files lie under `storage`, for tests to damage."""

    host: str
    storage: Path
    process: subprocess.Popen

    def place(self, repository="fxg/app"):
        return f"oci://{self.host}/{repository}"

    def blob_path(self, digest):
        """The file that holds a blob or manifest, by its digest in hex."""
        hexed = str(digest).removeprefix("sha256:")
        blobs = self.storage / "docker/registry/v2/blobs/sha256"
        return blobs / hexed[:2] / hexed / "data"


@contextmanager
def docker_registry(folder):
    """Start a registry that keeps its content in a folder; ends it at the end."""
    port = free_port()
    config = folder / "registry.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage:\n  filesystem: {{rootdirectory: {folder / 'storage'}}}\n"
        f"http:\n  addr: 127.0.0.1:{port}\n"
    )
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "serve", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        await_answer(port, process)
        yield DockerRegistry(f"127.0.0.1:{port}", folder / "storage", process)
    finally:
        process.terminate()
        process.wait(10)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def await_answer(port, process):
    for _ in range(200):
        assert process.poll() is None, "the registry ended"
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise AssertionError("the registry does not answer")


@dataclass
class Fault:
    """What happens to requests of a method and path (patterns)."""

    kind: str
    method: str = ""
    path: str = ""
    times: int = 1 << 30  # for so many of them
    skip: int = 0  # and the first ones not

    def takes(self, method, path):
        if not (re.fullmatch(self.method or ".*", method) and re.search(self.path, path)):
            return False
        self.skip -= 1
        if self.skip >= 0 or self.times <= 0:
            return False
        self.times -= 1
        return True


@dataclass
class FaultyProxy:
    """Passes everything on to a registry, but for the faults, and for what it adds.

    `referrers`: has the referrers API (which docker-registry 2.8 lacks).
    `login`: wants a token (`bearer`) or a password (`basic`) of `user:secret`.
    """

    upstream: str
    host: str = ""
    referrers: bool = False
    login: str = ""
    user: str = "ana:secret"
    realm: str = ""  # where tokens are had; else here
    faults: list = field(default_factory=list)
    asked: list = field(default_factory=list)  # (method, path)
    over: threading.Event = field(default_factory=threading.Event)
    _known: dict = field(default_factory=dict)  # (repository, subject) to descriptors

    def place(self, repository="fxg/app"):
        return f"oci://{self.host}/{repository}"

    def break_(self, kind, method="", path="", **more):
        """Add a fault: a status, or what `Handler` has a method for.

        `path` is searched for: `/blobs/`, `/manifests/`, a digest's hex.
        """
        self.faults.append(Fault(kind, method, path, **more))

    def heal(self):
        self.faults.clear()

    def fault(self, method, path):
        return next((f.kind for f in self.faults if f.takes(method, path)), None)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyProxy

    def log_message(self, *_):
        pass

    def answer(self):
        proxy = self.proxy
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        proxy.asked.append((self.command, self.path))
        if self.path.startswith("/token"):
            return self.token()
        if proxy.login and not self.is_logged_in():
            return self.challenge()
        kind = proxy.fault(self.command, self.path)
        if kind and kind.isdecimal():
            return self.send(int(kind), b'{"errors":[{"code":"UNKNOWN","message":"no"}]}')
        if kind:
            return self.fail(kind, body)
        if proxy.referrers and (found := re.match(r"/v2/(.+)/referrers/([^?]+)", self.path)):
            return self.send(200, self.listed(found[1], found[2]), {"Content-Type": INDEX})
        return self.pass_on(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

    def send(self, status, body, headers=None):
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def ask(self, body):
        line = http.client.HTTPConnection(self.proxy.upstream, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k != "Authorization"}
        line.request(self.command, self.path, body, headers)
        found = line.getresponse()
        data = found.read()
        line.close()
        dropped = ("transfer-encoding", "connection")
        kept = {k: v for k, v in found.getheaders() if k.lower() not in dropped}
        return found.status, kept, data

    def pass_on(self, body):
        status, headers, data = self.ask(body)
        if self.proxy.referrers and self.command == "PUT" and status == 201:
            headers |= self.noted(body)
        self.send(status, data, headers)

    def fail(self, kind, body):
        self.close_connection = True
        getattr(self, f"fail_{kind}")(body)

    def fail_reset(self, _body):
        self.connection.shutdown(socket.SHUT_RDWR)

    def fail_hang(self, _body):
        self.proxy.over.wait(60)

    def fail_redirect(self, _body):
        self.send(307, b"", {"Location": f"http://{self.proxy.host}/elsewhere{self.path}"})

    def fail_garbage(self, _body):
        self.send(200, b"<html>no registry\x00</html>", {"Content-Type": "text/html"})

    def fail_endless(self, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not self.proxy.over.is_set():
            self.wfile.write(b"x" * 65536)

    def fail_slow(self, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not self.proxy.over.wait(0.05):
            self.wfile.write(b"x")

    def fail_slow_head(self, _body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.proxy.over.wait(0.05):
            self.wfile.write(b"x")

    def fail_corrupt(self, body):
        """What was asked for, with its last bit turned."""
        status, headers, data = self.ask(body)
        self.send(status, data and data[:-1] + bytes([data[-1] ^ 1]), headers)

    def fail_other(self, body):
        """Something that is as good, and not what was asked for."""
        status, headers, data = self.ask(body)
        self.send(status, data.replace(b"octet", b"OCTET"), headers)

    def fail_truncate(self, body):
        status, headers, data = self.ask(body)
        self.send(status, data[:-1], headers | {"Content-Length": str(len(data) - 1)})

    # The referrers API

    def noted(self, body):
        """Remember what a manifest is about, and answer as a registry with the API does."""
        found = re.match(r"/v2/(.+)/manifests/", self.path)
        manifest = json.loads(body) if found else {}
        if "subject" not in manifest:
            return {}
        subject = manifest["subject"]["digest"]
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        self.proxy._known.setdefault((found[1], subject), {})[digest] = {
            "mediaType": manifest["mediaType"],
            "digest": digest,
            "size": len(body),
            "artifactType": manifest.get("artifactType", ""),
            "annotations": manifest.get("annotations", {}),
        }
        return {"OCI-Subject": subject}

    def listed(self, repository, digest):
        known = self.proxy._known.get((repository, urllib.parse.unquote(digest)), {})
        found = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(known.values())}
        return json.dumps(found).encode()

    # Logins

    def is_logged_in(self):
        given = self.headers.get("Authorization", "")
        if self.proxy.login == "basic":
            return given == "Basic " + encoded(self.proxy.user)
        scope = "push" if self.command in ("PUT", "POST", "PATCH") else "pull"
        return given in {f"Bearer may-{s}" for s in ("pull,push", scope)}

    def challenge(self):
        if self.proxy.login == "basic":
            asked = 'Basic realm="a registry"'
        else:
            scope = "pull,push" if self.command in ("PUT", "POST", "PATCH") else "pull"
            repository = re.match(r"/v2/(.+)/(blobs|manifests|tags|referrers)/", self.path)
            name = repository[1] if repository else ""
            realm = self.proxy.realm or f"http://{self.proxy.host}/token"
            asked = f'Bearer realm="{realm}",service="test",scope="repository:{name}:{scope}"'
        self.send(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {"WWW-Authenticate": asked})

    def token(self):
        if self.headers.get("Authorization") != "Basic " + encoded(self.proxy.user):
            return self.send(401, b"{}")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        scope = query["scope"][0].rpartition(":")[2]
        return self.send(200, json.dumps({"token": f"may-{scope}"}).encode())


def encoded(user):
    return base64.b64encode(user.encode()).decode()


@contextmanager
def faulty(registry, **settings):
    """Start a proxy before a registry."""
    proxy = FaultyProxy(registry.host, **settings)
    handler = type("Handler", (Handler,), {"proxy": proxy})
    server = QuietServer(("127.0.0.1", 0), handler)
    proxy.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.over.set()
        server.shutdown()
        server.server_close()


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that has had enough is what many tests are about."""
