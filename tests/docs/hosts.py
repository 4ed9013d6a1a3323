"""What runs a workflow where no host is: jobs in order, each step typed in a clone of its own.

Stood in for are checkout, Python, caches and uploads, `gh` and `docker`: a clone, the packages of
the Python of the tests, copied folders, scripts that write down how they were called. All lines of
`run` and `script` are bash's, as they stand in the file.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from tests.git.repositories import git

HANDED = ("PATH", "LANG", "LC_ALL", "TMPDIR")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
TOKEN = re.compile(r"\s*('[^']*'|&&|\|\||!=|==|[!(),]|[A-Za-z_][\w.*-]*)")
WORDS = {"&&": " and ", "||": " or ", "!": " not "}


@dataclass(frozen=True)
class Shop:
    """What a machine without a network has: the program's wheel, and environments to copy."""

    folder: Path

    @property
    def wheels(self):
        return self.folder / "wheels"

    @property
    def environment(self):
        """What `python -m venv` makes; it sees what is installed here, and an older program."""
        return self.folder / "environment"


def make_shop(folder):
    root = Path(__file__).parents[2]
    shop = Shop(folder)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*build, "-o", str(shop.wheels), str(root)], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", str(shop.environment)], check=True)
    home = Path(sysconfig.get_paths(vars={"base": str(shop.environment)})["purelib"])
    (home / "outer.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n", "utf-8")
    older = home / "fxgbuild-0.0.0.dist-info"  # which pip finds first, and replaces
    older.mkdir()
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: fxgbuild\nVersion: 0.0.0\n")
    (older / "RECORD").write_text("".join(f"{older.name}/{n},,\n" for n in ("METADATA", "RECORD")))
    return shop


@dataclass
class Runner:
    """A machine with one clone, a Python, and commands that write down what they are told."""

    folder: Path
    shop: Shop
    env: dict = field(default_factory=dict)

    @property
    def clone(self):
        return self.folder / "clone"

    @property
    def temp(self):
        return self.folder / "temp"

    def checkout(self, origin, ref="origin/main"):
        self.folder.mkdir(parents=True, exist_ok=True)
        git(self.folder, "clone", "-q", f"file://{origin}", "clone")
        git(self.clone, "checkout", "-q", "--detach", ref)
        for name in ("bin", "temp"):
            (self.folder / name).mkdir()
        self._script(
            "python",
            # An environment takes seconds to make, and is the same each time.
            f'[ "$*" = "-m venv .venv" ] && exec cp -a "{self.shop.environment}" .venv\n'
            f'exec "{sys.executable}" "$@"',
        )
        for name in ("gh", "docker"):
            self._script(name, f'printf "%s\\n" "$@" >> "{self.folder}/{name}.txt"')
        self.env = {name: os.environ[name] for name in HANDED if name in os.environ}
        pip = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
        self.env |= {"HOME": str(self.folder), "PIP_FIND_LINKS": str(self.shop.wheels), **pip}
        self.env["PATH"] = self.path()

    def path(self, *before):
        """Where commands are looked for; the program is only where a step has put it."""
        usual = [x for x in os.environ["PATH"].split(":") if not Path(x, "fxgbuild").exists()]
        return ":".join([*before, str(self.folder / "bin"), *usual])

    def _script(self, name, line):
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

    def called(self, name):
        """The words that a stood-in command was called with, one a line."""
        path = self.folder / f"{name}.txt"
        return path.read_text("utf-8").splitlines() if path.exists() else []


# GitHub ---------------------------------------------------------------------------------------


def value(text, context):
    """What an expression of GitHub's means; names that are not there are empty."""
    words, at = [], 0
    while at < len(text.rstrip()):
        token = TOKEN.match(text, at)
        assert token, f"{text[at:]!r} is no expression"
        at, word = token.end(), token[1]
        is_name = word[0].isalpha() and not text[at:].lstrip().startswith("(")
        words.append(WORDS.get(word, f"get({word!r})" if is_name else word))
    known = {
        "get": lambda name: looked_up(name, context),
        "startsWith": str.startswith,
        "contains": lambda where, what: what in where,
        "always": lambda: True,
    }
    return eval("".join(words).strip(), {"__builtins__": {}}, known)  # noqa: S307 - our own file


def looked_up(name, context):
    found = context
    for part in name.replace(".*", "").split("."):
        if isinstance(found, list):  # `labels.*.name` is every label's
            found = [each[part] for each in found]
        else:
            found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if found != {} else ""


def filled(known, context):
    """A mapping with its expressions' values; with the names that were empty left empty."""
    return {
        name: EXPRESSION.sub(lambda m: str(value(m[1], context)), str(text))
        for name, text in (known or {}).items()
    }


@dataclass
class Job:
    """One job that ran, or did not."""

    runner: Runner | None = None
    outcome: str = "skipped"
    steps: list = field(default_factory=list)  # (name, exit code, what it printed)
    outputs: dict = field(default_factory=dict)

    @property
    def codes(self):
        return {name: code for name, code, _ in self.steps}

    def said(self, name):
        return next(text for step, _, text in self.steps if step == name)


