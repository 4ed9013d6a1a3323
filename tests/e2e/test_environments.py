"""Whoever made the project's environment, its interpreter runs the code and names what it lacks.

Each environment is a real one with real packages; a small graph of existing code, two nodes with
numpy and one without, is built and run with it. What cannot be had here is skipped, with a reason.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY, Typed, Workspace, clean_environment

pytestmark = pytest.mark.slow

NUMPY, OLDER = "2.2.6", "1.26.4"
NEEDS = ("pytest", "hypothesis")
PYENV = Path.home() / ".pyenv" / "versions"
DEBIAN = "/usr/bin/python3"
ACTIVE = ("VIRTUAL_ENV", "CONDA_PREFIX")
TEXT = "to be or not to be\n"
FILES = {
    "fxgbuild.toml": 'fxg = 1\npackages = "pipelines"\n',
    "pipelines/words/fxg.yaml": f"""\
fxg: 1
doc: How long the words of a text are.
inputs: {{text: text}}
outputs: {{count: count.count, mean: mean.mean}}
data:
  sample: {{text: {{path: sample.txt, sha256: {hashlib.sha256(TEXT.encode()).hexdigest()}}}}}
nodes:
  count:
    task: core.Function
    source: plain.py:count
    inputs: {{text: text}}
    outputs: {{count: "int in [0, inf]"}}
    examples: [{{inputs: {{text: a b}}, outputs: {{count: 2}}}}]
  lengths:
    task: core.Function
    source: lengths.py:lengths
    imports: [numpy]
    inputs: {{text: text}}
    outputs: {{lengths: "float64[words]"}}
    examples: [{{inputs: {{text: a bcd}}, outputs: {{lengths: [1.0, 3.0]}}}}]
  mean:
    task: core.Function
    source: mean.py:mean
    imports: [numpy]
    inputs: {{lengths: "float64[words]"}}
    outputs: {{mean: "record<mean: float, shown: text>"}}
    examples:
      - {{inputs: {{lengths: [1.0, 4.0]}}, outputs: {{mean: {{mean: 2.5, shown: "2.5"}}}}}}
edges:
  - {{from: text, to: count.text}}
  - {{from: text, to: lengths.text}}
  - {{from: lengths.lengths, to: mean.lengths}}
""",
    "pipelines/words/sample.txt": TEXT,
    "pipelines/words/plain.py": '''\
"""No library at all."""


def count(text: str) -> int:
    """Count the words."""
    return len(text.split())
''',
    "pipelines/words/lengths.py": '''\
"""Words as numbers."""

import numpy as np
import numpy.typing as npt


def lengths(text: str) -> npt.NDArray[np.float64]:
    """The length of every word."""
    return np.array([len(word) for word in text.split()], dtype=np.float64)
''',
    "pipelines/words/mean.py": '''\
"""A mean, and how it reads."""

import numpy as np
import numpy.typing as npt


def mean(lengths: npt.NDArray[np.float64]) -> dict[str, float | str]:
    """The mean, as a number and as text."""
    found = float(np.mean(lengths))
    return {"mean": found, "shown": f"{found:.1f}"}
''',
}
AS_NUMPY_PRINTS = (
    'f"{found:.1f}"',
    "repr(np.mean(lengths))",
)  # `2.5`, from numpy 2 on np.float64(2.5)


class Project(Workspace):
    """A workspace whose commands are typed with whatever environment is asked for."""

    def type(self, *words, env=None, program=(sys.executable, "-m", "fxgbuild")):
        environment = {n: v for n, v in clean_environment().items() if n not in ACTIVE}
        done = subprocess.run(
            [*program, *words],
            cwd=self.root,
            env={**environment, **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Typed(done.returncode, done.stdout, done.stderr)

    def serves(self, env=None, **how):
        """Build and run with an environment; what `doctor` calls it."""
        done = self.type("build", "--json", env=env, **how)
        assert done.code == 0, done.err
        assert done.json["actions"]["by_kind"]["test"]["run"] == 3
        done = self.type("run", "//words", "--json", env=env, **how)
        assert done.code == 0, done.err
        outputs = done.json["outputs"]
        (path,) = (part["path"] for name, part in outputs.items() if "mean" in name)
        assert json.loads((self.root / path).read_bytes())["shown"] == "2.2"
        doctor = self.type("doctor", "--json", env=env, **how).json
        return next(check["text"] for check in doctor if check["check"] == "interpreter")


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Project(tmp_path / "project")


def run(*words, **more):
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, **more
    )
    return done if done.returncode == 0 else pytest.fail(done.stderr[-2000:])


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Fetched once from the configured index, for every interpreter here."""
    folder = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d", folder]
    try:
        run(*pip, f"numpy=={OLDER}", *NEEDS, timeout=200)
        run(*pip, "--no-deps", f"numpy=={NUMPY}", timeout=200)
    except (pytest.fail.Exception, subprocess.TimeoutExpired) as error:
        pytest.skip(f"no index to fetch numpy from: {error}")
    return folder


