"""An approval is read as it was written, and nothing else is one."""

from dataclasses import replace

import pytest

from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.approval import Approval, approval, read_approval
from fxgbuild.release.statement import PROVENANCE, Statement

from .case import RELEASE, digest

GIVEN = Approval(
    "release", "ana@example.org", "looks right", "2026-11-21T19:00:00Z", (digest("a key"),), ("f1",)
)
STATEMENT = approval(RELEASE, GIVEN)


def test_what_is_written_is_read_again():
    again = Statement.parse(STATEMENT.to_bytes())
    assert read_approval(again) == GIVEN
    assert again.subjects == (*RELEASE.files.items(), (RELEASE.label, RELEASE.digest))


@pytest.mark.parametrize(
    "change",
    [
        {"role": ""},
        {"role": "Release"},
        {"role": None},
        {"person": 1},
        {"at": "2026-11-21"},
        {"at": "2026-13-21T19:00:00Z"},
        {"reviewed": ["none"]},
        {"reviewed": "none"},
        {"acknowledged": [1]},
        {"acknowledged": None},
        {"more": True},
        {"because": ["x"]},
    ],
)
def test_what_is_written_otherwise_is_no_approval(change):
    with pytest.raises(Malformed):
        read_approval(replace(STATEMENT, predicate=STATEMENT.predicate | change))


@pytest.mark.parametrize("name", GIVEN.to_json())
def test_every_field_is_needed(name):
    predicate = {key: value for key, value in STATEMENT.predicate.items() if key != name}
    with pytest.raises(Malformed):
        read_approval(replace(STATEMENT, predicate=predicate))


def test_another_predicate_is_no_approval():
    with pytest.raises(Malformed):
        read_approval(replace(STATEMENT, predicate_type=PROVENANCE))
