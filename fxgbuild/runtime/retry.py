"""Calls a function again after the errors a policy names, and gives up on one that hangs.

The wait after failure n (counted from 0) is min(cap_s, t0_s * factor**n).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_MAX_EXPONENT = 1024.0


class Interrupted(Exception):
    """The run ended before the next try."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to try, how long to wait in between, after which errors, and how long one may take.

    `errors` are names of classes; an error of a class below one of them counts too. None named
    means every error. `attempts` counts the first try as well.
    """

    attempts: int = 1
    t0_s: float = 0.0
    factor: float = 1.0
    cap_s: float | None = None
    errors: tuple[str, ...] = ()
    timeout_s: float | None = None

    def wait(self, n: int) -> float:
        try:
            wait: float = self.t0_s * float(self.factor) ** min(n, _MAX_EXPONENT)
        except OverflowError:
            wait = float("inf") if self.t0_s else 0.0
        if self.cap_s is not None:
            wait = min(self.cap_s, wait)
        return min(wait, threading.TIMEOUT_MAX)

    def covers(self, error: BaseException) -> bool:
        if not isinstance(error, Exception):
            return False
        named = {cls.__name__ for cls in type(error).__mro__}
        return not self.errors or not named.isdisjoint(self.errors)


def merge(edges: list[Mapping[str, Any]]) -> Policy:
    """Give the policy of an invocation that several edges make.

    The strictest timeout of all; the retry of the edge with the most attempts, of equal ones the
    first.
    """
    retries = [edge["retry"] for edge in edges if edge.get("retry")]
    timeouts = [edge["timeout_s"] for edge in edges if edge.get("timeout_s") is not None]
    timeout = min(timeouts, default=None)
    if not retries:
        return Policy(timeout_s=timeout)
    retry = max(retries, key=lambda one: int(one["attempts"]))
    return Policy(
        attempts=max(1, int(retry["attempts"])),
        t0_s=float(retry.get("t0_s") or 0.0),
        factor=float(retry.get("factor") or 1.0),
        cap_s=retry.get("cap_s"),
        errors=tuple(retry.get("errors") or ()),
        timeout_s=timeout,
    )


def attempt(
    call: Callable[[], Any],
    policy: Policy,
    sleep: Callable[[float], None],
    before: Callable[[int], None],
) -> Any:
    """Call until it succeeds, and give its result; raises the last error.

    `before` hears the number of each try, from 1.
    """
    for n in range(policy.attempts):
        before(n + 1)
        try:
            return within(call, policy.timeout_s)
        except Exception as error:
            if n + 1 >= policy.attempts or not policy.covers(error):
                raise
        sleep(policy.wait(n))
    raise AssertionError("a policy has at least one attempt")


def within(call: Callable[[], Any], timeout_s: float | None) -> Any:
    """Call, and raise TimeoutError when it takes too long.

    Python cannot stop a function from outside, so one that is too slow runs on in a thread of its
    own that nothing waits for, and what it gives is dropped.
    """
    if timeout_s is None:
        return call()
    result: list[Any] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            result.append(call())
        except BaseException as error:  # noqa: BLE001  (raised again by the caller's thread)
            failure.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise TimeoutError(f"took longer than {timeout_s:g} s")
    if failure:
        raise failure[0]
    return result[0]
