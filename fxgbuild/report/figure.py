"""Figures: how the hidden cases of a node with a threshold were met, in lines for people."""

from fxgbuild.digest import Json


def figure_line(label: str, figure: Json) -> str:
    """One line a node."""
    return (
        f"{label}  {figure['metric']} {figure['value']:.4g}, at least {figure['at_least']:g} is"
        f" needed ({figure['held']} of {figure['of']} hidden cases hold)"
    )


def missed_lines(figure: Json) -> list[str]:
    """Every missed case."""
    return [f"  missed {text}" for text in figure["missed"]]
