"""Moments as people name them: a date, a time, `yesterday`, `2 days ago`; all in UTC."""

import datetime
import re
from datetime import UTC

_AGO = re.compile(r"(\d{1,6}) ?(second|minute|hour|day|week)s? ago")
FORMS = "`2026-11-20`, `2026-11-20T14:00`, `yesterday`, `2 days ago` or `now`"


def stamp(moment: datetime.datetime) -> str:
    """RFC 3339 in UTC, whole seconds: how entries and statements write their time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def moment(text: str, now: datetime.datetime) -> str:
    """The stamp that a text means; raises ValueError where it means none.

    A day stands for its end, so that everything that happened on it has happened.
    A time without a zone is of UTC.
    """
    words = " ".join(text.lower().split())
    today = now.astimezone(UTC).date()
    days = {"today": today, "yesterday": today - datetime.timedelta(1)}
    ago = _AGO.fullmatch(words)
    try:
        if words in ("", "now"):
            return stamp(now)
        if ago:
            return stamp(now - datetime.timedelta(**{f"{ago[2]}s": int(ago[1])}))
        if words not in days and len(words) > len("2026-11-20"):
            found = datetime.datetime.fromisoformat(words.upper())
            return stamp(found if found.tzinfo else found.replace(tzinfo=UTC))
        day = days[words] if words in days else datetime.date.fromisoformat(words)
        return f"{day.isoformat()}T23:59:59Z"
    except (ValueError, OverflowError):
        raise ValueError(f"`{text}` is no date: it reads {FORMS}") from None
