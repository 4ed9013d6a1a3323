"""What the workspace states of fxgbuild and its tools holds for everybody, or is one error."""

import importlib.metadata

RUFF = importlib.metadata.version("ruff")


def state(hello, text):
    settings = hello.path("fxgbuild.toml")
    settings.write_text(settings.read_text("utf-8") + text, "utf-8")


def test_another_tool_than_stated_is_an_error_with_both_versions_and_the_command(hello):
    state(hello, '[toolchain]\nruff = "0.0.1"\nmypy = ">=1"\n')
    done = hello.type("build")
    assert done.code == 1
    assert f"ruff {RUFF} is installed, [toolchain] says 0.0.1" in done.err
    assert "pip install ruff==0.0.1`" in done.err
    assert "mypy" not in done.err
    found = {check["check"]: check for check in hello.type("doctor", "--json").json}
    assert found["tools"]["state"] == "wrong"
    assert "ruff==0.0.1" in found["tools"]["mend"]


def test_a_workspace_for_another_fxgbuild_says_so_before_all_else(hello):
    settings = hello.path("fxgbuild.toml")
    settings.write_text('requires = ">=99"\n' + settings.read_text("utf-8"), "utf-8")
    done = hello.type("plan")
    assert done.code == 1
    assert "fxgbuild " in done.err
    assert "`requires` says >=99" in done.err
    assert "[FXG5011]" in done.err


def test_a_lock_that_locks_nothing_is_a_problem_with_its_line(hello):
    state(hello, '[python]\nlock = "requirements.lock"\n')
    hello.path("requirements.lock").write_text("pytest==9.0\nnumpy>=2\n")
    done = hello.type("plan")
    assert done.code == 1
    assert "requirements.lock:2:1: `numpy>=2` has no exact version" in done.err


def test_what_is_locked_otherwise_is_an_error_that_mends_itself(hello):
    state(hello, '[python]\nlock = "requirements.lock"\n')
    hello.path("requirements.lock").write_text("pytest==1.0\n")
    done = hello.type("build")
    assert done.code == 1
    assert "is installed, requirements.lock says 1.0" in done.err
    assert "-m pip install pytest==1.0`" in done.err
    assert "lock it: `" in done.err
