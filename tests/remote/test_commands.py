"""`cache serve` and `cache keygen`, typed."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager

from tests.e2e.conftest import clean_environment

from .material import ACTION, BLOBS, KEY, TOKEN, record

EVERYWHERE = "0.0.0.0"  # noqa: S104 - and nothing listens there


def type_command(*words):
    return subprocess.run(
        [sys.executable, "-m", "fxgbuild", *words],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def served(*words):
    server = subprocess.Popen(
        [sys.executable, "-m", "fxgbuild", "cache", "serve", *words],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = server.stdout.readline()
        yield re.search(r"http://\S+", line)[0].rstrip('",')
    finally:
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=10)
    assert server.returncode == 0, errors
    assert not errors


def test_a_served_folder_is_a_remote_cache(tmp_path, client):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{TOKEN} main\n")
    tokens.chmod(0o600)
    with served(str(tmp_path / "cache"), "--port", "0", "--token-file", str(tokens)) as url:
        client(url).upload(ACTION, KEY, record(), BLOBS)
        assert client(url).record(ACTION, KEY) is None
        client(url, token=TOKEN).upload(ACTION, KEY, record(), BLOBS)
        assert client(url).record(ACTION, KEY)


def test_an_address_that_others_reach_needs_tokens(tmp_path):
    done = type_command("cache", "serve", str(tmp_path), "--host", EVERYWHERE)
    assert done.returncode == 2
    assert "--token-file" in done.stderr


def test_a_key_is_made_once_and_is_its_owners(tmp_path):
    file = tmp_path / "keys" / "signing.key"
    done = type_command("cache", "keygen", str(file))
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"ed25519:[0-9a-f]{64}\n", done.stdout)
    assert f'[[keys]]\nid = "{done.stdout.strip()}"\n' in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    again = type_command("cache", "keygen", str(file))
    assert again.returncode == 2
    assert "never overwritten" in again.stderr
    assert file.read_bytes() == before
