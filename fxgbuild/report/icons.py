"""Icons of states and origins, drawn on a square of sixteen; a word stands beside each."""

ICONS: dict[str, str] = {
    "clean": '<circle cx="8" cy="8" r="6.4"/><path d="M5 8.3l2.1 2.1L11.2 6"/>',
    "dirty": '<path d="M8 1.9 14.6 13.6H1.4z"/><path d="M8 6.3v3.2M8 11.6v.1"/>',
    "waiting": '<circle cx="8" cy="8" r="6.4"/><path d="M8 4.4V8l2.4 1.6"/>',
    "failed": '<path d="M5.3 1.6h5.4l3.7 3.7v5.4l-3.7 3.7H5.3l-3.7-3.7V5.3z"/>'
    '<path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>',
    "pinned": '<path d="M5.5 1.8h5M6.4 1.8v4L4 8.6v1.2h8V8.6L9.6 5.8v-4M8 9.8v4.6"/>',
    "carried": '<path d="M1.8 8h8.6M7.2 4.6 10.6 8l-3.4 3.4M14 3v10"/>',
    "generated": '<path d="M8 1.6l1.5 4.9L14.4 8l-4.9 1.5L8 14.4 6.5 9.5 1.6 8l4.9-1.5z"/>',
    "missing": '<circle cx="8" cy="8" r="6.2" stroke-dasharray="2.6 2.6"/><path d="M8 5v6M5 8h6"/>',
    "source": '<path d="M5.4 4.4 1.8 8l3.6 3.6M10.6 4.4 14.2 8l-3.6 3.6"/>',
    "template": '<path d="M3.4 1.8h9.2v12.4H3.4zM5.8 5.4h4.4M5.8 8.2h4.4M5.8 11h2.4"/>',
    "input": '<path d="M8 2v8M4.6 6.8 8 10.2l3.4-3.4M2.6 13.6h10.8"/>',
    "output": '<path d="M8 13.6V5.4M4.6 8.6 8 5.2l3.4 3.4M2.6 2.2h10.8"/>',
    "foreign": '<path d="M6.4 3H2.8v10.2H13V9.6M8.6 2.6h4.8v4.8M13.2 2.8 7.4 8.6"/>',
    "artifact": '<path d="M2.2 4.8 8 1.8l5.8 3v6.4L8 14.2l-5.8-3zM2.2 4.8 8 7.8l5.8-3M8 7.8v6.4"/>',
}


def symbols() -> str:
    """All icons as symbols of one SVG; `use` draws them."""
    return "".join(
        f'<symbol id="i-{name}" viewBox="0 0 16 16"><g class="icon">{shape}</g></symbol>'
        for name, shape in ICONS.items()
    )


def use(name: str, x: float, y: float, size: float) -> str:
    return f'<use href="#i-{name}" x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}"/>'
