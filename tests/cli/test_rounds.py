"""`--check`, `retry`, `--watch`, `--defer`, `clean`: commands around a build."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from fxgbuild.cli.rc import expanded
from fxgbuild.cli.watch import is_watching, one_round
from fxgbuild.store.lease import Leases
from tests.bench.synthetic import SETTINGS, make
from tests.e2e.conftest import Workspace

WORDS = "pipelines/hello/words.py"
GRAPH = "pipelines/hello/fxg.yaml"
RIGHT, WRONG = "len(text.split())", "len(text.split()) + 1"
TARGETS = {"//hello:count", "//hello:hello", "//hello:wheel"}


def runs(workspace):
    """What the last run said, event by event."""
    last = sorted((workspace.root / ".fxgbuild" / "runs").glob("*.jsonl"))[-1]
    return [json.loads(line) for line in last.read_text("utf-8").splitlines()]


def test_check_passes_when_there_is_nothing_to_do_and_runs_nothing(hello):
    assert hello.type("build", "--check").code == 0
    hello.edit(WORDS, RIGHT, f"{RIGHT} + 0")
    done = hello.type("build", "--check")
    assert done.code == 1
    assert "FXG1003" in done.err
    assert "//hello:count" in done.out
    done = hello.type("build", "--check", "--json")
    assert done.code == 1
    states = {target["label"]: target["state"] for target in done.json["targets"]}
    assert states["//hello:count"] == "dirty"
    assert runs(hello)[0]["command"] == ["build"]  # of the fixture: neither check was a run


def test_retry_builds_what_failed_or_was_skipped(hello):
    assert "nothing failed" in hello.type("retry").err
    hello.edit(WORDS, RIGHT, WRONG)
    assert hello.type("build", "-k", "//...").code == 1
    again = hello.type("retry", "--no-record")
    assert again.code == 1
    started = runs(hello)[0]
    assert set(started["patterns"]) == TARGETS
    assert started["command"][:3] == ["build", "-k", "--no-record"]
    hello.edit(WORDS, WRONG, RIGHT)
    assert hello.type("retry").code == 0
    done = hello.type("retry")
    assert done.code == 0
    assert "nothing failed" in done.err


def test_retry_of_a_killed_run_is_the_run_once_more(hello):
    path = hello.root / ".fxgbuild" / "runs" / "29991231T235959Z-0000.jsonl"
    started = runs(hello)[0] | {
        "run": path.stem,
        "command": ["build", "//hello:count"],
        "patterns": ["//hello:count"],
    }
    path.write_text(json.dumps(started) + "\n", "utf-8")
    done = hello.type("retry", "--json")
    assert done.code == 0, done.err
    assert [target["label"] for target in done.json["targets"]] == ["//hello:count"]


class Watching:
    """A `build --watch` in the background, and what it has said so far."""

    def __init__(self, workspace, *words):
        self.log = workspace.root.parent / "log"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fxgbuild", "build", "--watch", *words],
                cwd=workspace.root,
                stdout=out,
                stderr=out,
                env=os.environ,
            )

    def rounds(self):
        return [x for x in self.log.read_text().splitlines() if x.startswith("watch ")]

    def wait(self, count):
        """The line of the round of this number."""
        deadline = time.monotonic() + 60
        while len(self.rounds()) < count:
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return self.rounds()[count - 1]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def watching():
    started = []

    def start(*words):
        started.append(Watching(*words))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_a_save_builds_again_and_a_broken_file_does_not_end_it(hello, watching):
    watch = watching(hello, "//hello:all")
    assert "ok" in watch.wait(1)
    hello.edit(GRAPH, "task:", "tsak:")
    assert "failed with exit code 1 in" in watch.wait(2)
    assert f"after {GRAPH} changed" in watch.rounds()[1]
    assert "`tsak`" in watch.log.read_text()
    hello.edit(GRAPH, "tsak:", "task:")
    assert "ok" in watch.wait(3)
    assert watch.end() == 8
    assert len(watch.rounds()) == 3


def test_watching_asks_no_model_and_goes_on(tmp_path, watching):
    """A model is configured, and it is not even tried."""
    make("chain", 2, tmp_path / "ws")
    here = Workspace(tmp_path / "ws")
    shutil.rmtree(here.path("cache"))
    here.path("fxgbuild.toml").write_text(
        f'{SETTINGS}[generate]\nprovider = "openai"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    watch = watching(here)
    assert "exit code 20" in watch.wait(1)
    assert "FXG2001" in watch.log.read_text()
    assert watch.end() == 8


def test_a_mistyped_option_ends_watching_at_once(hello):
    assert hello.type("build", "--watch", "--no-such-option").code == 2
    assert hello.type("test", "--watch", "//nowhere:all").code == 2


def test_what_is_lacking_here_is_taken_from_the_workspace_that_is_deferred_to(hello, hello_built):
    assert hello.type("clean", "--expunge").code == 0
    before = sorted(path for path in hello_built.root.rglob("*"))
    done = hello.type("build", "--defer", str(hello_built.root), "--json")
    assert done.code == 0, done.err
    assert done.json["actions"]["by_kind"]["test"] == {"run": 0, "cached": 1}
    assert sorted(path for path in hello_built.root.rglob("*")) == before


def test_a_place_to_defer_to_that_is_no_workspace_is_a_usage_error(hello, tmp_path):
    done = hello.type("build", "--defer", str(tmp_path))
    assert done.code == 2
    assert "fxgbuild.toml" in done.err


def test_clean_keeps_what_was_paid_for_and_expunge_takes_it(hello):
    store = hello.root / ".fxgbuild"
    (store / "cas" / "kept").write_text("")
    assert hello.type("clean").code == 0
    assert not (store / "out").exists()
    assert (store / "cas" / "kept").exists()
    assert "test" in hello.plan("//...")["//hello:count"]["actions"]
    assert hello.type("clean", "--expunge").code == 0
    assert not store.exists()
    assert hello.type("clean").code == 0


def test_clean_refuses_what_is_no_store_or_in_use(hello, tmp_path):
    (tmp_path / "mine").mkdir()
    assert hello.type("clean", "--expunge", "--store", str(tmp_path / "mine")).code == 2
    assert hello.type("clean", "--expunge", "--store", "..").code == 2
    leases = Leases(hello.root / ".fxgbuild")
    assert leases.take(["fxgbuild", "build"])
    try:
        done = hello.type("clean")
        assert done.code == 1
        assert f"pid {os.getpid()}" in done.err
    finally:
        leases.end()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_a_script_and_labels(hello, shell):
    assert "_FXGBUILD_COMPLETE" in hello.type("completion", shell).out
    begun = {
        "bash": ("fxgbuild\nbuild\n//hello\n:\nco", "4", "count"),
        "zsh": ("fxgbuild build //hello:co", "2", "//hello:count"),
        "fish": ("fxgbuild build //hello:co", "//hello:co", "//hello:count"),
    }
    words, current, wanted = begun[shell]
    env = {"_FXGBUILD_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": current}
    done = hello.type(env=env)
    assert wanted in done.out
    assert "//hello:wheel" not in done.out


@pytest.mark.parametrize(
    ("typed", "frozen"),
    [
        (["build", "--watch", "//x"], True),
        (["build", "//x"], True),
        (["build", "--watch_generate", "--", "//x"], False),
        (["test", "--watch"], False),
    ],
)
def test_a_round_does_not_watch_whoever_asked_for_it(hello, monkeypatch, typed, frozen):
    """An rc file asks too; each round reads it anew."""
    monkeypatch.chdir(hello.root)
    hello.path(".fxgbuildrc").write_text("build --watch --jobs=3\n")
    assert is_watching(expanded(typed))
    words = expanded(one_round(typed))
    assert not is_watching(words)
    assert ("--frozen" in words) == frozen
    assert ("--jobs=3" in words) == (typed[0] == "build")
