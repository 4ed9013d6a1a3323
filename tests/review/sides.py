"""Sides in memory: a small workspace as text, changed by hand, with pins as a build leaves them."""

import json

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import load_workspace
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.review.compare import compare, with_impact
from fxgbuild.review.pins import read_pin
from fxgbuild.review.side import Side

TOML = """\
fxg = 1
packages = "packages"
[python]
lock = "requirements.lock"
[toolchain]
ruff = "0.1"
[sandbox]
minimum = "A"
"""
RULES = """\
fxg = 1
domain = "notes"
version = 1
doc = "Notes."
[distributions]
numpy = {requires = ">=2", modules = ["numpy"]}
[tasks.Slug]
doc = "Name a note."
inputs = {title = "text"}
outputs = {slug = "text", score = "float in [0, 1]"}
imports = ["re"]
[[tasks.Slug.invokes]]
task = "notes.*"
call = ["sync", "async"]
"""
TEMPLATE = '''\
"""Names of notes."""

from typing import NamedTuple


class Named(NamedTuple):
    """Both outputs."""

    slug: str
    score: float


# fxg:hole
def slug(title: str) -> Named:
    """Name a note."""
    raise NotImplementedError
# fxg:end
'''
LAWS = '''\
"""Laws."""

MOST = 20


def test_short(candidate):
    """A name is short."""
    assert len(candidate("a").slug) < MOST


def test_lower(candidate):
    """A name is in lower case."""
    assert candidate("A").slug == "a"
'''
GRAPH = """\
fxg: 1
doc: Notes.
use: ["//rules/notes"]
visibility: ["//other"]
inputs: {title: text}
nodes:
  slug:
    task: notes.Slug
    spec: Make a name of a title. Fold to lower case. Cut at 20.
    imports: [json]
    hooks: [{kind: security, name: scan}]
    examples:
      - {name: plain, inputs: {title: A}, outputs: {slug: a, score: 0.5}, within: 0.01}
      - {inputs: {title: B}, outputs: {slug: b, score: 0.5}}
    acceptance: {cases: cases.jsonl, tests: [test_slug.py], data: [words.txt]}
  own:
    task: core.Function
    source: own.py:own
    inputs: {slug: text}
    outputs: {size: "float64[n] in [0, 9] ~1e-6", kind: "enum<a|b>"}
    acceptance: {cases: own.jsonl}
edges:
  - {from: title, to: slug.title}
  - {from: slug.slug, to: own.slug, call: async, retry: {attempts: 2}}
acceptance: {tests: [test_graph.py]}
artifacts:
  wheel: {name: notes, version: 0.1.0}
"""
CASES = """\
{"name": "first", "inputs": {"title": "x"}, "outputs": {"slug": "x", "score": 1.0}, "within": 0.1}
{"inputs": {"title": "y"}, "outputs": {"slug": "y", "score": 1.0}}
{"inputs": {"title": "z"}, "outputs": {"slug": "z", "score": 1.0}}
"""
FILES = {
    "fxgbuild.toml": TOML,
    "requirements.lock": "numpy==2.0\nscipy==1.0\n",
    "rules/notes/rules.toml": RULES,
    "rules/notes/templates/slug.py": TEMPLATE,
    "rules/notes/properties/test_slug.py": LAWS,
    "packages/n/fxg.yaml": GRAPH,
    "packages/n/cases.jsonl": CASES,
    "packages/n/own.jsonl": '{"inputs": {"slug": "s"}, "outputs": {"size": [1.0], "kind": "a"}}\n',
    "packages/n/words.txt": "words\n",
    "packages/n/own.py": '"""Own."""\n\n\ndef own(slug: str) -> int:\n    return 1\n',
    "packages/n/test_slug.py": "def test_one(candidate):\n    assert candidate\n",
    "packages/n/test_graph.py": "def test_all(graph):\n    assert graph\n",
}
CODE = "import re\n\n\ndef slug(title):\n    return re.sub('x', 'y', title)\n"


class MemoryTree:
    """Files by path, as `load` wants to read them."""

    builtin_rules = "/nowhere"

    def __init__(self, files):
        self.files = {path: text.encode() for path, text in files.items()}

    def read(self, path):
        return self.files.get(path)

    def digest(self, path):
        return digest_bytes(self.files[path]) if path in self.files else None

    def graph_files(self, folder):
        return sorted(path for path in self.files if path.endswith("/fxg.yaml"))

    def folders(self, folder):
        inside = [p.removeprefix(f"{folder}/") for p in self.files if p.startswith(f"{folder}/")]
        return sorted({name.partition("/")[0] for name in inside if "/" in name})


def changed(*edits, files=FILES):
    """The files after replacements of (path, old, new); an empty old text stands for the end."""
    found = dict(files)
    for path, old, new in edits:
        assert old in found[path], (path, old)
        found[path] = found[path].replace(old, new) if old else found[path] + new
    return found


def record(label, preimage, code=CODE, **facts):
    """A pin's two files as a generation writes them."""
    attempt = {"attempt": 1, "date": "2026-01-01", "stage": None, "usage": None, "model": "m"}
    found = {
        "pin": 1,
        "label": str(label),
        "key": key_of("generate", preimage).hex,
        "code": digest_bytes(code.encode()).hex,
        "provenance": {"model": "m", "date": "2026-01-01", "provider": "batch"},
        "attempts": [attempt],
        "validated": {},
        "carried": [],
        "preimage": preimage,
    } | facts
    return json.dumps(found).encode(), code.encode()


def side(files, pins=None):
    """A side whose generated nodes are pinned under their present keys, or under those given."""
    workspace, problems = load_workspace(MemoryTree(files))
    assert not problems, problems
    found = {}
    for graph in workspace.graphs.values():
        for node in graph.nodes.values():
            if node.is_generated() and pins is None:
                made = record(node.label, generate_preimage(workspace, node))
                found[node.label] = read_pin(node.label, *made)
    return Side(workspace, found if pins is None else pins)


BASE = side(FILES)


def review(*edits, pins=None):
    """What a change of the files does, its pins made anew unless they are given."""
    after = side(changed(*edits), pins)
    return with_impact(compare(BASE, after), BASE, after)


def gates(*edits):
    """`where gate` of what is weaker, and of what is stronger."""
    found = review(*edits)
    return (
        [f"{gate.where} {gate.gate}: {gate.text}" for gate in found.weakened],
        [f"{gate.where} {gate.gate}: {gate.text}" for gate in found.strengthened],
    )


def backwards(*edits):
    """The same, with the change taken back."""
    found = compare(side(changed(*edits)), BASE)
    return (
        [f"{gate.where} {gate.gate}: {gate.text}" for gate in found.weakened],
        [f"{gate.where} {gate.gate}: {gate.text}" for gate in found.strengthened],
    )


SLUG = Label("n", "slug")
__all__ = ["BASE", "CODE", "FILES", "SLUG", "Digest", "backwards", "changed", "gates", "review"]
