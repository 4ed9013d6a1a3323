"""Economy: figures follow their formulas, and what is not known is null with a reason."""

from typing import Any

import pytest

from fxgbuild.build.economy import Prices, economy
from fxgbuild.calls.direct import Direct
from fxgbuild.digest import Digest
from fxgbuild.lang.label import Label
from fxgbuild.store.pin import Pin

NAME = "//triage:answer"
USED = {"prompt_tokens": 9000, "completion_tokens": 600, "total_tokens": 9600}


def pin(*usages: Any) -> Pin:
    return Pin(
        label=Label("triage", "answer"),
        key=Digest("0" * 64),
        preimage={},
        code=Digest("0" * 64),
        hole="",
        provenance={},
        attempts=tuple({"usage": usage} for usage in usages),
        validated={},
    )


def test_the_papers_figures_come_out_of_the_papers_numbers() -> None:
    """Compiled AI: 9,600 tokens once against 552 a transaction; 57 times fewer at 1,000."""
    direct = Direct(400, "m", 400, 500.0, 52.0)
    found = economy({NAME: pin(USED)}, {NAME: direct}, Prices(15.0, 75.0))
    assert found["tokens"]["generation"]["total"] == 9600
    assert found["break_even"][NAME]["calls_by_tokens"] == 18  # int(9600 / 552) + 1
    assert found["reduction"][NAME]["tokens_direct_over_compiled"]["1000"] == 57.5
    assert found["cost"]["generation"]["value"] == pytest.approx(9000 * 15e-6 + 600 * 75e-6)
    assert found["cost"]["direct_per_call"][NAME]["value"] == pytest.approx(0.0114)
    assert found["break_even"][NAME]["calls_by_cost"] == 16


def test_calls_that_use_nothing_never_pay_back() -> None:
    found = economy({NAME: pin(USED)}, {NAME: Direct(1, "m", 1, 0.0, 0.0)}, Prices())
    assert found["break_even"][NAME]["calls_by_tokens"] == -1


@pytest.mark.parametrize("usages", [(None,), (USED, None), (USED, {"prompt_tokens": "many"})])
def test_an_attempt_without_usage_leaves_the_whole_unknown(usages: tuple[Any, ...]) -> None:
    direct = Direct(4, "m", 4, 10.0, 1.0)
    found = economy({NAME: pin(*usages)}, {NAME: direct}, Prices(1.0, 1.0))
    reason = (
        f"{sum(u is USED for u in usages)} of {len(usages)} attempts say how many tokens they used"
    )
    assert found["tokens"]["generation"] == {"total": None, "reason": reason}
    assert found["cost"]["generation"] == {"value": None, "reason": reason}
    assert found["break_even"][NAME]["calls_by_tokens"] is None
    assert found["reduction"][NAME]["tokens_direct_over_compiled"] is None


def test_money_needs_prices_and_a_logged_cost_stands_for_itself() -> None:
    direct = Direct(4, "m", 0, cost=0.002)
    found = economy({NAME: pin(USED)}, {NAME: direct}, Prices())
    assert found["cost"]["generation"] == {"value": None, "reason": "no prices are given"}
    assert found["cost"]["direct_per_call"][NAME] == {"value": 0.002, "from": "the log"}
    assert found["tokens"]["direct_per_call"][NAME]["total"] is None
