"""docs/formats.md says what the program reads, writes and hashes, field by field."""

import json
from dataclasses import replace

import pytest

from fxgbuild.build.jobs import job_document, run_target, test_target
from fxgbuild.files import DiskTree
from fxgbuild.generate.batch import TEMPERATURE, URL, request_line
from fxgbuild.harness.trial import Trial
from fxgbuild.harness.verdict import Verdict
from fxgbuild.lang.channels import ChannelDoc, OrganisationDoc, PolicyDoc
from fxgbuild.lang.documents import KINDS
from fxgbuild.lang.fxg import AcceptanceDoc, ArtifactDoc, EdgeDoc, ExampleDoc, FileDoc
from fxgbuild.lang.laws import find_laws
from fxgbuild.lang.load import load_workspace
from fxgbuild.lang.model import File, Source
from fxgbuild.lang.schema import parse_schema
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.lang.teml import Hook, Retry
from fxgbuild.lang.text import parse
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.key import key_of
from fxgbuild.plan.laws import laws_preimage, stand_in
from fxgbuild.plan.link import link
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import lock_facts
from fxgbuild.plan.preimage import (
    emit_preimage,
    generate_preimage,
    integrate_preimage,
    static_preimage,
)
from fxgbuild.plan.preimage import test_preimage as stage_four_preimage
from fxgbuild.release.approval import Approval
from fxgbuild.runtime import codec
from fxgbuild.runtime.schema import kind as kind_of
from fxgbuild.signing.trust import KeyDoc
from fxgbuild.store.pin import FIELDS

from .pages import ROOT, code, read, rows, section, tables

FORMATS = read("docs/formats.md")


def names(part):
    """The words in backticks of a table's first column."""
    return [name for row in rows(section(FORMATS, part)) for name in code(row[0])]


@pytest.fixture(scope="module")
def workspace():
    found, problems = load_workspace(DiskTree(ROOT))
    assert not problems
    return found


# Files --------------------------------------------------------------------------------------------


