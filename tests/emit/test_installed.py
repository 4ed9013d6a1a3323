"""Installed packages and zipapps run anywhere, with nothing of ours and no client."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from fxgbuild.emit.package import files
from fxgbuild.emit.zipapp import zipapp, zipapp_name
from fxgbuild.runtime import codec

from .installs import installed, run
from .packages import ARRAY, numeric, words

FOREIGN = ("openai", "anthropic", "httpx", "requests", "fxgbuild", "docker")


USE = """
import sys
import word_pipeline as w
assert sorted(w.__all__) == ["NodeFailed", "RunResult", "run", "split", "statistics"]
assert w.__version__ == "0.1.0"
assert not any(name.startswith("word_pipeline.nodes.") for name in sys.modules)
result = w.run(text="One two, three.", seed=3)
assert result.outputs == {"word": result["word"], "count": 3}
assert result.values["split.words"] == ["ONE", "TWO", "THREE"]
assert [t["node"] for t in result.tasks] == ["split", "statistics"]
params = {"statistics.seed": 3}
assert w.run(text="One two, three.", params=params, seed=9)["word"] == result["word"]
assert w.split("One Two").words == ["ONE", "TWO"]
assert w.split("One Two", case="lower", keep=["one"]) == (["one"], 2)
assert w.statistics(["a"], seed=1) == "a"
try:
    w.run(text=3, seed=1)
except ValueError as error:
    assert str(error) == "input text: expected text, found 3"
print(" ".join(sorted(sys.modules)))
"""


def test_an_installed_package_runs_anywhere_and_imports_nothing_foreign(words_python, tmp_path):
    for cwd in (tmp_path, Path("/")):
        done = run(words_python, "-I", "-c", USE, cwd=cwd)
        assert done.returncode == 0, done.stderr
        loaded = {name.split(".")[0] for name in done.stdout.split()}
        assert loaded.isdisjoint({*FOREIGN, "numpy", "pandas", "pyarrow", "site_packages"})
        assert loaded - {"word_pipeline"} <= sys.stdlib_module_names | {"__main__"}


def test_the_program_runs_on_files_and_prints_one_document(words_python, tmp_path):
    (tmp_path / "t.txt").write_text("alpha beta")
    call = [words_python, "-I", "-m", "word_pipeline", "--input", "text=t.txt", "--param", "seed=3"]
    done = run(*call, "--out", "o", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "ok"
    assert set(document["outputs"]) == {"word", "count"}
    for written in document["outputs"].values():
        data = (tmp_path / written["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == written["sha256"]
    assert (tmp_path / "o/count.json").read_text() == "2"
    assert (tmp_path / "o/word.txt").read_text() in ("ALPHA", "BETA")
    assert [task["node"] for task in document["tasks"]] == ["split", "statistics"]
    again = json.loads(run(*call, "--json", "--check", "--jobs", "1", cwd=tmp_path).stdout)
    assert {k: v["sha256"] for k, v in again["outputs"].items()} == {
        k: v["sha256"] for k, v in document["outputs"].items()
    }
    assert again["outputs"]["word"]["path"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["--input", "text=t.txt"], 2, "parameter statistics.seed is missing"),
        (["--param", "seed=1"], 2, "input text is missing"),
        (["--input", "text=t.txt", "--param", "seed=x"], 2, "parameter seed: not JSON"),
        (["--input", "text=t.txt", "--param", "seed=-1"], 2, "expected int in [0, inf], found -1"),
        (["--input", "text=t.txt", "--param", "sed=1"], 2, "no run parameter 'sed'"),
        (["--input", "x=t.txt", "--param", "seed=1"], 2, "no input 'x'"),
        (["--input", "text", "--param", "seed=1"], 2, "NAME=VALUE"),
        (["--input", "text=none.txt", "--param", "seed=1"], 2, "none.txt"),
        (["--input", "text=empty.txt", "--param", "seed=1"], 1, "node statistics failed: IndexErr"),
        (["--input", "text=t.txt", "--input", "text=t.txt", "--param", "seed=1"], 2, "twice"),
        (["--jobs", "0"], 2, "--jobs"),
    ],
)
def test_a_bad_call_is_2_and_a_failed_node_1_without_a_traceback(
    words_python, tmp_path, arguments, code, what
):
    (tmp_path / "t.txt").write_text("alpha beta")
    (tmp_path / "empty.txt").write_text("")
    done = run(words_python, "-I", "-m", "word_pipeline", *arguments, "--json", cwd=tmp_path)
    assert done.returncode == code
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    if "--jobs" not in arguments:
        assert json.loads(done.stdout)["status"] == "failed"


def test_a_zipapp_runs_as_one_file(tmp_path):
    path = tmp_path / zipapp_name(words())
    path.write_bytes(zipapp(words(), files(words())))
    assert path.read_bytes().startswith(b"#!/usr/bin/env python3\nPK")
    (tmp_path / "t.txt").write_text("alpha beta")
    done = run(
        sys.executable,
        "-I",
        path,
        "--input",
        "text=t.txt",
        "--param",
        "seed=3",
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ok"


def test_a_numeric_package_runs_and_imports_no_client(numeric_python, tmp_path):
    use = (
        "import sys, numeric\n"
        "assert 'numpy' not in sys.modules\n"
        "import numpy as np\n"
        "result = numeric.run(windows=np.ones(3))\n"
        "assert result['scaled'].tolist() == [2, 2, 2]\n"
        "assert numeric.scale(np.ones(1), factor=3.0).tolist() == [3]\n"
        "print(' '.join(sys.modules))"
    )
    done = run(numeric_python, "-c", use, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {name.split(".")[0] for name in done.stdout.split()}.isdisjoint(FOREIGN)


def test_a_numeric_program_reads_what_numpy_saved_and_writes_canonical_bytes(
    numeric_python, tmp_path
):
    np.save(tmp_path / "w.npy", np.arange(3.0))
    done = run(
        numeric_python,
        "-m",
        "numeric",
        "--input",
        "windows=w.npy",
        "--out",
        "o",
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o/scaled.npy").read_bytes() == codec.encode(np.arange(3.0) * 2, ARRAY)


def test_a_missing_distribution_is_named(tmp_path):
    python = installed(numeric(), tmp_path)
    (tmp_path / "w.npy").write_bytes(codec.encode(np.ones(1), ARRAY))
    done = run(python, "-m", "numeric", "--input", "windows=w.npy", cwd=tmp_path)
    assert done.returncode == 1
    assert "No module named 'numpy'" in done.stderr
    assert "Traceback" not in done.stderr
