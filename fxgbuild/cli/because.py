"""`--because TEXT`: why something is done, as it is signed and kept."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Reason(click.ParamType[str]):
    """A text. What a terminal hands over may be bytes that are none, and those are not signed."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail("it is no text in UTF-8", param, ctx)
        return value


def reason(said: str, **more: Any) -> Callable[[F], F]:
    """The option, and what it says of itself."""
    return click.option("--because", type=Reason(), metavar="TEXT", help=said, **more)
