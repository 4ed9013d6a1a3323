"""For every suite: a loopback interface, also where the network is cut (`unshare -n`)."""

import contextlib
import fcntl
import signal
import socket
import struct

from hypothesis import settings

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
