"""Installed test packages, shared by the tests of this folder."""

import site

import pytest

from .installs import installed
from .packages import numeric, words


@pytest.fixture(scope="session")
def words_python(tmp_path_factory):
    return installed(words(), tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="session")
def numeric_python(tmp_path_factory):
    return installed(numeric(), tmp_path_factory.mktemp("numeric"), *site.getsitepackages())
