"""What comes out of a sandbox is believed only in full: nonce, ids and sums are right."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from fxgbuild.sandbox.job import library, stage_job
from fxgbuild.sandbox.outcome import collect_ports, read_frames, results


def _frame(**changes: Any) -> dict[str, Any]:
    test = {"name": "t", "kind": "case", "outcome": "passed", "message": "", "doc": "", "line": 0}
    frame = {"frame": "result", "id": "a", "ok": True, "expected": 1, "collected": 1}
    return {**frame, "tests": [test], "ended": "ok", "output": "", "wall_s": 0.1, **changes}


def test_frames_without_the_nonce_are_not_frames() -> None:
    lines = [{**_frame(), "nonce": "right"}, {**_frame(), "nonce": "wrong"}, _frame(), [1]]
    data = b"garbage\n\xff\n" + b"\n".join(json.dumps(line).encode() for line in lines)
    assert read_frames(data, "right") == [_frame()]


def test_a_sound_result_is_taken() -> None:
    (result,) = results([_frame()], ["a"], "why")
    assert result["ok"]
    assert "frame" not in result


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [_frame(), _frame()],
        [_frame(id="b")],
        [_frame(expected=2)],
        [_frame(collected=0)],
        [_frame(tests=[], expected=0, collected=0)],
        [_frame(tests=[{"outcome": "failed"}])],
        [_frame(tests=[{"outcome": "skipped"}])],
        [_frame(tests=None)],
        [_frame(ended="exit 0")],
        [_frame(ok="yes")],
    ],
)
def test_what_does_not_add_up_is_not_a_pass(frames: list[dict[str, Any]]) -> None:
    (result,) = results(frames, ["a"], "the sandbox went away")
    assert result["id"] == "a"
    assert not result["ok"]


def test_port_files_are_taken_only_as_their_digests_say(tmp_path: Path) -> None:
    source, out = tmp_path / "s", tmp_path / "o"
    source.mkdir()
    (source / "good").write_bytes(b"x")
    (source / "link").symlink_to("/etc/hostname")
    digest = hashlib.sha256(b"x").hexdigest()

    def take(path: str, sha256: str = digest) -> bool:
        ports = {"case": {"a.b": {"path": path, "sha256": sha256, "bytes": 1}}}
        return collect_ports(_frame(ports=ports), source, out)

    assert take("good")
    assert (out / "good").read_bytes() == b"x"
    assert not take("good", "0" * 64)
    assert not take("link")
    assert not take("../s/good")
    assert not take("missing")


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a\0b"])
def test_a_jobs_files_stay_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a path below"):
        stage_job(tmp_path / "j", {"kind": "test", "targets": []}, {name: b""})


def test_a_jobs_numbers_keep_their_kind(tmp_path: Path) -> None:
    job = {"kind": "test", "targets": [{"id": "a", "dir": "t", "params": {"b": 1.0, "a": 1}}]}
    stage_job(tmp_path, job, {})
    read = json.loads((tmp_path / "job.json").read_bytes())["targets"][0]["params"]
    assert list(read) == ["b", "a"]
    assert type(read["b"]) is float


def test_ids_of_a_job_are_unique(tmp_path: Path) -> None:
    targets = [{"id": "a", "dir": "t0"}, {"id": "a", "dir": "t1"}]
    with pytest.raises(ValueError, match="one id"):
        stage_job(tmp_path, {"kind": "test", "targets": targets}, {})


def test_the_library_needs_nothing_of_fxgbuild_but_itself() -> None:
    for name, data in library().items():
        if name.endswith(".py"):
            text = data.decode()
            for other in ("errors", "digest", "problem", "sandbox", "lang", "store"):
                assert f"fxgbuild.{other}" not in text, name
