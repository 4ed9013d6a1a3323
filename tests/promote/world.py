"""A small world to promote in: a git repository, keys of three people, channels, a trust file.

For every suite of promotion. `make_world(folder)` writes it; `World.type` types commands as one of
the people, each in a process forked from this one, with real stores, places and keys:

    world.type("promote", "//words:wheel", "--to", "dev")            # as ana, who builds
    world.type("approve", digest, "--role", "release", by="ben")
    world.type("verify", "--channel", "dev", by="cleo", when="+3 days")  # slower: under faketime
    world.release("0.2.0")                   # another version: edited, built and committed

The package //words takes about two seconds to build: `count` is a person's code, `rank` a pin that
`acme-coder-1` wrote. Keys lie outside of the workspace, beside it.
"""

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.signing.keys import new_key, signer_of
from tests.typed import Typed

PEOPLE = {
    "ana": ("builder", "promoter"),
    "ben": ("release", "review"),
    "cleo": ("verifier",),
    "rob": ("promoter",),  # promotes what others built: continuous integration, say
    "eve": (),  # has a key, and no line in the trust file
}
LABEL = "//words:wheel"
MODEL = "acme-coder-1"
SETTINGS = """\
fxg = 1
packages = "packages"

[channels.dev]
at = "channels/dev"

[channels.staging]
at = "channels/staging"
after = "dev"

[channels.prod]
at = "channels/prod"
after = "staging"
index = "channels/index"
"""
GRAPH = """\
fxg: 1
doc: Count the words of a text, and rank them.
inputs: {text: text}
outputs: {counts: count.counts, first: rank.first}

data:
  sample: {text: {path: sample.txt, sha256: SHA256}}

nodes:
  count:
    task: core.Function
    inputs: {text: text}
    outputs: {counts: "record<lines: int in [0, inf], words: int in [0, inf]>"}
    examples:
      - {inputs: {text: to be or not}, outputs: {counts: {lines: 1, words: 4}}}
    source: words.py:count_words
  rank:
    task: core.Function
    spec: Give the words of the text in alphabetical order, each once, in lower case.
    inputs: {text: text}
    outputs: {first: list<text>}
    function: rank_words
    acceptance: {cases: cases.jsonl}

edges:
  - {from: text, to: count.text}
  - {from: text, to: rank.text}

artifacts:
  wheel: {name: ranked-words, version: 0.1.0}
"""
SAMPLE = "to be or not to be\nthat is the question\n"
CASES = [
    {"name": "two", "inputs": {"text": "be To be"}, "outputs": {"first": ["be", "to"]}},
    {"name": "none", "inputs": {"text": ""}, "outputs": {"first": []}},
]
SOURCE = '''\
"""Existing code as a node: it passes the same four stages as generated code."""


def count_words(text: str) -> dict[str, int]:
    """Count the lines and the words of a text."""
    return {"lines": len(text.splitlines()), "words": len(text.split())}
'''
REPLY = '''\
```python
def rank_words(text: str) -> list[str]:
    """Give the words of the text in alphabetical order, each once, in lower case."""
    return sorted(set(text.lower().split()))
```
'''
FILES = {
    "fxgbuild.toml": SETTINGS,
    ".gitignore": "/.fxgbuild/\n/channels/\n/dist/\n__pycache__/\n",
    ".gitattributes": "cache/** -text\n",
    "packages/words/fxg.yaml": GRAPH.replace("SHA256", hashlib.sha256(SAMPLE.encode()).hexdigest()),
    "packages/words/sample.txt": SAMPLE,
    "packages/words/cases.jsonl": "".join(json.dumps(case) + "\n" for case in CASES),
    "packages/words/words.py": SOURCE,
}
WARM = (  # imported before the fork, as they would be after it
    *("fxgbuild.cli.app", "fxgbuild.cli.main", "securesystemslib.signer", "securesystemslib.dsse"),
    *("cryptography.hazmat.primitives.asymmetric.ed25519", "fxgbuild.places.repository"),
    *("cryptography.hazmat.primitives.serialization", "fxgbuild.places.layout", "diskcache"),
)
DROPPED = ("OPENAI_API_KEY", "FXG_STORE", "OPENAI_BASE_URL", "FXG_POLICY", "XDG_CONFIG_HOME")


