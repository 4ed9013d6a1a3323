"""How wide a text is at most, and texts cut or broken to fit: a drawing has no browser to ask.

The widths are those of DejaVu Sans, the widest of the fonts that a drawing asks for, so a text may
come out narrower than measured and never wider.
"""

# Hundredths of the font size, for the characters from blank to tilde.
_PLAIN = (
    *(32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64),
    *(64, 64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87),
    *(75, 79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64),
    *(62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64),
    *(34, 64, 84),
)
_OTHER = 110  # what has no row: as wide as the widest letters beyond ASCII
_BOLD = 1.16  # the greatest share that a bold letter adds to a text
_MONO = 61
ELLIPSIS = "…"


def width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """An upper bound for a text's width, in the unit of its font size."""
    if mono:
        units = sum(_MONO if ord(letter) < 0x2E80 else _OTHER for letter in text)
    else:
        units = sum(_PLAIN[ord(c) - 32] if 32 <= ord(c) < 127 else _OTHER for c in text)
    return units * size * (_BOLD if bold else 1.0) / 100


def cut(text: str, size: float, most: float, *, bold: bool = False, mono: bool = False) -> str:
    """A text that is no wider than it may be; what is left out is shown by an ellipsis."""
    if width(text, size, bold=bold, mono=mono) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle] + ELLIPSIS, size, bold=bold, mono=mono) <= most:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def broken(text: str, size: float, most: float, lines: int, *, mono: bool = False) -> list[str]:
    """A text in at most so many lines, broken at blanks; the last is cut where it does not fit."""
    words = text.split()
    found: list[str] = []
    while words and len(found) < lines - 1:
        line = words.pop(0)
        while words and width(f"{line} {words[0]}", size, mono=mono) <= most:
            line += f" {words.pop(0)}"
        found.append(cut(line, size, most, mono=mono))
    return [*found, cut(" ".join(words), size, most, mono=mono)] if words else found
