"""What was bought: the index's rows that cost money, once more, in a file that is only added to.

All else in the index can be made again. A fresh index takes these rows from here, so a lost or
damaged one costs verdicts only. A later line replaces an earlier one of its row; `null` removes it.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from fxgbuild.digest import Json, canonical_json
from fxgbuild.files import make_private, no_space, read_regular

PREFIXES = ("pin:", "reply:", "attempts:", "lease:", "renew:", "promoted:")
LIMIT = 2**32


class Bought:
    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, rows: Mapping[str, Json]) -> bool:
        """Write down what was bought, on the disk before this returns; says if anything was."""
        paid = {key: value for key, value in rows.items() if key.startswith(PREFIXES)}
        if not paid:
            return False
        lines = [canonical_json({"row": key, "value": paid[key]}) for key in sorted(paid)]
        make_private(self.path.parent)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path, flags | os.O_NONBLOCK, 0o600)
        with no_space(self.path), os.fdopen(descriptor, "wb", buffering=0) as file:
            # The line before may be half written: its writer was killed, or the disk was full.
            data = b"\n" + b"\n".join(lines) + b"\n"
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        return True

    def size(self) -> int:
        try:
            return self.path.lstat().st_size
        except OSError:
            return 0

    def rows(self) -> dict[str, Json]:
        """The last value of every row; a line that is none is passed over."""
        rows: dict[str, Json] = {}
        try:
            lines = read_regular(self.path, LIMIT).splitlines()
        except OSError:
            return {}
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
                item = json.loads(line)
                key, value = item["row"], item["value"]
                if isinstance(key, str) and key.startswith(PREFIXES):
                    rows[key] = value
        return {key: value for key, value in rows.items() if value is not None}
