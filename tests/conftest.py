"""For every suite: a loopback interface, also where the network is cut (`unshare -n`)."""

import contextlib
import fcntl
import signal
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from tests.docs.console import copy_repository, readme_steps, type_into

UP = 0x1
GET_FLAGS, SET_FLAGS = 0x8913, 0x8914


def raise_loopback():
    """Switch `lo` on if it is off; a new network namespace starts with it off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(control, GET_FLAGS, request))[1]
        if not flags & UP:
            fcntl.ioctl(control, SET_FLAGS, struct.pack("16sH14s", b"lo", flags | UP, b""))


# A busy machine is no failure, and a run is repeatable: `--hypothesis-profile=explore` draws anew.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)


def heed_signals():
    """In the background of a shell interrupts are ignored, here and by all that is started."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            handler = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, handler)


def pytest_configure(config):
    heed_signals()
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("steady")
    with contextlib.suppress(OSError):  # without the right to, suites that need it say so
        raise_loopback()


@dataclass(frozen=True)
class Cold:
    """A copy of the repository after its first build, and what that printed."""

    folder: Path
    printed: str


@pytest.fixture(scope="session")
def cold(tmp_path_factory):
    """The README's first step, done once for all suites: copied from, never typed into."""
    folder = copy_repository(tmp_path_factory.mktemp("cold") / "repository")
    return Cold(folder, type_into(folder, readme_steps()[0].command))


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """What machines that run workflows have in place of an index."""
    from tests.docs.hosts import make_shop

    return make_shop(tmp_path_factory.mktemp("shop"))
