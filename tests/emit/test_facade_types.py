"""The types of an emitted package hold in a user's strictly checked script."""

import sys

from fxgbuild.emit.package import files

from .installs import run
from .packages import numeric, words

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


def test_the_packages_own_facade_is_strictly_typed(tmp_path):
    """One look at both: mypy reads the standard library once."""
    chosen = []
    for package in (words(), numeric()):
        chosen += ["-p", package.import_name]
        for name, data in files(package):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-pandas.*,pyarrow.*]\nignore_missing_imports = true\n"
    )
    done = run(sys.executable, "-m", "mypy", *chosen, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