def keys(model, prefix=""):
    """Every key of a model, those of its parts after a dot."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if hasattr(inner, "model_fields"):
            yield from keys(inner, f"{prefix}{field.alias or name}.")
        else:
            yield f"{prefix}{field.alias or name}", field


def test_the_workspace_files_keys_and_defaults_are_listed():
    listed = {
        code(row[0])[0]: code(row[1])[0] for row in rows(section(FORMATS, "The workspace file"))
    }
    assert listed == {name: json.dumps(field.default) for name, field in keys(KINDS["fxgbuild"])}


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("Graph keys", KINDS["fxg"]),
        ("Node keys", KINDS["fxg"].model_fields["nodes"].annotation.__args__[1]),
        ("Edge keys", EdgeDoc),
    ],
)
def test_the_keys_of_a_graph_file_are_listed(part, model):
    assert sorted(names(part)) == sorted(f.alias or n for n, f in model.model_fields.items())


def test_the_keys_of_a_graphs_smaller_parts_are_listed():
    listed = {row[0]: set(code(row[1])) for row in rows(section(FORMATS, "Other parts"))}
    for part, model in {
        "retry": Retry,
        "hook": Hook,
        "example": ExampleDoc,
        "acceptance": AcceptanceDoc,
        "artifact": ArtifactDoc,
        "file": FileDoc,
    }.items():
        assert set(model.model_fields) <= listed[part], part
    defaults = {name: field.default for name, field in Retry.model_fields.items()}
    said = rows(section(FORMATS, "Other parts"))[0][1]
    for name in ("attempts", "t0_s", "factor", "cap_s"):
        assert f"`{name}` ({defaults[name]:g})" in said


def test_the_keys_of_a_rule_set_are_listed():
    rules = KINDS["rules"].model_fields
    task = rules["tasks"].annotation.__args__[1].model_fields
    params = task["params"].annotation.__args__[1].model_fields
    expected = {*rules, *(f"tasks.{n}" for n in task), *(f"tasks.params.{n}" for n in params)}
    assert set(names("Rule sets")) == expected


def test_the_keys_of_a_trust_file_are_listed():
    assert names("Trust files") == [f.alias or n for n, f in KeyDoc.model_fields.items()]


def test_the_keys_of_channels_and_policies_are_listed_with_their_defaults():
    for table, model in zip(
        tables(section(FORMATS, "Channels and policies")), (ChannelDoc, PolicyDoc), strict=True
    ):
        listed = {code(row[0])[0]: "".join(code(row[1])) for row in table}
        assert listed == {
            name: "" if field.is_required() else json.dumps(field.get_default(), default=vars)
            for name, field in model.model_fields.items()
        } | ({"policy": "{}"} if model is ChannelDoc else {})


def test_the_keys_of_an_organisation_s_policy_and_of_an_approval_are_listed():
    named = set(code(section(FORMATS, "Channels and policies")))
    assert set(OrganisationDoc.model_fields) - {"fxg"} <= named
    assert set(Approval("", "", "", "").to_json()) <= named


# Ports --------------------------------------------------------------------------------------------

PORTS, BYTES = tables(section(FORMATS, "Port schemas"))


@pytest.mark.parametrize("row", PORTS, ids=[row[0] for row in PORTS])
def test_shorthand_and_long_form_give_the_canonical_schema(row):
    shorthand, long, canonical = (code(cell)[0] for cell in row[1:])
    document, problems = parse("port.yaml", long.encode())
    assert not problems
    expected = json.loads(canonical)
    assert parse_schema(shorthand, {}) == expected
    assert parse_schema(document.value, {}) == expected
    assert kind_of(expected) == row[0]


def test_every_kind_has_its_bytes():
    named = {row[0] for row in BYTES} - {"all others"}
    assert named == {"array", "table", "state", "text", "bytes"}
    assert named <= {row[0] for row in PORTS}
    assert codec.encode({"b": -0.0, "a": 1}, parse_schema("record<a: int, b: float>", {})) == (
        b'{"a":1,"b":0.0}'
    )


# Pins ---------------------------------------------------------------------------------------------


def test_the_fields_of_a_pin_are_listed():
    assert set(names("Pins")) == FIELDS


def test_the_fields_inside_a_pin_are_listed():
    listed = {code(row[0])[0]: set(code(row[1])) for row in rows(section(FORMATS, "Pins"))}
    for path in (ROOT / "cache").rglob("pin.json"):
        pin = json.loads(path.read_text("utf-8"))
        assert set(pin) == FIELDS
        assert set(pin["provenance"]) <= listed["provenance"]
        for attempt in pin["attempts"]:
            assert set(attempt) <= listed["attempts"]
        for step in pin["carried"]:
            assert set(step) <= listed["carried"]


# Keys ---------------------------------------------------------------------------------------------

FACTS = Facts(
    tools=dict.fromkeys(("ruff", "mypy", "bandit", "pytest", "hypothesis"), "1"),
    python="3.11.0",
    platform="cpython-linux",
    sandbox="A",
    harness="h",
    runtime="r",
    packager="1",
    distributions={"numpy": "2.0"},
    limits={"cpu_s": 1},
    stages={stage: {"version": 1, "config": {}} for stage in ("lint", "type", "security")},
)


def fields_of(part):
    """The documented paths of an action, as tuples of names; `<x>` is any name."""
    return [tuple(name.split(".")) for name in names(part)]


def static_fields(stage):
    table = rows(section(FORMATS, "lint, type, security"))
    listed = [(name, row[1]) for row in table for name in code(row[0])]
    return [tuple(name.split(".")) for name, of in listed if of in ("all", stage)]


def covers(pattern, path):
    """Whether a documented path reaches a place of a preimage, or lies below an empty one."""
    pairs = zip(pattern, path, strict=False)
    return all(said.startswith("<") or said == part for said, part in pairs)


def leaves(value, path=()):
    """The places of a preimage down to what no pattern goes below."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    else:
        yield path


def check(patterns, preimages):
    found = {leaf for preimage in preimages for leaf in leaves(preimage)}
    for leaf in found:
        assert any(covers(pattern, leaf) for pattern in patterns), f"not listed: {'.'.join(leaf)}"
    for pattern in patterns:
        assert any(covers(pattern, leaf) for leaf in found), f"nowhere: {'.'.join(pattern)}"


def test_the_fields_of_a_generate_key_are_listed(workspace):
    nodes = [n for n in workspace.graphs["eeg"].nodes.values() if n.is_generated()]
    check(fields_of("generate"), [generate_preimage(workspace, node) for node in nodes])


