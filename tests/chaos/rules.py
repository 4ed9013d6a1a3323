"""The rule set of the random graphs: six tasks, four written by a model, two by a template alone.

Ports are whole numbers, lists of them, and arrays with a unit. What a task computes is known here,
so shown examples and hidden cases are right whoever wrote the code.
"""

from dataclasses import dataclass, field

WAVE = "float64[n] uV ~1e-9"


@dataclass(frozen=True)
class Task:
    """A task as its files say it; `params` are name -> (type, default, binding)."""

    hole: bool
    signature: str
    inputs: dict
    outputs: dict
    doc: str
    params: dict = field(default_factory=dict)
    body: str = "raise NotImplementedError"


TASKS = {
    "fold": Task(
        hole=True,
        signature="def fold(first: int, second: int | None, third: int | None, *, "
        "factor: int, offset: int, level: int) -> int:",
        inputs={"first": "int", "second": "int?", "third": "int?"},
        outputs={"value": "int"},
        doc="Add what is there, times factor, plus offset and level, modulo 65521.",
        params={
            "factor": ("int", 3, "generate"),
            "offset": ("int", 1, "link"),
            "level": ("int", 2, "run"),
        },
    ),
    "smooth": Task(
        hole=True,
        signature="def smooth(wave: FloatArray, *, weight: float) -> FloatArray:",
        inputs={"wave": WAVE},
        outputs={"smoothed": WAVE},
        doc="Multiply every sample by the weight.",
        params={"weight": ("float", 0.5, "link")},
    ),
    "count": Task(
        hole=True,
        signature="def count(wave: FloatArray) -> int:",
        inputs={"wave": "float64[n]"},  # no unit: a producer's unit is none of its business
        outputs={"value": "int"},
        doc="Count the samples.",
    ),
    "gather": Task(
        hole=True,
        signature="def gather(values: list[int]) -> int:",
        inputs={"values": "list<int>"},
        outputs={"value": "int"},
        doc="Add the values, modulo 65521.",
    ),
    "total": Task(
        hole=False,
        signature="def total(first: int, second: int | None, third: int | None) -> int:",
        inputs={"first": "int", "second": "int?", "third": "int?"},
        outputs={"value": "int"},
        doc="Add what is there, modulo 65521.",
        body="return (first + (second or 0) + (third or 0)) % 65521",
    ),
    "shift": Task(
        hole=False,
        signature="def shift(wave: FloatArray, *, by: float) -> FloatArray:",
        inputs={"wave": WAVE},
        outputs={"shifted": WAVE},
        doc="Add a constant to every sample.",
        params={"by": ("float", 1.0, "link")},
        body="return wave + by",
    ),
}
TRIALS = {
    "fold": "assert 0 <= candidate(first=7, second=None, third=2, **params) < 65521",
    "total": "assert 0 <= candidate(first=7, second=None, third=2, **params) < 65521",
    "gather": "assert candidate(values=[65520, 2], **params) == 1",
    "count": "assert candidate(wave=np.zeros(4), **params) == 4",
    "smooth": "assert candidate(wave=np.ones(4), **params).shape == (4,)",
    "shift": "assert candidate(wave=np.ones(4), **params).shape == (4,)",
}


def fold(first, second, third, factor, offset, level):
    return ((first + (second or 0) + (third or 0)) * factor + offset + level) % 65521


def example(task, number):
    """One right example of a task; None for tasks that have none."""
    inputs = {"first": number, "second": None, "third": number + 1}
    if task == "total":
        return {"inputs": inputs, "outputs": {"value": (2 * number + 1) % 65521}}
    if task == "fold":
        params = {"factor": 5, "offset": number, "level": 1}
        value = fold(*inputs.values(), *params.values())
        return {"inputs": inputs, "params": params, "outputs": {"value": value}}
    return None


def files(versions):
    """Every file of the rule set; `versions` are task -> {fixed, doc, laws} as numbers."""
    found = {"rules/chaos/rules.toml": rules_text()}
    for name, own in versions.items():
        found[f"rules/chaos/templates/{name}.py"] = template_text(name, own["fixed"], own["doc"])
        found[f"rules/chaos/properties/test_{name}.py"] = (
            f'"""What {name} must do, version {own["laws"]}."""\n\nimport numpy as np\n\n\n'
            f'def test_{name}(candidate, params):\n    """One value that is known."""\n'
            f"    assert np is not None\n    {TRIALS[name]}\n"
        )
    return found


def rules_text():
    lines = ["fxg = 1", 'domain = "chaos"', "version = 1", 'doc = "Random graphs."', ""]
    lines += ["[distributions]", 'numpy = {requires = ">=2,<3", modules = ["numpy"]}', ""]
    for name, task in TASKS.items():
        lines += [f"[tasks.{name.capitalize()}]", f'doc = "{task.doc}"', 'imports = ["numpy"]']
        for side in ("inputs", "outputs"):
            pairs = ", ".join(f'{port} = "{kind}"' for port, kind in getattr(task, side).items())
            lines.append(f"{side} = {{{pairs}}}")
        for param, (kind, default, binding) in task.params.items():
            lines += [f"[tasks.{name.capitalize()}.params.{param}]", f'type = "{kind}"']
            lines += [f"default = {default}", f'binding = "{binding}"']
        lines += [f"[[tasks.{name.capitalize()}.invokes]]", 'task = "chaos.*"', ""]
    return "\n".join(lines)


def template_text(name, fixed, doc):
    """A template; `fixed` moves what no model sees, `doc` what the model is shown."""
    task = TASKS[name]
    array = "FloatArray" in task.signature
    head = [f'"""Task {name}, fixed part {fixed}."""', ""]
    head += ["from typing import TypeAlias", "", "import numpy as np"] if array else []
    head += ["import numpy.typing as npt", ""] if array else []
    head += ["FloatArray: TypeAlias = npt.NDArray[np.float64]", ""] if array else []
    shown = f'    """{task.doc} Version {doc}."""'
    body = [task.signature, shown, f"    {task.body}", ""]
    marked = ["# fxg:hole", *body, "", "# fxg:end"] if task.hole else body
    return "\n".join([*head, "", *marked]) + "\n"
