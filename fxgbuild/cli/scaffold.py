"""The files of a new rule set and of one more task type; DOMAIN, TASK and FUNCTION stand for names.

Plumbing with a template that runs as it is, and one task type whose function a model writes. All of
it builds and is tested without a model, and needs nothing but the standard library.
"""

RULES = """\
# The task types of one domain. Ports and parameters are typed here; code lives in templates/.
fxg = 1
domain = "DOMAIN"
version = 1
doc = "Series of numbers, and what is made of them."

# What code may import beyond the standard library, and the range that an artifact requires:
# [distributions]
# numpy = {requires = ">=2,<3", modules = ["numpy"]}

[types] # names for port types; graphs that use this rule set know them too
Series = "list<float>" # with numpy: "float64[samples] mV ~1e-9", dtype, axes, unit, tolerance

[tasks.ReadSeries] # templates/read_series.py has no hole: plumbing, it needs no model
doc = "Read a series from text, one number a line."
inputs = {text = "text"} # ports, in the order of the function's arguments
outputs = {series = "Series"} # several outputs come back as a NamedTuple

[[tasks.ReadSeries.invokes]] # who may take its outputs, and how; any other edge is a load error
task = "DOMAIN.Smooth"
call = ["sync", "async"]

[tasks.Smooth] # templates/smooth.py has a hole: a model writes what stands between its marks
doc = "Smooth a series by a centred moving average."
inputs = {series = "Series"}
outputs = {smooth = "Series"}
imports = ["math", "statistics"] # all that the code may import

[tasks.Smooth.params.width] # keyword-only in the function
type = "int"
range = [1, 999]
default = 3
binding = "link" # generate: its value is in the prompt; link: baked in; run: given at start
doc = "How many neighbouring values are averaged; odd."
"""

README = """\
# DOMAIN

Series of numbers, and what is made of them. `rules.toml` has the ports and parameters,
`templates/` the signatures, `properties/` the laws of every implementation, `faults/` a planted
mistake for each law.
`fxgbuild test //RULES/DOMAIN` shows that each law holds for the reference and kills its mistake.

| task | needs a model | gives |
| --- | --- | --- |
| ReadSeries | no | a series, from text |
| Smooth | yes | the series, smoothed |

    smooth: {task: DOMAIN.Smooth, spec: "Average each value with its neighbours, ..."}
"""

READ_TEMPLATE = '''\
"""Read a series from text, one number a line."""


def read_series(text: str) -> list[float]:
    """Return the numbers in order; blank lines are passed over. ValueError for any other line."""
    return [float(line) for line in text.splitlines() if line.strip()]
'''

READ_PROPERTIES = '''\
"""What reading a series must do; the first sentence of a docstring is the law."""

from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.lists(st.floats(-1e6, 1e6))


@given(numbers=NUMBERS)
def test_every_number_comes_back(candidate, params, numbers):
    """Numbers that are written one a line are read in their order."""
    text = "".join(f"{number!r}\\n" for number in numbers)
    assert candidate(text=text, **params) == numbers


@given(numbers=NUMBERS)
def test_blank_lines_do_not_count(candidate, params, numbers):
    """Blank lines between the numbers change nothing."""
    text = "\\n\\n".join(repr(number) for number in numbers)
    assert candidate(text=f"\\n{text}\\n\\n", **params) == numbers
'''

READ_FAULTS = '''\
"""Plausible wrong ways to read a series; the template itself is the right one."""


def every_number_comes_back(text):
    """Sorts the numbers."""
    return sorted(float(line) for line in text.splitlines() if line.strip())


def blank_lines_do_not_count(text):
    """Takes a blank line for zero."""
    return [float(line) if line.strip() else 0.0 for line in text.splitlines()]
'''

SMOOTH_TEMPLATE = '''\
"""Smooth a series by a centred moving average."""


# fxg:hole
def smooth(series: list[float], *, width: int) -> list[float]:
    """Return the mean of each value and its neighbours, as many values as were given.

    series: any number of values, also none. width: odd; width // 2 neighbours on each side count.
    At the ends only the neighbours that are there count.
    """
    raise NotImplementedError


# fxg:end
'''

SMOOTH_PROPERTIES = '''\
"""What a moving average must do, whoever writes it: one property, one planted fault."""

import math

from hypothesis import given
from hypothesis import strategies as st

SERIES = st.lists(st.floats(-1000, 1000), max_size=20)


@given(series=SERIES, width=st.sampled_from([1, 3, 7]))
def test_as_many_values_come_out(candidate, params, series, width):
    """There are as many values after as before, also where the series is short or empty."""
    assert len(candidate(series=series, width=width)) == len(series)


@given(value=st.floats(-1000, 1000), count=st.integers(1, 12))
def test_a_constant_series_stays(candidate, params, value, count):
    """A constant series is its own average, at the ends too."""
    result = candidate(series=[value] * count, **params)
    assert all(math.isclose(x, value, rel_tol=1e-9, abs_tol=1e-9) for x in result)


@given(series=SERIES.filter(bool), width=st.sampled_from([3, 5]))
def test_each_value_is_the_mean_of_its_neighbourhood(candidate, params, series, width):
    """The value in the middle of the series is the mean of its neighbourhood."""
    middle, reach = len(series) // 2, width // 2
    near = series[max(0, middle - reach) : middle + reach + 1]
    result = candidate(series=series, width=width)
    assert math.isclose(result[middle], sum(near) / len(near), rel_tol=1e-9, abs_tol=1e-9)
'''

