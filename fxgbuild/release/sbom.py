"""The bill of materials of an artifact: CycloneDX 1.6, the same bytes for the same artifact."""

import hashlib
import json
from typing import TYPE_CHECKING

from fxgbuild.digest import Digest, canonical_json
from fxgbuild.errors import ToolFailed
from fxgbuild.release.evidence import Evidence, NodeEvidence

if TYPE_CHECKING:
    from cyclonedx.model import HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

NAMESPACE = "https://fxgbuild.dev/sbom/v1"


def sbom(evidence: Evidence) -> bytes:
    """Name the artifact, its nodes, its runtime, every locked distribution, and who needs whom."""
    try:
        from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415 - only where a release is made
    except ImportError:
        raise ToolFailed(
            "a bill of materials cannot be written: cyclonedx-python-lib is not installed",
            hint="`pip install 'fxgbuild[promotion]'`",
        ) from None
    document = json.loads(JsonV1Dot6(_bom(evidence)).output_as_string())
    document["serialNumber"] = _serial(evidence.files[0][1])
    del document["metadata"]["timestamp"]  # bytes have no date
    return canonical_json(document) + b"\n"


def _serial(artifact: Digest) -> str:
    """A name-based UUID (version 5 of RFC 9562, whose name space is a SHA-1 itself)."""
    space = hashlib.sha1(NAMESPACE.encode(), usedforsecurity=False).digest()[:16]
    made = bytearray(
        hashlib.sha1(space + artifact.hex.encode(), usedforsecurity=False).digest()[:16]
    )
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    return f"urn:uuid:{'-'.join(parts)}"


def _bom(evidence: Evidence) -> "Bom":
    from cyclonedx.model.bom import Bom  # noqa: PLC0415

    artifact = _artifact(evidence)
    nodes = {node.label: _node(node) for node in evidence.nodes}
    locked = {name: _distribution(name, version) for name, version in evidence.requirements}
    parts = [*nodes.values(), *locked.values(), _runtime(evidence.runtime)]
    found = Bom(components=parts)
    found.metadata.component = artifact
    found.register_dependency(artifact, parts)
    for node in evidence.nodes:
        needs = [nodes[label] for label in node.upstream if label in nodes]
        needs += [locked[name] for name in node.requires if name in locked]
        found.register_dependency(nodes[node.label], needs)
    return found


def _artifact(evidence: Evidence) -> "Component":
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415

    kind = "pypi" if evidence.kind == "wheel" else "generic"
    return Component(
        name=evidence.name,
        version=evidence.version,
        type=ComponentType.APPLICATION,
        bom_ref=evidence.label,
        purl=_purl(kind, evidence.name, evidence.version),
        hashes=[_sha256(evidence.files[0][1])],
    )


def _node(node: NodeEvidence) -> "Component":
    """A node's module: first-party code, whoever wrote it."""
    from cyclonedx.model import Property  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415

    facts = {"task": node.task, "origin": node.origin}
    if node.key:
        facts |= {"key": node.key.hex, "attempts": str(node.attempts)}
        facts |= {"model": node.model, "provider": node.provider}
    return Component(
        name=node.label,
        type=ComponentType.FILE,
        bom_ref=node.label,
        hashes=[_sha256(node.code)],
        properties=[Property(name=f"fxgbuild:{n}", value=v) for n, v in facts.items() if v],
    )


def _runtime(digest: Digest) -> "Component":
    """What runs the graph, carried inside of the artifact."""
    from cyclonedx.model import Property  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415

    name = "fxgbuild-runtime"
    facts = [Property(name="fxgbuild:digest", value=digest.hex)]
    return Component(name=name, type=ComponentType.FRAMEWORK, bom_ref=name, properties=facts)


def _distribution(name: str, version: str) -> "Component":
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415

    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}=={version}",
        purl=_purl("pypi", name, version),
    )


def _purl(kind: str, name: str, version: str) -> "PackageURL":
    from packageurl import PackageURL  # noqa: PLC0415

    return PackageURL(kind, name=name, version=version)


def _sha256(digest: Digest) -> "HashType":
    from cyclonedx.model import HashAlgorithm, HashType  # noqa: PLC0415

    return HashType(alg=HashAlgorithm.SHA_256, content=digest.hex)
