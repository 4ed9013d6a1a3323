"""A workspace's channels, opened: what they are called, where they lie, what comes before them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.errors import UsageError
from fxgbuild.lang.channels import ChannelDoc
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.oci.place import Place
from fxgbuild.places.open import open_place
from fxgbuild.problem import closest

MOST_TAG = 128  # what registries take
DECLARE = """\
put channels into fxgbuild.toml, and `/channels/` into .gitignore:

[channels.dev]
at = "channels/dev"

[channels.staging]
at = "channels/staging" # or "oci://host/repository"
after = "dev"

[channels.prod]
at = "channels/prod"
after = "staging"
policy = {sandbox = "A", approvals = {release = 1}}
"""


@dataclass(frozen=True, slots=True)
class Channel:
    """Somewhere that releases are promoted to."""

    name: str
    doc: ChannelDoc
    places: tuple[Place, ...]  # all are written, the first is read
    index: Path | None  # a package index for pip

    @property
    def place(self) -> Place:
        return self.places[0]

    @property
    def after(self) -> str:
        return self.doc.after


def open_channels(settings: SettingsDoc, root: Path) -> Mapping[str, Channel]:
    """The declared channels by name, in their order; nothing is asked of a registry yet."""
    opened: dict[str, Place] = {}
    for doc in settings.channels.values():
        for where in doc.places:
            opened.setdefault(where, open_place(where, root))
    return {
        name: Channel(
            name,
            doc,
            tuple(opened[where] for where in doc.places),
            root / doc.index if doc.index else None,
        )
        for name, doc in settings.channels.items()
    }


def need_channel(channels: Mapping[str, Channel], name: str) -> Channel:
    """The channel of a name; raises UsageError."""
    if not channels:
        raise UsageError("this workspace declares no channels", hint=DECLARE.rstrip())
    found = channels.get(name)
    if found is None:
        near = closest(name, channels)
        raise UsageError(
            f"there is no channel `{name}`" + (f"; closest: {near}" if near else ""),
            facts={"channels": ", ".join(channels)},
            hint=f"`[channels.{name}]` in fxgbuild.toml declares one",
        )
    return found


def tag_of(channel: str, label: str) -> str:
    """The tag by which a channel's place points to a label's release: `staging-eeg.wheel`."""
    package, _, name = label.removeprefix("//").partition(":")
    tag = f"{channel}-{package.replace('/', '.')}.{name}"
    if len(tag) > MOST_TAG:
        digest = hashlib.sha256(tag.encode()).hexdigest()[:32]
        tag = f"{tag[: MOST_TAG - 33]}-{digest}"
    return tag
