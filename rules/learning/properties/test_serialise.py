"""What writing the fitted states must do."""

import io
import json
import zipfile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)


def states(seed, features=5, components=3, hidden=2, support=4):
    rng = np.random.default_rng(seed)
    return {
        "scaler": {"mean": rng.normal(size=features), "scale": rng.random(features) + 0.1},
        "projection": {
            "mean": rng.normal(size=features),
            "components": rng.normal(size=(components, features)),
            "explained_variance": rng.random(components),
        },
        "svm": {
            "support_vectors": rng.normal(size=(support, components)),
            "dual_coef": rng.random(support),
            "intercept": float(rng.normal()),
            "gamma": float(rng.random()),
        },
        "autoencoder": {
            "hidden_weights": rng.normal(size=(components, hidden)),
            "hidden_bias": rng.normal(size=hidden),
            "output_weights": rng.normal(size=(hidden, components)),
            "output_bias": rng.normal(size=components),
        },
    }


@given(seed=SEEDS)
def test_every_value_comes_back(candidate, params, seed):
    """NumPy alone, without pickle, reads every array back exactly; the numbers are in the JSON."""
    given_states = states(seed)
    model = candidate(**given_states, **params)
    archive = np.load(io.BytesIO(model), allow_pickle=False)
    with zipfile.ZipFile(io.BytesIO(model)) as entries:
        numbers = json.loads(entries.read("state.json"))["numbers"]
    for state_name, state in given_states.items():
        for name, value in state.items():
            if isinstance(value, float):
                assert numbers[f"{state_name}.{name}"] == value
            else:
                np.testing.assert_array_equal(archive[f"{state_name}.{name}"], value)


@given(seed=SEEDS)
def test_equal_states_give_equal_bytes(candidate, params, seed):
    """The bytes depend on the values, not on the order or layout in which they are held."""
    given_states = states(seed)
    turned = {
        state_name: {
            name: np.asfortranarray(value) if isinstance(value, np.ndarray) else value
            for name, value in reversed(state.items())
        }
        for state_name, state in given_states.items()
    }
    assert candidate(**given_states, **params) == candidate(**turned, **params)


def test_nothing_of_the_moment_is_kept(candidate, params):
    """Entries are sorted, uncompressed and dated 1980, so that no run differs from another."""
    with zipfile.ZipFile(io.BytesIO(candidate(**states(1), **params))) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
