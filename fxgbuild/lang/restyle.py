"""Writes a YAML text anew in one style: indents of two, no needless quotes, comments kept.

Flow and block stay as they were chosen. ruamel.yaml does the writing, and only `fmt` loads it.
"""

import io
import re
from typing import Any

import yaml

WIDTHS = (100, 140, 4096)
_TORN = re.compile(r"[{,] *[A-Za-z0-9_]+:$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z_(./][^\n\r\t,\[\]{}#&*!|>'\"%@`]*\Z")
_NUMBERLIKE = re.compile(r"[.]?(inf|nan)\Z|[0-9.]", re.IGNORECASE)
_WIDE = re.compile(r"^( *)-   (?=-)")


def restyle(text: str) -> str | None:
    """Give the text in the one style; None where it cannot be written so.

    Lines are wider where a digest, say, would be torn from its key.
    """
    found = None
    for width in WIDTHS:
        found = _written(text, width)
        if found is None or not _TORN.search(found):
            break
    return found


def _written(text: str, width: int) -> str | None:
    from ruamel.yaml import YAML  # noqa: PLC0415  (only for this command)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    writer = YAML(typ="rt")
    writer.preserve_quotes = True
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = width
    writer.brace_single_entry_mapping_in_flow_sequence = True
    writer.allow_unicode = True
    sink = io.StringIO()
    try:
        document = writer.load(text)
        _requote(document)
        writer.dump(document, sink)
    except (YAMLError, ValueError, TypeError, AttributeError, RecursionError, NotImplementedError):
        return None
    return "\n".join(_close([line.rstrip() for line in sink.getvalue().split("\n")]))


def _requote(value: Any) -> None:
    """Take quotes off where a plain text says the same in YAML 1.1 and 1.2, else double them."""
    from ruamel.yaml.scalarstring import (  # noqa: PLC0415
        DoubleQuotedScalarString,
        PlainScalarString,
        SingleQuotedScalarString,
    )

    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(pairs):
        if isinstance(item, DoubleQuotedScalarString | SingleQuotedScalarString):
            text = str(item)
            value[key] = (PlainScalarString if _is_plain(text) else DoubleQuotedScalarString)(text)
        elif isinstance(item, dict | list):
            _requote(item)


def _is_plain(text: str) -> bool:
    if not _PLAIN.match(text) or ": " in text or " #" in text or text.endswith((":", " ")):
        return False
    return not _NUMBERLIKE.match(text) and yaml.safe_load(text) == text


def _close(lines: list[str]) -> list[str]:
    """Set a list in a list one blank after its dash, as everything else is."""
    found: list[str] = []
    inside: list[int] = []
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        while line.strip() and inside and indent <= inside[-1]:
            inside.pop()
        shift = 2 * len(inside)
        rest = line[shift:] if line.strip() else line
        opened = _WIDE.match(line)
        if opened:
            inside.append(len(opened[1]))
            cut = len(opened[1]) + 2 - shift
            rest = rest[:cut] + rest[cut + 2 :]
        found.append(rest)
    return found


def comments(text: str) -> list[str]:
    """The comments of a text in their order, by their words."""
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    found: list[str] = []
    scanner = YAML(typ="rt")
    try:
        for token in scanner.scan(text):
            parts = token.comment or ()
            for part in parts if isinstance(parts, list | tuple) else ():
                for one in part if isinstance(part, list) else [part]:
                    if one is not None:
                        lines = str(one.value).split("\n")
                        found += [line.strip() for line in lines if line.strip().startswith("#")]
    except YAMLError:
        return []
    return sorted(found)
