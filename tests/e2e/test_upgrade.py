"""Upgrade day: another numpy, another tool, another key version; nothing is generated for it."""

import json
import shutil

import pytest

from tests.e2e.conftest import REPOSITORY
from tests.e2e.test_environments import (  # noqa: F401 - fixtures are used by their names
    AS_NUMPY_PRINTS,
    NEEDS,
    NUMPY,
    OLDER,
    equip,
    project,
    venv,
    wheels,
)

pytestmark = pytest.mark.slow

LOCK = "requirements.lock"
REASON = "keys of the next version"
VERSIONS = {"KEY_VERSION": "plan/key.py", "GENERATE_VERSION": "plan/preimage.py"}
CHOSEN = ("//eeg:ensemble", "//eeg:band_ratios")


def dirty(done):
    return {t["label"]: t["actions"] for t in done.json["targets"] if t["state"] != "clean"}


def test_another_numpy_retests_what_may_import_it_and_nothing_else(project, equip):  # noqa: F811
    python = venv(project.path(".venv"))
    equip(python, f"numpy=={OLDER}", *NEEDS)
    with project.path("fxgbuild.toml").open("a") as file:
        file.write(f'[python]\nlock = "{LOCK}"\n')
    project.path(LOCK).write_text(f"numpy=={OLDER}\n")
    project.edit("pipelines/words/mean.py", *AS_NUMPY_PRINTS)
    assert project.type("build").code == 0

    equip(python, f"numpy=={NUMPY}")
    told = project.type("build")
    assert told.code == 1
    assert f"numpy {NUMPY} is installed, {LOCK} says {OLDER}" in told.err
    assert f"`.venv/bin/python -m ensurepip && .venv/bin/python -m pip install numpy=={OLDER}`" in (
        told.err
    )
    assert f"-m pip freeze > {LOCK}`" in told.err

    project.edit(LOCK, OLDER, NUMPY)
    plan = project.type("plan", "--json")
    assert dirty(plan) == {
        "//words:lengths": ["type", "test"],
        "//words:mean": ["type", "test"],
        "//words:words": ["integrate"],
    }
    assert {
        "field": "distributions.numpy",
        "old": OLDER,
        "new": NUMPY,
    } in next(t for t in plan.json["targets"] if t["label"] == "//words:mean")["reasons"]
    done = project.type("build")
    assert done.code == 1
    assert "FAILED   //words:mean at test" in done.err
    assert f"validated under numpy {OLDER}, fails under numpy {NUMPY}: " in done.err
    assert "//words:lengths at" not in done.err
    assert "//words:count" not in done.err

    project.edit("pipelines/words/mean.py", *reversed(AS_NUMPY_PRINTS))
    done = project.type("build", "--json")
    assert done.code == 0
    assert done.json["actions"]["by_kind"]["test"] == {"run": 1, "cached": 2}


def test_another_test_tool_judges_again_and_generates_nothing(project, equip):  # noqa: F811
    python = venv(project.path(".venv"))
    equip(python, f"numpy=={NUMPY}", *NEEDS)
    with project.path("fxgbuild.toml").open("a") as file:
        file.write('[toolchain]\npytest = ">=9"\n')
    assert project.type("build").code == 0
    with project.path("fxgbuild.toml").open("a") as file:
        file.write('hypothesis = "6.100.0"\n')
    told = project.type("build")
    assert told.code == 1
    assert "[toolchain] says 6.100.0" in told.err
    assert "hypothesis==6.100.0" in told.err
    site = next(project.path(".venv").glob("lib/python3*/site-packages"))
    (info,) = site.glob("pytest-*.dist-info")
    info.rename(site / "pytest-9.9.9.dist-info")
    text = (site / "pytest-9.9.9.dist-info/METADATA").read_text()
    version = info.name.removeprefix("pytest-").removesuffix(".dist-info")
    (site / "pytest-9.9.9.dist-info/METADATA").write_text(
        text.replace(f"Version: {version}", "Version: 9.9.9", 1)
    )
    actions = dirty(project.type("plan", "--json"))
    nodes = ("count", "lengths", "mean")
    again = {f"//words:{name}": ["test"] for name in nodes}
    assert actions == again | {"//words:words": ["integrate"]}


@pytest.mark.parametrize("constant", VERSIONS)
def test_a_new_key_version_is_carried_in_one_commit(workspace, tmp_path, constant):
    program = tmp_path / "program"
    shutil.copytree(
        REPOSITORY / "fxgbuild", program / "fxgbuild", ignore=shutil.ignore_patterns("__pycache__")
    )
    module = program / "fxgbuild" / VERSIONS[constant]
    text = module.read_text("utf-8")
    assert f"{constant} = 1\n" in text
    module.write_text(text.replace(f"{constant} = 1\n", f"{constant} = 2\n"), "utf-8")
    new = {"PYTHONPATH": str(program)}

    def typed(*words):
        return workspace.type(*words, env=new)

    plan = typed("plan", "//eeg:all")
    assert plan.code == 0, plan.err
    assert plan.out.count("key version: 1 → 2") >= 10
    assert "hint: `fxgbuild carry //... --because" in plan.out
    for words in (("build", "//eeg:all"), ("build", "//eeg:all", "--frozen")):
        needed = typed(*words)
        assert needed.code == 20
        assert "hint: `fxgbuild carry //... --because" in needed.err
    assert typed("carry", *CHOSEN, "--because", REASON, "--frozen").code == 2

    pin = workspace.path("cache/eeg/ensemble/pin.json")
    before = pin.read_bytes()
    dry = typed("carry", *CHOSEN, "--because", REASON, "--dry-run", "--json")
    assert {(r["outcome"], r["needs_generation"]) for r in dry.json} == {("planned", False)}
    assert {c["field"] for r in dry.json for c in r["changes"]} == {"key version"}
    assert pin.read_bytes() == before

    done = typed("carry", *CHOSEN, "--because", REASON)
    assert done.code == 0, done.err
    assert "carried  //eeg:ensemble" in done.out
    again = "lint, type, security, test of 2" if constant == "KEY_VERSION" else "nothing"
    assert f"2 carried; re-tested: {again}" in done.out
    assert "git add cache && git commit" in done.out
    old, now = json.loads(before), json.loads(pin.read_bytes())
    (step,) = now["carried"][len(old["carried"]) :]
    assert step["from"] == old["key"]
    assert step["because"] == REASON
    assert {"field": "key version", "old": 1, "new": 2} in step["changes"]
    assert now["attempts"] == old["attempts"]
    assert now["provenance"] == old["provenance"]
    assert now["code"] == old["code"]
    again = typed("carry", *CHOSEN, "--because", REASON, "--json")
    assert {r["outcome"] for r in again.json} == {"current"}
    built = typed("build", "//eeg:ensemble", "--frozen", "--json")
    assert built.code == 0, built.err
    assert built.json["actions"]["by_kind"]["generate"]["run"] == 0
    assert typed("cache", "verify").code == 0
    assert typed("report", *CHOSEN, "--json").json["carried"] == 2
