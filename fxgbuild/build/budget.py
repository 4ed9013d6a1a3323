"""The budget of one build for live generation: what was bought so far, and whether more may be."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.errors import BudgetReached
from fxgbuild.generate.prompt import Message
from fxgbuild.lang.settings import GenerateDoc

CHARACTERS = 4  # of a token, where a server does not count


def tokens_of(usage: Json) -> tuple[int, int] | None:
    """Tokens sent and received as a server counted them; None where it did not."""
    if not isinstance(usage, Mapping):
        return None
    found = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
    if not all(type(count) is int and count >= 0 for count in found):
        return None
    return int(found[0] or 0), int(found[1] or 0)


@dataclass(slots=True)
class Budget:
    """Asked before every call; requests that are under way side by side may go beyond it."""

    settings: GenerateDoc
    sent: int = 0
    received: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, usage: Json, messages: Iterable[Message], text: str) -> None:
        """Count one reply; what the server does not count is taken by its length."""
        said = sum(len(message["content"]) for message in messages)
        counted = tokens_of(usage) or (said // CHARACTERS, len(text) // CHARACTERS)
        with self.lock:
            self.sent += counted[0]
            self.received += counted[1]

    @property
    def cost(self) -> float:
        prices = self.settings.price_in or 0.0, self.settings.price_out or 0.0
        return (self.sent * prices[0] + self.received * prices[1]) / 1e6

    def reached(self) -> str:
        """What is used up, empty while more may be bought."""
        most, money = self.settings.max_tokens, self.settings.max_cost
        if most is not None and self.sent + self.received >= most:
            return f"{self.sent + self.received} of {most} tokens"
        if money is not None and self.cost >= money:
            return f"{self.cost:g} of {money:g} in money"
        return ""

    def error(self, missing: Iterable[str]) -> BudgetReached:
        return BudgetReached(
            f"the budget of this build is used up: {self.reached()}",
            facts={"not asked": ", ".join(missing)},
            hint="what was bought is kept; build again, or raise `max_tokens` or `max_cost` of "
            "`[generate]`",
        )
