"""Functions of one's own as nodes: pandas, text and numpy of a module with first-party imports."""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import Workspace, clean_environment

FILES = {
    "fxgbuild.toml": 'fxg = 1\npackages = "pipelines"\n',
    "pipelines/other/fxg.yaml": """\
fxg: 1
visibility: ["//..."]
nodes:
  greet:
    task: core.Function
    source: greet.py:greet
    deps: [lib/text.py]
    outputs: {text: text}
    examples: [{inputs: {}, outputs: {text: "  HELLO "}}]
""",
    "pipelines/other/greet.py": """\
\"\"\"Another package, with a module of the same name.\"\"\"

import lib.text


def greet() -> str:
    \"\"\"Greet.\"\"\"
    return lib.text.case("  hello ")
""",
    "pipelines/other/lib/text.py": """\
\"\"\"Texts in capitals.\"\"\"


def case(text: str) -> str:
    \"\"\"Give a text in capitals.\"\"\"
    return text.upper()
""",
    "pipelines/own/fxg.yaml": """\
fxg: 1
inputs: {signal: "float64[n]", people: "table<name: text, age: int?>"}
nodes:
  clean:
    task: core.Function
    source: own.py:clean
    deps: [lib/text.py, lib/words.py]
    imports: [numpy]
    inputs: {text: text}
    outputs: {text: text}
    acceptance: {cases: clean.jsonl}
  smooth:
    task: core.Function
    source: own.py:smooth
    deps: [lib/text.py, lib/words.py]
    imports: [numpy]
    inputs: {signal: "float64[n]"}
    outputs: {signal: "float64[n]"}
    parameters: {width: {type: int, range: [1, 9], default: 3, binding: run}}
    examples:
      - {inputs: {signal: [3, 3, 3]}, outputs: {signal: [2, 3, 2]}, within: 1.0e-9}
  adults:
    task: core.Function
    source: frames.py:adults
    imports: [pandas]
    inputs: {people: "table<name: text, age: int?>"}
    outputs: {people: "table<name: text, age: int?>"}
    examples:
      - inputs: {people: {name: [a, b, c], age: [3, null, 20]}}
        outputs: {people: {name: [c], age: [20]}}
edges:
  - {from: "//other:greet.text", to: clean.text}
  - {from: signal, to: smooth.signal}
  - {from: people, to: adults.people}
outputs: {text: clean.text, signal: smooth.signal, people: adults.people}
artifacts:
  wheel: {name: own-things, version: 0.1.0}
  zipapp: {name: own-things, version: 0.1.0}
""",
    "pipelines/own/clean.jsonl": '{"inputs": {"text": "  A  b "}, "outputs": {"text": "a b"}}\n',
    "pipelines/own/own.py": """\
\"\"\"Functions of our own; several nodes name them.\"\"\"

import numpy as np
import numpy.typing as npt
from lib import words
from lib.text import case


def clean(text: str) -> str:
    \"\"\"Give a text in small letters, words parted by single blanks.\"\"\"
    return words.join(case(text))


def smooth(signal: npt.NDArray[np.float64], *, width: int = 3) -> npt.NDArray[np.float64]:
    \"\"\"Give the moving mean.\"\"\"
    mean = np.convolve(signal, np.full(width, 1.0 / width), mode="same")
    return np.asarray(mean, dtype=np.float64)
""",
    "pipelines/own/frames.py": """\
\"\"\"Tables.\"\"\"

import pandas as pd


def adults(people: pd.DataFrame) -> pd.DataFrame:
    \"\"\"Keep the rows of people who are 18 or older.\"\"\"
    return people[people["age"].fillna(0) >= 18].reset_index(drop=True)
""",
    "pipelines/own/lib/text.py": """\
\"\"\"Texts in small letters.\"\"\"


def case(text: str) -> str:
    \"\"\"Give a text in small letters.\"\"\"
    return text.lower()
""",
    "pipelines/own/lib/words.py": """\
\"\"\"Words.\"\"\"

import lib.text


def join(text: str) -> str:
    \"\"\"Part the words of a text by single blanks.\"\"\"
    return " ".join(lib.text.case(text).split())
""",
}
TEXT = "pipelines/own/lib/text.py"
RUN = """
import json, sys
import numpy as np, pandas as pd
import own_things
people = pd.DataFrame({"name": ["x", "y"], "age": pd.array([None, 40], dtype="Int64")})
result = own_things.run(signal=np.array([0.0, 6.0, 0.0]), people=people, check=True)
found = {"text": result["text"], "signal": result["signal"].tolist()}
found |= {"people": result["people"].to_dict("records"), "clean": own_things.clean("A  B")}
found["foreign"] = sorted({n.split(".")[0] for n in sys.modules} & {"fxgbuild", "lib", "openai"})
print(json.dumps(found))
"""
WANTED = {
    "text": "hello",
    "signal": [2.0, 2.0, 2.0],
    "people": [{"name": "y", "age": 40}],
    "clean": "a b",
}
ENTRY = Path(__file__).parent / "entry"
CARRIERS = ("numpy", "pandas", "pyarrow", "dateutil", "python_dateutil", "six", "pytz", "tzdata")


