"""Both levels, opened once each; a level that a machine lacks is skipped, never assumed."""

import sys

import pytest

from fxgbuild.sandbox.interpreter import Interpreter, describe_interpreter
from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import open_or_skip


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    return describe_interpreter(sys.executable)


@pytest.fixture(scope="session", params=["A", "B"])
def sandbox(request: pytest.FixtureRequest, interpreter: Interpreter) -> Sandbox:
    return open_or_skip(interpreter, str(request.param))
