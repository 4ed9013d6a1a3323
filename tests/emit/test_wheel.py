"""Wheels and zipapps: well formed, the same bits everywhere, and they run with nothing else."""

import base64
import csv
import hashlib
import io
import json
import os
import site
import subprocess
import sys
import venv
import zipfile
from email.parser import BytesParser
from pathlib import Path

import numpy as np
import pytest

from fxgbuild.emit.package import files
from fxgbuild.emit.wheel import lock_name, wheel, wheel_name
from fxgbuild.emit.zipapp import zipapp, zipapp_name
from fxgbuild.runtime import codec

from .packages import ARRAY, numeric, words

ROOT = Path(__file__).parents[2]
FOREIGN = ("openai", "anthropic", "httpx", "requests", "fxgbuild", "docker")


def made(package):
    return wheel(package, files(package))


def opened(package):
    return zipfile.ZipFile(io.BytesIO(made(package)))


def run(*command, cwd, **environment):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def installed(package, folder, *paths):
    """Install a package's wheel into a fresh, empty environment; gives its Python."""
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    path = folder / wheel_name(package)
    path.write_bytes(made(package))
    done = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-index",
        "--no-deps",
        "--no-compile",
        "--quiet",
        path,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    if paths:
        home = next((folder / "env").glob("lib/python*/site-packages"))
        (home / "more.pth").write_text("\n".join(paths) + "\n")
    return python


@pytest.fixture(scope="module")
def words_python(tmp_path_factory):
    return installed(words(), tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def numeric_python(tmp_path_factory):
    return installed(numeric(), tmp_path_factory.mktemp("numeric"), *site.getsitepackages())


def test_the_names_follow_the_wheel_format():
    assert wheel_name(words()) == "word_pipeline-0.1.0-py3-none-any.whl"
    assert lock_name(words()) == "word_pipeline-0.1.0.lock.txt"
    assert zipapp_name(words()) == "Word-Pipeline-0.1.0.pyz"


def test_entries_are_stored_sorted_with_one_date_mode_and_system():
    infos = opened(words()).infolist()
    names = [info.filename for info in infos]
    assert names == sorted(names)
    assert len(set(names)) == len(names)
    assert {
        (info.compress_type, info.date_time, info.external_attr, info.create_system, info.extra)
        for info in infos
    } == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0o644 << 16, 3, b"")}


def test_record_lists_every_file_with_its_hash_and_size():
    archive = opened(words())
    record_name = "word_pipeline-0.1.0.dist-info/RECORD"
    rows = {row[0]: row[1:] for row in csv.reader(archive.read(record_name).decode().splitlines())}
    assert set(rows) == set(archive.namelist())
    assert rows.pop(record_name) == ["", ""]
    for name, (digest, size) in rows.items():
        data = archive.read(name)
        wanted = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={wanted}", str(len(data)))


def test_metadata_says_what_is_needed():
    package = words(
        requires=("scipy>=1.13", "numpy>=2,<3"),
        metadata={"license": "Apache-2.0", "author": "Ü", "readme": "# Words\n\nMore."},
    )
    message = BytesParser().parsebytes(
        opened(package).read("word_pipeline-0.1.0.dist-info/METADATA")
    )
    assert message["Metadata-Version"] == "2.4"
    assert (message["Name"], message["Version"]) == ("Word-Pipeline", "0.1.0")
    assert message["Requires-Python"] == ">=3.11"
    assert message.get_all("Requires-Dist") == ["numpy>=2,<3", "scipy>=1.13"]
    assert message["License-Expression"] == "Apache-2.0"
    assert message.get_payload() == "# Words\n\nMore.\n"
    plain = opened(words()).read("word_pipeline-0.1.0.dist-info/METADATA")
    assert plain.startswith(b"Metadata-Version: 2.3\n")
    assert b"\r" not in plain


def test_the_wheel_declares_itself_pure():
    text = opened(words()).read("word_pipeline-0.1.0.dist-info/WHEEL").decode()
    assert "Root-Is-Purelib: true\nTag: py3-none-any\n" in text


