"""The colours of drawings and pages, for light and for dark; every pair that is read has contrast.

Colour never says anything alone: a state has a border, an icon and a word as well.
"""

from collections.abc import Mapping
from string import Template

LIGHT: Mapping[str, str] = {
    "paper": "#faf9f6",
    "card": "#ffffff",
    "quiet": "#f1efe9",
    "ink": "#1d2129",
    "muted": "#565d68",
    "hair": "#dcd9d0",
    "line": "#6d7480",
    "accent": "#3b4fc4",
    "clean": "#17693a",
    "clean_tint": "#e5f3ea",
    "dirty": "#855000",
    "dirty_tint": "#fdf0d3",
    "waiting": "#1f5aa8",
    "waiting_tint": "#e6effb",
    "failed": "#b01c2e",
    "failed_tint": "#fdeaea",
}
DARK: Mapping[str, str] = {
    "paper": "#12151b",
    "card": "#1b2029",
    "quiet": "#232a35",
    "ink": "#e8ebf0",
    "muted": "#a3acb9",
    "hair": "#343c49",
    "line": "#8b95a4",
    "accent": "#a9b6ff",
    "clean": "#6fd79a",
    "clean_tint": "#17352a",
    "dirty": "#f3c161",
    "dirty_tint": "#3a2e14",
    "waiting": "#8fc0ff",
    "waiting_tint": "#172f4d",
    "failed": "#ff9d9d",
    "failed_tint": "#471f26",
}
THEMES = {"light": LIGHT, "dark": DARK}

SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif'
MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace'

SHAPES = f"""
.fxg text{{font-family:{SANS};font-size:12px}}
.fxg .name{{font-size:15px;font-weight:600}}
.fxg .end .name{{font-size:12px}}
.fxg .port,.fxg .chip .of,.fxg .badge text{{font-size:11px}}
.fxg .chip .of{{font-weight:600}}
.fxg .marks,.fxg .end .about{{font-size:10px}}
.fxg .schema{{font-family:{MONO};font-size:10.5px}}
.fxg .mid{{text-anchor:middle}}
.fxg .frame{{stroke-width:1.5}}
.fxg .dirty>.frame{{stroke-width:3.5}}
.fxg .waiting>.frame{{stroke-width:2;stroke-dasharray:1.5 4;stroke-linecap:round}}
.fxg .failed>.frame{{stroke-width:2}}
.fxg .inner{{fill:none;stroke-width:1.5}}
.fxg .end>.frame{{stroke-width:1.2}}
.fxg .foreign>.frame{{stroke-dasharray:6 3}}
.icon{{fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}}
.fxg .wire{{fill:none;stroke-width:1.5}}
.fxg .async{{stroke-dasharray:6 4}}
.fxg .stem,.fxg .rule{{fill:none;stroke-width:1}}
.fxg .chip rect{{stroke-width:1}}
.fxg .heading{{font-size:22px;font-weight:650}}
"""
COLOURS = Template("""
.fxg text{fill:$ink}
.fxg .about,.fxg .marks,.fxg .schema,.fxg .doc{fill:$muted}
.fxg .frame{fill:$card;stroke:$line}
.fxg .end>.frame{fill:$quiet}
.fxg .end,.fxg .origin{color:$muted}
.fxg .origin text{fill:$muted}
.fxg .wire{stroke:$line}
.fxg .stem{stroke:$line}
.fxg .rule{stroke:$hair}
.fxg .tip{fill:$line}
.fxg .chip rect{fill:$quiet;stroke:$hair}
.fxg .badge .pill{fill:$quiet}
.fxg .clean{color:$clean}.fxg .clean>.frame,.fxg .clean>.inner{stroke:$clean}
.fxg .dirty{color:$dirty}.fxg .dirty>.frame,.fxg .dirty>.inner{stroke:$dirty}
.fxg .waiting{color:$waiting}.fxg .waiting>.frame,.fxg .waiting>.inner{stroke:$waiting}
.fxg .failed{color:$failed}.fxg .failed>.frame,.fxg .failed>.inner{stroke:$failed}
.fxg .clean .state .pill{fill:$clean_tint}.fxg .clean .state text{fill:$clean}
.fxg .dirty .state .pill{fill:$dirty_tint}.fxg .dirty .state text{fill:$dirty}
.fxg .waiting .state .pill{fill:$waiting_tint}.fxg .waiting .state text{fill:$waiting}
.fxg .failed .state .pill{fill:$failed_tint}.fxg .failed .state text{fill:$failed}
.fxg .paper{fill:$paper}
""")


def drawing_style() -> str:
    """The style of a drawing that stands alone: light, and dark where that is preferred."""
    dark = COLOURS.substitute(DARK)
    return f"{SHAPES}{COLOURS.substitute(LIGHT)}@media (prefers-color-scheme:dark){{{dark}}}"


def page_style() -> str:
    """The same for a page, whose colours are its variables."""
    names = {name: f"var(--{name})" for name in LIGHT}
    light, dark = (_variables(theme) for theme in (LIGHT, DARK))
    themes = (
        f":root{{color-scheme:light;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}"
        f":root[data-theme=light]{{color-scheme:light;{light}}}"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}"
    )
    return themes + SHAPES + COLOURS.substitute(names)


def _variables(theme: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in theme.items())
