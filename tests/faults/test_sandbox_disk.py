"""Fault 7: code that fills its temporary folder fails its own test, and nobody else's."""

import sys

import pytest

from fxgbuild.sandbox import bubblewrap
from fxgbuild.sandbox.interpreter import describe_interpreter
from tests.harness.jobs import Target, judge, messages, open_or_skip

FILLS = """
import os, tempfile

import numpy as np


def f(x):
    for number in range(200):
        with open(os.path.join(tempfile.gettempdir(), f"part{number}"), "wb") as file:
            file.write(b"x" * (1 << 20))
    return x * 2.0
"""


@pytest.fixture(scope="module")
def sandbox():
    return open_or_skip(describe_interpreter(sys.executable), "A")


def test_a_full_temporary_folder_is_the_code_s_failure_and_named(sandbox):
    frames = judge(sandbox, Target("fills", FILLS), Target("honest"))
    assert frames["fills"]["ok"] is False
    assert "No space left on device" in messages(frames["fills"])
    assert frames["honest"]["ok"] is True


def test_with_a_large_folder_the_same_code_passes(sandbox, monkeypatch):
    """The bound bites: without it nothing fails."""
    monkeypatch.setattr(bubblewrap, "_TMP_MB", 1024)
    monkeypatch.setattr(bubblewrap, "_CODE_TMP_MB", 1024)
    assert judge(sandbox, Target("fills", FILLS))["fills"]["ok"] is True
