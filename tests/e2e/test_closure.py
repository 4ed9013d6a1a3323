"""The closure of the EEG example builds elsewhere, from nothing and with no model."""

import pytest

from fxgbuild.release.closure import contents
from tests.promote.mail import build_of, made

LABEL = "//eeg:wheel"


@pytest.mark.slow
def test_a_closure_builds_to_the_same_release_elsewhere(built, tmp_path):
    first = made(built.root, LABEL)
    closure = first.blobs[first.release.closure.digest]
    again = build_of(closure, tmp_path / "elsewhere", LABEL)
    assert again.evidence.files == first.evidence.files
    assert again.release.digest == first.release.digest
    names = contents(closure)
    assert {"rules/signal/rules.toml", "examples/eeg/data/Subject00_1.edf"} <= set(names)
    assert not any("tabular" in name or "triage" in name for name in names)
    assert {name for name, _ in first.evidence.requirements} >= {"numpy", "scipy", "scikit-learn"}
    assert first.evidence.lock == first.evidence.files[1][1]
