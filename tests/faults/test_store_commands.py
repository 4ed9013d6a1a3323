"""What a user sees of damaged, unsafe and full stores, on the real command line."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.synthetic import make
from tests.typed import Typed

SETPRIV = shutil.which("setpriv")
CAPABILITIES = "-dac_override,-dac_read_search,-fowner"


@dataclass
class Home:
    root: Path

    @property
    def store(self) -> Path:
        return self.root / ".fxgbuild"

    def type(self, *words: str, before: tuple[str, ...] = ()) -> Typed:
        ended = subprocess.run(
            [*before, sys.executable, "-m", "fxgbuild", *words],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Typed(ended.returncode, ended.stdout, ended.stderr)

    def age(self, days: int) -> None:
        """As if nothing had been used for days."""
        for path in self.store.rglob("*"):
            seen = path.lstat()
            os.utime(path, (seen.st_atime, seen.st_mtime - days * 86400), follow_symlinks=False)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    make("chain", 3, root)
    ended = Home(root).type("build")
    assert ended.code == 0, ended.err
    return root


@pytest.fixture
def home(once: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(once, tmp_path / "home")))


def test_a_sound_store_verifies_and_is_counted(home: Home) -> None:
    verified = home.type("cache", "verify", "--json").json
    assert (verified["status"], verified["problems"], verified["misses"]) == ("ok", [], [])
    stats = home.type("cache", "stats", "--json").json
    assert stats["by_action"].keys() == {"lint", "type", "security", "test"}
    assert stats["runs"] == 1
    assert stats["saved"] == {"tokens": None, "cost": None}
    assert "unknown" in home.type("cache", "stats").out


def test_a_collection_takes_nothing_that_a_clean_build_needs(home: Home) -> None:
    home.age(400)
    found = home.type("cache", "gc", "--max-size", "0B", "--max-age", "0", "--json")
    assert found.code == 0, found.err
    assert found.json["rows"] == []
    (home.store / "state").unlink(missing_ok=True)
    plan = home.type("plan", "--json").json
    assert {target["state"] for target in plan["targets"]} == {"clean"}


def test_what_no_target_needs_any_more_goes_with_its_reason(home: Home) -> None:
    extra = home.store / "cas/sha256/00" / ("00" * 32)
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"of an old build")
    home.age(400)
    dry = home.type("cache", "gc", "--dry-run")
    assert f"blob {extra.name}: not used for 400 days, 90 are allowed" in dry.out
    assert extra.exists()
    assert home.type("cache", "gc").code == 0
    assert not extra.exists()
    assert home.type("cache", "verify").code == 0


def test_a_size_that_is_none_is_a_mistake_in_the_command(home: Home) -> None:
    typed = home.type("cache", "gc", "--max-size", "12")
    assert typed.code == 2
    assert "`12` is no size" in typed.err


def test_a_damaged_index_costs_verdicts_and_one_warning(home: Home) -> None:
    (home.store / "state").unlink(missing_ok=True)
    for name in ("cache.db-wal", "cache.db-shm"):
        (home.store / "index" / name).unlink(missing_ok=True)
    (home.store / "index/cache.db").write_bytes(b"no database" * 900)
    built = home.type("build", "--json")
    assert built.code == 0, built.err
    assert built.err.count("the action cache's index was damaged") == 1
    assert (home.store / "index.corrupt-1/cache.db").exists()
    assert home.type("cache", "verify").code == 0


def test_lost_outputs_are_mended_on_request(home: Home) -> None:
    index = home.type("cache", "stats", "--json").json
    for path in (home.store / "cas/sha256").glob("*/*"):
        path.unlink()
    assert home.type("cache", "verify").code == 0
    mended = home.type("cache", "verify", "--repair", "--json").json
    assert mended["problems"] == []
    assert home.type("cache", "stats", "--json").json["records"] <= index["records"]
    (home.store / "state").unlink(missing_ok=True)
    assert home.type("build").code == 0


@pytest.mark.parametrize("words", [("build",), ("cache", "gc")])
def test_a_store_that_others_may_write_is_refused_with_the_command(home: Home, words) -> None:
    (home.store / "state").unlink(missing_ok=True)
    home.store.chmod(0o777)
    typed = home.type(*words)
    assert typed.code == 26
    assert f"chmod go-w {home.store}" in typed.err


@pytest.mark.skipif(SETPRIV is None or os.getuid() != 0, reason="needs root and setpriv")
@pytest.mark.parametrize("words", [("build",), ("cache", "verify")])
def test_a_read_only_store_serves_what_it_holds(home: Home, words) -> None:
    """Root is held back by nothing but its capabilities, so they are taken away."""
    (home.store / "state").unlink(missing_ok=True)
    for path in [home.store, *home.store.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    assert SETPRIV
    held = (SETPRIV, f"--bounding-set={CAPABILITIES}", f"--inh-caps={CAPABILITIES}")
    typed = home.type(*words, before=held)
    assert typed.code == 0, typed.err
    assert "clean" in typed.out + typed.err or "verified" in typed.out
    refused = home.type("cache", "gc", before=held)
    assert refused.code == 2
    assert "cannot be written" in refused.err
