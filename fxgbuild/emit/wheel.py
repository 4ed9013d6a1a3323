"""Packs an emitted package as a wheel, bit for bit the same everywhere."""

import base64
import hashlib
import re

from fxgbuild.emit import PACKAGER_VERSION
from fxgbuild.emit.package import Files, Package
from fxgbuild.runtime.stored import zip_bytes

_WHEEL = f"""Wheel-Version: 1.0
Generator: fxgbuild ({PACKAGER_VERSION})
Root-Is-Purelib: true
Tag: py3-none-any
"""


def wheel_name(package: Package) -> str:
    return f"{_stem(package)}-py3-none-any.whl"


def lock_name(package: Package) -> str:
    """Name the file of exact versions that is written beside the wheel."""
    return f"{_stem(package)}.lock.txt"


def wheel(package: Package, files: Files) -> bytes:
    """Give the wheel of a package's files."""
    info = f"{_stem(package)}.dist-info"
    entries = dict(files)
    entries[f"{info}/METADATA"] = metadata(package).encode()
    entries[f"{info}/WHEEL"] = _WHEEL.encode()
    record = [f"{path},{_hash(data)},{len(data)}" for path, data in sorted(entries.items())]
    record.append(f"{info}/RECORD,,")
    entries[f"{info}/RECORD"] = ("\n".join(sorted(record)) + "\n").encode()
    return zip_bytes(entries)


def metadata(package: Package) -> str:
    """Write METADATA: 2.4 when there is a license expression, else 2.3."""
    extra = package.metadata
    license_ = extra.get("license", "")
    fields = [
        ("Metadata-Version", "2.4" if license_ else "2.3"),
        ("Name", package.name),
        ("Version", package.version),
        ("Summary", package.summary),
        ("Author", extra.get("author", "")),
        ("Author-email", extra.get("author_email", "")),
        ("License-Expression", license_),
        ("Keywords", extra.get("keywords", "")),
        ("Project-URL", f"Homepage, {extra['homepage']}" if extra.get("homepage") else ""),
        ("Requires-Python", package.python_requires),
        *(("Requires-Dist", requirement) for requirement in sorted(package.requires)),
        ("Description-Content-Type", "text/markdown" if package.readme else ""),
    ]
    head = "".join(f"{name}: {value}\n" for name, value in fields if value)
    return f"{head}\n{package.readme.rstrip()}\n" if package.readme else head


def _stem(package: Package) -> str:
    return f"{re.sub(r'[-_.]+', '_', package.name).lower()}-{package.version}"


def _hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={digest.rstrip(b'=').decode('ascii')}"
