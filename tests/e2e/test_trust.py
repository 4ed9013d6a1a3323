"""Nothing that was tampered with is run: exits 23 and 26, and what git does with pins."""

import json
import pickle
import shutil
import sqlite3
import subprocess

GRAPH = "examples/eeg/fxg.yaml"
PIN = "cache/eeg/welch"


def refuses(workspace, code, *words):
    """Both verify and build stop with the code, and nothing of the store changed."""
    out = workspace.path(".fxgbuild/out/eeg/welch.py")
    before = out.read_bytes()
    for command in (("cache", "verify"), ("build", "//eeg:all"), ("plan", "//eeg:all")):
        done = workspace.type(*command)
        assert done.code == code, (command, done.out, done.err)
        for word in words:
            assert word in done.err, (command, done.err)
    assert out.read_bytes() == before


def test_a_pin_edited_by_hand_is_refused(workspace):
    path = workspace.path(f"{PIN}/code.py")
    path.write_text(path.read_text().replace("2.0", "3.0", 1))
    refuses(workspace, 26, "was edited", "//eeg:welch", "git checkout")


def test_a_swapped_digest_is_refused(workspace):
    record = json.loads(workspace.path(f"{PIN}/pin.json").read_text())
    other = json.loads(workspace.path("cache/eeg/moments/pin.json").read_text())
    record["code"] = other["code"]
    workspace.path(f"{PIN}/pin.json").write_text(json.dumps(record))
    refuses(workspace, 26)


def test_a_swapped_pin_is_refused(workspace):
    shutil.rmtree(workspace.path(PIN))
    shutil.copytree(workspace.path("cache/eeg/moments"), workspace.path(PIN))
    refuses(workspace, 26, "says it is of //eeg:moments")


def test_an_edited_preimage_is_refused(workspace):
    workspace.edit(f"{PIN}/pin.json", "A flat channel gives zeros.", "A flat channel gives ones.")
    refuses(workspace, 26, "preimage")


def test_lost_code_is_restored_from_the_store_or_stops_the_build(workspace):
    workspace.path(f"{PIN}/code.py").unlink()
    assert workspace.build()[0] == 0
    shutil.rmtree(workspace.path(".fxgbuild/cas"))
    refuses(workspace, 23, "lost", "//eeg:welch")


def test_a_hostile_index_row_is_refused_and_runs_nothing(workspace, tmp_path):
    marker = tmp_path / "ran"
    payload = pickle.dumps(Planted(str(marker)))
    with sqlite3.connect(workspace.path(".fxgbuild/index/cache.db")) as database:
        database.execute("UPDATE Cache SET mode = 4, value = ? WHERE key LIKE 'test:%'", (payload,))
    for command in (("cache", "verify"), ("build", "//eeg:all")):
        done = workspace.type(*command)
        assert done.code == 26, (command, done.err)
        assert "index" in done.err
    assert not marker.exists()


class Planted:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_damaged_blob_is_set_aside_and_built_again(workspace):
    done = workspace.type("emit", "//eeg:wheel", "--json").json
    digest = done[0]["sha256"]
    blob = workspace.path(f".fxgbuild/cas/sha256/{digest[:2]}/{digest}")
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    assert workspace.type("cache", "verify").code == 26
    again = workspace.type("emit", "//eeg:wheel", "--json").json
    assert again[0]["sha256"] == digest
    assert workspace.type("cache", "verify").code == 0


def git(workspace, *words, check=True):
    name = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", *name, *words], cwd=workspace.root, capture_output=True, text=True, check=check
    )


def carried(workspace, branch, node, old, new):
    """A branch on which one node's spec and pin have changed."""
    git(workspace, "checkout", "-q", "-b", branch, "main")
    workspace.edit(GRAPH, old, new)
    done = workspace.type("carry", f"//eeg:{node}", "--because", f"{branch}: wording")
    assert done.code == 0, done.err
    git(workspace, "commit", "-qam", branch)


def test_branches_that_change_different_nodes_merge_and_the_same_node_conflicts(workspace):
    for name in (".fxgbuild/mypy", ".fxgbuild/runs"):
        shutil.rmtree(workspace.path(name), ignore_errors=True)
    workspace.path(".gitignore").write_text(".fxgbuild/\n")
    workspace.path(".gitattributes").write_text("cache/** -text\n")
    git(workspace, "init", "-q")
    git(workspace, "checkout", "-q", "-b", "main")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "start")
    carried(workspace, "one", "welch", "A flat channel gives zeros.", "A flat channel gives 0.")
    carried(workspace, "two", "ensemble", "Nothing is clipped,", "Nothing whatever is clipped,")
    carried(workspace, "three", "welch", "A flat channel gives zeros.", "Flat channels give zeros.")
    git(workspace, "checkout", "-q", "one")
    git(workspace, "merge", "-q", "two", "-m", "both")
    assert workspace.type("cache", "verify").code == 0
    assert workspace.type("build", "//eeg:all", "--frozen").code == 0
    clash = git(workspace, "merge", "three", check=False)
    assert clash.returncode != 0
    assert "cache/eeg/welch/pin.json" in clash.stdout
    git(workspace, "merge", "--abort")
    for side in ("ours", "theirs"):
        git(workspace, "merge", "-q", "-X", side, "three", "-m", f"welch is {side}")
        assert workspace.type("cache", "verify").code == 0
        assert not any("generate" in own for own in workspace.actions().values())
        git(workspace, "reset", "-q", "--hard", "HEAD~1")
