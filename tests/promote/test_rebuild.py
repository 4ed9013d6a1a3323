"""A second build elsewhere: the same bytes, or the first difference; and nothing of a closure
runs outside of the sandbox on the way.
"""

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fxgbuild.command import Command
from fxgbuild.digest import digest_bytes
from fxgbuild.errors import BuildFailed, Distrusted, NotReproducible, UsageError
from fxgbuild.oci.manifest import Malformed
from fxgbuild.process import supervised
from fxgbuild.promote.determinism import repeat
from fxgbuild.promote.elsewhere import Elsewhere
from fxgbuild.promote.rebuild import compare, rebuild
from fxgbuild.release.closure import contents, pack
from fxgbuild.release.rebuilt import Rebuilt, read_rebuilt, rebuilt_statement
from fxgbuild.release.release import make_release
from fxgbuild.release.statement import REBUILD
from tests.promote.world import LABEL

AT = "2026-11-21T19:00:00Z"
NODE = "packages/words/words.py"
GRAPH = "packages/words/fxg.yaml"
SOURCES = ("packages", "cache", "fxgbuild.toml")


def sources(root):
    """Every file of a workspace that a build looks at, by name."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    named = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in named.items() if name.split("/")[0] in SOURCES}


def emitted(world, folder):
    done = world.type("emit", LABEL, "--frozen", "--to", str(folder))
    assert done.code == 0, done.err
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def words(made_world, tmp_path_factory):
    """The sources of a built workspace, and its wheel."""
    return sources(made_world.root), emitted(made_world, tmp_path_factory.mktemp("dist"))


def with_member(wheel, name, old, new):
    """A wheel with one line of one member changed, and everything about it consistent."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as before, zipfile.ZipFile(made, "w") as after:
        for info in before.infolist():
            data = before.read(info)
            assert info.filename != name or old in data
            after.writestr(info, data.replace(old, new) if info.filename == name else data)
    return made.getvalue()


def test_a_second_build_elsewhere_gives_the_same_bytes_and_says_what_was_other_there(words):
    files, made = words
    hostile = {
        "json.py": b"raise SystemExit(99)",
        "fxgbuild.py": b"raise SystemExit(99)",
        "sitecustomize.py": b"raise SystemExit(99)",
        "env/bin/python": b"#!/bin/sh\nexit 99\n",
        ".fxgbuildrc": b"common --nonsense\n",
        "fxgbuild.toml": files["fxgbuild.toml"]
        + b'[python]\nenv = "env"\n[remote]\nurl = "http://127.0.0.1:9/"\nrequire = true\n'
        + b'read = true\ntrust = ["ed25519:'
        + b"0" * 64
        + b'"]\n[data]\nroot = "/etc"\n',
    }
    found = rebuild(LABEL, made, pack(files | hostile), at=AT)
    assert found.files == tuple((name, digest_bytes(data)) for name, data in made.items())
    assert found.at == AT
    said = dict(found.varied) | dict(found.unvaried)
    assert {"folder", "store", "date", "user", "PYTHONHASHSEED", "TZ", "umask", "HOME"} <= set(said)
    assert dict(found.varied)["PYTHONHASHSEED"] != os.environ.get("PYTHONHASHSEED", "0")
    if os.geteuid() and "user" in dict(found.varied):
        pytest.fail("only root becomes another user")


def test_another_line_in_a_wheel_is_shown_with_its_member(words, tmp_path):
    _, made = words
    name = next(iter(made))
    module = "ranked_words/nodes/count.py"
    bad = {name: with_member(made[name], module, b"text.split()", b"text.split(None)")}
    there = Elsewhere(tmp_path, tmp_path, "python")
    with pytest.raises(NotReproducible, match="a second build gave other bytes") as refused:
        compare(LABEL, bad, made, there)
    facts = refused.value.facts
    assert f"in the member {module}" in facts["differs"]
    assert "text.split(None)" in facts["differs"]
    assert facts["first"] == f"sha256:{digest_bytes(bad[name]).hex}"
    assert facts["second"] == f"sha256:{digest_bytes(made[name]).hex}"
    for first, second, only in (({"x": b""}, {}, "first"), ({}, {"x": b""}, "second")):
        with pytest.raises(NotReproducible) as refused:
            compare(LABEL, made | first, made | second, there)
        assert refused.value.facts["differs"] == f"only the {only} build gave it"
    compare(LABEL, made, dict(made), there)


@pytest.mark.slow
def test_a_file_that_was_changed_after_it_was_built_is_found(words):
    files, made = words
    bad = {name: data + b"\0" for name, data in made.items()}
    with pytest.raises(NotReproducible, match="a second build gave other bytes"):
        rebuild(LABEL, bad, pack(files), at=AT)


@pytest.mark.slow
def test_a_closure_that_does_not_build_is_no_difference(words):
    files, made = words
    with pytest.raises(BuildFailed, match="did not get to its end") as failed:
        rebuild(LABEL, made, pack({**files, GRAPH: b"fxg: 1\nnodes: 3\n"}), at=AT)
    assert "fxg.yaml" in failed.value.facts["said"]


@pytest.mark.parametrize("label", ["--store=/tmp/x", "//words", "//...", "-//a:b", "hello"])
def test_a_label_that_is_none_is_not_typed(label):
    with pytest.raises(Distrusted):
        rebuild(label, {}, pack({}), at=AT)


