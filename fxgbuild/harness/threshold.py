"""A threshold: how well the hidden cases must be met together, and how well they were.

The figure is a fraction computed from what the judge itself read, never a number the code gave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from fxgbuild.harness.trial import Planned, Trial
from fxgbuild.runtime import codec
from fxgbuild.runtime.schema import Schema, kind, stripped

Json: TypeAlias = Any
Values: TypeAlias = Mapping[str, Any]

NO_ANSWER = object()  # what a call gave that raised, broke its schema or took the process down


def needed(at_least: Fraction, count: int) -> int:
    """The fewest of so many cases that reach a share."""
    return -((-at_least * count) // 1)


def macro_f1(expected: Sequence[Any], found: Sequence[Any]) -> Fraction:
    """The mean of every label's F1; labels are what was expected or found, null among them.

    A call that gave no answer misses its expected label and is no label itself.
    """
    pairs = list(zip(expected, found, strict=True))
    labels = {label for pair in pairs for label in pair if label is not NO_ANSWER}
    total = Fraction(0)
    for label in labels:
        hits = sum(left == right == label for left, right in pairs)
        wrong = sum((left == label) != (right == label) for left, right in pairs)
        total += Fraction(2 * hits, 2 * hits + wrong)
    return total / len(labels) if labels else Fraction(0)


@dataclass(slots=True)
class Threshold:
    """What a node's hidden cases must reach, and every case so far."""

    metric: str
    at_least: Fraction
    outputs: Mapping[str, Schema]
    pairs: list[tuple[Values, Values | None]] = field(default_factory=list)
    held: int = 0

    @staticmethod
    def of(target: Json) -> "Threshold | None":
        wanted = target.get("threshold")
        if not wanted:
            return None
        return Threshold(wanted["metric"], Fraction(str(wanted["at_least"])), target["outputs"])

    def planned(self, count: int) -> Planned:
        """The test that the figure is; its one sentence is all that a model is told."""
        if self.metric == "f1":
            told = f"an f1 of {float(self.at_least):g} is needed"
        else:
            least = needed(self.at_least, count)
            told = f"{least} {'is' if least == 1 else 'are'} needed"
        return Planned(f"{self.metric} of the hidden cases", "figure", told)

    def add(self, expected: Values, found: Values | None, held: bool) -> None:
        self.pairs.append((expected, found))
        self.held += held

    def figure(self) -> Fraction:
        if self.metric != "f1":
            return Fraction(self.held, len(self.pairs)) if self.pairs else Fraction(0)
        ((port, schema),) = self.outputs.items()
        if kind(stripped(schema)) != "record":
            return macro_f1(*self._labels(lambda values: values[port]))
        fields = stripped(schema)["properties"]
        scores = [macro_f1(*self._labels(_field(port, name))) for name in fields]
        return sum(scores, Fraction(0)) / len(scores)

    def _labels(self, pick: Any) -> tuple[list[Any], list[Any]]:
        expected = [pick(values) for values, _ in self.pairs]
        found = [NO_ANSWER if values is None else pick(values) for _, values in self.pairs]
        return expected, found

    def trial(self) -> Trial:
        """The figure's own test."""
        count, figure = len(self.pairs), self.figure()
        planned = self.planned(count)
        share = f"{self.held} of {count} hidden cases hold, {planned.doc}"
        message = f"{float(figure):.4f}, at least {float(self.at_least):g} is needed: {share}"
        outcome = "passed" if count and figure >= self.at_least else "failed"
        return Trial(planned.name, planned.kind, outcome, planned.doc, message)

    def facts(self) -> dict[str, Json]:
        """What the record of a verdict keeps."""
        return {
            "metric": self.metric,
            "value": round(float(self.figure()), 6),
            "at_least": float(self.at_least),
            "held": self.held,
            "of": len(self.pairs),
        }


def _field(port: str, name: str) -> Any:
    def pick(values: Values) -> Any:
        record = values[port]
        return None if record is None else record.get(name)

    return pick


def equal(expected: Any, found: Any, schema: Schema) -> bool:
    """Whether two values have the same canonical bytes: numbers by value, no tolerance.

    A field that is left out is the null that it may also be.
    """
    left, right = (codec.encode(_whole(value, schema), schema) for value in (expected, found))
    return left == right


def _whole(value: Any, schema: Schema) -> Any:
    """Records, also inside of lists and records, with every field."""
    inner = stripped(schema)
    if isinstance(value, list) and kind(inner) == "list":
        return [_whole(item, inner["items"]) for item in value]
    if isinstance(value, Mapping) and kind(inner) == "record":
        return {name: _whole(value.get(name), field) for name, field in inner["properties"].items()}
    return value
