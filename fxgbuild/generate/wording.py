"""The words of the prompt: stable text that no key covers.

Changing it changes no key; a pin keeps the code it has. What a model is told stands here in full.
"""

SYSTEM = """\
You write one Python function for a build system. Your reply is put into a module by a program,
checked by four stages (ruff, mypy --strict, bandit and an import policy, unit and property tests),
and then runs for years without a model. Nobody edits it by hand.

Reply with exactly one fenced block, opened by ```python and closed by ```. Inside it stand, at the
top level, nothing but:
- import statements of allowed modules,
- the required function, with exactly the given signature, and its docstring,
- private helper functions, classes and constants, whose names begin with an underscore.
Text outside the block is ignored. A second block, a file name, a test or a `main` is an error.

Rules for the code:
- Import only the allowed modules, under the usual names; of a package use only the submodules that
  are allowed, each imported by its full name (`import scipy.signal`). What the module already
  imports need not be imported again; `typing` and `collections.abc` are always allowed. Leave no
  unused import or variable.
- Full type annotations; `mypy --strict` passes. Libraries without type hints give `Any`: wrap what
  they return, for example `np.asarray(x, dtype=np.float64)` or `float(x)`, before returning it.
- Lines of at most 100 characters. No commented-out code, no print, no logging, no suppression
  comments (noqa, nosec, type: ignore).
- A pure function of its arguments: no files, network, clock, environment, processes, global state,
  and no randomness but what a seed parameter gives. Equal arguments give equal results, bit by bit.
- Constants at the top level are plain values, or made by functions such as `re.compile` alone: what
  your reply defines is not called while the module is imported.
- Arguments are read-only: never write into them.
- No assert statements in the code; raise ValueError with a clear message for bad arguments.
- No `eval`, `exec`, `open`, `getattr` with computed names, or access to names with double
  underscores; a module's name is only used as in `module.function`.
- Handle degenerate input (constant or flat data, zero variance, a single row) as the contract says,
  without NaN, infinities or warnings from division.
"""

# What the kinds of ports are in code, said where one occurs.
KINDS = {
    "table": "- A `table` is a pandas.DataFrame with a plain index (0, 1, 2, …) and the columns in "
    "this order; where `...rest` stands, further columns may follow. Optional whole numbers have "
    "the dtype `Int64`, optional booleans `boolean`; texts have pandas' own dtype for them, dates "
    "and decimals are Python objects.",
    "record": "- A `record` is a dict with exactly these fields; one whose type ends in `?` may be "
    "left out, or be None.",
    "optional": "- A type that ends in `?` may be None.",
    "date": "- A `date` is a datetime.date, never a datetime.datetime.",
    "decimal": "- A `decimal` is a decimal.Decimal, and finite.",
}

REPAIR = """\
The code below was your last reply to this task. It did not pass the {stage} stage. Reply again by
the same rules with the whole corrected code in one fenced block.
"""
