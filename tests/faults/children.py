"""Processes that a test may kill: a script, run by this interpreter until it says it is ready."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HEAD = """
import fcntl, json, os, resource, signal, sys, time
from pathlib import Path
from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.index import Index
from fxgbuild.store.lease import Leases
from fxgbuild.store.lock import KeyLocks
home = Path(sys.argv[1])
blobs, index = BlobStore(home / "cas"), Index(home / "index")
"""


def run(
    script: str,
    home: Path,
    *,
    crash_at: str = "",
    before: tuple[str, ...] = (),
    limit_s: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end, or to the point at which it is to be killed."""
    return subprocess.run(
        [*before, sys.executable, "-c", HEAD + script, str(home)],
        env={**os.environ, "FXG_CRASH_AT": crash_at},
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


@contextmanager
def running(script: str, home: Path) -> Iterator[subprocess.Popen[str]]:
    """A script that runs beside the test from its first line of output on."""
    child = subprocess.Popen(
        [sys.executable, "-c", HEAD + script, str(home)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.wait()
