"""The plan: what would run and why, decided from what is known and nothing else."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Workspace
from fxgbuild.lang.template import render
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.key import key_of
from fxgbuild.plan.link import link
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import PinFacts, Plan, TargetPlan, make_plan
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.plan.select import match, select
from tests.lang.workspaces import FACTS, FILES, edited, loaded

GRAPH = "packages/demo/fxg.yaml"
RULES = "rules/lab/rules.toml"
STAGES = ("lint", "type", "security", "test")


@dataclass
class Remembered:
    """What a store would know, in memory."""

    pins: dict[Label, PinFacts] = field(default_factory=dict)
    records: set[tuple[str, Digest]] = field(default_factory=set)
    lasts: dict[tuple[Label, str], Json] = field(default_factory=dict)
    copies: dict[Label, Digest] = field(default_factory=dict)

    def pin(self, label: Label) -> PinFacts | None:
        return self.pins.get(label)

    def pin_of_key(self, key: Digest) -> PinFacts | None:
        return next((pin for pin in self.pins.values() if pin.key == key), None)

    def passed(self, action: str, key: Digest) -> bool:
        return (action, key) in self.records

    def last(self, label: Label, action: str) -> Json | None:
        return self.lasts.get((label, action))

    def rendered(self, label: Label) -> Digest | None:
        return self.copies.get(label)

    def generate(self, workspace: Workspace, *names: str) -> None:
        """Pin the nodes named: a hole of one comment each."""
        for name in names:
            node = workspace.graphs["demo"].nodes[name]
            preimage = generate_preimage(workspace, node)
            key = key_of("generate", preimage)
            self.pins[node.label] = PinFacts(node.label, key, preimage, f"# {name}\n", None)

    def build(self, plan: Plan) -> None:
        """Pass every action that can run."""
        for target in plan.targets:
            for step in target.steps:
                if step.key:
                    self.records.add((step.action, step.key))
                    self.lasts[target.label, step.action] = step.preimage
            if target.code is not None and target.kind == "node":
                self.copies[target.label] = digest_bytes(target.code.encode())


def planned(workspace: Workspace, known: Remembered, facts: Facts = FACTS) -> dict[str, TargetPlan]:
    plan = make_plan(workspace, select(workspace, match(workspace, [])), known, facts)
    return {str(target.label): target for target in plan.targets}


def whole(workspace: Workspace, known: Remembered, facts: Facts = FACTS) -> Plan:
    return make_plan(workspace, select(workspace, match(workspace, [])), known, facts)


@pytest.fixture
def built(tmp_path: Path) -> Remembered:
    """Everything of the unchanged workspace, generated and passed."""
    workspace = loaded(tmp_path / "before")
    known = Remembered()
    known.generate(workspace, "clean", "measure", "shape")
    known.build(whole(workspace, known))
    return known


def reasons(target: TargetPlan) -> list[str]:
    return [reason.field for reason in target.reasons]


def test_a_workspace_that_never_was_built_needs_a_generation_first(tmp_path: Path) -> None:
    targets = planned(loaded(tmp_path), Remembered())
    assert targets["//demo:clean"].state == "dirty"
    assert targets["//demo:clean"].actions == ("generate", *STAGES)
    assert [str(reason) for reason in targets["//demo:clean"].reasons] == [
        "pin: (none) → never generated"
    ]
    assert targets["//demo:plain"].actions == ("render", *STAGES)
    assert targets["//demo:demo"].state == "waiting"
    assert reasons(targets["//demo:demo"]) == [
        "code.//demo:clean",
        "code.//demo:measure",
        "code.//demo:shape",
    ]
    assert targets["//demo:wheel"].state == "waiting"


def test_what_is_pinned_and_passed_is_clean(tmp_path: Path, built: Remembered) -> None:
    for target in planned(loaded(tmp_path / "again"), built).values():
        assert target.state == "clean", target
        assert target.actions == ()
        assert target.reasons == ()
        assert target.key is not None


def test_a_fresh_clone_of_pinned_code_runs_the_stages_and_generates_nothing(
    tmp_path: Path, built: Remembered
) -> None:
    clone = Remembered(pins=built.pins)
    targets = planned(loaded(tmp_path / "clone"), clone)
    assert targets["//demo:clean"].actions == ("render", *STAGES)
    assert "record" in reasons(targets["//demo:clean"])
    assert targets["//demo:demo"].actions == ("integrate",)
    assert targets["//demo:demo"].state == "dirty"
    assert not whole(loaded(tmp_path / "clone"), clone).generations


def test_a_changed_spec_is_named_and_dirties_its_node_alone(
    tmp_path: Path, built: Remembered
) -> None:
    files = edited(FILES, GRAPH, "the drift", "all drift")
    targets = planned(loaded(tmp_path / "after", files), built)
    (reason,) = targets["//demo:clean"].reasons
    assert reason.to_json() == {
        "field": "spec.text",
        "old": "Take the drift away.\n\nKeep the rest.",
        "new": "Take all drift away.\n\nKeep the rest.",
    }
    assert targets["//demo:clean"].previous_key == built.pins[Label("demo", "clean")].key
    assert targets["//demo:clean"].actions == ("generate", *STAGES)
    assert targets["//demo:measure"].state == "clean"
    assert targets["//demo:plain"].state == "clean"
    assert targets["//demo:demo"].state == "waiting"
    assert reasons(targets["//demo:demo"]) == ["code.//demo:clean"]


def test_new_code_behind_an_unchanged_schema_dirties_no_consumer(
    tmp_path: Path, built: Remembered
) -> None:
    """The consumers are cut off: something upstream is rebuilt and they run no action."""
    label = Label("demo", "clean")
    pin = built.pins[label]
    built.pins[label] = PinFacts(label, pin.key, pin.preimage, "# other code\n", None)
    targets = planned(loaded(tmp_path / "after"), built)
    assert targets["//demo:clean"].actions == ("render", *STAGES)
    assert "code" in reasons(targets["//demo:clean"])
    assert targets["//demo:measure"].state == "clean"
    assert targets["//demo:demo"].actions == ("integrate",)
    assert reasons(targets["//demo:demo"]) == ["nodes.//demo:clean.code"]


def test_a_changed_unit_of_a_port_dirties_its_producer_and_the_consumers_that_declare_one(
    tmp_path: Path, built: Remembered
) -> None:
    files = edited(
        FILES, GRAPH, "    params: {gain", "    ports: {signal: {unit: mV}}\n    params: {gain"
    )
    targets = planned(loaded(tmp_path / "after", files), built)
    assert "generate" in targets["//demo:clean"].actions
    assert "generate" in targets["//demo:measure"].actions
    assert reasons(targets["//demo:measure"]) == ["upstream.//demo:clean.signal.unit"]
    assert "ports.outputs.signal.unit" in reasons(targets["//demo:clean"])
    shape = make_plan(
        loaded(tmp_path / "after", files),
        select(loaded(tmp_path / "after", files), [Label("demo", "shape")]),
        built,
        FACTS,
    )
    assert shape.targets[0].state == "clean"


def test_a_tightened_property_asks_for_tests_and_no_generation(
    tmp_path: Path, built: Remembered
) -> None:
    files = edited(
        FILES, "rules/lab/properties/test_clean.py", "Silence in gives", "No noise gives"
    )
    targets = planned(loaded(tmp_path / "after", files), built)
    assert targets["//demo:clean"].actions == ("test",)
    assert reasons(targets["//demo:clean"]) == ["properties"]
    assert {name for name, target in targets.items() if target.state != "clean"} == {"//demo:clean"}


def test_a_template_mended_outside_its_contract_renders_and_tests_again(
    tmp_path: Path, built: Remembered
) -> None:
    files = edited(FILES, "rules/lab/templates/clean.py", '"""Cleaning."""', '"""Scrubbing."""')
    targets = planned(loaded(tmp_path / "after", files), built)
    assert targets["//demo:clean"].actions == ("render", *STAGES)
    assert "generate" not in targets["//demo:clean"].actions


def test_a_renamed_node_takes_its_pin_along(tmp_path: Path, built: Remembered) -> None:
    text = FILES[GRAPH].replace("  clean:\n", "  scrub:\n").replace("clean.signal", "scrub.signal")
    workspace = loaded(tmp_path / "after", dict(FILES) | {GRAPH: text})
    target = planned(workspace, built)["//demo:scrub"]
    assert target.renamed_from == Label("demo", "clean")
    assert "generate" not in target.actions
    assert reasons(target)[0] == "label"
    assert target.actions == ("render",)
    assert planned(workspace, built)["//demo:measure"].state == "clean"


def test_a_committed_pin_outranks_another_one_of_the_same_key(
    tmp_path: Path, built: Remembered
) -> None:
    label = Label("demo", "clean")
    pin = built.pins[label]
    built.pins = {Label("a", "b"): PinFacts(Label("a", "b"), pin.key, pin.preimage, "# b\n", None)}
    built.pins[label] = pin
    workspace = loaded(tmp_path / "after")
    target = planned(workspace, built)["//demo:clean"]
    template = workspace.graphs["demo"].nodes["clean"].template
    assert template is not None
    assert target.code == render(template, pin.hole)
    assert target.renamed_from is None


def test_another_machine_is_a_reason_that_reads_as_such(tmp_path: Path, built: Remembered) -> None:
    facts = Facts(
        **{name: getattr(FACTS, name) for name in FACTS.__slots__}
        | {"distributions": {"numpy": "2.2.0", "scipy": "1.14.0"}}
    )
    targets = planned(loaded(tmp_path / "after"), built, facts)
    assert targets["//demo:plain"].actions == ("type", "test")
    assert [str(reason) for reason in targets["//demo:plain"].reasons] == [
        "distributions.numpy: 2.1.0 → 2.2.0"
    ]


def test_the_plan_is_upstream_first_and_counts_every_key_once(tmp_path: Path) -> None:
    more = FILES[GRAPH].replace(
        "edges:\n",
        "  twin: {task: lab.Shape, spec: Count the rows.}\nedges:\n"
        "  - {from: clean.signal, to: twin.signal}\n",
    )
    workspace = loaded(tmp_path, dict(FILES) | {GRAPH: more})
    plan = whole(workspace, Remembered())
    order = [target.label.name for target in plan.targets]
    assert order.index("clean") < order.index("measure") < order.index("demo") < len(order) - 1
    assert len(plan.generations) == 4
    assert plan.counts()["generate"] == 3
    assert plan.to_json()["totals"]["generate"] == 3


def test_the_plan_is_one_json_document_with_the_contract_s_names(tmp_path: Path) -> None:
    document = json.loads(json.dumps(whole(loaded(tmp_path), Remembered()).to_json()))
    assert set(document) == {"targets", "totals"}
    for target in document["targets"]:
        assert set(target) == {"label", "state", "reasons", "actions"}
        assert target["state"] in ("clean", "dirty", "waiting")
        assert all(set(reason) == {"field", "old", "new"} for reason in target["reasons"])
    assert {"tokens", "cost"} <= set(document["totals"])


def test_planning_twice_is_planning_once(tmp_path: Path, built: Remembered) -> None:
    workspace = loaded(tmp_path / "after", edited(FILES, GRAPH, "the drift", "all drift"))
    assert whole(workspace, built) == whole(workspace, built)


def test_the_link_names_every_module_once_and_all_its_ends_exist(tmp_path: Path) -> None:
    workspace = loaded(tmp_path)
    graph = workspace.graphs["demo"]
    made: Mapping[str, Json] = link(graph, *closure(workspace, graph))
    names = [node["name"] for node in made["nodes"]]
    assert len(names) == len(set(names))
    ends = {edge["to"].partition(".")[0] for edge in made["edges"]}
    assert ends <= set(names)
    assert names == ["clean", "plain", "measure", "shape"]
    assert made["nodes"][0]["params"] == {"gain": 3.0, "strength": 1.0}
    assert made["nodes"][0]["run_params"] == {"seed": {"type": "integer", "default": 7}}
    json.dumps(made, allow_nan=False)


def shuffled(value: Json, chance: random.Random) -> Json:
    if isinstance(value, dict):
        items = [(name, shuffled(item, chance)) for name, item in value.items()]
        chance.shuffle(items)
        return dict(items)
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_keys_in_a_file_is_in_no_link_and_in_no_key(tmp_path: Path, seed: int) -> None:
    """An artifact is made of the link: equal keys must mean equal bytes."""
    before = loaded(tmp_path / "before")
    text = json.dumps(
        shuffled(yaml.safe_load(FILES[GRAPH]), random.Random(seed))  # noqa: S311
    )
    after = loaded(tmp_path / "after", dict(FILES) | {GRAPH: text})
    links = [
        link(workspace.graphs["demo"], *closure(workspace, workspace.graphs["demo"]))
        for workspace in (before, after)
    ]
    assert json.dumps(links[0]) == json.dumps(links[1])
    known = Remembered()
    known.generate(before, "clean", "measure", "shape")
    known.build(whole(before, known))
    assert all(target.state == "clean" for target in planned(after, known).values())
