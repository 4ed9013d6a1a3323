"""What makes a text file unreadable: its bounds, and where one of them was passed."""

import math

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_NUMBER = 400  # characters


class Unreadable(Exception):
    """A file is not what its name says; never leaves the readers."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


def number(text: str, base: int = 10) -> int | float:
    """A number as it is written; ValueError for one that no key could hold."""
    if len(text) > MAX_NUMBER:
        raise ValueError(f"a number of {len(text)} characters; at most {MAX_NUMBER} are read")
    if base == 0 or text.lstrip("+-").isdigit():
        return int(text, base)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"`{text}` is no finite number; leave a bound out, or write null")
    return value
