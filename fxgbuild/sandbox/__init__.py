"""The host's side of running generated code: picks the strongest sandbox, launches, collects.

`open_sandbox` gives a `Sandbox`; `stage_job` writes what it is to run; `Sandbox.run` runs it.
"""

from fxgbuild.sandbox.interpreter import Interpreter, describe_interpreter
from fxgbuild.sandbox.job import stage_job
from fxgbuild.sandbox.outcome import Outcome
from fxgbuild.sandbox.sandbox import Sandbox, open_sandbox

__all__ = [
    "Interpreter",
    "Outcome",
    "Sandbox",
    "describe_interpreter",
    "open_sandbox",
    "stage_job",
]
