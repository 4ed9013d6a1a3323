"""A graph as one page: the drawing to walk in, a table of all targets, and a panel for each.

One file without server, network, font or script of others. The policy in its head allows nothing
but the style and the script in it, by their digests. The script adds behaviour, never content.
"""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from fxgbuild.report.dossier import Dossier, Port, Portrait
from fxgbuild.report.icons import symbols
from fxgbuild.report.palette import page_style
from fxgbuild.report.panel import badge, in_a_line, origin_badge, panel
from fxgbuild.report.picture import Picture
from fxgbuild.report.svg import MARGIN, body, described, samples

KEYS = (
    ("Tab", "the next node"),
    ("Arrow keys", "the node above, below or beside; Shift moves the drawing"),
    ("Enter", "open a node's panel"),
    ("Escape", "close it"),
    ("/", "search"),
    ("+ and -", "zoom; 0 shows the whole drawing"),
)


def page(portrait: Portrait, picture: Picture) -> str:
    """The whole file."""
    style, script = page_style() + _own("page.css"), _own("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    title = escape(portrait.whole.label)
    return (
        '<!doctype html>\n<html lang="en" class="plain">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} · graph</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<svg class="symbols" aria-hidden="true" width="0" height="0"><defs>{symbols()}</defs>'
        f"</svg>\n{_bar(portrait)}\n<main>\n{_drawing(portrait, picture)}\n{_table(portrait)}\n"
        f"</main>\n{_panels(portrait)}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _own(name: str) -> str:
    return (files("fxgbuild.report") / name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _bar(portrait: Portrait) -> str:
    whole = portrait.whole
    counts = " ".join(
        f'<span class="tag {state}"><svg class="small" aria-hidden="true"><use href="#i-{state}"/>'
        f"</svg>{count} {state}</span>"
        for state, count in portrait.counts().items()
    )
    return (
        '<a class="skip" href="#drawing">Skip to the drawing</a>'
        '<a class="skip" href="#table">Skip to the table</a>\n'
        f'<header class="bar"><div class="who"><h1>{escape(whole.label)}</h1>'
        f'<button type="button" class="open" data-open="{escape(whole.name)}">about the graph'
        f'</button><p class="counts">{counts}</p></div>'
        '<div class="tools"><label class="find"><span>Search</span>'
        '<input id="search" type="search" autocomplete="off" spellcheck="false" '
        'placeholder="Search ( / )" aria-keyshortcuts="/"></label>'
        '<div role="group" aria-label="View"><button type="button" data-view="drawing" '
        'aria-pressed="true">Drawing</button><button type="button" data-view="table" '
        'aria-pressed="false">Table</button></div>'
        '<div role="group" aria-label="Zoom" class="zoom">'
        '<button type="button" data-zoom="out" aria-label="Zoom out">&minus;</button>'
        '<button type="button" data-zoom="fit">Fit</button>'
        '<button type="button" data-zoom="in" aria-label="Zoom in">+</button></div>'
        '<button type="button" id="theme">Dark</button></div>'
        '<p id="said" role="status"></p></header>'
    )


def _drawing(portrait: Portrait, picture: Picture) -> str:
    wide, high = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    label = f"Drawing of {portrait.whole.label}. {described(portrait)}"
    doc = f'<p class="doc">{escape(portrait.whole.doc)}</p>' if portrait.whole.doc else ""
    return (
        f'<section id="drawing" class="view" aria-label="Drawing">{doc}{_legend()}'
        f'<div class="stage" tabindex="0" role="group" aria-label="{escape(label)}">'
        f'<svg class="fxg" role="group" aria-label="Nodes" width="{wide:g}" height="{high:g}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {wide:g} {high:g}">\n{body(picture, alive=True)}\n'
        "</svg></div></section>"
    )


def _legend() -> str:
    signs = "".join(
        f'<li><svg class="fxg" aria-hidden="true" width="{wide:g}" height="20">{sample}</svg>'
        f"{escape(text)}</li>"
        for sample, wide, text in samples()
    )
    keys = "".join(f"<li><kbd>{key}</kbd> {what}</li>" for key, what in KEYS)
    return (
        '<details class="legend"><summary>Legend and keys</summary>'
        f'<ul class="signs">{signs}</ul><ul class="keys">{keys}</ul></details>'
    )


COLUMNS = ("Target", "Task", "State", "Code", "Inputs", "Outputs", "Why", "Will run")


def _table(portrait: Portrait) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    rows = "\n".join(_row(one) for one in portrait.targets)
    return (
        '<section id="table" class="view" aria-label="Table"><div class="scroll" tabindex="0" '
        'role="group" aria-label="All targets"><table><caption>All targets of '
        f"{escape(portrait.whole.label)}</caption>"
        f"<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div></section>"
    )


def _row(one: Dossier) -> str:
    name = escape(one.name)
    why = "; ".join(in_a_line(reason) for reason in one.reasons[:3])
    more = f" and {len(one.reasons) - 3} more" if len(one.reasons) > 3 else ""
    cells = (
        escape(one.about),
        badge(one.state, one.state),
        origin_badge(one),
        _schemas(one.inputs),
        _schemas(one.outputs),
        escape(why + more),
        escape(", ".join(one.actions)),
    )
    data = "".join(
        f'<td data-of="{column}">{cell}</td>'
        for column, cell in zip(COLUMNS[1:], cells, strict=True)
    )
    return (
        f'<tr data-row="{name}"><th scope="row"><button type="button" class="open" '
        f'data-open="{name}">{name}</button></th>{data}</tr>'
    )


def _schemas(ports: Sequence[Port]) -> str:
    return "".join(
        f'<span class="flow"><b>{escape(port.name)}</b> <code>{escape(port.brief)}</code></span>'
        for port in ports
    )


def _panels(portrait: Portrait) -> str:
    articles = "\n".join(panel(one) for one in portrait.targets)
    return (
        '<aside id="panel" aria-label="About a target" hidden>'
        '<button type="button" id="close">Close <kbd>Esc</kbd></button>\n'
        f"{articles}</aside>"
    )
