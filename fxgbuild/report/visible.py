"""Foreign text made harmless: what a terminal or a reader could be fooled by is spelled out."""

import re
import unicodedata

_PLAIN = re.compile(r"[\x20-\x7e]*")


def visible(text: str) -> str:
    """Control, direction and zero-width characters as `\\u{202e}`; tabs and line ends stay."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(c if c in "\t\n" or not _is_hidden(c) else f"\\u{{{ord(c):x}}}" for c in text)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def one_line(text: str, most: int = 200) -> str:
    """One line of at most so many characters."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
