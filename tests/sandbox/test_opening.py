"""A sandbox is believed for what it stops; too weak or leaking means nothing runs."""

import tempfile
from pathlib import Path

import pytest

from fxgbuild.errors import SandboxUnsound, ToolFailed
from fxgbuild.sandbox.canary import run_canary
from fxgbuild.sandbox.cgroup import ControlGroup, make_group
from fxgbuild.sandbox.environment import ENVIRONMENT
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.job import stage_job
from fxgbuild.sandbox.launch import Ended, Start, launch, python_command
from fxgbuild.sandbox.sandbox import Sandbox, open_sandbox
from tests.harness.jobs import open_or_skip


def _bare(interpreter: Interpreter, level: str, extra: dict[str, str], job: Path) -> Ended:
    """Start the harness with no launcher at all, saying that it stands behind one."""
    with tempfile.TemporaryDirectory() as tmp:
        Path(tmp).chmod(0o777)
        library = f"{job}/lib/site-packages"
        return launch(
            Start(
                command=tuple(python_command(interpreter.executable, library)),
                environment={**ENVIRONMENT, **extra},
                config={
                    "level": level,
                    "job": str(job),
                    "tmp": tmp,
                    "binds": [*interpreter.binds, library],
                },
                nonce="n",
                new_session=True,
            ),
            20,
            None,
        )


def test_the_description_is_one_line_with_what_holds(sandbox: Sandbox) -> None:
    assert sandbox.description.startswith(f"{sandbox.level} (")
    assert "seccomp" in sandbox.description
    assert "\n" not in sandbox.description
    assert sandbox.stopped >= 50


@pytest.mark.usefixtures("_fixed_nonce")
def test_the_canary_finds_a_sandbox_that_is_none(interpreter: Interpreter) -> None:
    with pytest.raises(SandboxUnsound) as raised:
        run_canary(
            interpreter,
            None,
            lambda job, _: _bare(interpreter, "A", {}, job),
        )
    told = "\n".join(raised.value.lines())
    assert "attacks through" in told or "reached the host" in told


@pytest.mark.usefixtures("_fixed_nonce")
def test_the_canary_finds_a_leaking_environment(interpreter: Interpreter) -> None:
    with pytest.raises(SandboxUnsound) as raised:
        run_canary(
            interpreter,
            None,
            lambda job, _: _bare(interpreter, "B", {"FXG_API_KEY": "x"}, job),
        )
    assert "see the launcher's environment (as code)" in "\n".join(raised.value.lines())


@pytest.fixture
def _fixed_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bare launches above answer with this nonce."""
    monkeypatch.setattr("fxgbuild.sandbox.canary.secrets.token_hex", lambda *_: "n")


def test_a_level_below_the_minimum_is_refused_with_the_remedy(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnsound) as raised:
        open_sandbox(interpreter, minimum="A")
    told = "\n".join(raised.value.lines())
    assert "bwrap is not on the PATH" in told
    assert "apt-get install bubblewrap" in told
    assert "apparmor" in told
    with pytest.raises(SandboxUnsound, match="no sandbox"):
        open_sandbox(interpreter, minimum="A", wanted="B")


def test_without_bubblewrap_the_next_level_is_taken(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert open_sandbox(interpreter).level == "B"


def test_a_bubblewrap_that_cannot_start_is_named(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit 0\n'
        "echo 'bwrap: No permissions to create new namespace' >&2\nexit 1\n",
        encoding="ascii",
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxUnsound) as raised:
        open_sandbox(interpreter, minimum="A")
    assert "No permissions to create new namespace" in "\n".join(raised.value.lines())


def test_an_unknown_level_is_refused(interpreter: Interpreter) -> None:
    with pytest.raises(SandboxUnsound, match="no sandbox level Z"):
        open_sandbox(interpreter, minimum="Z")


def test_a_sandbox_without_landlock_takes_one_target_at_a_time(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    weak = Sandbox(sandbox.interpreter, sandbox.launcher, "", False, 0)
    limits = {"limits": {"memory_mb": 64}}
    targets = [{"id": name, "dir": name, **limits} for name in ("a", "b")]
    job = stage_job(tmp_path / "job", {"kind": "test", "targets": targets}, {})
    with pytest.raises(ToolFailed, match="one target at a time"):
        weak.run(job, wall_s=5, memory_mb=64)


def test_no_path_of_the_host_shows_in_bubblewraps_command_line(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, ...]] = []

    def keep(start: Start, wall_s: float, group: ControlGroup | None) -> Ended:
        seen.append(start.command)
        return launch(start, wall_s, group)

    monkeypatch.setattr("fxgbuild.sandbox.bubblewrap.launch", keep)
    if open_or_skip(interpreter, "A").level == "A":
        assert not any("fxg-canary" in word or "ro-bind" in word for word in seen[0])


def test_a_killed_builds_empty_groups_are_swept() -> None:
    group = make_group(64 << 20, 16)
    if group is None:
        pytest.skip("no control group can be made here")
    left = [folder.with_name("fxgbuild-999999999-dead") for folder in group.folders]
    try:
        for folder in left:
            folder.mkdir()
        again = make_group(64 << 20, 16)
        assert again is not None
        again.close()
        assert not any(folder.exists() for folder in left)
        assert all(folder.exists() for folder in group.folders)
    finally:
        group.close()
    assert not any(folder.exists() for folder in group.folders)
