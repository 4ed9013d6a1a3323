"""The program's floors: imports point strictly down, and some rooms do without some modules."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import networkx
import pytest

from fxgbuild.explanations import EXPLANATIONS

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "fxgbuild"

# Bottom first. Between floors imports point strictly down; inside a package they are free, but
# without circles. A package that nothing on its floor may use stands on a floor with its peers.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"digest", "problem", "runtime", "explanations", "command", "crash", "state"}),
    frozenset({"errors", "finding", "emit", "harness", "quick", "rc", "calls", "oci"}),
    frozenset({"event"}),
    frozenset({"lang"}),
    frozenset({"plan", "generate", "validate"}),
    frozenset({"ports", "review", "release"}),
    frozenset({"files", "process", "signing"}),
    frozenset(
        {"sandbox", "llm", "store", "remote", "journal", "inputs", "parsed", "git"} | {"places"}
    ),
    frozenset({"machine", "build", "deferred"}),
    frozenset({"report", "promote"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
PURE = frozenset(
    {"review", "lang", "plan", "generate", "validate", "emit", "digest", "problem", "rc", "calls"}
    | {"oci", "release"}
)
# What reaches beyond the program: pure rooms are handed what they need of it.
EFFECTS = frozenset(
    {"os", "subprocess", "socket", "time", "random", "shutil", "tempfile", "urllib", "http"}
    | {"glob", "asyncio", "threading", "multiprocessing", "secrets", "uuid", "sqlite3", "ctypes"}
)
STDLIB = frozenset(sys.stdlib_module_names)
NUMERICAL = frozenset({"numpy", "pandas", "pyarrow", "threadpoolctl"})
TEST_TOOLS = frozenset({"pytest", "_pytest", "hypothesis"})
MODULE_OF = {
    "pyyaml": "yaml",
    "cyclonedx-python-lib": "cyclonedx",
    "packageurl-python": "packageurl",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> Mapping[str, Path]:
    return {name_of(path): path for path in sorted(PROGRAM.rglob("*.py"))}


def imported(name: str, path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, at its top or inside of a function, with the line."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [*above, node.module] if node.level else [node.module]
            base = ".".join(part for part in parts if part)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in modules() else base), node.lineno


@cache
def imports() -> tuple[tuple[str, str, str], ...]:
    """Every import of the program: who, what, and where it is written."""
    return tuple(
        (name, target, f"{path.relative_to(ROOT)}:{line}")
        for name, path in modules().items()
        for target, line in imported(name, path)
    )


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def floor(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(module) in rooms)


def own(module: str) -> bool:
    return module.partition(".")[0] == "fxgbuild"


def test_every_room_stands_on_one_floor() -> None:
    rooms = {room(name) for name in modules()} - {"fxgbuild"}
    placed = [name for rooms_ in FLOORS for name in rooms_]
    assert len(placed) == len(set(placed))
    assert rooms == set(placed)


def test_imports_point_strictly_down() -> None:
    wrong = [
        f"{where}: {name} imports {target}"
        for name, target, where in imports()
        if own(target) and target != "fxgbuild" and room(target) != room(name)
        if floor(target) >= floor(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_needs_itself() -> None:
    """Lazy imports count: a circle is one however late it closes."""
    graph = networkx.DiGraph(
        (name, target) for name, target, _ in imports() if target in modules() and name != target
    )
    circles = [sorted(part) for part in networkx.strongly_connected_components(graph)]
    assert not [circle for circle in circles if len(circle) > 1]


def test_the_pure_rooms_reach_nothing_beyond_the_program() -> None:
    wrong = [
        f"{where}: {target}"
        for name, target, where in imports()
        if room(name) in PURE and target.partition(".")[0] in EFFECTS
    ]
    assert not wrong, "\n".join(wrong)


def test_the_pure_rooms_open_no_file_and_print_nothing() -> None:
    wrong = []
    for name, path in modules().items():
        if room(name) not in PURE:
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in ("open", "print", "input", "exec"):
                wrong.append(f"{path}:{node.lineno}: {called.id}")
    assert not wrong, "\n".join(wrong)


def test_only_the_rim_starts_processes() -> None:
    starters = {name for name, target, _ in imports() if target == "subprocess"}
    assert starters
    others = {name for name in starters if room(name) != "sandbox"}
    assert others == {"fxgbuild.process", "fxgbuild.signing.agent"}


def test_named_files_alone_speak_to_a_network() -> None:
    """Servers of models, the remote cache, registries: a file for each, and one that serves."""
    libraries = {"requests", "oras", "urllib3", "httpx", "openai"}
    speaking = {
        name
        for name, target, _ in imports()
        if target.partition(".")[0] in libraries
        or target in ("http.client", "http.server", "urllib.request", "socketserver")
    }
    assert speaking == {
        "fxgbuild.llm.chat",
        "fxgbuild.places.registry",
        "fxgbuild.remote.server",
        "fxgbuild.remote.transport",
    }


def test_only_the_command_line_prints_and_reads_arguments() -> None:
    for name, target, where in imports():
        if target.partition(".")[0] == "click":
            assert room(name) == "cli", where


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("build", {"sandbox", "llm", "process", "machine", "cli", "report", "harness"}),
        ("store", {"build", "llm", "sandbox", "process"}),
        ("remote", {"plan", "generate", "validate", "emit", "harness", "ports", "process"}),
        ("plan", {"generate", "validate", "emit", "harness"}),
        ("generate", {"plan", "validate", "emit"}),
        ("validate", {"lang", "plan", "generate"}),
        ("emit", {"lang", "plan", "digest"}),
        ("report", {"store", "sandbox", "llm"}),
        ("sandbox", {"lang", "plan", "store", "build"}),
    ],
)
def test_a_room_does_not_know_the_others_it_has_no_need_of(inside: str, outside: set[str]) -> None:
    wrong = [
        f"{where}: {target}"
        for name, target, where in imports()
        if room(name) == inside and own(target) and room(target) in outside
    ]
    assert not wrong, "\n".join(wrong)


def test_the_runtime_stands_alone() -> None:
    """It is carried inside of every artifact: stdlib, numerical libraries, itself."""
    for name, target, where in imports():
        if room(name) == "runtime":
            top = target.partition(".")[0]
            allowed = top in STDLIB | NUMERICAL or target.startswith("fxgbuild.runtime")
            assert allowed, f"{where}: {target}"


def test_the_harness_needs_the_runtime_and_the_project_s_test_tools_only() -> None:
    """It is copied into the sandbox, without the rest of the program."""
    for name, target, where in imports():
        if room(name) == "harness":
            parts = target.split(".")
            allowed = parts[0] in STDLIB | NUMERICAL | TEST_TOOLS or parts[:2] in (
                ["fxgbuild", "runtime"],
                ["fxgbuild", "harness"],
            )
            assert allowed, f"{where}: {target}"


def test_the_numerical_libraries_are_imported_by_what_is_carried_along_only() -> None:
    for name, target, where in imports():
        if target.partition(".")[0] in NUMERICAL:
            assert room(name) in ("runtime", "harness"), where


def declared() -> set[str]:
    """The import names of what pyproject.toml says the program needs, extras of its own too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["signing"], *extras["promotion"]]
    names = {re.split(r"[^A-Za-z0-9_-]", text)[0].lower() for text in needed}
    return {MODULE_OF.get(name, name) for name in names}


