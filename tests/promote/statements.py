"""Statements in a world's channels: read, forged, signed by hand, taken away."""

import base64
import datetime
import json

from fxgbuild.files import write_atomic
from fxgbuild.oci.manifest import EMPTY, Manifest
from fxgbuild.places.open import open_place
from fxgbuild.release.carrier import carrier, envelope_of
from fxgbuild.release.moment import stamp
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PAYLOAD, Statement
from fxgbuild.signing.envelope import seal


def places(world):
    """The folders of channels that have a release."""
    tags = ((name, world.tag(name)) for name in ("dev", "staging", "prod"))
    return [open_place(f"channels/{name}", world.root) for name, tag in tags if tag]


def released(world):
    """The release that dev has, which the other channels of these tests have too."""
    place = open_place("channels/dev", world.root)
    return Release.parse(place.manifest(place.tag("dev-words.wheel")))


def said(world, kind):
    """The statements of a kind about the release."""
    place, found = places(world)[0], []
    for referrer in place.referrers(released(world).digest):
        carrying = Manifest.parse(place.manifest(referrer.digest))
        envelope = json.loads(place.blob(envelope_of(carrying)))
        statement = Statement.parse(base64.b64decode(envelope["payload"]))
        found += [statement] if statement.predicate_type == kind else []
    return found


def state(world, statement, envelope):
    """Store a statement in an envelope of any kind beside the release."""
    carrying = carrier(envelope, statement, released(world)).to_bytes()
    for place in places(world):
        for blob in (EMPTY, envelope):
            place.put_blob(blob)
        place.put_manifest(carrying)


def sign(world, statement, by="ana"):
    state(world, statement, seal(statement.to_bytes(), PAYLOAD, world.signer(by)))


def forget(world, kind):
    """Take every statement of a kind out of the places."""
    for place in places(world):
        folder = world.path(place.name)
        index = json.loads((folder / "index.json").read_text())
        kept = []
        for entry in index["manifests"]:
            blob = folder / "blobs" / "sha256" / entry["digest"].removeprefix("sha256:")
            annotations = json.loads(blob.read_text()).get("annotations", {})
            if annotations.get("in-toto.io/predicate-type") != kind:
                kept.append(entry)
        write_atomic(folder / "index.json", json.dumps(index | {"manifests": kept}).encode())


def later():
    """A time after all that was said so far: the newest statement counts."""
    return stamp(datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=9))
