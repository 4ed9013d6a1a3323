"""Archives that reach out of their folder: no library unpacks one here, and none made here can."""

import ast
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fxgbuild.emit import package as emitted
from fxgbuild.emit.wheel import wheel
from fxgbuild.emit.zipapp import zipapp
from fxgbuild.sandbox import outcome
from fxgbuild.sandbox.outcome import collect_ports
from tests.emit.packages import words

PROGRAM = Path(__file__).parents[2] / "fxgbuild"
UNPACKING = frozenset(
    {"extractall", "extract", "unpack_archive", "decompressall", "_extract_member"}
)
ARCHIVES = frozenset({"tarfile", "zipimport"})


def unpacked(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in UNPACKING:
            yield f"{node.attr} at line {node.lineno}"
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in ARCHIVES)
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names} & UNPACKING
            yield from ({node.module or ""} & ARCHIVES) | names


def test_the_program_unpacks_no_archive_anywhere() -> None:
    """Closures and exported releases are tars: two files look through them, in memory."""
    found = {
        f"{path.relative_to(PROGRAM)}: {what}"
        for path in PROGRAM.rglob("*.py")
        for what in unpacked(path.read_text())
    }
    assert found == {"release/closure.py: tarfile", "places/archive.py: tarfile"}


@pytest.mark.parametrize(
    "source",
    [
        "import tarfile",
        "from tarfile import open",
        "import shutil\nshutil.unpack_archive('x')",
        "from shutil import unpack_archive",
        "import zipfile\nzipfile.ZipFile('x').extractall('.')",
        "archive.extract('x')",
    ],
)
def test_the_search_sees_every_way_to_unpack(source: str) -> None:
    assert list(unpacked(source))


def is_inside(path: str) -> bool:
    """Does a name stay below the folder that an archive is unpacked in, on every system?"""
    return not {"", ".", ".."} & set(path.split("/")) and not set(path) & set("\\:\0\n")


OUTSIDE = ["/etc/x", "../x", "a/../../x", "a//x", "./x", "", "a\\..\\x", "c:x", "a\0x", "a\nx"]


@pytest.mark.parametrize("name", OUTSIDE, ids=ascii)
def test_a_name_that_leaves_its_folder_on_any_system_is_known(name: str) -> None:
    assert not is_inside(name)
    assert is_inside("demo/nodes/split.py")


def test_no_entry_of_an_artifact_names_a_path_outside() -> None:
    package = words()
    files = emitted.files(package)
    for data in (wheel(package, files), zipapp(package, files)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
        assert infos
        for info in infos:
            assert is_inside(info.filename), info.filename
            assert info.external_attr >> 16 == 0o644  # a file's mode: no link, no device


@pytest.mark.parametrize("name", ["a./x", "../x", "a.\0x"])
def test_a_module_that_would_leave_the_archive_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = words()
    package = replace(package, modules=(*package.modules, (name, '"""Out."""\n')))
    with pytest.raises(ValueError, match="not a module name"):
        emitted.files(package)
    monkeypatch.setattr(emitted, "_safe", lambda module: module)
    assert [path for path, _ in emitted.files(package) if not is_inside(path)]


def test_what_comes_out_of_a_sandbox_lands_in_the_folder_or_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out, secret = tmp_path / "in", tmp_path / "out", tmp_path / "secret"
    for folder in (source / "sub", out):
        folder.mkdir(parents=True)
    secret.write_bytes(b"secret")
    (source / "link").symlink_to(secret)
    (source / "sub" / "up").symlink_to(tmp_path)
    sha256 = hashlib.sha256(b"secret").hexdigest()
    paths = ["../secret", str(secret), "link", "sub/up/secret", "sub/../../secret"]
    for path in paths:
        frame = {"ports": {"node": {"port": {"path": path, "sha256": sha256}}}}
        assert not collect_ports(frame, source, out)
    assert not list(out.rglob("*"))
    monkeypatch.setattr(outcome, "_read_regular", lambda path, root: path.read_bytes())
    (out / "deep").mkdir()
    escape = {"ports": {"n": {"p": {"path": "../secret", "sha256": sha256}}}}
    assert collect_ports(escape, source, out / "deep")
    assert (out / "secret").read_bytes() == b"secret"  # beside the folder that was meant