@dataclass(frozen=True)
class World:
    folder: Path  # holds the workspace, the keys and a home

    @property
    def root(self):
        """The workspace, a git repository."""
        return self.folder / "ws"

    def path(self, name):
        return self.root / name

    def key(self, person):
        """The file of somebody's signing key."""
        return self.folder / "keys" / f"{person}.key"

    def signer(self, person):
        return signer_of(self.key(person).read_bytes(), person)

    def environment(self, by="ana", **more):
        """What a person's commands see; `by=None` has no key."""
        kept = {k: v for k, v in os.environ.items() if k not in DROPPED}
        kept = {k: v for k, v in kept.items() if not k.startswith(("FXG_SIGNING", "GIT_"))}
        author = by or "nobody"
        named = {"NAME": author, "EMAIL": f"{author}@example.org"}
        who = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in named.items()}
        key = {"FXG_SIGNING_KEY": str(self.key(by))} if by else {}
        return kept | who | key | {"HOME": str(self.folder / "home")} | more

    def type(self, *words, by="ana", when="", env=None, cwd=None):
        """Type a command; `when` is a time that faketime understands, such as `+3 days`."""
        if when:
            command = ("faketime", "-f", when, sys.executable, "-m", "fxgbuild", *words)
            return self._run(command, self.environment(by, **(env or {})), cwd or self.root)
        return self.start(*words, by=by, env=env, cwd=cwd).wait()

    def start(self, *words, by="ana", env=None, cwd=None):
        """Start a command in a process of its own, forked from this one."""
        return fork(words, self.environment(by, **(env or {})), cwd or self.root, self.folder)

    def _run(self, command, environment, cwd):
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Typed(done.returncode, done.stdout, done.stderr)

    def git(self, *words, by="ana", when=""):
        dates = {f"GIT_{role}_DATE": when for role in ("AUTHOR", "COMMITTER") if when}
        done = self._run(("git", *words), self.environment(by, **dates), self.root)
        assert done.code == 0, done.err
        return done.out.strip()

    def commit(self, message="another step", by="ana"):
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", message, by=by)
        return self.git("rev-parse", "HEAD")

    def edit(self, name, old, new):
        """Replace text that must be there."""
        text = self.path(name).read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        self.path(name).write_text(text.replace(old, new), "utf-8")

    def release(self, version, by="ana"):
        """Another version of the package, built and committed; gives its wheel's digest."""
        graph = self.path("packages/words/fxg.yaml")
        lines = graph.read_text("utf-8").splitlines(keepends=True)
        lines[-1] = f"  wheel: {{name: ranked-words, version: {version}}}\n"
        graph.write_text("".join(lines), "utf-8")
        self.commit(f"version {version}", by=by)
        return self.build()

    def build(self):
        """Build what is there; gives the wheel's digest."""
        done = self.type("build", "//words:all", "--json")
        assert done.code == 0, done.err
        return next(t["digest"] for t in done.json["targets"] if t["label"] == LABEL)

    def promote(self, what, to, *words, by="ana", **more):
        """Promote, and give the one document that it prints; it has to work."""
        done = self.type("promote", what, "--to", to, *words, "--json", by=by, **more)
        assert done.code == 0, done.out + done.err
        return done.json

    def tag(self, channel, label=LABEL):
        """What a channel's folder points to, by skopeo's reading of an OCI layout; or None."""
        name = f"{channel}-{label[2:].replace('/', '.').replace(':', '.')}"
        index = self.root / "channels" / channel / "index.json"
        if not index.exists():
            return None
        for manifest in json.loads(index.read_text())["manifests"]:
            if manifest.get("annotations", {}).get("org.opencontainers.image.ref.name") == name:
                return manifest["digest"].removeprefix("sha256:")
        return None

    def copy(self, folder):
        """The same world elsewhere, times of files included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return World(folder)


def make_world(folder, settings=SETTINGS):
    """Write, build and commit a world; nothing is promoted yet."""
    world = World(folder)
    for name in ("ws", "home", "keys"):
        (folder / name).mkdir(parents=True)
    for name, text in (FILES | {"fxgbuild.toml": settings}).items():
        world.path(name).parent.mkdir(parents=True, exist_ok=True)
        world.path(name).write_text(text, "utf-8")
    for person in PEOPLE:
        world.key(person).write_bytes(new_key())
        world.key(person).chmod(0o600)
    world.path("trust.toml").write_text(trust_text(world), "utf-8")
    (folder / "reply.md").write_text(REPLY)
    done = world.type(
        *("generate", "import", str(folder / "reply.md")),
        *("--for", "//words:rank", "--model", MODEL, "--json"),
    )
    assert done.code == 0, done.err
    world.git("init", "--quiet", "--initial-branch", "main")
    world.commit("a package")
    world.build()
    return world


def trust_text(world, people=tuple(p for p in PEOPLE if PEOPLE[p]), **changes):
    """A trust file; `changes` are lines of a person's key, such as ana="revoked = true"."""
    out = ["fxg = 1\n"]
    for person in people:
        lines = {
            "id": f'"{world.signer(person).id}"',
            "person": f'"{person}@example.org"',
            "roles": json.dumps(PEOPLE[person]),
            "from": "2026-01-01",
            "until": "2036-01-01",
        }
        for line in filter(None, changes.get(person, "").split("\n")):
            name, _, value = line.partition(" = ")
            lines[name] = value
        out.append("\n[[keys]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()))
    return "".join(out)


def entries(world, channel):
    """What a channel's `log` has, the newest entry first."""
    done = world.type("log", "--channel", channel, "--json")
    assert done.code == 0, done.err
    return done.json


def offered(world):
    """The wheels that the package index offers, and whether they are yanked."""
    page = json.loads(world.path("channels/index/simple/ranked-words/index.json").read_text())
    return {file["hashes"]["sha256"]: bool(file["yanked"]) for file in page["files"]}


# Processes ------------------------------------------------------------------------------------


@dataclass
class Process:
    """A command that runs in a process of its own."""

    pid: int
    said: Path

    def kill(self, number=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, limit_s=120):
        """How it ended; a negative code is the signal that ended it."""
        deadline = time.monotonic() + limit_s
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"still running after {limit_s} s")
            time.sleep(0.002)
        out, err = (self.said.with_suffix(x).read_text("utf-8") for x in (".out", ".err"))
        assert "Traceback" not in err, err
        return Typed(os.waitstatus_to_exitcode(status), out, err)


def fork(words, environment, cwd, folder):
    """Run the real command line in a fork of this process: no interpreter has to start."""
    verb = f"fxgbuild.cli.{words[0].replace('-', '_')}" if words else "fxgbuild.cli.main"
    for name in (*WARM, verb):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    said = folder / f"said-{time.monotonic_ns()}"
    for suffix in (".out", ".err"):  # who is killed before its first instruction says nothing
        said.with_suffix(suffix).touch()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _command(words, environment, cwd, said)
    return Process(pid, said)


def _command(words, environment, cwd, said):
    code = 99
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, suffix in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(said.with_suffix(suffix), os.O_WRONLY | os.O_CREAT, 0o600), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        importlib.reload(importlib.import_module("fxgbuild.crash"))  # it reads the environment
        sys.argv = ["fxgbuild", *words]
        if not importlib.import_module("fxgbuild.quick").answer(list(words)):
            code = importlib.import_module("fxgbuild.cli.main").main(list(words))
        else:
            code = 0
    except BaseException:  # noqa: BLE001 - a child never returns into the tests
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
