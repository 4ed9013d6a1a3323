"""A real HTTP peer on loopback that answers whatever it is told to, byte by byte."""

import contextlib
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\n"


def answer(body=b"", *, status="200 OK", length=None, **headers):
    """One whole answer; `length` says another than the body has."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Peer:
    """Sends to each request what `answers` has for its path, else `default`, and closes.

    An answer is bytes, or a list of pieces with a number of seconds to wait between them; the
    last piece is sent over and over when it is `...`.
    """

    url: str
    default: object = field(default_factory=lambda: answer(status="404 Not Found"))
    answers: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def serve(self, line):
        with line:
            line.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head:
                data = line.recv(65536)
                if not data:
                    return
                head += data
            method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
            self.asked.append((method, path, head.decode("latin-1")))
            self.send(line, self.answers.get(path, self.default))

    def send(self, line, pieces):
        last = b""
        for piece in [pieces] if isinstance(pieces, bytes) else pieces:
            if piece is ...:
                while not self.over.is_set():
                    line.sendall(last)
            elif isinstance(piece, bytes):
                last = piece
                line.sendall(piece)
            else:
                self.over.wait(piece)


@contextmanager
def misbehaving():
    listener = socket.create_server(("127.0.0.1", 0))
    peer = Peer(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def one(line):
        with contextlib.suppress(OSError):  # the client had enough
            peer.serve(line)

    def accept():
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield peer
    finally:
        peer.over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
