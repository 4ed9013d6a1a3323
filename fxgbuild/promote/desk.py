"""The desk at which promotions are made and looked at: channels, trust, ledger and policy.

Each is opened when it is first asked for. Reading commands use the same desk as those that write.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.oci.place import Place
from fxgbuild.places.open import open_place
from fxgbuild.promote.book import Book, open_book
from fxgbuild.promote.channels import Channel, need_channel, open_channels
from fxgbuild.promote.organisation import Organisation, read_organisation
from fxgbuild.signing.trust import Trust, read_trust
from fxgbuild.store.index import Index


@dataclass
class Desk:
    root: Path
    settings: SettingsDoc
    index: Index  # the private store's: what was seen of the ledger
    environment: Mapping[str, str]
    needs_channels: bool = True  # else what is looked at may lie in none

    @cached_property
    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC).replace(microsecond=0)

    @cached_property
    def organisation(self) -> Organisation:
        return read_organisation(self.environment)

    @cached_property
    def trust(self) -> Trust:
        own = self.settings.promotion.trust if self.organisation.trust is None else ""
        return read_trust(self.trust_path, own)

    @property
    def trust_path(self) -> Path:
        """The organisation's trust file, where it names one; else the workspace's."""
        return self.organisation.trust or self.root / self.settings.promotion.trust

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        return open_channels(self.settings, self.root)

    def channel(self, name: str) -> Channel:
        return need_channel(self.channels, name)

    @cached_property
    def book(self) -> Book:
        if self.needs_channels and not self.channels:
            need_channel(self.channels, "")
        return open_book(self.ledger_place, self.trust, self.index)

    @property
    def ledger_place(self) -> Place:
        return open_place(self.settings.promotion.ledger, self.root)
