"""Direct calls: what the model that a node replaces used per call, in a package's `calls.toml`.

No key covers the file: it is read by `fxgbuild report` alone.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.calls.log import Call
from fxgbuild.digest import Json

FILE = "calls.toml"


@dataclass(frozen=True, slots=True)
class Direct:
    """Means per call, None where no call said it; `estimate` says how, where they are guessed."""

    calls: int
    model: str = ""
    measured: int = 0  # calls that said their tokens
    tokens_in: float | None = None
    tokens_out: float | None = None
    cost: float | None = None
    repeated: int = 0
    contradicted: int = 0
    estimate: str = ""


def direct_of(calls: Sequence[Call], *, repeated: int, contradicted: int) -> Direct:
    """What a log says, and nothing that it does not say."""
    told = [c for c in calls if c.tokens_in is not None and c.tokens_out is not None]
    costs = [call.cost for call in calls if call.cost is not None]
    models = sorted({call.model for call in calls if call.model})
    return Direct(
        calls=len(calls),
        model=", ".join(models),
        measured=len(told),
        tokens_in=_mean([float(c.tokens_in or 0) for c in told]),
        tokens_out=_mean([float(c.tokens_out or 0) for c in told]),
        cost=_mean(costs) if len(costs) == len(calls) else None,
        repeated=repeated,
        contradicted=contradicted,
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 9) if values else None


def direct_text(found: Mapping[str, Direct]) -> str:
    """The file."""
    lines = ["# What the calls used that these nodes replace: for `fxgbuild report`, in no key."]
    for node, direct in found.items():
        facts = {
            "model": direct.model or None,
            "calls": direct.calls,
            "measured": direct.measured,
            "tokens_in": direct.tokens_in,
            "tokens_out": direct.tokens_out,
            "cost": direct.cost,
            "repeated": direct.repeated,
            "contradicted": direct.contradicted,
            "estimate": direct.estimate or None,
        }
        lines += ["", f"[{node}]"]
        lines += [f"{key} = {json.dumps(v)}" for key, v in facts.items() if v is not None]
    return "\n".join(lines) + "\n"


def read_direct(text: str) -> dict[str, Direct]:
    """Read the file; ValueError says in one sentence what is wrong with it."""
    kinds: Mapping[str, tuple[type, ...]] = {
        **dict.fromkeys(("calls", "measured", "repeated", "contradicted"), (int,)),
        **dict.fromkeys(("model", "estimate"), (str,)),
        **dict.fromkeys(("tokens_in", "tokens_out", "cost"), (int, float)),
    }
    found: dict[str, Direct] = {}
    for node, facts in tomllib.loads(text).items():
        if not isinstance(facts, dict) or "calls" not in facts:
            raise ValueError(f"`[{node}]` is a table with `calls`")
        for key, value in facts.items():
            if key not in kinds or type(value) not in kinds[key]:
                raise ValueError(f"`{key}` of `[{node}]` is unknown or of the wrong kind")
            if not isinstance(value, str) and value < 0:
                raise ValueError(f"`{key}` of `[{node}]` is negative")
        found[node] = Direct(**_numbers(facts))
    return found


def _numbers(facts: Mapping[str, Json]) -> dict[str, Json]:
    return {
        key: float(value) if key in ("tokens_in", "tokens_out", "cost") else value
        for key, value in facts.items()
    }
