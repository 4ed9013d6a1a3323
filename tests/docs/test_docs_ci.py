"""The jobs of docs/ci/ for changes, on this repository: a branch that drops a hidden case.

The way to production is in tests/promote/test_workflows.py.
"""

import http.server
import json
import re
import shutil
import threading
import urllib.parse
from xml.etree import ElementTree

import pytest
import yaml

from tests.git.repositories import commit, git

from .hosts import GitHub, GitLab
from .pages import ROOT, read

PARTS = (
    *("fxgbuild", "rules", "cache", "examples", "fxgbuild.toml", "requirements.lock"),
    *("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore", ".gitattributes"),
)
FEW = "//eeg:moments"  # of all targets, so that the jobs take seconds
GITHUB, GITLAB = (yaml.safe_load(read(f"docs/ci/{host}.yml")) for host in ("github", "gitlab"))


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


@pytest.mark.slow
def test_github_s_job_builds_comments_and_refuses_what_is_weaker(origin, shop, tmp_path):
    pull = {"event": {"pull_request": {"number": 7}}}
    host = GitHub(tmp_path, origin, GITHUB, shop, env={"TARGETS": FEW})
    first = host.run("pull_request", "refs/heads/weaker", only=["build"], github=pull)["build"]
    steps = GITHUB["jobs"]["build"]["steps"]
    names = [step["name"] for step in steps if "run" in step and "'push'" not in step.get("if", "")]
    assert [name for name, *_ in first.steps] == names, first.steps
    assert set(first.codes.values()) == {0, 1}, first.steps
    assert [name for name, code in first.codes.items() if code] == [names[-1]]  # it is refused
    results = first.runner.clone / "results"
    suite = ElementTree.parse(results / "junit.xml").getroot()  # noqa: S314 - our own
    assert int(suite.get("tests")) > 0
    assert json.loads((results / "fxgbuild.sarif").read_text("utf-8"))["version"] == "2.1.0"
    page = (results / "diff.md").read_text("utf-8")
    assert page.startswith("## fxgbuild: 1 gate weakened")
    assert "`//eeg:moments` `acceptance.cases`" in page
    assert (first.runner.folder / "GITHUB_STEP_SUMMARY").read_text("utf-8") == page
    assert first.runner.called("gh")[:3] == ["pr", "comment", "7"]
    assert git(first.runner.clone, "status", "--porcelain") == ""
    host.store = first.runner.clone / ".fxgbuild"
    second = host.run("pull_request", "refs/heads/main", only=["build"], github=pull)["build"]
    assert second.outcome == "success", second.steps
    assert "1 target; to run: 1 test\n" in second.said("Build")  # the case that is there again
    labelled = {"labels": [{"name": "weaker-gates"}], "head": {"repo": {"fork": True}}}
    fork = {"event": {"pull_request": {"number": 8} | labelled}}
    third = host.run("pull_request", "refs/heads/weaker", only=["build"], github=fork)["build"]
    assert third.outcome == "success", third.steps
    assert set(names) - set(third.codes) == {"Comment", names[-1]}
    assert third.runner.called("gh") == []


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


@pytest.mark.slow
def test_gitlab_s_job_builds_comments_and_refuses_what_is_weaker(origin, shop, tmp_path, api):
    url, notes = api
    variables = {"TARGETS": FEW, "ARTIFACT": FEW}  # the node for the wheel: `emit` is not for it
    pipeline = GITLAB | {"fxgbuild": without_emit(GITLAB["fxgbuild"])}
    host = GitLab(tmp_path, origin, pipeline, shop, variables=variables)
    facts = {"CI_API_V4_URL": url, "CI_PROJECT_ID": "5", "FXG_COMMENT_TOKEN": "secret"}
    merge = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    runner, code, printed = host.job("fxgbuild", "origin/weaker", **facts, **merge)
    assert code == 1, printed
    ((path, token, sent),) = notes
    assert (path, token) == ("/api/v4/projects/5/merge_requests/7/notes", "secret")
    assert sent["body"][0] == (runner.clone / "results/diff.md").read_text("utf-8")
    assert sent["body"][0].startswith("## fxgbuild: 1 gate weakened")
    _, code, printed = host.job("fxgbuild", "origin/weaker")
    assert code == 0, printed
    assert "; 0 actions run" in printed
    assert len(notes) == 1


def without_emit(job):
    """The job but for the two lines that name the wheel, which takes the whole graph to build."""
    kept = [line for line in job["script"] if "emit" not in line]
    assert len(kept) == len(job["script"]) - 2
    reports = {"junit": job["artifacts"]["reports"]["junit"]}
    return job | {"script": kept, "artifacts": {"reports": reports}}


def test_every_line_of_the_jobs_that_types_fxgbuild_names_options_that_exist():
    from fxgbuild.cli.main import VERBS, cli

    for text in (read("docs/ci.md"), read("docs/ci/github.yml"), read("docs/ci/gitlab.yml")):
        typed = re.findall(
            r"(?:^|[-:] |^ +)fxgbuild (\w+)((?: (?:\\\n)? *[^\s>|`]+)*)", text, re.MULTILINE
        )
        assert typed
        for verb, words in typed:
            assert verb in VERBS, verb
            command = cli.get_command(None, verb)
            known = {name for param in command.params for name in param.opts}
            named = set(re.findall(r"(?<!\S)--[a-z-]+", words))
            assert named <= known, (verb, named - known)
