"""For every suite: a loopback interface, also where the network is cut (`unshare -n`)."""

import contextlib
import fcntl
import socket
import struct

UP = 0x1
GET_FLAGS, SET_FLAGS = 0x8913, 0x8914


def raise_loopback():
    """Switch `lo` on if it is off; a new network namespace starts with it off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(control, GET_FLAGS, request))[1]
        if not flags & UP:
            fcntl.ioctl(control, SET_FLAGS, struct.pack("16sH14s", b"lo", flags | UP, b""))


def pytest_configure():
    with contextlib.suppress(OSError):  # without the right to, suites that need it say so
        raise_loopback()
