"""Wheels and zipapps are well formed and the same bits everywhere."""

import base64
import csv
import hashlib
import sys
import zipfile
from email.parser import BytesParser
from pathlib import Path

from fxgbuild.emit.wheel import lock_name, wheel_name
from fxgbuild.emit.zipapp import zipapp_name

from .installs import made, opened, run
from .packages import words

ROOT = Path(__file__).parents[2]


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
