"""The jobs of docs/ci.md: their lines run in order in a clone; hosts and actions are stood in."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.git.repositories import commit, git

from .pages import ROOT, blocks, read

PARTS = (
    *("fxgbuild", "rules", "cache", "examples", "fxgbuild.toml", "requirements.lock"),
    *("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore", ".gitattributes"),
)
FEW = "//eeg:moments"  # of all targets, so that the jobs take seconds
GITHUB, GITLAB = (yaml.safe_load(text) for text in blocks(read("docs/ci.md"), "yaml"))
HANDED = ("PATH", "LANG", "LC_ALL", "TMPDIR")
# What stands in for an action: a clone, the Python of the tests, a copied folder, nothing.
STOOD_IN = {"actions/checkout", "actions/setup-python", "actions/cache",
            "actions/upload-artifact", "github/codeql-action/upload-sarif"}  # fmt: skip


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A repository made of this one: `main`, and a branch that drops a hidden case."""
    home = tmp_path_factory.mktemp("origin")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, home / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, home / part)
    commit(home)
    git(home, "checkout", "-q", "-b", "weaker")
    cases = home / "examples/eeg/acceptance/moments.jsonl"
    cases.write_text("".join(cases.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    commit(home)
    git(home, "checkout", "-q", "main")
    return home


@dataclass
class Runner:
    """A machine with one clone, a Python, and a `gh` that writes down what it is told."""

    folder: Path
    env: dict = field(default_factory=dict)

    @property
    def clone(self):
        return self.folder / "clone"

    def checkout(self, origin, branch):
        self.folder.mkdir(exist_ok=True)
        git(self.folder, "clone", "-q", f"file://{origin}", "clone")
        git(self.clone, "checkout", "-q", "--detach", f"origin/{branch}")
        tools = self.folder / "bin"
        tools.mkdir()
        self.script("python", f'exec "{sys.executable}" "$@"')
        self.script("gh", f'printf "%s\\n" "$@" > "{self.folder}/gh.txt"')
        # Packages come from the Python of the tests: pip checks them against the lock, offline.
        packages = sysconfig.get_paths(vars={"base": str(self.clone / ".venv")})["purelib"]
        Path(packages).mkdir(parents=True)
        outer = sysconfig.get_paths()["purelib"]
        (Path(packages) / "outer.pth").write_text(f"{outer}\n", "utf-8")
        self.env = {name: os.environ[name] for name in HANDED if name in os.environ}
        self.env |= {"HOME": str(self.folder), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
        self.env["PATH"] = f"{tools}:{self.env['PATH']}"

    def script(self, name, line):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
        path.chmod(0o755)

    def bash(self, text, **env):
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", text],
            cwd=self.clone,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def github(runner, event, store=None):
    """Run the steps of GitHub's job; (name, exit code, output) of each line that ran."""
    base = {"GITHUB_PATH": "path", "GITHUB_STEP_SUMMARY": "summary"}
    for name, file in base.items():
        (runner.folder / file).touch()
        runner.env[name] = str(runner.folder / file)
    runner.env |= {"TARGETS": FEW, "GITHUB_BASE_REF": "main"}
    known = {
        "github.event_name == 'pull_request'": event == "pull_request",
        "!github.event.pull_request.head.repo.fork": True,
        "!contains(github.event.pull_request.labels.*.name, 'weaker-gates')": True,
        "always()": True,
    }
    said = {"github.token": "token", "github.event.pull_request.number": "7"}
    ran, failed = [], False
    for step in GITHUB["jobs"]["build"]["steps"]:
        conditions = step.get("if", "").split(" && ") if "if" in step else []
        if not all(known[text] for text in conditions) or (failed and "always()" not in conditions):
            continue
        if "uses" in step:
            assert step["uses"].partition("@")[0] in STOOD_IN
            if "actions/cache@" in step["uses"] and store is not None:
                shutil.copytree(store, runner.clone / step["with"]["path"], symlinks=True)
            continue
        env = {n: re.sub(r"\$\{\{ (.*?) \}\}", lambda m: said[m[1]], v)
               for n, v in step.get("env", {}).items()}  # fmt: skip
        done = runner.bash(step["run"], **env)
        failed = failed or done.returncode != 0
        ran.append((step["name"], done.returncode, done.stdout + done.stderr))
        added = (runner.folder / "path").read_text("utf-8").split()
        here = [str(runner.folder / "bin"), *reversed(added), os.environ["PATH"]]
        runner.env["PATH"] = ":".join(here)
    return ran


def codes(ran):
    return {name: code for name, code, _ in ran}


@pytest.mark.slow
def test_github_s_job_builds_comments_and_refuses_what_is_weaker(origin, tmp_path):
    first = Runner(tmp_path / "first")
    first.checkout(origin, "weaker")
    ran = github(first, "pull_request")
    names = [step["name"] for step in GITHUB["jobs"]["build"]["steps"] if "run" in step]
    assert [name for name, *_ in ran] == names
    assert set(codes(ran).values()) == {0, 1}, ran
    assert [name for name, code, _ in ran if code] == [names[-1]], ran  # the gate is refused
    results = first.clone / "results"
    suite = ElementTree.parse(results / "junit.xml").getroot()  # noqa: S314 - our own
    assert int(suite.get("tests")) > 0
    assert json.loads((results / "fxgbuild.sarif").read_text("utf-8"))["version"] == "2.1.0"
    page = (results / "diff.md").read_text("utf-8")
    assert page.startswith("## fxgbuild: 1 gate weakened")
    assert "`//eeg:moments` `acceptance.cases`" in page
    assert (first.folder / "summary").read_text("utf-8") == page
    told = (first.folder / "gh.txt").read_text("utf-8").split()
    assert told[:3] == ["pr", "comment", "7"]
    assert git(first.clone, "status", "--porcelain", "cache") == ""
    second = Runner(tmp_path / "second")
    second.checkout(origin, "weaker")
    ran = github(second, "push", store=first.clone / ".fxgbuild")
    assert set(codes(ran).values()) == {0}, ran
    assert set(codes(ran)) == set(names[:2])
    built = next(text for name, _, text in ran if name == "Build")
    assert "; 0 actions run" in built, built


class Api(http.server.BaseHTTPRequestHandler):
    """GitLab's API for notes, which keeps what it is sent."""

    notes: list = []  # noqa: RUF012 - made anew for each server

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.notes.append((self.path, self.headers["PRIVATE-TOKEN"], urllib.parse.parse_qs(data)))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def api():
    handler = type("Handler", (Api,), {"notes": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v4", handler.notes
    server.shutdown()
    thread.join()
    server.server_close()


def gitlab(runner, **env):
    job = GITLAB["fxgbuild"]
    return runner.bash("\n".join([*job["before_script"], *job["script"]]), TARGETS=FEW, **env)


@pytest.mark.slow
def test_gitlab_s_job_builds_comments_and_refuses_what_is_weaker(origin, tmp_path, api):
    url, notes = api
    runner = Runner(tmp_path / "runner")
    runner.checkout(origin, "weaker")
    facts = {"CI_API_V4_URL": url, "CI_PROJECT_ID": "5", "FXG_COMMENT_TOKEN": "secret"}
    merge = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    done = gitlab(runner, **facts, **merge)
    assert done.returncode == 1, done.stdout + done.stderr
    ((path, token, sent),) = notes
    assert (path, token) == ("/api/v4/projects/5/merge_requests/7/notes", "secret")
    assert sent["body"][0] == (runner.clone / "results/diff.md").read_text("utf-8")
    assert sent["body"][0].startswith("## fxgbuild: 1 gate weakened")
    (runner.clone / ".fxgbuild").chmod(0o777)  # as a cache that was unpacked with an open umask
    done = gitlab(runner)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "; 0 actions run" in done.stdout
    assert len(notes) == 1


def test_every_line_of_the_jobs_that_types_fxgbuild_names_options_that_exist():
    from fxgbuild.cli.main import cli

    text = read("docs/ci.md")
    typed = re.findall(r"fxgbuild (build|diff)((?: (?:\\\n)? *[^\s>|`]+)+)", text)
    assert len(typed) >= 6
    for verb, words in typed:
        command = cli.get_command(None, verb)
        known = {name for param in command.params for name in param.opts}
        named = set(re.findall(r"--[a-z-]+", words))
        assert named <= known, named - known
