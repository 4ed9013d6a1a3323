"""The architecture page lists the rooms, the floors and the absences that the code has."""

import ast
import re

import pytest

from .pages import ROOT, code, read, rows, section

PAGE = read("docs/architecture.md")
PROGRAM = ROOT / "fxgbuild"
EFFECTS = {
    "os",
    "subprocess",
    "socket",
    "time",
    "random",
    "shutil",
    "tempfile",
    "urllib",
    "pathlib",
}
EFFECTS |= {"threading", "secrets", "signal", "site", "platform"}
CLIENTS = {"openai", "httpx", "httpx2", "requests", "oras", "docker"}
CLIENTS |= {"urllib.request", "http.client", "http.server", "http.cookiejar", "http.cookies"}


def modules():
    return [path for path in sorted(PROGRAM.rglob("*.py")) if "__pycache__" not in path.parts]


def room(path):
    return path.relative_to(PROGRAM).parts[0].removesuffix(".py")


def imports(path):
    """Every module that a file imports, with dots, wherever it is written."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_used(path):
    named = [name.split(".") for name in imports(path)]
    return {parts[1] for parts in named if parts[0] == "fxgbuild" and len(parts) > 1}


def listed_floors():
    """The page's floors, bottom first."""
    block = re.search(r"<!-- made: floors -->\n```\n(.*?)```", PAGE, re.DOTALL)[1]
    return [set(line.split()[1:]) for line in reversed(block.splitlines())]


ROOMS = {room(path) for path in modules()} - {"__init__"}


def test_every_room_stands_on_one_floor():
    floors = listed_floors()
    assert sorted(name for floor in floors for name in floor) == sorted(ROOMS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PROGRAM).as_posix())
def test_imports_point_down_the_page(path):
    floors = listed_floors()
    mine = room(path)
    if mine == "__init__":
        return
    level = {name: number for number, floor in enumerate(floors) for name in floor}
    for other in rooms_used(path) - {mine}:
        assert level[other] < level[mine], f"{mine} imports {other}"


def test_the_code_map_has_one_line_a_room():
    names = [code(row[0])[0].rstrip("/") for row in rows(section(PAGE, "Code map"))]
    assert sorted(name.removesuffix(".py") for name in names) == sorted(ROOMS)


def test_every_file_of_the_pipeline_exists():
    for row in rows(section(PAGE, "The pipeline")):
        for name in code(" ".join(row[1:])):
            assert (PROGRAM / name).exists(), name


PURE = re.search(r"^1\. (.*?) and the words below them", PAGE, re.MULTILINE)[1]


@pytest.mark.parametrize("name", code(PURE))
def test_a_pure_room_touches_nothing(name):
    for path in (PROGRAM / name).rglob("*.py"):
        tops = {found.split(".")[0] for found in imports(path)}
        # emit names places inside archives, which are no files
        allowed = {"pathlib"} if "PurePosixPath" in path.read_text("utf-8") else set()
        assert not tops & EFFECTS - allowed, path


def is_client(name):
    parts = name.split(".")
    return bool({parts[0], ".".join(parts[:2])} & CLIENTS)


def test_processes_and_networks_are_where_the_page_says():
    third = re.search(r"^3\. .*?(?=^4\. )", PAGE, re.MULTILINE | re.DOTALL)[0]
    said = {name for name in code(third) if name.endswith(".py")}
    starts = {path for path in modules() if "subprocess" in imports(path)}
    talks = {path for path in modules() if any(is_client(name) for name in imports(path))}
    found = {path.relative_to(PROGRAM).as_posix() for path in starts | talks}
    assert found == said


def test_nothing_unpickles():
    for path in modules():
        tops = {name.split(".")[0] for name in imports(path)}
        assert not tops & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve"}, path


def test_the_runtime_and_the_harness_need_nothing_else_of_the_program():
    for path in modules():
        if room(path) == "runtime":
            assert not rooms_used(path)
        if room(path) == "harness":
            assert rooms_used(path) <= {"harness", "runtime"}
