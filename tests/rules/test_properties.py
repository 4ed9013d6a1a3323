"""Every property of every rule set passes on a right implementation and kills its planted fault."""

import importlib.util
import inspect
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

RULES = Path(__file__).parents[2] / "rules"
FEWEST = {True: 3, False: 2}  # properties of a task with a hole, and of plumbing

settings.register_profile(
    "rules",
    max_examples=30,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # one failing example is proof enough here
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def load(path):
    """Import a file of a rule set under a name of its own."""
    name = "_".join(("rules", *path.relative_to(RULES).with_suffix("").parts))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def defaults(domain, task):
    """Return the default of every parameter of the task type whose file is named so."""
    rules = tomllib.loads((RULES / domain / "rules.toml").read_text("utf-8"))
    names = {snake(name): name for name in rules["tasks"]}
    declared = rules["tasks"][names[task]].get("params", {})
    return {name: parameter["default"] for name, parameter in declared.items()}


def snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def properties(path):
    """Return the property tests of a file, by name."""
    functions = inspect.getmembers(load(path), inspect.isfunction)
    return {name: test for name, test in functions if name.startswith("test_")}


FILES = sorted(RULES.glob("*/properties/test_*.py"))
TASKS = [(path.parents[1].name, path.stem.removeprefix("test_")) for path in FILES]
CASES = [
    (domain, task, name)
    for (domain, task), path in zip(TASKS, FILES, strict=True)
    for name in properties(path)
]


def hold(domain, task, name, implementation):
    """Run one property against an implementation, as the harness would."""
    test = properties(RULES / domain / "properties" / f"test_{task}.py")[name]
    faults = load(RULES / domain / "faults" / f"{task}.py")
    candidate = getattr(faults, implementation)
    settings.load_profile("rules")
    test(candidate=candidate, params=defaults(domain, task))


def identity(case):
    return "-".join(case)


@pytest.mark.parametrize("case", CASES, ids=identity)
def test_a_right_implementation_has_the_property(case):
    hold(*case, "reference")


@pytest.mark.parametrize("case", CASES, ids=identity)
def test_the_property_kills_its_planted_fault(case):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        hold(*case, case[2].removeprefix("test_"))


@pytest.mark.parametrize(("domain", "task"), TASKS)
def test_properties_state_their_law_and_are_enough(domain, task):
    tests = properties(RULES / domain / "properties" / f"test_{task}.py")
    template = (RULES / domain / "templates" / f"{task}.py").read_text("utf-8")
    assert len(tests) >= FEWEST["# fxg:hole" in template]
    assert all(test.__doc__ and test.__doc__.strip().endswith(".") for test in tests.values())


@pytest.mark.parametrize("domain", sorted({domain for domain, _ in TASKS}))
def test_every_task_type_has_its_files_and_no_file_is_orphaned(domain):
    rules = tomllib.loads((RULES / domain / "rules.toml").read_text("utf-8"))
    tasks = {snake(name) for name in rules["tasks"]}
    for folder, prefix in (("templates", ""), ("faults", ""), ("properties", "test_")):
        found = {path.stem for path in (RULES / domain / folder).glob("*.py")}
        assert found == {prefix + task for task in tasks}, folder
    assert (RULES / domain / "README.md").is_file()


@pytest.mark.parametrize(("domain", "task"), TASKS)
def test_a_template_has_the_declared_signature(domain, task):
    rules = tomllib.loads((RULES / domain / "rules.toml").read_text("utf-8"))
    declared = next(spec for name, spec in rules["tasks"].items() if snake(name) == task)
    module = load(RULES / domain / "templates" / f"{task}.py")
    signature = inspect.signature(getattr(module, task))
    kinds = {name: parameter.kind for name, parameter in signature.parameters.items()}
    ports = [n for n, kind in kinds.items() if kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    keywords = [n for n, kind in kinds.items() if kind is inspect.Parameter.KEYWORD_ONLY]
    assert ports == list(declared["inputs"])
    assert sorted(keywords) == sorted(declared.get("params", {}))
    outputs = list(declared["outputs"])
    if len(outputs) > 1:
        assert list(signature.return_annotation._fields) == outputs
