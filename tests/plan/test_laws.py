"""When a property is a law: the reference has it, and a planted fault does not."""

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.lang.laws import Laws, value_of, without_tests
from fxgbuild.lang.model import File, Parameter, TaskType
from fxgbuild.lang.rule_label import RulePattern, is_rule_label, parse_rule_pattern
from fxgbuild.lang.template import parse_template
from fxgbuild.plan.laws import implementations, matrix, matrix_from_json, remarks, spared, stand_in
from fxgbuild.problem import Location

HOLE = b"# fxg:hole\ndef mean(x: float) -> float:\n    ...\n\n\n# fxg:end\n"


def file(path):
    return File(path, b"", digest_bytes(b""))


def laws(faults=("is_even", "is_small"), properties=("is_even", "is_small"), template=HOLE):
    name = "rules/acme/templates/mean.py"
    task = TaskType(
        name="acme.Mean",
        label="//rules/acme:Mean",
        doc="",
        function="mean",
        inputs={},
        outputs={},
        params={},
        imports=(),
        effects=(),
        invokes=(),
        distributions=(),
        template=parse_template(name, template, "mean"),
        properties=file("rules/acme/properties/test_mean.py") if properties else None,
        where=Location("rules/acme/rules.toml", 3, 1),
    )
    return Laws(
        task=task,
        properties={f"test_{name}": 10 + at for at, name in enumerate(properties)},
        faults=file("rules/acme/faults/mean.py"),
        faults_path="rules/acme/faults/mean.py",
        planted={name: 20 + at for at, name in enumerate(faults)},
        reference=5,
    )


def frame(*failed, raised="", why="wrong", ended="ok", names=("is_even", "is_small")):
    tests = [
        {
            "name": f"test_{name}",
            "kind": "property",
            "outcome": "failed" if name in failed else "passed",
            "message": f"the code raised {raised}: {why}" if name in failed else "",
            "raised": raised if name in failed else "",
        }
        for name in names
    ]
    return {"tests": tests, "ended": ended}


def said(own, frames):
    return [(r.where, r.finding.rule) for r in remarks(own, matrix(own, frames))]


SOUND = {"reference": frame(), "is_even": frame("is_even"), "is_small": frame("is_small")}


def test_a_reference_that_passes_and_faults_that_fall_leave_nothing_to_say():
    assert said(laws(), SOUND) == []
    seen = matrix(laws(), SOUND)
    assert matrix_from_json(seen.to_json()) == seen
    assert seen.kills("test_is_even") == ["is_even"]


def test_a_reference_that_fails_is_told_at_the_property():
    frames = SOUND | {"reference": frame("is_small")}
    assert said(laws(), frames) == [("rules/acme/properties/test_mean.py:11:1", "reference")]


def test_a_fault_must_fall_to_the_property_of_its_name():
    frames = SOUND | {"is_even": frame("is_small")}
    assert said(laws(), frames) == [
        ("rules/acme/faults/mean.py:20:1", "survives"),
        ("rules/acme/properties/test_mean.py:10:1", "kills-nothing"),
    ]


def test_a_fault_of_another_name_may_fall_to_any_property():
    own = laws(faults=("is_even", "is_small", "off_by_one"))
    assert said(own, SOUND | {"off_by_one": frame("is_small")}) == []
    assert said(own, SOUND | {"off_by_one": frame()}) == [
        ("rules/acme/faults/mean.py:22:1", "survives")
    ]


def test_a_property_without_a_fault_kills_nothing():
    own = laws(faults=("is_even",))
    frames = {name: SOUND[name] for name in ("reference", "is_even")}
    assert said(own, frames) == [("rules/acme/properties/test_mean.py:11:1", "kills-nothing")]


@pytest.mark.parametrize(
    "bad",
    [
        frame("is_even", raised="NameError"),
        frame("is_even", raised="TypeError", why="got an unexpected keyword argument 'x'"),
        frame("is_even", ended="timeout"),
    ],
)
def test_a_fault_that_is_broken_kills_for_no_property(bad):
    rules = [rule for _, rule in said(laws(), SOUND | {"is_even": bad})]
    assert rules == ["broken", "kills-nothing"]