@pytest.mark.parametrize("stage", ["lint", "type", "security"])
def test_the_fields_of_a_static_stages_key_are_listed(workspace, stage):
    file = File("lib/text.py", b"", key_of("x", {}))
    nodes = [*workspace.graphs["eeg"].nodes.values()]
    nodes.append(replace(nodes[0], source=Source(file, "f", (file,))))
    code_ = key_of("x", {})
    check(static_fields(stage), [static_preimage(stage, node, code_, FACTS) for node in nodes])


def test_the_fields_of_a_test_key_are_listed(workspace):
    nodes = workspace.graphs["eeg"].nodes.values()
    code_ = key_of("x", {})
    check(fields_of("test"), [stage_four_preimage(node, code_, FACTS) for node in nodes])


def test_the_fields_of_a_laws_key_are_listed():
    shelf = find_laws(DiskTree(ROOT), SettingsDoc(), ["//rules/signal"])
    preimages = [laws_preimage(laws, stand_in(laws), FACTS) for laws in shelf.chosen]
    check([*fields_of("test"), *fields_of("laws")], preimages)


def parts(workspace):
    graph = workspace.graphs["eeg"]
    nodes, edges = closure(workspace, graph)
    return graph, nodes, edges, {str(node.label): key_of("x", {}) for node in nodes}


def test_the_fields_of_an_integrate_key_are_listed(workspace):
    graph, nodes, edges, codes = parts(workspace)
    preimage = integrate_preimage(graph, nodes, edges, codes, FACTS)
    check(fields_of("integrate"), [preimage])
    listed = {code(row[0])[0]: set(code(row[1])) for row in rows(section(FORMATS, "integrate"))}
    assert set(preimage["nodes"]["//eeg:welch"]) == listed["nodes.<label>"]
    assert set(preimage["edges"][0]) == listed["edges"]


def test_the_fields_of_an_emit_key_are_listed(workspace):
    graph, nodes, edges, codes = parts(workspace)
    lock = lock_facts(FACTS, nodes)
    artifact = graph.artifacts["wheel"]
    preimage = emit_preimage(graph, artifact, nodes, edges, codes, FACTS, lock=lock)
    check(fields_of("emit"), [preimage])
    listed = {code(row[0])[0]: set(code(row[1])) for row in rows(section(FORMATS, "emit"))}
    assert set(preimage["declaration"]) == listed["declaration"]


# Messages -----------------------------------------------------------------------------------------


def test_a_requests_fields_are_listed():
    text = section(FORMATS, "Batch files")
    line = json.loads(request_line(key_of("x", {}), 1, [], "m", 1))
    assert {*line, *line["body"], URL} <= set(code(text))
    assert f"`temperature` {TEMPERATURE}" in text


def no_data(_folder, _path, _digest):
    return b""


def test_the_fields_of_a_harness_job_are_listed(workspace):
    jobs, results = tables(section(FORMATS, "Harness jobs"))
    listed = {row[0]: set(code(row[1])) for row in jobs}
    graph, nodes, edges, _ = parts(workspace)
    settings = workspace.settings.sandbox
    codes = {str(node.label): "" for node in nodes}
    one = test_target(graph.nodes["welch"], "", settings, graph.folder, no_data)
    whole = run_target(graph, nodes, codes, link(graph, nodes, edges), {}, settings, run_params={})
    for kind, target in (("test", one), ("run", whole)):
        document, _ = job_document(kind, [target], 2)
        assert set(document) <= set(code(section(FORMATS, "Harness jobs")))
        assert set(document["targets"][0]) == listed[kind]
    frame = set(Verdict("x").frame(0.0, 1.0)) | {"ports", "tasks", "figure"}
    assert {code(row[0])[0] for row in results} == frame
    tests = next(set(code(row[1])) for row in results if row[0] == "`tests`")
    assert set(Trial.__dataclass_fields__) - {"died"} <= tests


def test_the_fields_of_a_link_are_listed(workspace):
    graph, nodes, edges, _ = parts(workspace)
    made = link(graph, nodes, edges)
    listed = {code(row[0])[0]: set(code(row[1])) for row in rows(section(FORMATS, "The link"))}
    assert set(listed) == set(made)
    assert set(made["nodes"][0]) == listed["nodes"]
    assert set(made["edges"][0]) == listed["edges"]
