"""What the suites of processes share: the warm parent, and folders in memory."""

import shutil

import pytest

from tests.chaos.living import memory
from tests.chaos.processes import Starter


@pytest.fixture(scope="session")
def starter():
    found = Starter()
    yield found
    found.close()


@pytest.fixture
def home():
    folder = memory("chaos")
    yield folder
    shutil.rmtree(folder)
