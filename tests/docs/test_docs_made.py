"""What the documents say of the program itself is what the program says."""

import json

import jsonschema
import pytest

from fxgbuild.cli.init import workspace_files
from fxgbuild.lang.publish import published
from fxgbuild.lang.text import parse

from .make import PARTS, page, schemas, workflows
from .pages import ROOT, made, read

KINDS = {
    "fxg.yaml": "fxg",
    "fxg.json": "fxg",
    "rules.toml": "rules",
    "fxgbuild.toml": "fxgbuild",
    "policy.toml": "policy",
}


@pytest.mark.parametrize(("name", "part"), [(n, p) for n, parts in PARTS.items() for p in parts])
def test_a_made_part_is_up_to_date(name, part):
    """`python -m tests.docs.make` rewrites it."""
    assert made(read(name))[part] == made(page(name, {part: PARTS[name][part]}))[part]


def test_the_workflows_are_those_that_init_writes():
    folder = ROOT / "docs" / "ci"
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == workflows()


def test_the_published_schemas_are_those_of_the_models():
    folder = ROOT / "docs" / "schemas"
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == schemas()


def documents():
    """Every file of the repository that a schema describes, and those that `init` writes."""
    places = ("fxgbuild.toml", "examples/**/fxg.*", "rules/*/rules.toml")
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for place in places
        for path in sorted(ROOT.glob(place))
    }
    made_by_init = {f"init/{name}": text.encode() for name, text in workspace_files().items()}
    return {n: t for n, t in (texts | made_by_init).items() if n.rpartition("/")[2] in KINDS}


def validator(name):
    schema = json.loads(published()[f"{KINDS[name.rpartition('/')[2]]}.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def value(name, data):
    document, problems = parse(name, data)
    assert not problems
    return document.value


@pytest.mark.parametrize("name", documents())
def test_files_are_valid_by_the_published_schema(name):
    assert not list(validator(name).iter_errors(value(name, documents()[name])))


WRONG = {
    "an unknown key": ("fxg.yaml", "fxg: 1\nnodes: {}\nnode: {}\n"),
    "an unknown key of a node": ("fxg.yaml", "fxg: 1\nnodes: {a: {task: x.Y, sepc: z}}\n"),
    "a missing key": ("fxg.yaml", "fxg: 1\n"),
    "a name with capitals": ("fxg.yaml", "fxg: 1\nnodes: {Welch: {task: x.Y}}\n"),
    "another version": ("fxg.json", '{"fxg": 2, "nodes": {}}'),
    "a retry without end": (
        "fxg.yaml",
        "fxg: 1\nnodes: {}\nedges: [{from: a.b, to: c.d, retry: {attempts: 0}}]\n",
    ),
    "a digest that is none": (
        "fxg.yaml",
        "fxg: 1\nnodes: {}\ndata: {one: {a: {path: x, sha256: beef}}}\n",
    ),
    "a level that is none": ("fxgbuild.toml", 'fxg = 1\n[sandbox]\nminimum = "Z"\n'),
    "a tool that is none": ("fxgbuild.toml", 'fxg = 1\n[toolchain]\nblack = "1"\n'),
    "a channel that lies nowhere": ("fxgbuild.toml", 'fxg = 1\n[channels.dev]\nafter = ""\n'),
    "an unknown key of a policy": ("policy.toml", 'fxg = 1\n[channels."*"]\nmodles = []\n'),
    "nobody's approval": ("policy.toml", "fxg = 1\n[channels.prod]\napprovals = {qa = 0}\n"),
    "a task without outputs": ("rules.toml", 'fxg = 1\ndomain = "a"\n[tasks.T]\ndoc = "x"\n'),
    "a parameter of no type": (
        "rules.toml",
        'fxg = 1\ndomain = "a"\n[tasks.T]\ndoc = "x"\noutputs = {a = "int"}\n'
        '[tasks.T.params.p]\ntype = "number"\n',
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_invalid_by_the_published_schema(what):
    name, text = WRONG[what]
    assert list(validator(name).iter_errors(value(name, text.encode())))