def test_a_fault_may_raise_where_its_mistake_shows():
    for raised in ("TypeError", "ZeroDivisionError"):
        assert said(laws(), SOUND | {"is_even": frame("is_even", raised=raised)}) == []


def test_a_fault_meets_the_property_of_its_name_and_those_without_a_fault():
    own = laws(faults=("is_even", "off_by_one"))
    assert spared(own, "is_even") == []
    assert spared(own, "off_by_one") == spared(own, "reference") == []
    assert spared(laws(), "is_even") == ["test_is_small"]


def test_tests_are_left_out_without_moving_a_line():
    data = (
        b"import x\n\n\n@x.given\n@y\ndef test_a():\n    pass\n\n\ndef test_b():\n    test_c()\n\n"
    )
    data += b"\ndef test_c():\n    pass\n"
    left = without_tests(data, ["test_a", "test_c"])
    assert len(left.split(b"\n")) == len(data.split(b"\n"))
    assert left.split() == b"import x def test_b(): test_c() def test_c(): pass".split()
    assert without_tests(b"def (", ["test_a"]) == b"def ("


def test_parameters_of_one_property_are_one_property():
    names = ("is_even[1]", "is_even[2]", "is_small")
    frames = {"reference": frame(names=names), "is_even": frame("is_even[2]", names=names)}
    seen = matrix(laws(faults=("is_even",)), frames)
    assert seen.properties == ("test_is_even", "test_is_small")
    assert seen.kills("test_is_even") == ["is_even"]


def test_where_a_template_has_no_hole_it_is_the_right_one():
    plain = laws(template=b"def mean(x: float) -> float:\n    return x\n")
    assert implementations(plain) == ["reference", "is_even", "is_small"]
    assert not plain.is_written
    assert str(stand_in(plain).label) == "//rules/acme:Mean"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Parameter("a", "float", default=3), 3.0),
        (Parameter("a", "int", low=2.0, high=5.0), 2),
        (Parameter("a", "float"), 1.0),
        (Parameter("a", "enum", values=("x", "y")), "x"),
        (Parameter("a", "bool"), False),
        (Parameter("a", "text"), ""),
    ],
)
def test_a_parameter_without_a_default_has_the_same_plain_value_every_time(parameter, value):
    found = value_of(parameter)
    assert (found, type(found)) == (value, type(value))


LABELS = {
    "//rules/...": RulePattern("//rules/"),
    "@fxg//...": RulePattern("@fxg//"),
    "//rules/acme": RulePattern("//rules/", "acme"),
    "//rules/acme/...": RulePattern("//rules/", "acme"),
    "//rules/acme:all": RulePattern("//rules/", "acme"),
    "//rules/acme:Mean": RulePattern("//rules/", "acme", "Mean"),
    "@fxg//signal:Moments": RulePattern("@fxg//", "signal", "Moments"),
}


@pytest.mark.parametrize("text", LABELS)
def test_rule_sets_are_named_as_targets_are(text):
    assert is_rule_label(text, "rules")
    assert parse_rule_pattern(text, "rules") == LABELS[text]


@pytest.mark.parametrize(
    "text", ["-//rules/acme", "//rules", "//rules/Acme", "//rules/acme:mean", "@fxg//a/b", "@fxg//"]
)
def test_what_names_no_rule_set_is_told_in_a_sentence(text):
    assert is_rule_label(text, "rules")
    assert str(parse_rule_pattern(text, "rules")).startswith(f"`{text}`: ")


def test_labels_of_targets_are_none_of_rule_sets():
    for text in ("//eeg", "//...", ":welch", "//rulesets/x", "-//eeg:svm"):
        assert not is_rule_label(text, "rules")
    assert is_rule_label("//src/rules/acme", "src/rules")
