"""What one edit rebuilds, and what it leaves alone: each from a built workspace."""

import shutil

import pytest

GRAPH = "examples/eeg/fxg.yaml"
EXTRACTORS = {"//eeg:moments", "//eeg:welch", "//eeg:wavelets", "//eeg:band_ratios"}


def test_a_second_build_runs_nothing(workspace):
    code, result = workspace.build()
    assert code == 0
    assert result["actions"]["run"] == 0
    assert {target["outcome"] for target in result["targets"]} == {"clean"}


def test_one_sentence_of_one_spec_asks_for_that_node_alone(workspace):
    workspace.edit(GRAPH, "A flat channel gives zeros.", "A flat channel gives only zeros.")
    actions = workspace.actions()
    assert actions["//eeg:welch"] == ["generate", "lint", "type", "security", "test"]
    assert [label for label, own in actions.items() if "generate" in own] == ["//eeg:welch"]
    assert workspace.fields("//eeg:welch") == ["spec.text"]
    for extra in ((), ("--frozen",)):
        done = workspace.type("build", "//eeg:all", *extra)
        assert done.code == 20
        assert "spec.text" in done.err
        assert "fxgbuild generate export //eeg:welch --to requests.jsonl" in done.err
    document = workspace.type("build", "//eeg:all", "--json").json
    outcomes = {target["label"]: target["outcome"] for target in document["targets"]}
    assert document["exit_code"] == 20
    assert [label for label, own in outcomes.items() if own == "failed"] == ["//eeg:welch"]
    workspace.edit(GRAPH, "A flat channel gives only zeros.", "A flat channel gives zeros.")
    assert workspace.actions() == {}


def test_why_names_the_field_in_a_fresh_clone_where_the_edit_is_committed(workspace):
    workspace.edit(GRAPH, "A flat channel gives zeros.", "A flat channel gives only zeros.")
    workspace.edit(GRAPH, "segment_s: 0.5", "segment_s: 0.25")
    workspace.edit(GRAPH, "level: 6", "level: 5")
    shutil.rmtree(workspace.path(".fxgbuild"))
    why = workspace.type("why", "//eeg:welch", "--json").json
    assert [reason["field"] for reason in why["reasons"]] == ["spec.text"]
    assert why["key"] != why["previous_key"]
    why = workspace.type("why", "//eeg:wavelets", "--json").json
    assert "params.level" in [reason["field"] for reason in why["reasons"]]


def test_a_renamed_node_keeps_its_code(workspace):
    workspace.edit(GRAPH, "\n  welch:\n", "\n  psd_of_windows:\n")
    workspace.edit(GRAPH, "welch.psd", "psd_of_windows.psd")
    workspace.edit(GRAPH, "to: welch.windows", "to: psd_of_windows.windows")
    assert workspace.type("why", "//eeg:psd_of_windows", "--json").json["renamed_from"] == (
        "//eeg:welch"
    )
    assert "renamed from //eeg:welch" in workspace.type("why", "//eeg:psd_of_windows").out
    assert not any({"generate", "test"} & set(own) for own in workspace.actions().values())
    code, result = workspace.build("//eeg:psd_of_windows")
    assert code == 0
    assert result["actions"]["by_kind"]["generate"]["run"] == 0
    assert result["actions"]["by_kind"]["test"]["run"] == 0
    assert not workspace.path("cache/eeg/welch").exists()
    assert workspace.path("cache/eeg/psd_of_windows/code.py").exists()
    assert workspace.type("cache", "verify").code == 0


def test_a_link_parameter_asks_for_a_test_and_another_wheel(workspace):
    workspace.edit(GRAPH, "quantile: 0.95", "quantile: 0.9")
    actions = workspace.actions()
    assert actions == {
        "//eeg:evaluate": ["test"],
        "//eeg:eeg": ["integrate"],
        "//eeg:wheel": ["emit"],
    }
    assert workspace.fields("//eeg:evaluate") == ["params.quantile"]


@pytest.mark.slow
def test_a_link_parameter_retests_and_makes_another_wheel(workspace):
    before = workspace.type("emit", "//eeg:wheel", "--json").json
    workspace.edit(GRAPH, "quantile: 0.95", "quantile: 0.9")
    code, result = workspace.build()
    assert code == 0, result
    assert result["actions"]["by_kind"]["generate"]["run"] == 0
    after = workspace.type("emit", "//eeg:wheel", "--json").json
    assert before[0]["sha256"] != after[0]["sha256"]


