"""The real sandbox for tests of the harness, opened once."""

import sys

import pytest

from fxgbuild.sandbox.interpreter import Interpreter, describe_interpreter
from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import open_or_skip


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    return describe_interpreter(sys.executable)


@pytest.fixture(scope="session")
def sandbox(interpreter: Interpreter) -> Sandbox:
    """The strongest level this machine has."""
    return open_or_skip(interpreter)
