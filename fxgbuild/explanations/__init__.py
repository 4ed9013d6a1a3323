"""Explanations: what each error id means and what to do, for `fxgbuild explain`."""

from fxgbuild.explanations.example import EXAMPLES as EXAMPLES
from fxgbuild.explanations.meaning import EXPLANATIONS as EXPLANATIONS


def page(id: str) -> list[str]:
    """All that is known of an error id, as lines."""
    lines = [f"{id}: {EXPLANATIONS[id]}"]
    example = EXAMPLES.get(id)
    if example is None:
        return lines
    if example.given:
        lines += ["", "For example", *(f"  {line}" for line in example.given.splitlines())]
    if example.says:
        lines += ["", "says" if example.given else "For example", f"  {example.says} [{id}]"]
    return [*lines, "", f"What to do: {example.do}"]
