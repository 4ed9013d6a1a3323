"""The server knows two kinds of path, takes what hashes to its name, and asks for a token."""

import http.client
import os
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import BadRemote
from fxgbuild.remote.names import ACTIONS, as_blob, as_record, blob_path, covers, record_path
from fxgbuild.remote.server import Writer, open_server, read_writers

from .material import KEY, NAME, WHEEL, path

BLOB = blob_path(NAME)


def ask(server, method, target, body=None, **headers):
    """One request as it stands, without a client that would put its path in order."""
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=5)
    connection.putrequest(method, target, skip_accept_encoding=True)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent.setdefault("Content-Length", str(len(body)))
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


OUTSIDE = (
    "/",
    "/cas/",
    "/cas/../../secret",
    "/cas/%2e%2e/secret",
    f"/cas/../cas/{NAME.hex}",
    f"/cas/{NAME.hex.upper()}",
    f"/cas/{NAME.hex}/",
    f"/cas/{NAME.hex}?x=1",
    f"/cas/{NAME.hex[:-1]}",
    f"/ac/{KEY.hex}",
    f"/ac/emit/{KEY.hex}",
    f"/ac/../emit/{KEY.hex}",
    f"/ac/main/../emit/{KEY.hex}",
    f"/ac/main/.hidden/emit/{KEY.hex}",
    f"/ac/main//emit/{KEY.hex}",
    f"/ac/main/elsewhere/{KEY.hex}",
    f"/ac/a/b/c/d/e/emit/{KEY.hex}",
    f"/ac/MAIN/emit/{KEY.hex}",
    f"/ac/main/emit/{KEY.hex}%00",
    f"http://elsewhere.invalid/cas/{NAME.hex}",
)


@pytest.mark.parametrize("target", OUTSIDE)
def test_no_other_path_is_read_or_written(serving, tmp_path, target):
    (tmp_path / "secret").write_text("secret")
    server = serving()
    assert ask(server, "GET", target) == (404, b"")
    assert ask(server, "PUT", target, WHEEL)[0] == 404
    assert sorted(found.name for found in tmp_path.iterdir()) == ["secret", "served"]
    assert not list((tmp_path / "served").rglob("*"))


def test_a_link_in_the_folder_is_not_followed(honest, tmp_path):
    (tmp_path / "secret").write_text("secret")
    place, _ = honest.serving.place(BLOB)
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "secret")
    assert ask(honest, "GET", BLOB) == (404, b"")


def test_a_blob_must_hash_to_its_name(honest):
    assert ask(honest, "PUT", BLOB, WHEEL[:-1]) == (400, b"")
    assert ask(honest, "GET", BLOB)[0] == 404
    assert ask(honest, "PUT", BLOB, WHEEL) == (201, b"")
    assert ask(honest, "GET", BLOB) == (200, WHEEL)
    assert ask(honest, "HEAD", BLOB) == (200, b"")


def test_bodies_have_a_length_and_a_limit(serving):
    server = serving(max_blob=100)
    assert ask(server, "PUT", BLOB, WHEEL)[0] == 413
    assert ask(server, "PUT", path(), Content_Length=str(2 << 20))[0] == 413
    assert ask(server, "PUT", path(), Content_Length="9" * 400)[0] == 413
    for wrong in ("-1", "1e3", "", "٣", "0x10"):
        length = wrong.encode().decode("latin-1")
        assert ask(server, "PUT", path(), Content_Length=length)[0] == 411
    assert ask(server, "PUT", path(), Transfer_Encoding="chunked")[0] == 411


def test_an_upload_that_breaks_off_leaves_nothing(honest, tmp_path):
    with socket.create_connection(honest.server_address[:2]) as line:
        line.sendall(f"PUT {BLOB} HTTP/1.1\r\nContent-Length: 5000\r\n\r\n".encode() + WHEEL)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    assert not [found for found in (tmp_path / "served").rglob("*") if found.is_file()]


def test_what_is_read_while_it_is_written_is_whole(honest):
    big = [os.urandom(1 << 19), os.urandom(1 << 19)]
    ask(honest, "PUT", path(), big[0])
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for data in big:
                ask(honest, "PUT", path(), data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(ask(honest, "GET", path())[1] in big for _ in range(20))
    finally:
        stop.set()
        writer.join()


def test_a_read_only_server_takes_nothing(serving):
    assert ask(serving(read_only=True), "PUT", BLOB, WHEEL)[0] == 405


def test_other_methods_are_refused(honest):
    assert {ask(honest, m, BLOB)[0] for m in ("DELETE", "POST", "PATCH", "OPTIONS")} == {501}


WRITERS = (Writer("main-token"), Writer("ci:pr-token", "pr/*"))


@pytest.mark.parametrize(
    ("header", "target", "status"),
    [
        (None, path(), 401),
        ("Bearer wrong", path(), 401),
        ("Bearer ", path(), 401),
        ("Bearer main-token", path(), 201),
        ("Bearer main-token", path("pr/7"), 201),
        ("Bearer ci:pr-token", path("pr/7"), 201),
        ("Basic Y2k6cHItdG9rZW4=", path("pr/7"), 201),
        ("Basic Y2k6cHItdG9rZW4=", path("main"), 401),
        ("Basic !!", path("pr/7"), 401),
        ("Bearer ci:pr-token", BLOB, 201),
        ("Bearer tökén", BLOB, 401),
    ],
)
def test_a_writer_needs_a_token_for_the_namespace(serving, header, target, status):
    server = serving(writers=WRITERS)
    headers = {"Authorization": header} if header is not None else {}
    assert ask(server, "PUT", target, WHEEL, **headers)[0] == status
    assert ask(server, "GET", target)[0] == (200 if status == 201 else 404)


def test_tokens_are_read_from_a_file_that_is_its_owners(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("# who may write\nmain-token\n\nci:pr-token pr/*\n")
    file.chmod(0o600)
    assert read_writers(file) == WRITERS
    file.chmod(0o644)
    with pytest.raises(BadRemote, match="others can read"):
        read_writers(file)
    for wrong in ("", "# nothing\n", "a b c\n"):
        file.write_text(wrong)
        file.chmod(0o600)
        with pytest.raises(BadRemote, match="no tokens"):
            read_writers(file)
    with pytest.raises(BadRemote, match="cannot be read"):
        read_writers(tmp_path / "nowhere")


def test_a_port_that_is_taken_is_said_to_be(honest):
    with pytest.raises(BadRemote) as caught:
        open_server("127.0.0.1", honest.server_address[1], honest.serving)
    assert "in use" in caught.value.facts["cause"]


@given(st.text() | st.from_regex(r"/(cas|ac)/[a-z0-9./-]*/[0-9a-f]{64}", fullmatch=True))
def test_a_path_is_read_one_way_only(text):
    digest, named = as_blob(text), as_record(text)
    assert digest is None or blob_path(digest) == text
    assert named is None or record_path(*named) == text
    if digest or named:
        assert ".." not in text.split("/")
        assert "//" not in text


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_its_path(action):
    digest = digest_bytes(action.encode())
    for namespace in ("main", "pr/7", "team-1/app/pr/12"):
        assert as_record(record_path(namespace, action, digest)) == (namespace, action, digest)


def test_patterns_cover_what_they_say():
    assert covers("", "main")
    assert covers("main", "main")
    assert covers("pr/*", "pr/7")
    assert not covers("pr/*", "pr")
    assert not covers("pr/*", "private/7")
    assert not covers("main", "main/7")
