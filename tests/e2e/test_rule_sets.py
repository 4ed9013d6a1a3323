"""A rule set of one's own, from `init --rules` on: what it makes, and what `test` says of it."""

import json
import re
import shutil

import pytest

from fxgbuild.cli.main import main

from .conftest import Workspace

SET = "rules/cardiology"
LABEL = "//rules/cardiology"
BUILT_IN = ("@fxg//learning:Serialise",)  # one of many: all of them take too long here


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A fresh workspace with the rule set `cardiology`, tested once; not to be changed."""
    workspace = Workspace(tmp_path_factory.mktemp("made"))
    done = workspace.type("init", "--rules", "cardiology")
    assert done.code == 0, done.err
    workspace.first = workspace.type("test", LABEL, *BUILT_IN, "--json")
    return workspace


@pytest.fixture
def own(made, tmp_path):
    """A copy to change."""
    shutil.copytree(made.root, tmp_path / "ws", symlinks=True)
    return Workspace(tmp_path / "ws")


PROPERTIES, FAULTS = f"{SET}/properties/test_smooth.py", f"{SET}/faults/smooth.py"
READ, CONTRACT = f"{SET}/templates/read_series.py", f"{SET}/templates/smooth.py"


def tasks(done):
    return {task["label"]: task for task in done.json["tasks"]}


def test_a_new_rule_set_s_properties_are_laws_at_once(made):
    found = tasks(made.first)
    assert made.first.code == 0, made.first.err
    assert set(found) == {f"{LABEL}:ReadSeries", f"{LABEL}:Smooth", *BUILT_IN}
    for task in found.values():
        assert task["state"] == "passed"
        assert all(own["reference"] and own["kills"] for own in task["properties"].values())
        assert all(task["faults"].values())


def test_what_has_passed_is_not_tested_again(made):
    done = made.type("test", "//rules/...")
    assert done.code == 0
    assert "sandbox" not in done.err
    assert re.search(r"//rules/cardiology:Smooth +3 +3 +3 +passed \(cached\)", done.out)


def test_task_types_are_listed_and_shown(made):
    assert made.type("ls", "//rules/...").out.split() == [f"{LABEL}:ReadSeries", f"{LABEL}:Smooth"]
    kinds = {row["label"]: row["kind"] for row in made.type("ls", LABEL, "--json").json}
    assert kinds[f"{LABEL}:Smooth"] == "task type (a model writes it)"
    facts = made.type("show", f"{LABEL}:Smooth", "--json").json
    assert facts["inputs"] == {"series": "list<float>"}
    assert facts["params"]["width"]["default"] == 3
    assert made.type("show", f"{LABEL}:ReadSeries", "--json").json["invokes"] == {
        "cardiology.Smooth": ["sync", "async"]
    }
    assert "# fxg:hole" in made.type("show", f"{LABEL}:Smooth", "--code").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("build", LABEL), 2, "names a rule set, not a target"),
        (("why", f"{LABEL}:Smooth"), 2, "names a rule set, not a target"),
        (("test", LABEL, "//hello"), 2, "asked for apart"),
        (("test", "//rules/cardiolgy"), 2, "closest  `cardiology`"),
        (("test", f"{LABEL}:Smoth"), 2, "closest  `Smooth`"),
        (("test", f"{LABEL}:smooth"), 2, "a task type is a word like"),
        (("init", "--rules", "cardiology"), 2, "the folder `rules/cardiology` exists"),
        (("init", "--rules", "signal"), 2, "is a built-in rule set"),
        (("init", "--rules", "Cardio"), 2, "is no name for a rule set"),
        (("init", "--rules", "all"), 2, "is reserved"),
        (("init", "--rules", "hello"), 2, "the folder `pipelines/hello` exists"),
        (("init", "--rules", "cardiology", "--task", "Smooth"), 2, "has a task type `Smooth`"),
        (("init", "--rules", "cardiology", "--task", "smooth"), 2, "no name for a task type"),
        (("init", "--task", "Detrend"), 2, "`--task` adds to a rule set"),
    ],
)
def test_what_cannot_be_is_refused_in_words(made, monkeypatch, capsys, words, code, said):
    monkeypatch.chdir(made.root)
    assert main(list(words)) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_a_package_may_not_be_called_as_rule_sets_are(own):
    package = own.path("pipelines/rules/x")
    package.mkdir(parents=True)
    (package / "fxg.yaml").write_text("fxg: 1\n")
    done = own.type("plan")
    assert done.code == 1
    assert "pipelines/rules/x/fxg.yaml: `//rules/x` is how a rule set is named" in done.err


def test_a_shell_completes_labels_of_rule_sets_where_they_are_taken(made):
    def completed(verb):
        words = {"COMP_WORDS": f"fxgbuild {verb} //rules/", "COMP_CWORD": "2"}
        return made.type(env={"_FXGBUILD_COMPLETE": "zsh_complete", **words}).out

    assert f"{LABEL}:Smooth" in completed("test").replace("\\:", ":")
    assert LABEL not in completed("build")


# Builds -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_everything_that_init_makes_builds_without_a_model(own):
    assert own.type("plan").code == 0
    done = own.type("build", "//...", "--json").json
    assert done["exit_code"] == 0
    assert done["actions"]["by_kind"]["generate"]["run"] == 0
    assert own.type("plan").out == "5 targets, 5 clean: nothing to run\n"
    own.edit(PROPERTIES.replace("smooth", "read_series"), "are read in", "come back in")
    assert own.actions("//cardiology:all") == {"//cardiology:read": ["test"]}
    own.edit(READ, '"""Read a series', '"""Read one series')
    stages = ["render", "lint", "type", "security", "test"]
    assert own.actions("//cardiology:all")["//cardiology:read"] == stages


@pytest.mark.slow
def test_the_node_in_the_comment_is_the_way_to_the_first_generation(own):
    graph = own.path("pipelines/cardiology/fxg.yaml")
    text = re.sub(r"^  # (?=smooth:|  |- )", "  ", graph.read_text(), flags=re.MULTILINE)
    graph.write_text(text)
    assert own.actions("//cardiology:all")["//cardiology:smooth"][0] == "generate"
    assert (
        "def smooth(series: list[float], *, width: int)"
        in own.type("prompt", "//cardiology:smooth").out
    )
    assert own.type("build", "//cardiology:all").code == 20


@pytest.mark.slow
def test_one_more_task_type_is_added_beside_the_comments(own):
    before = own.path(f"{SET}/rules.toml").read_text()
    done = own.type("init", "--rules", "cardiology", "--task", "QrsWidth")
    assert done.code == 0, done.err
    assert own.path(f"{SET}/rules.toml").read_text().startswith(before.rstrip("\n"))
    done = own.type("test", f"{LABEL}:QrsWidth", "--json")
    assert done.code == 0, done.err
    assert tasks(done)[f"{LABEL}:QrsWidth"]["faults"] == {
        "as_many_values_come_out": ["test_as_many_values_come_out"]
    }


WRONG = {
    "properties that reject too little": (
        [
            (PROPERTIES, "width=width)) == len(series)", "width=width)) <= len(series)"),
            (CONTRACT, '    """Return', "    # Return"),
            (CONTRACT, 'there count.\n    """', "there count."),
            (CONTRACT, "\n\n    series: any", "\n    # series: any"),
            (CONTRACT, "    At the", "    # At the"),
        ],
        [
            f"{FAULTS}:13:1: survives: the fault `as_many_values_come_out` survives "
            "`test_as_many_values_come_out`, whose fault it is",
            f"{PROPERTIES}:12:1: kills-nothing: `test_as_many_values_come_out` kills nothing",
            f"{CONTRACT}:5:1: docstring: `smooth` has no docstring",
        ],
    ),
    "faults that are none": (
        [
            (FAULTS, "[sum(values) / width for", "[sum(values) / with_ for"),
            (FAULTS, "near = [series[max(0, i - width + 1) : i + 1] for", "near = [[x] for"),
            (FAULTS, "[[x] for i in range(len(series))]", "[[x] for x in series]"),
            (
                FAULTS,
                "def reference(",
                "def rounds(series, *, width):\n    return reference("
                "series, width=width)\n\n\ndef reference(",
            ),
        ],
        [
            f"{FAULTS}:23:1: broken: the fault `a_constant_series_stays` is broken, not wrong: "
            "the code raised NameError",
            f"{FAULTS}:9:1: survives: the fault `rounds` survives: no property fails on it",
            f"{PROPERTIES}:18:1: kills-nothing: `test_a_constant_series_stays` kills nothing",
        ],
    ),
    "right ones that are wrong, and templates that are": (
        [
            (FAULTS, "return _average(series, width // 2)\n", "return series[1:]\n"),
            (READ, " if line.strip()]", "]"),
            (READ, "-> list[float]:", "-> list[str]:"),
            (f"{SET}/README.md", "task: cardiology.Smooth, spec", "task: cardiology.Smoot, spec"),
        ],
        [
            f"{PROPERTIES}:12:1: reference: the reference fails `test_as_many_values_come_out`",
            f"{SET}/properties/test_read_series.py:17:1: reference: the template fails "
            "`test_blank_lines_do_not_count`",
            f"{READ}:6:",
            f"{SET}/README.md:13:20: FXG1109: `cardiology` has no task type `Smoot`",
        ],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_place(own, wrong):
    edits, lines = wrong
    for edit in edits:
        own.edit(*edit)
    done = own.type("test", LABEL, "--junit", "junit.xml", "--sarif", "rules.sarif")
    assert done.code == 3, done.err
    for line in lines:
        assert any(told.startswith(line) for told in done.err.splitlines()), (line, done.err)
    assert "docs/tutorials/rule-sets.md" in done.err
    assert '<failure type="' in own.path("junit.xml").read_text()
    runs = json.loads(own.path("rules.sarif").read_text())["runs"]
    results = [result for run in runs for result in run["results"]]
    assert results
    assert all(f"{SET}/" in str(result["locations"]) for result in results)


@pytest.mark.slow
def test_what_does_not_load_is_said_with_its_place(own):
    own.edit(f"{SET}/rules.toml", 'imports = ["math", "statistics"]', 'imports = ["numpy"]')
    own.edit(f"{SET}/rules.toml", 'type = "int"', 'type = "integer"')
    done = own.type("test", LABEL)
    assert done.code == 1
    assert f"{SET}/rules.toml:27:1: no distribution of the rule set provides `numpy`" in done.err
    assert f"{SET}/rules.toml:30:1: `tasks.Smooth.params.width.type`" in done.err


@pytest.mark.slow
def test_a_rule_set_without_properties_has_nothing_to_test(own):
    for folder in ("properties", "faults"):
        for path in own.path(f"{SET}/{folder}").iterdir():
            path.unlink()
    done = own.type("test", LABEL)
    assert done.code == 4
    assert "has properties" in done.err


@pytest.mark.slow
def test_retry_tests_what_failed_again(own):
    own.edit(f"{SET}/faults/smooth.py", "sum(values) / width", "sum(values) / len(values)")
    assert own.type("test", LABEL).code == 3
    done = own.type("retry")
    assert done.code == 3
    assert f": {LABEL}:Smooth" in done.err
    assert "ReadSeries" not in done.out