SMOOTH_FAULTS = '''\
"""One right and several plausible wrong ways to smooth; nothing here is shown to a model."""


def _average(series, reach):
    near = [series[max(0, i - reach) : i + reach + 1] for i in range(len(series))]
    return [sum(values) / len(values) for values in near]


def reference(series, *, width):
    return _average(series, width // 2)


def as_many_values_come_out(series, *, width):
    """Drops the ends, where neighbours are missing."""
    reach = width // 2
    return _average(series, reach)[reach : len(series) - reach]


def a_constant_series_stays(series, *, width):
    """Divides by the full width at the ends, too."""
    reach = width // 2
    near = [series[max(0, i - reach) : i + reach + 1] for i in range(len(series))]
    return [sum(values) / width for values in near]


def each_value_is_the_mean_of_its_neighbourhood(series, *, width):
    """Looks back only."""
    near = [series[max(0, i - width + 1) : i + 1] for i in range(len(series))]
    return [sum(values) / len(values) for values in near]
'''

GRAPH = """\
# A graph that uses the workspace's own rule set. `fxgbuild build //DOMAIN:all` builds it.
fxg: 1
use: ["//RULES/DOMAIN"]
doc: Read a series.
inputs: {text: text}
outputs: {series: read.series}
data:
  sample: {text: {path: sample.txt, sha256: SHA256}}
nodes:
  read: {task: DOMAIN.ReadSeries}
  # The first node that a model writes. Take the marks off this one and its edge, then
  # `fxgbuild plan //DOMAIN:all` says what is missing and `fxgbuild prompt //DOMAIN:smooth` what
  # a model is asked.
  # smooth:
  #   task: DOMAIN.Smooth
  #   spec: Average each value with its neighbours; at the ends with those that are there.
  #   params: {width: 5}
  #   examples:
  #     - {inputs: {series: [1, 2, 6]}, params: {width: 3}, outputs: {smooth: [1.5, 3, 4]}}
edges:
  - {from: text, to: read.text}
  # - {from: read.series, to: smooth.series}
"""

SAMPLE = "1.0\n2.0\n6.0\n2.0\n1.0\n"

TASK_RULES = """
[tasks.TASK] # made by `fxgbuild init --rules DOMAIN --task TASK`; make it yours, then its files
doc = "Say in one sentence what comes of the values."
inputs = {values = "list<float>"}
outputs = {result = "list<float>"}
imports = ["math"]
"""

TASK_TEMPLATE = '''\
"""Say in one sentence what comes of the values."""


# fxg:hole
def FUNCTION(values: list[float]) -> list[float]:
    """Return the values, each as it was.

    The contract that a model reads: what goes in, what comes out, units, edge cases, errors.
    values: any number of them, also none.
    """
    raise NotImplementedError


# fxg:end
'''

TASK_PROPERTIES = '''\
"""What TASK must do, whoever writes it: one property, one planted fault."""

from hypothesis import given
from hypothesis import strategies as st


@given(values=st.lists(st.floats(-1000, 1000)))
def test_as_many_values_come_out(candidate, params, values):
    """There are as many values after as before."""
    assert len(candidate(values=values, **params)) == len(values)
'''

TASK_FAULTS = '''\
"""A right way, and for every property a plausible wrong one that it rejects."""


def reference(values):
    return list(values)


def as_many_values_come_out(values):
    """Leaves out what it has seen before."""
    return list(dict.fromkeys(values))
'''

RULE_SET: dict[str, str] = {
    "rules.toml": RULES,
    "README.md": README,
    "templates/read_series.py": READ_TEMPLATE,
    "templates/smooth.py": SMOOTH_TEMPLATE,
    "properties/test_read_series.py": READ_PROPERTIES,
    "properties/test_smooth.py": SMOOTH_PROPERTIES,
    "faults/read_series.py": READ_FAULTS,
    "faults/smooth.py": SMOOTH_FAULTS,
}
PACKAGE: dict[str, str] = {"fxg.yaml": GRAPH, "sample.txt": SAMPLE}
TASK: dict[str, str] = {
    "templates/FUNCTION.py": TASK_TEMPLATE,
    "properties/test_FUNCTION.py": TASK_PROPERTIES,
    "faults/FUNCTION.py": TASK_FAULTS,
}