def test_an_output_ports_unit_asks_for_its_producer_and_its_direct_consumers(workspace):
    workspace.edit(
        GRAPH,
        "\n    task: signal.Normalise\n",
        "\n    task: signal.Normalise\n    ports: {windows: {unit: mV}}\n",
    )
    actions = workspace.actions()
    asked = {label for label, own in actions.items() if "generate" in own}
    assert asked == EXTRACTORS | {"//eeg:normalise"}
    assert workspace.fields("//eeg:moments") == ["upstream.//eeg:normalise.windows.unit"]
    assert "ports.outputs.windows.unit" in workspace.fields("//eeg:normalise")


def test_a_tightened_property_that_the_pin_fails_is_an_error_and_no_generation(workspace):
    path = workspace.path("rules/learning/properties/test_average_scores.py")
    law = (
        "\n\ndef test_never_below_ten(candidate, params):\n"
        '    """The average of ones is at least ten."""\n'
        "    import numpy as np\n\n"
        "    ones = np.array([0.0, 2.0])\n"
        "    found = candidate(svm_train=ones, svm_test=ones, autoencoder_train=ones,"
        " autoencoder_test=ones, **params)\n"
        "    assert found.test.min() >= 10\n"
    )
    path.write_text(path.read_text() + law)
    assert workspace.actions()["//eeg:ensemble"] == ["test"]
    done = workspace.type("build", "//eeg:all")
    assert done.code == 1
    assert "test_never_below_ten" in done.err
    assert "//eeg:ensemble" in done.err
    assert "validated under properties " in done.err
    assert "regenerate //eeg:ensemble" in done.err
    assert workspace.type("cache", "verify").code == 0


def test_comments_and_the_order_of_keys_change_nothing(workspace):
    text = workspace.path(GRAPH).read_text()
    text = "# a comment\n" + text.replace("doc: >-", "# another\ndoc: >-", 1)
    first = "inputs: {rest: signal.Recording, task: signal.Recording}"
    assert first in text
    text = text.replace(first, "inputs: {task: signal.Recording, rest: signal.Recording}")
    workspace.path(GRAPH).write_text(text)
    assert workspace.actions() == {}


def test_a_templates_fixed_part_is_rendered_and_tested_anew(workspace):
    name = "rules/signal/templates/welch_spectrum.py"
    workspace.edit(name, '"""Power spectral density', '"""The power spectral density')
    actions = workspace.actions()
    assert actions["//eeg:welch"] == ["render", "lint", "type", "security", "test"]
    assert set(actions) == {"//eeg:welch", "//eeg:eeg", "//eeg:wheel"}
    code, result = workspace.build("//eeg:welch")
    assert code == 0
    assert result["actions"]["by_kind"]["generate"]["run"] == 0


def test_a_contract_that_says_something_else_asks_for_another_generation(workspace):
    name = "rules/signal/templates/moments.py"
    workspace.edit(name, "any count of windows, also none.", "one window and more.")
    actions = workspace.actions()
    assert [label for label, own in actions.items() if "generate" in own] == ["//eeg:moments"]
    assert workspace.fields("//eeg:moments") == ["contract.docstring"]


def test_planted_faults_are_in_no_key_of_a_build(workspace):
    path = workspace.path("rules/signal/faults/moments.py")
    path.write_text(path.read_text() + "\n\ndef one_more(windows):\n    return windows\n")
    assert workspace.actions() == {}


def test_code_rewritten_behind_its_schema_regenerates_nothing_downstream(workspace):
    source = workspace.path("rules/learning/templates/split.py").read_text()
    workspace.path("examples/eeg/parting.py").write_text(source)
    workspace.edit(
        GRAPH,
        "    task: learning.Split\n",
        "    task: learning.Split\n    source: parting.py:split\n",
    )
    code, result = workspace.build("//eeg:split")
    assert code == 0, result
    rewritten = source.replace('"""', '"""Written anew. ', 1)
    workspace.path("examples/eeg/parting.py").write_text(rewritten)
    actions = workspace.actions()
    assert set(actions) == {"//eeg:split", "//eeg:eeg", "//eeg:wheel"}
    assert not any("generate" in own for own in actions.values())
    code, result = workspace.build()
    assert code == 0
    assert result["actions"]["by_kind"]["integrate"]["run"] == 1
    outcomes = {target["label"]: target["outcome"] for target in result["targets"]}
    assert outcomes["//eeg:scale"] == "cut_off"
    assert outcomes["//eeg:welch"] == "clean"


def test_a_missing_copy_in_out_is_only_rendered(workspace):
    workspace.path(".fxgbuild/out/eeg/welch.py").unlink()
    assert workspace.actions() == {"//eeg:welch": ["render"]}
