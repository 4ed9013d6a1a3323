"""Addresses of OCI content: `oci://host[:port]/repository[:tag][@sha256:HEX]`, read and written."""

import re
from dataclasses import dataclass

from fxgbuild.digest import Digest
from fxgbuild.oci.manifest import Malformed, oci, of_oci

SECURE = "oci://"
PLAIN = "oci+http://"  # without TLS: this machine only
SCHEMES = (SECURE, PLAIN)
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MAX_TAG = 128
TAG = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MAX_TAG - 1}}}")

_HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,39}\])")
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_EXPECTED = "expected `oci://host[:port]/repository[:tag][@sha256:…]`"


@dataclass(frozen=True, slots=True)
class Reference:
    """A repository of a registry, and perhaps what is meant in it."""

    host: str  # with its port where it has one
    repository: str
    tag: str = ""
    digest: Digest | None = None

    @property
    def plain(self) -> bool:
        """Without TLS? Registries of this machine are, all others never."""
        return is_loopback(self.host)

    @property
    def place(self) -> str:
        """The repository alone, as people name it."""
        return f"{SECURE}{self.host}/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.place}{tag}" + (f"@{oci(self.digest)}" if self.digest else "")


def is_reference(text: str) -> bool:
    """Is this meant as an address of a registry, rather than as a folder?"""
    return text.startswith("oci:") or text.startswith("oci+")


def is_loopback(host: str) -> bool:
    return re.sub(r":\d+$", "", host) in LOOPBACK


def parse_reference(text: str) -> Reference:
    """Read an address; raises Malformed, which says what is wrong and what was expected."""
    scheme = next((scheme for scheme in SCHEMES if text.startswith(scheme)), None)
    if scheme is None:
        raise Malformed(f"`{text[:200]}` is no address of a registry: {_EXPECTED}")
    host, _, rest = text.removeprefix(scheme).partition("/")
    rest, at, digest = rest.partition("@")
    repository, colon, tag = rest.partition(":")
    _check_host(host, text)
    if scheme == PLAIN and not is_loopback(host):
        raise Malformed(f"`{text[:200]}`: without TLS only this machine's registries: `oci://…`")
    if not _REPOSITORY.fullmatch(repository) or len(repository) > 255:
        raise Malformed(_wrong(text, "repository", repository, "lower-case letters, digits, `/`"))
    if colon and not TAG.fullmatch(tag):
        raise Malformed(_wrong(text, "tag", tag, "letters, digits, `_`, `.`, `-`"))
    try:
        return Reference(host, repository, tag, of_oci(digest) if at else None)
    except Malformed:
        raise Malformed(_wrong(text, "digest", digest, "`sha256:` and 64 digits of hex")) from None


def _check_host(host: str, text: str) -> None:
    name, _, port = host.rpartition(":") if re.search(r":\d*$", host) else (host, "", "80")
    if not _HOST.fullmatch(name) or not (port.isdecimal() and 0 < int(port[:6]) < 1 << 16):
        raise Malformed(_wrong(text, "host", host, "a name and perhaps a port"))


def _wrong(text: str, part: str, value: str, expected: str) -> str:
    return f"`{text[:200]}`: `{value[:80]}` is no {part} ({expected}); {_EXPECTED}"