def test_every_other_library_is_a_declared_dependency() -> None:
    allowed = declared() | STDLIB
    for name, target, where in imports():
        top = target.partition(".")[0]
        if room(name) not in ("runtime", "harness") and top != "fxgbuild":
            assert top in allowed, f"{where}: {top}"


def test_the_openai_sdk_and_pint_are_imported_late() -> None:
    """Each costs a third of a second and more, and most builds need neither."""
    for name, path in modules().items():
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "")}
                late = {"openai", "pint", "docker", "cryptography", "securesystemslib"}
                assert not names & late, f"{name}:{node.lineno}"


@pytest.mark.parametrize("folder", ["rules", "cache", "examples"])
def test_what_users_own_imports_nothing_of_the_program(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(own(name) for name in names), f"{path}:{getattr(node, 'lineno', 0)}"


def test_every_error_id_has_an_explanation_and_every_explanation_an_error() -> None:
    used: set[str] = set()
    for name, path in modules().items():
        if not name.startswith("fxgbuild.explanations"):
            used |= set(re.findall(r"\bFXG\d{4}\b", path.read_text()))
    assert used == set(EXPLANATIONS)


def test_no_module_is_called_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager"}
    assert not [name for name in modules() if name.rpartition(".")[2] in vague]


def test_every_module_says_what_it_does_in_its_first_line() -> None:
    for name, path in modules().items():
        source = path.read_text()
        first = (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]
        assert first or not source.strip(), name


def test_no_file_is_longer_than_a_reader_takes_in_at_once() -> None:
    long = {name: len(path.read_text().splitlines()) for name, path in modules().items()}
    assert not {name: count for name, count in long.items() if count >= 400}
