"""Plausible wrong ways to split; the template itself is the right one."""

import runpy
from pathlib import Path

import numpy as np

TEMPLATE = runpy.run_path(str(Path(__file__).parents[1] / "templates" / "split.py"))
reference = TEMPLATE["split"]


def a_row_is_the_four_kinds_in_order(moments, spectra, energies, ratios, labels, usable, **params):
    """Joins the kinds channel by channel."""
    joined = np.concatenate([moments, spectra, energies, ratios], axis=2)
    empty = joined[:, :, :0]
    return reference(joined, empty, empty, empty, labels, usable, **params)


def no_window_is_in_two_parts(*inputs, **values):
    """Tests on the validation windows, too."""
    result = reference(*inputs, **values)
    known = np.zeros(len(result.validation), dtype=np.int64)
    return result._replace(
        test=np.concatenate([result.validation, result.test]),
        test_labels=np.concatenate([known, result.test_labels]),
    )


def parts_follow_in_time(moments, spectra, energies, ratios, labels, usable, **params):
    """Shuffles before it splits."""
    order = np.random.default_rng(0).permutation(len(labels))
    kinds = [kind[order] for kind in (moments, spectra, energies, ratios)]
    return reference(*kinds, labels[order], usable[order], **params)


def unusable_windows_are_dropped(moments, spectra, energies, ratios, labels, usable, **params):
    """Keeps every window."""
    kinds = (moments, spectra, energies, ratios)
    return reference(*kinds, labels, np.ones_like(usable), **params)


def labels_belong_to_the_test_rows(*inputs, **values):
    """Labels the last rows of rest and the task the other way round."""
    result = reference(*inputs, **values)
    return result._replace(test_labels=result.test_labels[::-1])