def made(root):
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Workspace(root)


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """The workspace, built; tests that edit it put back what they change."""
    workspace = made(tmp_path_factory.mktemp("functions"))
    code, result = workspace.build("//own:all")
    assert code == 0, result
    return workspace


@pytest.fixture
def broken(functions):
    """The same with a module that can be edited."""
    yield functions
    functions.path(TEXT).write_text(FILES[TEXT])


def install(folder, wheel):
    """Install a wheel with pip into a new environment; what it requires is linked from here."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True, env=clean_environment())
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    for entry in Path(pytest.__file__).parents[1].iterdir():
        if entry.name.lower().startswith(CARRIERS) and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    return python


@pytest.mark.slow
def test_the_wheel_runs_in_an_empty_environment_with_the_modules_of_both_packages(
    functions, tmp_path
):
    done = functions.type("emit", "//own:all", "--to", str(tmp_path), "--json")
    assert done.code == 0, done.err
    wheel = next(item["path"] for item in done.json if item["path"].endswith(".whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(archive.read(n).decode() for n in names if n.endswith("/METADATA"))
    for package, module in (("own", "text"), ("own", "words"), ("other", "text")):
        assert f"own_things/nodes/_deps/{package}/lib/{module}.py" in names
    for name in ("numpy", "pandas", "pyarrow"):
        assert f"Requires-Dist: {name}\n" in metadata
    python = install(tmp_path / "env", wheel)
    ran = subprocess.run(
        [python, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == WANTED | {"foreign": []}
    zipped = next(item["path"] for item in done.json if item["path"].endswith(".pyz"))
    with zipfile.ZipFile(zipped) as archive:
        assert "own_things/nodes/_deps/other/lib/text.py" in archive.namelist()


@pytest.mark.slow
def test_the_graph_runs_on_files_and_gives_the_same(functions, tmp_path):
    np.save(tmp_path / "signal.npy", np.array([0.0, 6.0, 0.0]))
    done = functions.type(
        *("run", "//own:smooth", "--input", f"signal={tmp_path / 'signal.npy'}"),
        *("--param", "smooth.width=1", "--out", str(tmp_path / "out"), "--json"),
    )
    assert done.code == 0, done.err
    (path,) = [item["path"] for item in done.json["outputs"].values()]
    assert np.load(functions.root / path).tolist() == [0.0, 6.0, 0.0]


@pytest.mark.slow
def test_first_party_modules_stand_beside_the_code_in_the_readable_tree(functions):
    out = functions.path(".fxgbuild/out/own")
    script = "import clean; print(clean.clean('A  B'))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=out, capture_output=True, text=True, check=False
    )
    assert done.stdout == "a b\n", done.stderr


@pytest.mark.slow
def test_an_edit_of_a_dep_dirties_exactly_the_nodes_that_list_it(broken):
    broken.edit(TEXT, "return text.lower()", "return text.casefold()")
    plan = broken.plan("//own:all")
    assert set(plan) == {"//own:clean", "//own:smooth", "//own:wheel", "//own:zipapp"}
    for name in ("clean", "smooth"):
        fields = [reason["field"] for reason in plan[f"//own:{name}"]["reasons"]]
        assert fields == ["source.deps.lib/text.py"]
        assert plan[f"//own:{name}"]["actions"] == ["lint", "type", "security", "test"]


@pytest.mark.slow
def test_findings_stand_in_the_authors_file_everywhere(broken, tmp_path):
    broken.edit(TEXT, "    return text.lower()", "    import os\n    return text.lower() + 1")
    junit, sarif = tmp_path / "junit.xml", tmp_path / "out.sarif"
    done = broken.type(
        *("build", "//own:clean", "--junit", str(junit), "--sarif", str(sarif)),
        *("--annotations", "github"),
    )
    assert done.code == 1
    wanted = {
        (6, 12, "F401"): "imported but unused",
        (7, 27, "operator"): 'Unsupported operand types for + ("str" and "int")',
        (6, 5, "import"): "`os` is not among the allowed imports",
    }
    shown = broken.type("show", "//own:clean", "--findings").out
    text = "".join(ET.parse(junit).getroot().itertext())  # noqa: S314 - our own document
    for (line, column, rule), message in wanted.items():
        place = f"{TEXT}:{line}:{column}: {rule}: "
        assert place in done.err
        assert place in shown
        assert place in text
        assert f"::error file={TEXT},line={line},col={column}," in done.out
        assert message in shown
    results = [r for run in json.loads(sarif.read_text())["runs"] for r in run["results"]]
    physical = [result["locations"][0]["physicalLocation"] for result in results]
    found = {(p["region"]["startLine"], p["region"]["startColumn"]) for p in physical}
    assert {p["artifactLocation"]["uri"] for p in physical} == {TEXT}
    assert {(line, column) for line, column, _ in wanted} <= found


@pytest.mark.slow
def test_what_the_code_raises_is_told_with_the_authors_line(broken):
    broken.edit(TEXT, "return text.lower()", "return [text.lower()][len(text)]")
    done = broken.type("build", "//own:clean")
    assert done.code == 1
    assert f"{TEXT}:6:12: " in done.err
    shown = broken.type("show", "//own:clean", "--findings").out
    assert "own.py:11:23, in clean" in shown
    assert "lib/text.py:6:12, in case" in shown


# Code that a model writes -------------------------------------------------------------------------

NOTES = {
    "fxgbuild.toml": 'fxg = 1\npackages = "pipelines"\n\n[generate]\nattempts = 2\n',
    "pipelines/notes/cases.jsonl": '{"inputs": {}, "outputs": {"word": "a"}}\n',
    "pipelines/notes/fxg.yaml": """\
