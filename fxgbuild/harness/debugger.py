"""A person at a call: the code process runs it under pdb.

The debugger lives in the code's own process, behind the code's own walls; it reaches a terminal by
two pipes that the host relays. No verdict is made meanwhile.
"""

import os
import pdb
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

TERMINAL = (4, 5)  # the code process reads here, and writes there


class _Debugger(pdb.Pdb):
    """Begins in the code under test, not in a library that it called."""

    def __init__(self, code: str) -> None:
        reads, writes = TERMINAL
        super().__init__(
            stdin=os.fdopen(reads, "r", encoding="utf-8", errors="replace"),
            stdout=os.fdopen(writes, "w", encoding="utf-8", errors="replace", buffering=1),
            nosigint=True,
            readrc=False,
        )
        self.code = code

    def setup(self, f: FrameType | None, tb: TracebackType | None) -> None:
        super().setup(f, tb)
        own = [at for at, (frame, _) in enumerate(self.stack) if self._is_own(frame)]
        if tb is not None and own:
            self.curindex = own[-1]
            self.curframe = self.stack[self.curindex][0]
            self.curframe_locals = self.curframe.f_locals

    def _is_own(self, frame: FrameType) -> bool:
        return frame.f_code.co_filename.startswith(self.code)


def debug(
    function: Callable[..., Any], made: Callable[[], Mapping[str, Any]], code: Path, told: str
) -> None:
    """Run one call under pdb: where it raises, or from its first line when it returns.

    `made` gives the call's arguments, anew each time.
    """
    for fd in (1, 2):
        os.dup2(TERMINAL[1], fd)
    debugger = _Debugger(str(code))
    debugger.message(told)
    arguments = made()
    try:
        function(**arguments)
    except BaseException as error:  # noqa: BLE001  (whatever it raised is what is looked at)
        debugger.message(f"{type(error).__name__} was raised")
        debugger.reset()
        trace = error.__traceback__
        debugger.interaction(None, trace.tb_next if trace and trace.tb_next else trace)
        return
    debugger.message("the call returns; from its first line:")
    debugger.runcall(function, **made())
