"""Records and blobs as a build leaves them."""

from fxgbuild.digest import digest_bytes
from fxgbuild.plan.key import key_of, preimage_bytes
from fxgbuild.remote.envelope import seal
from fxgbuild.remote.names import record_path
from fxgbuild.remote.record import Wanted, make_body

ACTION = "emit"
TOKEN = "s3cret-token"
PREIMAGE = {"version": 1, "nodes": {}}
KEY = key_of(ACTION, PREIMAGE)
OTHER = key_of(ACTION, {"version": 2})
WHEEL = b"a wheel's bytes " * 100
NAME = digest_bytes(WHEEL)
BLOBS = {KEY: preimage_bytes(ACTION, PREIMAGE), NAME: WHEEL}


def record(**changes):
    """A passing local record."""
    return {
        "key": KEY.hex,
        "action": ACTION,
        "passed": True,
        "outputs": {"wheel": NAME.hex},
        "tools": {"ruff": "0.17.5"},
        "sandbox": "A",
        "wall_s": 0.1,
        "date": "2026-11-21",
    } | changes


def body(by, namespace="main", **changes):
    """A record's signed part, with changes that its writer would not make."""
    wanted = Wanted(namespace, ACTION, KEY, "B", by.id)
    return make_body(wanted, record(), {d: len(b) for d, b in BLOBS.items()}) | changes


def envelope(by, namespace="main", **changes):
    return seal(body(by, namespace, **changes), by)


def path(namespace="main", action=ACTION, key=KEY):
    return record_path(namespace, action, key)
