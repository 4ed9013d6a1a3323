"""What a command that was typed answered."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Typed:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)
