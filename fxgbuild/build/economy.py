"""Economy: what generations used, what the calls used that they replace, and when that pays.

Every figure is null where a part of it is not known; nothing is guessed. Formulas: Compiled AI,
"Token efficiency" and "Cost": n* = GenTokens / tokens per call, and the same in money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.build.budget import tokens_of
from fxgbuild.calls.direct import Direct
from fxgbuild.digest import Json
from fxgbuild.store.pin import Pin

TRANSACTIONS = (100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens sent and received; None where not known."""

    sent: float | None = None
    received: float | None = None

    def of(self, sent: float, received: float) -> float | None:
        if self.sent is None or self.received is None:
            return None
        return (sent * self.sent + received * self.received) / 1e6


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of all attempts of some pins; `counted` of them said theirs."""

    sent: int = 0
    received: int = 0
    attempts: int = 0
    counted: int = 0

    @property
    def known(self) -> bool:
        return 0 < self.attempts == self.counted

    @property
    def total(self) -> int:
        return self.sent + self.received


def spent(pins: Sequence[Pin]) -> Spent:
    used = [tokens_of(attempt["usage"]) for pin in pins for attempt in pin.attempts]
    told = [tokens for tokens in used if tokens is not None]
    sent, received = sum(one[0] for one in told), sum(one[1] for one in told)
    return Spent(sent, received, len(used), len(told))


def economy(
    pins: Mapping[str, Pin], direct: Mapping[str, Direct], prices: Prices
) -> dict[str, Json]:
    """Tokens, cost, break-even and reduction, of all pins and of each node with direct calls."""
    whole = spent(list(pins.values()))
    nodes = {label: (spent([pins[label]]), direct[label]) for label in direct if label in pins}
    return {
        "tokens": {
            "generation": _generation(whole),
            "direct_per_call": {label: _per_call(one) for label, one in direct.items()},
        },
        "cost": {
            "generation": _money(whole, prices),
            "direct_per_call": {label: _call_cost(one, prices) for label, one in direct.items()},
            "price_in_per_million": prices.sent,
            "price_out_per_million": prices.received,
        },
        "break_even": {label: _break_even(*pair, prices) for label, pair in nodes.items()},
        "reduction": {label: _reduction(*pair) for label, pair in nodes.items()},
    }


def _unknown(whole: Spent) -> str:
    if not whole.attempts:
        return "nothing was generated"
    return f"{whole.counted} of {whole.attempts} attempts say how many tokens they used"


def _generation(whole: Spent) -> Json:
    if not whole.known:
        return {"total": None, "reason": _unknown(whole)}
    return {
        "total": whole.total,
        "sent": whole.sent,
        "received": whole.received,
        "attempts": whole.attempts,
    }


def _per_call(direct: Direct) -> Json:
    if direct.tokens_in is None or direct.tokens_out is None:
        return {"total": None, "reason": "the log does not say how many tokens a call used"}
    return {
        "total": direct.tokens_in + direct.tokens_out,
        "sent": direct.tokens_in,
        "received": direct.tokens_out,
        "calls": direct.measured,
        "estimate": direct.estimate or None,
    }


def _money(whole: Spent, prices: Prices) -> Json:
    cost = prices.of(whole.sent, whole.received) if whole.known else None
    if cost is None:
        reason = "no prices are given" if whole.known else _unknown(whole)
        return {"value": None, "reason": reason}
    return {"value": cost}


def _call_cost(direct: Direct, prices: Prices) -> Json:
    if direct.cost is not None:
        return {"value": direct.cost, "from": "the log"}
    if direct.tokens_in is None or direct.tokens_out is None:
        return {"value": None, "reason": "the log says neither cost nor tokens"}
    cost = prices.of(direct.tokens_in, direct.tokens_out)
    if cost is None:
        return {"value": None, "reason": "no prices are given"}
    return {"value": cost, "from": "estimated tokens" if direct.estimate else "tokens of the log"}


def _break_even(whole: Spent, direct: Direct, prices: Prices) -> Json:
    """Calls after which the generation was cheaper; -1 if never. What it replaces costs nothing."""
    per_call = _per_call(direct)["total"]
    known = whole.known and per_call is not None
    money, call = _money(whole, prices)["value"], _call_cost(direct, prices)["value"]
    found: dict[str, Json] = {
        "calls_by_tokens": _calls(whole.total, per_call) if known else None,
        "calls_by_cost": _calls(money, call) if None not in (money, call) else None,
    }
    if not known:
        found["reason"] = _unknown(whole) if not whole.known else _per_call(direct)["reason"]
    return found


def _calls(once: float, per_call: float) -> int:
    return int(once / per_call) + 1 if per_call > 0 else -1


def _reduction(whole: Spent, direct: Direct) -> Json:
    """Tokens of n direct calls over those of the generation; a run of the code uses none."""
    per_call = _per_call(direct)["total"]
    if not whole.known or per_call is None:
        reason = _unknown(whole) if not whole.known else _per_call(direct)["reason"]
        return {"tokens_direct_over_compiled": None, "reason": reason}
    ratios = {str(n): round(n * per_call / whole.total, 3) for n in TRANSACTIONS}
    return {"tokens_direct_over_compiled": ratios, "estimate": direct.estimate or None}
