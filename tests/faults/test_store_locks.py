"""A holder that is killed frees its locks; one that is stopped ends in the waiter's deadline."""

import os
import signal
import time
from pathlib import Path

import pytest

from fxgbuild.errors import LockTimeout
from fxgbuild.store.lease import Leases
from fxgbuild.store.lock import KeyLocks
from tests.faults.children import run, running

KEY = "generate:" + "ab" * 32
HOLD = f"""
leases, locks = Leases(home), KeyLocks(home)
assert leases.take(["fxgbuild", "build", "//eeg:all"])
assert locks.acquire(["{KEY}", "other"]) == {{"{KEY}", "other"}}
print("held", flush=True)
time.sleep(60)
"""


def test_a_holder_is_waited_for_by_name_and_a_killed_one_frees_its_keys(tmp_path: Path) -> None:
    locks = KeyLocks(tmp_path)
    said: list[str] = []
    with running(HOLD, tmp_path) as holder:
        assert locks.acquire([KEY, "free"]) == {"free"}
        assert locks.owner(KEY).startswith(f"pid {holder.pid}: fxgbuild build //eeg:all, since ")
        assert locks.owner("free") == ""
        with pytest.raises(LockTimeout) as caught:
            locks.wait(KEY, limit_s=0.2, waiting=said.append)
        assert caught.value.exit_code == 9
        assert str(holder.pid) in caught.value.facts["held by"]
        assert len(said) == 1
        holder.kill()
        locks.wait(KEY, limit_s=5, waiting=said.append)
    assert locks.acquire(["other"]) == {"other"}
    assert Leases(tmp_path).living() == []
    assert list((tmp_path / "running").iterdir()) == []


def test_a_stopped_holder_ends_in_the_deadline(tmp_path: Path) -> None:
    locks = KeyLocks(tmp_path)
    with running(HOLD, tmp_path) as holder:
        holder.send_signal(signal.SIGSTOP)
        start = time.monotonic()
        with pytest.raises(LockTimeout):
            locks.wait(KEY, limit_s=0.3, waiting=lambda _: None)
        assert 0.25 < time.monotonic() - start < 3
        assert [lease.pid for lease in Leases(tmp_path).living()] == [holder.pid]
        holder.send_signal(signal.SIGCONT)


LOCK_FILES = """
def take(self, key):
    try:
        os.close(os.open(home / f"lock-{hash(key)}", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
KeyLocks._take = take
KeyLocks._holder = lambda *_: None
"""
WAIT = f"""
signal.alarm(int(os.environ.get("ALARM", "1")))
KeyLocks(home).wait("{KEY}", limit_s=LIMIT, waiting=lambda who: None)
print("got it")
"""


def test_lock_files_would_outlive_their_holder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    with running(LOCK_FILES + HOLD, tmp_path) as holder:
        holder.kill()
    left = run(LOCK_FILES + WAIT.replace("LIMIT", "0.3"), tmp_path)
    assert "LockTimeout" in left.stderr


def test_without_a_deadline_a_stopped_holder_would_be_waited_for_for_ever(tmp_path: Path) -> None:
    with running(HOLD, tmp_path) as holder:
        holder.send_signal(signal.SIGSTOP)
        assert run(WAIT.replace("LIMIT", "None"), tmp_path).returncode == -signal.SIGALRM
    assert run(WAIT.replace("LIMIT", "None"), tmp_path).stdout == "got it\n"


def test_an_interrupt_ends_the_waiting_and_frees_what_was_held(tmp_path: Path) -> None:
    script = f"""
locks = KeyLocks(home)
assert locks.acquire(["mine"])
def waiting(who):
    os.kill(os.getpid(), signal.SIGINT)
locks.wait("{KEY}", limit_s=None, waiting=waiting)
"""
    with running(HOLD, tmp_path):
        assert "KeyboardInterrupt" in run(script, tmp_path).stderr
        assert KeyLocks(tmp_path).acquire(["mine"]) == {"mine"}


RACE = """
locks, mine = KeyLocks(home), []
for _ in range(30):
    for key in sorted(locks.acquire(["a", "b", "c"])) or ["a"]:
        locks.wait(key, limit_s=30, waiting=lambda who: None)
        lane = home / f"lane-{key}"
        lane.mkdir()  # fails where another is inside
        time.sleep(0.0005)
        lane.rmdir()
    locks.release(["a", "b", "c"])
"""


def test_two_processes_are_never_inside_of_one_key(tmp_path: Path) -> None:
    with running("print('on', flush=True)\n" + RACE + "time.sleep(60)", tmp_path) as other:
        ended = run(RACE, tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert other.poll() is None


def test_without_locks_they_would_be(tmp_path: Path) -> None:
    none = "KeyLocks._take = lambda *_: True\nprint('on', flush=True)\n"
    met = "sys.excepthook = lambda kind, *_: os._exit(7 if kind is FileExistsError else 1)\n"
    loop = met + none + RACE.replace("range(30)", "range(2000)")
    with running(loop, tmp_path) as one, running(loop, tmp_path) as other:
        while one.poll() is None and other.poll() is None:
            time.sleep(0.01)
        assert 7 in (one.poll(), other.poll()), "they never met"


def test_a_lease_is_seen_from_its_first_moment_to_its_last(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    lease = leases.take(["fxgbuild", "test"])
    assert lease is not None
    assert leases.take(["again"]) == lease
    assert Leases(tmp_path).living() == [lease]
    assert Leases(tmp_path).of(os.getpid()) == lease
    leases.end()
    assert Leases(tmp_path).living() == []


def test_a_lease_that_cannot_be_read_counts_all_the_same(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    lease = leases.take(["fxgbuild"])
    assert lease is not None
    [path] = (tmp_path / "running").iterdir()
    path.write_bytes(b"{")
    [found] = Leases(tmp_path).living()
    assert (found.pid, found.start_ns) == (lease.pid, lease.start_ns)
