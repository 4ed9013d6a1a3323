"""Processes that run the real command line, started quickly: each is forked from one warm parent.

Every command is a process and a session of its own, with real stores and locks, to be stopped,
killed and waited for. `python -m tests.chaos.processes` is the warm parent.
"""

import contextlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.typed import Typed

ROOT = Path(__file__).parents[2]
LANES = 3  # two cores are busy with these: one of them mostly waits
WARM = ("build", "cache", "emit", "generate", "ls", "plan", "query", "show", "why", "log", "run")


@dataclass
class Process:
    """One running command."""

    folder: Path
    pid: int

    def kill(self, number=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    @property
    def ended(self):
        return (self.folder / "code").exists()

    def said(self):
        """What stands on stderr by now."""
        return (self.folder / "err").read_text("utf-8", "replace")

    def wait(self, limit_s=60):
        """How it ended; a negative code is the signal that ended it."""
        deadline = time.monotonic() + limit_s
        while not self.ended:
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"still running after {limit_s} s: {self.said()[-2000:]}")
            time.sleep(0.002)
        text = [(self.folder / name).read_text("utf-8", "replace") for name in ("code", "out")]
        return Typed(int(text[0]), text[1], self.said())


class Starter:
    """The warm parent, and the folder where commands leave what they say."""

    def __init__(self, **env):
        self.folder = Path(tempfile.mkdtemp(prefix="fxg-processes-"))
        self.count = 0
        self.asking = threading.Lock()  # one question and its answer, whichever lane asks
        self.parent = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.processes"],
            cwd=ROOT,
            env=os.environ | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, living, *words, env=None):
        """Start a command in a workspace; returns once its process is there."""
        told = {"FXG_CHAOS_LOG": str(living.log.path), **(env or {})}
        return self.ask({"cwd": str(living.root), "words": words, "env": told})

    def plain(self, cwd, words, env):
        """The command line as it is, nothing scripted; `env` is the whole of its environment."""
        return self.ask({"cwd": str(cwd), "words": words, "env": env, "plain": True})

    def ask(self, request):
        with self.asking:
            self.count += 1
            folder = self.folder / str(self.count)
            folder.mkdir()
            for name in ("out", "err"):  # who is killed before its first instruction says nothing
                (folder / name).touch()
            request = request | {"folder": str(folder)}
            self.parent.stdin.write(json.dumps(request) + "\n")
            self.parent.stdin.flush()
            return Process(folder, int(self.parent.stdout.readline()))

    def run(self, living, *words, env=None, limit_s=60):
        return self.start(living, *words, env=env).wait(limit_s)

    def close(self):
        self.parent.stdin.close()
        self.parent.wait(10)
        shutil.rmtree(self.folder)


def in_lanes(work, many, lanes=LANES):
    """Each piece of work once, some beside each other; the first failure is raised."""
    with ThreadPoolExecutor(lanes) as pool:
        return list(pool.map(work, many))


def serve():
    """Fork a keeper for each request; the keeper forks the command and writes down its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` lets it be ignored, by all below it
    importlib.import_module("tests.chaos.command")
    for verb in WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"fxgbuild.cli.{verb}")
    for line in sys.stdin:
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            _keep(json.loads(line), write)
        os.close(write)
        with os.fdopen(read) as told:
            print(told.read().strip(), flush=True)


def _keep(request, told):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(told)
        _command(request)
    os.write(told, str(pid).encode())
    os.close(told)
    _, status = os.waitpid(pid, 0)
    folder = Path(request["folder"])
    (folder / "code.new").write_text(str(os.waitstatus_to_exitcode(status)))
    (folder / "code.new").rename(folder / "code")
    os._exit(0)


def _command(request):
    code = 99
    try:
        os.setsid()
        for number, name in ((1, "out"), (2, "err")):
            target = os.open(Path(request["folder"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(target, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
        os.chdir(request["cwd"])
        if request.get("plain"):
            os.environ.clear()
        os.environ.update(request["env"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        importlib.reload(importlib.import_module("fxgbuild.crash"))  # it reads the environment
        sys.argv = ["fxgbuild", *request["words"]]
        if request.get("plain"):
            sys.path[0] = request["cwd"]  # as `python -m` has it
            importlib.import_module("fxgbuild.__main__").main()
        code = importlib.import_module("tests.chaos.command").run(list(request["words"]))
    except BaseException:  # noqa: BLE001 - a child must never return into the parent's loop
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
