"""Durations on the command line: `30s`, `2m`, `1.5h`, or plain seconds."""

import re
from typing import Any

import click

UNITS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|)")


class Duration(click.ParamType):  # type: ignore[type-arg]
    """Seconds as a float."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = _DURATION.fullmatch(str(value))
        if not found:
            self.fail(f"`{value}` is no duration; they read 30s, 2m or 500ms", param, ctx)
        return float(found[1]) * UNITS[found[2]]


SECONDS = Duration()