@pytest.fixture
def equip(wheels):
    """Install into an interpreter's environment, without asking an index again where possible."""

    def install(python, *names):
        wanted = names or (f"numpy=={NUMPY}", *NEEDS)
        command = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
        offline = ["--no-index", "--find-links", wheels, "--no-compile", *wanted]
        if _minor(str(python)) == sys.version_info[:2]:
            return run(*command, *offline)
        return run(*command, "--no-compile", *wanted, timeout=200)

    return install


@cache
def _minor(python):
    told = run(python, "-c", "import sys; print(*sys.version_info[:2])").stdout
    return tuple(map(int, told.split()))


def venv(folder, base=sys.executable):
    run(base, "-m", "venv", "--without-pip", folder)
    return folder / "bin" / "python"


def another_python():
    """A Python of another minor version than fxgbuild's, of pyenv."""
    here = sys.version_info[:2]
    found = [path for path in PYENV.glob("3.*/bin/python") if path.is_file()]
    later = [path for path in found if _minor(str(path)) >= (3, 11) and _minor(str(path)) != here]
    return max(later, key=lambda path: _minor(str(path)), default=None)


# Each kind of environment -------------------------------------------------------------------------


def test_a_venv_in_the_workspace_is_found_and_an_active_one_goes_first(project, equip, tmp_path):
    equip(venv(project.path(".venv")))
    assert "a virtual environment (.venv)" in project.serves()
    assert "clean; 0 actions" in project.type("build").out
    empty = tmp_path / "active"
    venv(empty)
    done = project.type("build", env={"VIRTUAL_ENV": str(empty)})
    assert done.code == 1
    assert f"{empty}, a virtual environment (VIRTUAL_ENV)" in done.err
    assert "numpy is not installed" in done.err
    assert f"{empty}/bin/python -m pip install hypothesis numpy pytest" in done.err
    assert "clean; 0 actions" in project.type("build").out


def test_an_environment_that_comes_to_be_ends_a_null_build(project, equip):
    """fxgbuild's own served until `.venv` was made; from then on that one is asked."""
    assert project.type("build").code == 0
    assert "clean; 0 actions" in project.type("build").out
    python = venv(project.path(".venv"))
    assert project.type("build").code == 1
    equip(python)
    assert project.type("build").code == 0
    assert "clean; 0 actions" in project.type("build").out


def test_a_virtualenv(project, equip, wheels, tmp_path):
    tool = venv(tmp_path / "tool")
    try:
        pip = (sys.executable, "-m", "pip", "--python", tool)
        run(*pip, "install", "-q", "virtualenv", timeout=100)
    except (pytest.fail.Exception, subprocess.TimeoutExpired):
        pytest.skip("virtualenv cannot be fetched here")
    run(tool, "-m", "virtualenv", "-q", "--no-seed", project.path(".venv"))
    equip(project.path(".venv/bin/python"))
    assert "a virtualenv (.venv)" in project.serves()