fxg: 1
nodes:
  first:
    task: core.Function
    spec: Give the first letter of the alphabet.
    outputs: {word: text}
    acceptance: {cases: cases.jsonl}
""",
}


@pytest.fixture
def notes(tmp_path):
    for name, text in NOTES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Workspace(tmp_path)


@pytest.mark.slow
def test_a_pasted_reply_is_an_attempt_of_its_node_like_any_other(notes):
    asked = notes.type("prompt", "//notes:first", "--json").json
    notes.path("reply.md").write_text("I would rather not.\n")
    for attempt, outcome, code in ((1, "repair", 1), (2, "rejected", 22)):
        done = notes.type(
            *("generate", "import", "reply.md", "--for", "//notes:first"),
            *("--model", "some-model", "--json"),
        )
        assert done.code == code, done.err
        (result,) = done.json
        assert (result["label"], result["key"]) == ("//notes:first", asked["key"])
        assert (result["attempt"], result["outcome"]) == (attempt, outcome)
        assert result["findings"][0]["message"] == "0 fenced blocks; exactly one is taken"
    assert "did not pass the reply stage" in notes.type("prompt", "//notes:first").out
    kept = notes.type("show", "//notes:first", "--findings", "--json").json["attempts"]
    assert [(one["provider"], one["model"]) for one in kept] == [("batch", "some-model")] * 2


WRONG_CALLS = [
    (("reply.md", "--model", "m"), "`--model` goes with `--for`"),
    (("reply.md", "--for", "//notes"), "`//notes` is no node that a model writes"),
    (("empty.md", "--for", "//notes:first"), "the reply is empty"),
]


def test_a_pasted_reply_needs_a_node_and_a_text(notes):
    notes.path("reply.md").write_text("Here it is.\n")
    notes.path("empty.md").write_text("\n")
    for words, wanted in WRONG_CALLS:
        done = notes.type("generate", "import", *words)
        assert done.code == 2
        assert wanted in done.err


@pytest.mark.slow
def test_a_models_reply_becomes_a_node_that_builds_runs_and_ships(tmp_path):
    """The reply is one that a model gave to what `prompt` prints; enum, date, decimals, records."""
    workspace = Workspace(tmp_path / "ws")
    shutil.copytree(ENTRY, workspace.path("pipelines/logs"))
    workspace.path("fxgbuild.toml").write_text('fxg = 1\npackages = "pipelines"\n')
    reply = str(ENTRY / "reply.md")
    done = workspace.type("generate", "import", reply, "--for", "//logs:entry", "--json")
    assert [item["outcome"] for item in done.json] == ["pinned"], done.out
    pin = json.loads(workspace.path("cache/logs/entry/pin.json").read_text())
    assert pin["preimage"]["contract"]["signature"].startswith("def read_entry(line: str, ")
    code, result = workspace.build("//logs:all", "--frozen")
    assert code == 0, result
    assert workspace.plan("//logs:all") == {}
    line, fallback = workspace.path("line.txt"), workspace.path("fallback.json")
    line.write_text("2026-01-02 ERROR pump t=3.50 x=-1\n")
    fallback.write_text("null")
    words = ("--input", "line=line.txt", "--input", "fallback=fallback.json", "--out", "out")
    assert workspace.type("run", "//logs", *words).code == 0
    found = {
        name: json.loads(workspace.path(f"out/{name}.json").read_text())
        for name in ("day", "level", "facts")
    }
    facts = [{"key": "t", "value": "3.5"}, {"key": "x", "value": "-1"}]
    assert found == {"day": "2026-01-02", "level": "error", "facts": facts}
    emitted = workspace.type("emit", "//logs:wheel", "--json").json
    python = install(tmp_path / "env", str(workspace.root / emitted[0]["path"]))
    script = "import log_entries as l; print(l.entry('warn a=1', None).facts)"
    ran = subprocess.run(
        [python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stdout == "[{'key': 'a', 'value': Decimal('1')}]\n", ran.stderr


@pytest.mark.slow
def test_an_edit_of_what_the_template_is_made_of_asks_for_another_reply(tmp_path):
    workspace = Workspace(tmp_path)
    shutil.copytree(ENTRY, workspace.path("pipelines/logs"))
    workspace.path("fxgbuild.toml").write_text('fxg = 1\npackages = "pipelines"\n')
    graph = "pipelines/logs/fxg.yaml"
    reply = str(ENTRY / "reply.md")
    assert workspace.type("generate", "import", reply, "--for", "//logs:entry").code == 0
    assert "generate" not in str(workspace.plan("//logs:entry"))
    workspace.edit(graph, "enum<info|warn|error>", "enum<info|warn|error|fatal>")
    fields = workspace.fields("//logs:entry", "//logs:entry")
    assert "contract.docstring" in fields
    assert any(field.startswith("ports.outputs.level.enum") for field in fields)
    workspace.edit(graph, "enum<info|warn|error|fatal>", "enum<info|warn|error>")
    for old, new in (("  entry:\n", "  renamed:\n"), ("to: entry.", "to: renamed.")):
        workspace.edit(graph, old, new)
    assert "generate" not in str(workspace.plan("//logs:renamed"))
