"""`--changed-since` never leaves out a target whose keys differ between the two states."""

import shutil
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fxgbuild.cli.since import targets_since
from fxgbuild.errors import UsageError
from fxgbuild.files import DiskTree
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import load_workspace
from fxgbuild.plan.key import key_of
from fxgbuild.plan.plan import make_plan
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.plan.select import all_targets, select
from fxgbuild.review.side import Built, files_facts
from tests.chaos import edits, graphs
from tests.chaos.living import memory
from tests.review.sides import record

from .repositories import commit, git, write


def loaded(root):
    workspace, problems = load_workspace(DiskTree(root))
    assert not problems, problems
    return workspace


def pins_of(root):
    from fxgbuild.cli.sides import pins

    return pins(DiskTree(root), loaded(root))


def keys(root):
    """Label -> action -> key, as any one machine would compute them from the files."""
    workspace = loaded(root)
    wanted = select(workspace, list(all_targets(workspace)))
    plan = make_plan(workspace, wanted, Built(pins_of(root)), files_facts(workspace))
    return {t.label: {step.action: step.key for step in t.steps} for t in plan.targets}


def pin_all(root, random, share):
    """Write pins for some of the nodes that lack one of their key, as generations would."""
    workspace = loaded(root)
    pins = pins_of(root)
    taken = {pin.key for pin in pins.values()}
    for graph in workspace.graphs.values():
        for node in graph.nodes.values():
            if not node.is_generated():
                continue
            preimage = generate_preimage(workspace, node)
            if key_of("generate", preimage) in taken or random.random() > share:
                continue
            files = record(node.label, preimage, f"# {random.random()}\n")
            home = f"cache/{node.label.package}/{node.label.name}"
            write(root, {f"{home}/pin.json": files[0], f"{home}/code.py": files[1]})


def spoil(root, random):
    """What else happens to files: pins that go, or get other code; files that nobody names."""
    homes = sorted(path.parent for path in root.glob("cache/*/*/pin.json"))
    if homes and random.random() < 0.5:
        shutil.rmtree(random.choice(homes))
    if random.random() < 0.3:
        write(root, {"README.md": str(random.random()), "rules/chaos/README.md": "words\n"})


def put(root, state):
    """Make the files those of a state, pins and history left alone."""
    for name in ("packages", "rules"):
        shutil.rmtree(root / name, ignore_errors=True)
    write(root, graphs.files(state))


def check(root, state, random, count):
    put(root, state)
    pin_all(root, random, 0.9)
    first = commit(root)
    before = keys(root)
    for _ in range(count):
        random.choice(edits.STATE)(state, random)
    put(root, state)
    spoil(root, random)
    pin_all(root, random, 0.6)
    after = keys(root)
    if random.random() < 0.3:
        commit(root)
    found, whole = targets_since(root, loaded(root), first)
    missed = {label for label, own in after.items() if before.get(label) != own} - found
    assert not missed, (missed, whole)
    return len(found), len(after)


def drawn(examples):
    checks = [HealthCheck.too_slow]
    return settings(max_examples=examples, suppress_health_check=checks, phases=[Phase.generate],
                    deadline=None)  # fmt: skip


def sample(state, random):
    root = memory("since") / "ws"
    try:
        return check(root, state, random, random.randint(0, 3))
    finally:
        shutil.rmtree(root.parent)


@drawn(4)
@given(graphs.states(), st.randoms(use_true_random=False))
def test_every_target_that_differs_is_there(state, random):
    sample(state, random)


@pytest.mark.slow
@drawn(80)
@given(graphs.states(), st.randoms(use_true_random=False))
def test_every_target_that_differs_is_there_in_many_workspaces(state, random):
    sample(state, random)


@pytest.fixture
def fixed(tmp_path):
    """Two packages, a commit, and who is touched since."""
    state = graphs.random_state(Random(3))  # noqa: S311 - not for secrets
    put(tmp_path, state)
    pin_all(tmp_path, Random(1), 1.0)  # noqa: S311
    first = commit(tmp_path)
    return tmp_path, state, first


def since(root, ref):
    return targets_since(root, loaded(root), ref)


def test_little_is_touched_by_little(fixed):
    root, state, first = fixed
    assert since(root, first) == (frozenset(), "")
    package = next(iter(state["packages"]))
    name, node = next(iter(state["packages"][package]["nodes"].items()))
    node["spec"] += " And more."
    put(root, state)
    found, whole = since(root, first)
    assert Label(package, name) in found
    assert not whole
    touched = {label for label in found if label.name in state["packages"][label.package]["nodes"]}
    assert len(touched) < sum(len(g["nodes"]) for g in state["packages"].values())


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("fxgbuild.toml", '\n[sandbox]\nminimum = "A"\n', "`fxgbuild.toml` changed"),
        ("fxgbuild.toml", "\n[generate]\nattempts = 2\n", ""),
        ("rules/chaos/rules.toml", "\n# a word\n", "`rules/chaos/rules.toml` belongs to a"),
        ("rules/chaos/unknown.txt", "new", "`rules/chaos/unknown.txt` belongs to a"),
        ("rules/chaos/README.md", "new", ""),
    ],
)
def test_what_touches_everything_says_so(fixed, path, text, said):
    root, _, first = fixed
    with (root / path).open("a") as file:
        file.write(text)
    found, whole = since(root, first)
    assert whole.startswith(said)
    assert bool(whole) == bool(said)
    assert found == (frozenset(all_targets(loaded(root))) if said else frozenset())


def test_a_file_that_git_ignores_counts_as_changed(tmp_path):
    graph = (
        "fxg: 1\nnodes:\n  own:\n    task: core.Function\n    source: own.py:own\n"
        "    inputs: {}\n    outputs: {n: int}\n    acceptance: {cases: big.jsonl}\n"
    )
    write(tmp_path, {"fxgbuild.toml": "fxg = 1\n", "a/fxg.yaml": graph, ".gitignore": "*.jsonl\n"})
    write(tmp_path, {"a/own.py": "def own() -> int:\n    return 1\n", "a/big.jsonl": ""})
    first = commit(tmp_path)
    assert git(tmp_path, "status", "--porcelain") == ""
    assert Label("a", "own") in since(tmp_path, first)[0]


def test_a_lock_touches_everything(tmp_path):
    settings = 'fxg = 1\n[python]\nlock = "requirements.lock"\n'
    write(tmp_path, {"fxgbuild.toml": settings, "requirements.lock": "numpy==2.0\n"})
    first = commit(tmp_path)
    assert since(tmp_path, first)[1] == ""
    write(tmp_path, {"requirements.lock": "numpy==2.1\n"})
    assert since(tmp_path, first)[1] == "`requirements.lock` changed"


def test_two_commits_are_refused(fixed):
    root, _, first = fixed
    with pytest.raises(UsageError, match="names two commits"):
        since(root, f"{first}..HEAD")


def test_the_check_would_notice_what_is_left_out(fixed, monkeypatch):
    root, state, _ = fixed
    from fxgbuild.plan import changed

    monkeypatch.setattr(changed._Reach, "targets", lambda self: frozenset())
    with pytest.raises(AssertionError):
        check(root, state, Random(2), 3)  # noqa: S311 - not for secrets
