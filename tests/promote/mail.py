"""A workspace whose one artifact takes from two packages, with code by a model, a template, people.

`//triage:wheel` is made of a carried pin with a threshold, people's code that a check was told to
look away from, and a node of `//greet`, whose other node it does not need. `//apart` is nobody's.
"""

import contextlib
import json
import shutil
from dataclasses import dataclass

from fxgbuild.cli.app import App, Common
from fxgbuild.lang.label import Label
from fxgbuild.promote.closure import unpack
from fxgbuild.promote.making import make
from tests.e2e.conftest import REPOSITORY, Workspace, clean_environment
from tests.git.repositories import git, write
from tests.promote.world import fork

WHEEL = "//triage:wheel"
GREET = """\
fxg: 1
use: ["//rules/plain", "@fxg//learning"]
visibility: ["//..."]
nodes:
  hello:
    task: plain.Hello
    examples: [{inputs: {}, outputs: {text: no light in the whole street}}]
  other:
    task: core.Function
    source: other.py:other
    outputs: {text: text}
    acceptance: {tests: [test_other.py], data: [words.txt]}
"""
APART = """\
fxg: 1
use: ["//rules/apart"]
nodes:
  alone:
    task: apart.Alone
    examples: [{inputs: {}, outputs: {text: alone}}]
"""
COUNT = """\
  count:
    task: core.Function
    source: count.py:count
    deps: [lib/words.py]
    inputs: {text: text}
    outputs: {count: "int in [0, inf]"}
    examples: [{inputs: {text: a b}, outputs: {count: 2}}]
"""


EDITS = {
    "answer.result}": "answer.result, count: count.count}",
    "\nedges:\n": f"{COUNT}\nedges:\n",
    "{from: text, to: answer.text}": '{from: "//greet:hello.text", to: answer.text}\n'
    "  - {from: text, to: count.text}",
}
CARRIED = {
    "from": "0" * 64,
    "because": "wording only",
    "date": "2026-11-21",
    "changes": [{"field": "spec.text", "old": "at most", "new": "no more than"}],
}


def rules(domain, task, code):
    function = task.lower()
    return {
        f"rules/{domain}/rules.toml": (
            f'fxg = 1\ndomain = "{domain}"\nversion = 1\ndoc = "A text."\n'
            f'[tasks.{task}]\ndoc = "Give a text."\noutputs = {{text = "text"}}\n'
        ),
        f"rules/{domain}/templates/{function}.py": (
            f'"""Give a text."""\n\n\ndef {function}() -> str:\n    """Give it."""\n    {code}\n'
        ),
    }


FILES = {
    "fxgbuild.toml": 'fxg = 1\npackages = "pipelines"\n',
    ".gitignore": ".fxgbuild/\n",
    "README.md": "Of the workspace.\n",
    "secrets.env": "TOKEN=hush\n",
    "cache/README.md": "Pins.\n",
    "pipelines/greet/fxg.yaml": GREET,
    "pipelines/greet/other.py": '"""Other."""\n\n\ndef other() -> str:\n    """Give a text."""\n'
    '    return "other"\n',
    "pipelines/greet/test_other.py": "def test_it(candidate):\n    assert candidate() == 'other'\n",
    "pipelines/greet/words.txt": "words\n",
    "pipelines/triage/count.py": '"""Count."""\n\nfrom lib.words import words\n\n\n'
    'def count(text: str) -> int:\n    """Count words."""\n'
    "    return len(words(text))  # noqa: F401\n",
    "pipelines/triage/lib/words.py": '"""Words."""\n\n\ndef words(text: str) -> list[str]:\n'
    '    """Give the words."""\n    return text.split()\n',
    "pipelines/apart/fxg.yaml": APART,
    **rules("plain", "Hello", 'return "no light in the whole street"'),
    **rules("apart", "Alone", 'return "alone"'),
}


@dataclass
class Mail(Workspace):
    def type(self, *words, env=None, cwd=None):
        """Type a command, in a process forked from this one."""
        seen = {**clean_environment(), **(env or {})}
        return fork(words, seen, cwd or self.root, self.root.parent).wait()


def write_mail(root):
    """The files of the workspace; its pin says that it was carried once."""
    write(root, FILES)
    source, target = REPOSITORY / "examples/triage", root / "pipelines/triage"
    graph = (source / "fxg.yaml").read_text()
    for old, new in EDITS.items():
        assert old in graph
        graph = graph.replace(old, new)
    write(target, {"fxg.yaml": graph})
    shutil.copy(source / "sample.txt", target)
    (target / "acceptance").mkdir()
    shutil.copy(source / "acceptance/answer.jsonl", target / "acceptance")
    shutil.copytree(REPOSITORY / "cache/triage", root / "cache/triage")
    path = root / "cache/triage/answer/pin.json"
    pin = json.loads(path.read_text()) | {"carried": [CARRIED]}
    path.write_text(json.dumps(pin, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    return Mail(root)


def commit_as(root, person, files=None):
    """What stands there, as a commit by somebody."""
    write(root, files or {})
    git(root, "add", "-A")
    author = f"{person} <{person}@example.org>"
    git(root, "commit", "-q", "--allow-empty", "--author", author, "-m", f"by {person}")
    return git(root, "rev-parse", "HEAD")


def made(root, label=WHEEL):
    """The release of what is built in a workspace, made within this process."""
    package, _, name = label[2:].partition(":")
    with contextlib.chdir(root):
        app = App(Common())
        return make(app.context(), app.scope.tree, Label(package, name))


def build_of(closure, folder, label):
    """Lay a closure out and build there from nothing, frozen."""
    unpack(closure, folder)
    done = Mail(folder).type("build", "--frozen", label, "--no-rc")
    assert done.code == 0, done.err
    return made(folder, label)