def beside(name):
    """A program of this interpreter's environment, or of the path."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return shutil.which(name, path=os.pathsep.join(folders))


def test_an_environment_of_uv(project, wheels):
    uv = beside("uv")
    if uv is None:
        pytest.skip("uv is not installed here")
    folder = project.path(".venv")
    run(uv, "venv", "-q", "--python", sys.executable, folder)
    lacks = project.type("build")
    assert lacks.code == 1
    assert "`uv pip install --python .venv/bin/python hypothesis numpy pytest`" in lacks.err
    wanted = (f"numpy=={NUMPY}", *NEEDS)
    offline = ("--offline", "--no-index", "--find-links", wheels)
    run(uv, "pip", "install", "-q", *offline, "--python", folder, *wanted)
    assert "an environment of uv (.venv)" in project.serves()


def test_a_conda_prefix(project, equip, tmp_path):
    """The layout of conda: an interpreter of its own with `conda-meta/`, and no pyvenv.cfg.

    A conda package manager cannot be fetched from the indexes here, so a copied Python stands in.
    """
    prefix = tmp_path / "conda" / "envs" / "words"
    base = Path(sys.base_prefix)
    shutil.copytree(base, prefix, symlinks=True, ignore=_bulk, copy_function=_linked)
    (prefix / "conda-meta").mkdir()
    (prefix / "conda-meta" / "history").write_text("==> made by a test <==\n")
    env = {"CONDA_PREFIX": str(prefix)}
    lacks = project.type("build", env=env)
    assert lacks.code == 1
    assert f"`conda install --prefix {prefix} hypothesis numpy pytest`" in lacks.err
    equip(prefix / "bin" / "python")
    assert "a conda environment (CONDA_PREFIX)" in project.serves(env)


def _bulk(folder, names):
    """What no interpreter needs: tests, and what the base has installed."""
    return {n for n in names if n in ("test", "site-packages", "__pycache__", "share", "idlelib")}


def _linked(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def test_a_python_of_pyenv_of_another_minor_version(project, equip, tmp_path):
    base = another_python()
    if base is None:
        pytest.skip("pyenv has no other Python here")
    home = tmp_path / ".pyenv" / "versions" / base.parents[1].name
    shutil.copytree(base.parents[1], home, symlinks=True, ignore=_bulk, copy_function=_linked)
    equip(home / "bin" / "python")
    project.path("fxgbuild.toml").write_text(
        FILES["fxgbuild.toml"] + f'[python]\nenv = "{home}"\n', "utf-8"
    )
    assert "a Python of pyenv ([python] env)" in project.serves()


def test_a_python_that_is_too_old_is_one_error(project):
    old = sorted(PYENV.glob("3.10.*/bin/python")) + sorted(PYENV.glob("3.9.*/bin/python"))
    if not old:
        pytest.skip("no old Python here")
    project.path("fxgbuild.toml").write_text(
        FILES["fxgbuild.toml"] + f'[python]\nenv = "{old[0]}"\n', "utf-8"
    )
    done = project.type("build")
    assert done.code == 1
    assert "the project's interpreter cannot be used" in done.err
    assert "is older than 3.11" in done.err


def test_debians_python(project, equip):
    """Its numpy is apt's; its pytest is older than the harness, so that comes from elsewhere."""
    lacks = subprocess.run([DEBIAN, "-c", "import numpy"], capture_output=True, check=False)
    if lacks.returncode:
        pytest.skip("python3-numpy is not installed")
    settings = project.path("fxgbuild.toml")
    settings.write_text(FILES["fxgbuild.toml"] + f'[python]\nenv = "{DEBIAN}"\n', "utf-8")
    done = project.type("build")
    if done.code:
        assert "/usr, the system's Python ([python] env)" in done.err
        assert "apt-get install" in done.err or "venv --system-site-packages .venv" in done.err
    settings.write_text(FILES["fxgbuild.toml"], "utf-8")
    run(DEBIAN, "-m", "venv", "--without-pip", "--system-site-packages", project.path(".venv"))
    equip(project.path(".venv/bin/python"), "--ignore-installed", *NEEDS)
    assert "a virtual environment (.venv)" in project.serves()


def test_fxgbuild_of_pipx_beside_a_projects_environment(project, equip, tmp_path):
    """fxgbuild lives alone; the project's environment has no fxgbuild, and at first no pytest."""
    pipx = beside("pipx")
    if pipx is None:
        pytest.skip("pipx is not installed here")
    env = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    env |= {"PIPX_MAN_DIR": str(tmp_path / "man"), "PIPX_DEFAULT_PYTHON": sys.executable}
    lock = f"--constraint={REPOSITORY / 'requirements.lock'} -q --no-compile"
    run(pipx, "install", "--pip-args", lock, REPOSITORY, env={**os.environ, **env}, timeout=280)
    program = (str(tmp_path / "bin" / "fxgbuild"),)
    lacks = project.type("build", program=program)
    assert "fxgbuild's own environment, made by pipx (fxgbuild's own)" in lacks.err
    assert "`python3 -m venv .venv && .venv/bin/python -m pip install numpy`" in lacks.err
    python = venv(project.path(".venv"))
    equip(python, f"numpy=={NUMPY}")
    lacks = project.type("build", program=program)
    assert lacks.code == 1
    assert ".venv/bin/python -m pip install hypothesis pytest`" in lacks.err
    equip(python, *NEEDS)
    assert "a virtual environment (.venv)" in project.serves(program=program)
