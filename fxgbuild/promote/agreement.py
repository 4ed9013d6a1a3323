"""Do the parts of a release say the same? The bill of materials and the pins, held against the
provenance."""

import json
from collections.abc import Iterator, Mapping

from fxgbuild.digest import Digest, Json
from fxgbuild.lang.label import Label
from fxgbuild.release.evidence import Evidence
from fxgbuild.review.pins import read_pin


def bill_disagrees(data: bytes, evidence: Evidence) -> str:
    """Why a bill of materials is not this artifact's; empty where it is."""
    try:
        bill = json.loads(data)
        main = bill["metadata"]["component"]
        parts = bill.get("components", [])
        named = main["name"], main["version"], _sha256(main)
        modules = {part["name"]: _sha256(part) for part in parts if part["type"] == "file"}
        needs = {(p["name"], p["version"]) for p in parts if p["type"] == "library"}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "it is no bill of materials of an artifact"
    _, artifact = evidence.files[0]
    if named != (evidence.name, evidence.version, artifact.hex):
        return f"it is of {named[0]} {named[1]}, sha256 {named[2]}"
    if modules != {node.label: node.code.hex for node in evidence.nodes}:
        return "it lists other modules than the provenance"
    if needs != set(evidence.requirements):
        return "it lists other distributions than the provenance"
    return ""


def _sha256(component: Json) -> str:
    hashes = {one["alg"]: one["content"] for one in component.get("hashes", [])}
    return str(hashes.get("SHA-256", ""))


def pins_disagree(files: Mapping[str, bytes], cache: str, evidence: Evidence) -> Iterator[str]:
    """Every node whose pin in the closure is not the one that the provenance names."""
    for node in evidence.nodes:
        if node.pinned is None:
            continue
        package, _, name = node.label.removeprefix("//").partition(":")
        home = f"{cache.strip('/')}/{package}/{name}"
        record, code = files.get(f"{home}/pin.json"), files.get(f"{home}/code.py")
        pin = read_pin(Label(package, name), record, code)
        if pin is None:
            yield f"{node.label} has no pin in the closure"
        elif pin.broken:
            yield f"{node.label}: {pin.broken}"
        elif pin.digest != node.pinned.hex or pin.key != node.key:
            found = f"code {pin.digest[:12]}, key {_short(pin.key)}"
            yield f"{node.label} has {found}; built from {node.pinned.short}, {_short(node.key)}"


def _short(key: Digest | None) -> str:
    return key.short if key else "none"
