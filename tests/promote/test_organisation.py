"""An organisation's policy: read from two places, whole or not at all."""

import json

import jsonschema
import pytest

from fxgbuild.errors import BadWorkspace
from fxgbuild.lang.publish import published
from fxgbuild.lang.text import parse
from fxgbuild.promote.organisation import read_organisation

FULL = """\
fxg = 1
trust = "keys/trust.toml"

[channels."*"]
ref = "main"
models = ["claude*"]

[channels.prod]
sandbox = "A"
tools = {ruff = ">=0.17"}
rebuilt = 1
approvals = {release = 2, security = 1}
age = "2d"
reviewed = "release"
findings = true
"""


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_nothing_is_asked_where_nobody_wrote_anything(tmp_path):
    found = read_organisation({}, tmp_path / "absent.toml")
    assert (found.stated, found.trust) == ((), None)
    assert read_organisation({"FXG_POLICY": ""}, tmp_path / "absent.toml") == found


def test_every_field_is_read(tmp_path):
    path = written(tmp_path / "org" / "policy.toml", FULL)
    found = read_organisation({"FXG_POLICY": str(path)}, tmp_path / "absent.toml")
    ((origin, doc),) = found.stated
    assert origin == str(path)
    assert doc.channels["*"].ref == "main"
    assert doc.channels["prod"].approvals == {"release": 2, "security": 1}
    assert found.trust == tmp_path / "org" / "keys" / "trust.toml"
    schema = json.loads(published()["policy.schema.json"])
    document, _ = parse(str(path), path.read_bytes())
    jsonschema.Draft202012Validator(schema).validate(document.value)


def test_both_files_count_and_the_machine_s_keys_are_trusted_first(tmp_path):
    machine = written(tmp_path / "etc" / "policy.toml", 'trust = "a.toml"\n')
    named = written(tmp_path / "own.toml", 'trust = "b.toml"\n[channels.prod]\nage = "1d"\n')
    found = read_organisation({"FXG_POLICY": str(named)}, machine)
    assert [origin for origin, _ in found.stated] == [str(machine), str(named)]
    assert found.trust == tmp_path / "etc" / "a.toml"
    machine.write_text("fxg = 1\n")
    assert read_organisation({"FXG_POLICY": str(named)}, machine).trust == tmp_path / "b.toml"


def test_a_file_is_asked_once_however_often_it_is_named(tmp_path):
    machine = written(tmp_path / "policy.toml", FULL)
    assert len(read_organisation({"FXG_POLICY": str(machine)}, machine).stated) == 1


def test_a_policy_is_toml_whatever_its_name_and_may_be_mounted_by_a_link(tmp_path):
    written(tmp_path / "data" / "policy", FULL)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "data" / "policy")
    assert read_organisation({"FXG_POLICY": str(link)}, tmp_path / "absent").stated


def problems(environment, machine):
    with pytest.raises(BadWorkspace) as caught:
        read_organisation(environment, machine)
    return [line for problem in caught.value.problems for line in problem.lines()]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_file_that_is_named_and_cannot_be_read_is_never_no_policy(tmp_path, make):
    path = tmp_path / "policy.toml"
    make(path)
    told = problems({"FXG_POLICY": str(path)}, tmp_path / "absent.toml")
    assert told[0].startswith(f"{path}: the organisation's policy cannot be read: ")
    assert told[1] == "  asked by  the variable FXG_POLICY"


def test_a_machine_s_file_that_leads_nowhere_is_never_no_policy(tmp_path):
    machine = tmp_path / "policy.toml"
    machine.symlink_to(tmp_path / "gone.toml")
    assert "cannot be read" in problems({}, machine)[0]


def test_every_problem_of_both_files_has_its_place(tmp_path):
    machine = written(tmp_path / "etc.toml", 'fxg = 1\n[channels.prod]\nage = "two days"\n')
    named = written(tmp_path / "own.toml", 'fxg = 1\n[channels."*"]\nsandbx = "A"\nrebuilt = -1\n')
    told = problems({"FXG_POLICY": str(named)}, machine)
    assert told[0].startswith(f"{machine}:3:1: `channels.prod.age`: ")
    assert "`two days` is no age such as `90m`, `12h` or `2d`" in told[0]
    assert told[1].startswith(f"{named}:3:1: unknown key `sandbx`")
    assert told[2] == "  closest   `sandbox`"
    assert told[3].startswith(f"{named}:4:1: ")