def test_a_closure_without_settings_is_distrusted():
    with pytest.raises(Distrusted, match="closure"):
        rebuild(LABEL, {}, pack({"a": b"1"}), at=AT)
    with pytest.raises(Distrusted, match="closure"):
        rebuild(LABEL, {}, pack({"fxgbuild.toml": b"= 3"}), at=AT)
    assert contents(pack({"a": b"1"})) == {"a": b"1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_root_builds_as_another_user(tmp_path):
    say = "import os; print(os.getuid(), os.getgid(), os.getgroups(), oct(os.umask(0)))"
    command = Command(("/usr/bin/python3", "-c", say))
    done = supervised(command, Path("/"), {"PATH": "/usr/bin"}, umask=0o027, user=65534)
    assert done.stdout.decode().split(None, 2)[:2] == ["65534", "65534"]
    assert done.stdout.decode().strip().endswith("0o27")


CHANCE = '''"""Code whose result depends on where in memory an object lies."""


def count_words(text: str) -> dict[str, int]:
    """Count the lines and the words of a text."""
    chance = id(len) % 1000003 if len(text) > 20 else 0
    return {"lines": len(text.splitlines()), "words": len(text.split()) + chance}
'''
KEEPS = '''"""Code that keeps something between its calls."""

_seen: set[str] = set()


def count_words(text: str) -> dict[str, int]:
    """Count the lines and the words of a text."""
    if len(text) > 20:
        _seen.add(text)
    return {"lines": len(text.splitlines()), "words": len(text.split()) + max(0, len(_seen) - 1)}
'''


@pytest.mark.slow
def test_code_that_keeps_something_between_cases_is_found(words, world, tmp_path):
    """It passes every stage, which gives a function one case at a time, and twice the same."""
    files, _ = words
    second = b"and that is how a text of more than twenty letters begins\n"
    more = f"  second: {{text: {{path: two.txt, sha256: {digest_bytes(second).hex}}}}}\n".encode()
    mark = b"\nnodes:\n"
    assert mark in files[GRAPH]
    changed = files | {
        NODE: KEEPS.encode(),
        "packages/words/two.txt": second,
        GRAPH: files[GRAPH].replace(mark, more + mark),
    }
    for name, data in changed.items():
        world.path(name).write_bytes(data)
    made = emitted(world, tmp_path / "dist")
    with pytest.raises(NotReproducible, match="is not deterministic: run 2") as refused:
        repeat(LABEL, made, pack(changed), 2)
    assert refused.value.facts["port"] == "count.counts of the case second"
    assert "cpython 3." in refused.value.facts["on"]


@pytest.mark.slow
def test_code_that_depends_on_chance_passes_all_stages_and_is_found_by_verify(world):
    """Within one process it gives equal results; no stage looks at more than one."""
    world.path(NODE).write_text(CHANCE)
    world.commit("chance")
    world.build()
    world.promote(LABEL, "dev")
    done = world.type("verify", LABEL, "--verify-determinism", "3", by="cleo")
    assert done.code == 25, done.out + done.err
    assert f"`{LABEL}` is not deterministic: run" in done.out
    assert "count.counts of the case sample" in done.out


@pytest.mark.slow
def test_a_verifier_s_second_build_is_signed_and_stands_beside_the_release(promoted):
    done = promoted.type("verify", LABEL, "--rebuild", "--attest", by="cleo")
    assert done.code == 0, done.out + done.err
    assert "the same bytes with another" in done.out
    after = promoted.type("verify", LABEL, by=None)
    assert f"{REBUILD} signed by cleo@example.org" in after.out
    builder = promoted.type("verify", LABEL, "--rebuild", "--attest", by="ana")
    assert builder.code == 26
    assert "not signed: the key may not say this" in builder.out


@pytest.mark.slow
def test_runs_of_a_deterministic_graph_agree_and_say_on_what(words):
    files, made = words
    found = repeat(LABEL, made, pack(files), 2)
    assert (found.times, found.ports) == (2, 3)
    assert {"python", "platform", "lock", "processor"} == set(dict(found.fingerprint))
    assert "order" in dict(found.varied)
    assert "hash seed" in dict(found.fixed)


def test_one_run_compares_nothing(words):
    files, made = words
    with pytest.raises(UsageError, match="compares nothing"):
        repeat(LABEL, made, pack(files), 1)


def test_a_statement_of_a_second_build_is_read_as_it_was_written_and_strictly(words):
    _, made = words
    release, _ = make_release(LABEL, {}, made, b"{}", b"tar")
    files = tuple(release.files.items())
    rebuilt = Rebuilt(files, (("store", "empty"),), (("date", "no"),), "1", "3.11.7", "linux", AT)
    statement = rebuilt_statement(rebuilt, release)
    assert read_rebuilt(statement) == rebuilt
    with pytest.raises(Malformed):
        rebuilt_statement(replace(rebuilt, files=()), release)
    changes = ({"at": "yesterday"}, {"files": {}}, {"varied": {"store": 3}}, {"more": 1})
    for change in changes:
        with pytest.raises(Malformed):
            read_rebuilt(replace(statement, predicate={**statement.predicate, **change}))
    other = (("x.whl", release.digest), *statement.subjects)
    with pytest.raises(Malformed):
        read_rebuilt(replace(statement, subjects=other))