@dataclass
class GitHub:
    """GitHub's side: a repository, its secrets and variables, and the caches of its runs."""

    folder: Path
    origin: Path
    workflow: dict
    shop: Shop
    secrets: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)  # in place of what the workflow says
    runs: int = 0
    store: Path | None = None  # what the newest cache holds

    def run(self, event, ref, *, inputs=None, before=None, only=(), github=None):
        """Run all jobs that an event starts; `before` has what people do before a job of a name."""
        self.runs += 1
        done = {}
        facts = {
            "event_name": event,
            "ref": ref,
            "ref_name": ref.rpartition("/")[2],
            "run_id": str(self.runs),
            "token": "token",
            "actor": "runner",
        }
        for name, job in self.workflow["jobs"].items():
            if only and name not in only:
                continue
            needs = job.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            context = {
                "github": facts | (github or {}),
                "runner": {"os": "Linux", "arch": "X64"},
                "needs": {n: {"outputs": done[n].outputs} for n in needs},
                "secrets": self.secrets,
                "vars": self.variables,
                "inputs": inputs or {},
            }
            starts = all(done[need].outcome == "success" for need in needs)
            if starts and value(job.get("if", "always()"), context):
                if before and name in before:
                    before[name](context["needs"])
                done[name] = self._job(name, job, context)
            else:
                done[name] = Job()
        return done

    def _job(self, name, job, context):
        runner = Runner(self.folder / f"{self.runs}-{name}", self.shop)
        ref = context["github"]["ref"]
        runner.checkout(self.origin, ref.replace("refs/heads/", "origin/"))
        files = {}
        for variable in ("GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
            files[variable] = runner.folder / variable
            files[variable].touch()
            runner.env[variable] = str(files[variable])
        for fact in ("run_id", "ref_name", "actor"):
            runner.env[f"GITHUB_{fact.upper()}"] = context["github"][fact]
        runner.env |= {"RUNNER_TEMP": str(runner.temp), "GITHUB_BASE_REF": "main"}
        runner.env |= filled(self.workflow.get("env"), context) | self.env
        found = Job(runner, "success")
        context = context | {"steps": {}}
        for step in job["steps"]:
            asked = step.get("if", "")
            if found.outcome == "failure" and "always()" not in asked:
                continue
            if asked and not value(asked, context):
                continue
            if "uses" in step:
                self._stand_in(runner, step)
                continue
            files["GITHUB_OUTPUT"].write_text("", "utf-8")
            done = runner.bash(step["run"], **filled(step.get("env"), context))
            found.steps.append((step["name"], done.returncode, done.stdout + done.stderr))
            if done.returncode:
                found.outcome = "failure"
            lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
            outputs = dict(line.split("=", 1) for line in lines)
            context["steps"][step.get("id", step["name"])] = {"outputs": outputs}
            added = files["GITHUB_PATH"].read_text("utf-8").split()
            runner.env["PATH"] = runner.path(*reversed(added))
        found.outputs = filled(job.get("outputs"), context)
        if found.outcome == "success" and any("cache@" in s.get("uses", "") for s in job["steps"]):
            self.store = runner.clone / ".fxgbuild"
        return found

    def _stand_in(self, runner, step):
        action = step["uses"].partition("@")[0]
        if action.startswith("actions/cache"):
            if self.store is not None:
                shutil.copytree(self.store, runner.clone / step["with"]["path"], symlinks=True)
            return
        assert action in {"actions/checkout", "actions/setup-python", "actions/upload-artifact",
                          "github/codeql-action/upload-sarif"}  # fmt: skip


# GitLab ---------------------------------------------------------------------------------------


@dataclass
class GitLab:
    """GitLab's side: a repository, its variables, the cache and what jobs hand on."""

    folder: Path
    origin: Path
    pipeline: dict
    shop: Shop
    variables: dict = field(default_factory=dict)
    jobs: int = 0
    store: Path | None = None
    handed: dict = field(default_factory=dict)  # by job, from its dotenv report

    def job(self, name, ref, **env):
        """Run one job; (its runner, the exit code, what it printed)."""
        self.jobs += 1
        job = self.pipeline[name]
        runner = Runner(self.folder / f"{self.jobs}-{name}", self.shop)
        runner.checkout(self.origin, ref)
        runner.env |= {k: str(v) for k, v in self.pipeline["variables"].items()} | self.variables
        for need in job.get("needs", []):
            runner.env |= self.handed[need]
        if "cache" in job and self.store is not None:
            shutil.copytree(self.store, runner.clone / ".fxgbuild", symlinks=True)
            (runner.clone / ".fxgbuild").chmod(0o777)  # unpacked with an open umask
        lines = [*self.pipeline["default"]["before_script"], *job["script"]]
        done = runner.bash("\n".join(lines), **env)
        report = job.get("artifacts", {}).get("reports", {}).get("dotenv")
        if done.returncode == 0 and report:
            text = (runner.clone / report).read_text("utf-8")
            self.handed[name] = dict(line.split("=", 1) for line in text.splitlines())
        if "cache" in job and job["cache"].get("policy") != "pull":
            self.store = runner.clone / ".fxgbuild"
        return runner, done.returncode, done.stdout + done.stderr
