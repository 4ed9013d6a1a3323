"""The real sandbox for tests of the harness, opened once."""

import sys

import pytest

from fxgbuild.errors import SandboxUnsound
from fxgbuild.sandbox import Interpreter, Sandbox, describe_interpreter, open_sandbox


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    return describe_interpreter(sys.executable)


@pytest.fixture(scope="session")
def sandbox(interpreter: Interpreter) -> Sandbox:
    """The strongest level this machine has."""
    try:
        return open_sandbox(interpreter)
    except SandboxUnsound as error:
        pytest.skip(f"no sandbox here: {error.lines()}")
