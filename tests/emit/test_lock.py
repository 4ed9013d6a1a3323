"""The lock beside a wheel: exact versions of what it needs and of all that needs, nothing more."""

import pytest

from fxgbuild.emit.lock import lock_subset

LOCK = """\
# made by a tool
--index-url https://example.org/simple
NumPy==2.1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
scikit_learn[alldeps]==1.5.0 ; python_version >= "3.11"  # via x
scipy===1.13.0
joblib==1.4.0 --hash=sha256:cc
pytest==8.0
loose>=1
-e ./here
"""
NEEDS = {
    "scikit-learn": ["numpy>=1.19", "scipy>=1.6", "joblib>=1.2", 'pytest>=7; extra == "tests"'],
    "SciPy": ["numpy<3", 'cycle; python_version < "3"'],
    "numpy": ["scipy"],
}


def test_the_subset_is_the_closure_sorted_without_hashes_or_addresses():
    assert lock_subset(LOCK, ["scikit-learn>=1.5"], NEEDS) == (
        "joblib==1.4.0\nnumpy==2.1.0\nscikit-learn==1.5.0\nscipy==1.13.0\n"
    )


def test_an_extra_brings_what_it_asks_for():
    assert "pytest==8.0\n" in lock_subset(LOCK, ["scikit_learn[tests]"], NEEDS)


def test_nothing_required_is_an_empty_lock():
    assert lock_subset(LOCK, [], NEEDS) == ""


@pytest.mark.parametrize(
    ("requires", "needs", "what"),
    [
        (["absent"], {}, "no exact version of absent"),
        (["loose"], {}, "no exact version of loose"),
        (["pytest"], {"pytest": ["pluggy"]}, "no exact version of pluggy"),
        (["?"], {}, "not a requirement"),
    ],
)
def test_what_the_lock_does_not_pin_is_refused(requires, needs, what):
    with pytest.raises(ValueError, match=what):
        lock_subset(LOCK, requires, needs)


def test_two_versions_of_one_distribution_are_refused():
    with pytest.raises(ValueError, match="two versions of a"):
        lock_subset("a==1\nA==2\n", ["a"], {})
