"""Trusted keys: public keys, and the namespaces whose records they may sign."""

from dataclasses import dataclass

from fxgbuild.remote.names import covers


@dataclass(frozen=True, slots=True)
class Trusted:
    """A public key whose records count, in the namespaces that its pattern covers."""

    id: str
    pattern: str = ""

    def covers(self, namespace: str) -> bool:
        return covers(self.pattern, namespace)


def trusted(entries: tuple[str, ...]) -> tuple[Trusted, ...]:
    """Read `ed25519:HEX` and `ed25519:HEX@pattern` from the settings."""
    return tuple(Trusted(*entry.split("@", 1)) for entry in entries)
