"""What a date on the command line means."""

import datetime

import pytest

from fxgbuild.release.moment import moment

NOW = datetime.datetime(2026, 11, 21, 19, 0, 30, 999, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", "2026-11-21T19:00:30Z"),
        ("now", "2026-11-21T19:00:30Z"),
        ("2026-11-20", "2026-11-20T23:59:59Z"),
        ("today", "2026-11-21T23:59:59Z"),
        ("Yesterday", "2026-11-20T23:59:59Z"),
        ("2026-11-20T14:00", "2026-11-20T14:00:00Z"),
        ("2026-11-20 14:00:05", "2026-11-20T14:00:05Z"),
        ("2026-11-20T14:00:00z", "2026-11-20T14:00:00Z"),
        ("2026-11-20T14:00+02:00", "2026-11-20T12:00:00Z"),
        ("2 days ago", "2026-11-19T19:00:30Z"),
        ("1 week  ago", "2026-11-14T19:00:30Z"),
        ("90 minutes ago", "2026-11-21T17:30:30Z"),
    ],
)
def test_a_date_means_one_second_in_utc_and_a_day_its_end(text, meant):
    assert moment(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["last summer", "2026-13-01", "2026-11-31", "20", "999999 weeks ago", "2 days", "-"]
)
def test_what_is_no_date_is_told_with_the_forms_that_are(text):
    with pytest.raises(ValueError, match="it reads `2026-11-20`"):
        moment(text, NOW)
