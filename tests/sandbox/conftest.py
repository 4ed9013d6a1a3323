"""Both levels, opened once each; a level that a machine lacks is skipped, never assumed."""

import sys

import pytest

from fxgbuild.errors import SandboxUnsound
from fxgbuild.sandbox import Interpreter, Sandbox, describe_interpreter, open_sandbox


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    return describe_interpreter(sys.executable)


@pytest.fixture(scope="session", params=["A", "B"])
def sandbox(request: pytest.FixtureRequest, interpreter: Interpreter) -> Sandbox:
    try:
        return open_sandbox(interpreter, wanted=request.param)
    except SandboxUnsound as error:
        pytest.skip(f"level {request.param} is not to be had here: {error.lines()}")