EMITS = """
import os, sys, time
umask, cwd, when = int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
os.umask(umask); os.chdir(cwd)
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests/emit"]
real = time.localtime
time.time = lambda: when
time.localtime = lambda *a: real(when)
import hashlib, packages
from fxgbuild.emit.package import files
from fxgbuild.emit.wheel import wheel
from fxgbuild.emit.zipapp import zipapp
for package in (packages.words(), packages.numeric()):
    content = files(package)
    print(hashlib.sha256(wheel(package, content)).hexdigest())
    print(hashlib.sha256(zipapp(package, tuple(reversed(content)))).hexdigest())
"""


def test_artifacts_are_the_same_bits_whatever_the_surroundings(tmp_path):
    seen = set()
    for umask, cwd, when, environment in (
        (0o022, "/", 0.0, {"TZ": "UTC", "PYTHONHASHSEED": "0", "LANG": "C"}),
        (
            0o077,
            tmp_path,
            4e9,
            {
                "TZ": "Pacific/Kiritimati",
                "PYTHONHASHSEED": "1",
                "LANG": "tr_TR.UTF-8",
                "HOME": "/nonexistent",
            },
        ),
        (
            0o000,
            ROOT,
            1e9,
            {
                "TZ": "America/New_York",
                "PYTHONHASHSEED": "random",
                "SOURCE_DATE_EPOCH": "1",
                "PYTHONUTF8": "0",
                "LC_ALL": "C",
            },
        ),
    ):
        done = run(sys.executable, "-c", EMITS, ROOT, umask, cwd, when, cwd=tmp_path, **environment)
        assert done.returncode == 0, done.stderr
        seen.add(done.stdout)
    assert len(seen) == 1
    assert wheel_digest(words()) in seen.pop()


def wheel_digest(package):
    return hashlib.sha256(made(package)).hexdigest()


def test_another_source_gives_another_wheel():
    modules = tuple((name, text + "\n") for name, text in words().modules)
    assert made(words(modules=modules)) != made(words())


def test_pip_installs_the_wheel_into_a_folder_too(tmp_path):
    path = tmp_path / wheel_name(words())
    path.write_bytes(made(words()))
    done = run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-index",
        "--no-deps",
        "--target",
        tmp_path / "lib",
        path,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lib/word_pipeline/__init__.py").exists()


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
    assert str(error) == "input text: expected text, found int"
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
        (["--input", "text=t.txt", "--param", "seed=-1"], 2, "below the minimum 0"),
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


SCRIPT = """
import word_pipeline
from word_pipeline import run, split, statistics

result = split("a b", case="lower")
reveal_type(result.words)
reveal_type(statistics(["a"], seed=3))
reveal_type(run(text="a", seed=1).outputs)
split("a b", case="middle")
split(3)
statistics(["a"])
run(seed=1)
"""


def test_a_users_script_is_checked_strictly_against_the_packages_types(words_python, tmp_path):
    (tmp_path / "user.py").write_text(SCRIPT)
    done = run(
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-incremental",
        "--python-executable",
        words_python,
        "user.py",
        cwd=tmp_path,
    )
    found = [line.split(":", 1)[1] for line in done.stdout.splitlines() if ":" in line]
    notes = [line for line in found if "Revealed" in line]
    assert ["list[" in notes[0], '"str"' in notes[1], "dict[" in notes[2]] == [True] * 3, notes
    errors = {int(line.split(":")[0]) for line in found if " error: " in line}
    assert errors == {9, 10, 11, 12}, done.stdout


@pytest.mark.parametrize("package", [words(), numeric()], ids=["words", "numeric"])
def test_the_packages_own_facade_is_strictly_typed(package, tmp_path):
    for name, data in files(package):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-pandas.*,pyarrow.*]\nignore_missing_imports = true\n"
    )
    done = run(sys.executable, "-m", "mypy", "-p", package.import_name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
