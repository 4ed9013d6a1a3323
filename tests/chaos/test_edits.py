"""Random edits of random graphs: what is planned is what runs is what the contract says.

After each edit the plan's dirty set, the work found in the log and the oracle's answer are one;
nothing is left to do afterwards; and the warm workspace equals one built from empty stores.
"""

import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fxgbuild import quick
from fxgbuild.plan import plan
from tests.chaos import edits, graphs
from tests.chaos.command import install
from tests.chaos.living import Living, memory
from tests.chaos.oracle import STATIC, Oracle
from tests.chaos.scripted import Log, World, digest

EDITS = 12  # in one sequence, on one living workspace


@pytest.fixture(autouse=True)
def in_this_process(home, monkeypatch):
    install(World(Living(home / "ws").log), monkeypatch.setattr)


def scripted(sequences, number=0):
    """A test over random states and sequences of edits, each sequence one workspace."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

    def made(test):
        drawn = given(state=graphs.states(), random=st.randoms(use_true_random=False))(test)
        if number:
            drawn = seed(number)(drawn)
        # A sequence of builds takes long to shrink; its last edit is what the failure shows.
        phases = (Phase.generate,)
        return settings(max_examples=sequences, suppress_health_check=checks, phases=phases)(drawn)

    return made


def clear(home):
    for path in home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Living(home / "ws")


def step(living, oracle, state, *, counted=True):
    """Write a state, plan, build; the three answers are one. Returns the build's document.

    Real tools leave no log, so what they did is not `counted`.
    """
    living.write(state)
    living.log.clear()
    expected = oracle.expected(state)
    questions = oracle.questions(state)
    assert living.is_clean() == (not expected)
    assert living.plan() == expected
    built = living.build()
    holes = {label_of(path): path.read_text() for path in living.root.glob("cache/*/*/code.py")}
    seen = {stage: set(views) for stage, views in oracle.passed.items()}
    oracle.built(state, holes)
    if counted:
        check_work(living, oracle, state, expected, questions, seen)
    assert living.plan() == {}
    assert living.is_clean()
    return built


def label_of(path):
    return f"//{path.parent.parent.name}:{path.parent.name}"


def check_work(living, oracle, state, expected, questions, seen):
    """The log holds the expected work, each piece once.

    A first try that failed is no surprise, and code that a model writes a second time under
    another key has its verdicts.
    """
    views, codes = {}, {}
    for package, name, _ in edits.nodes(state):
        label = graphs.label(package, name)
        codes[label] = digest(living.rendered(label).read_bytes())
        views[label] = oracle.stages(state, package, name, oracle.code(state, package, name))
    tries = [text for text in questions if "FAILS-" in text]
    assert len(living.log.lines("asked")) == len(questions) + len(tries)
    for stage in (*STATIC, "test"):
        ran = living.log.lines(stage)
        wanted = {
            (codes[label], views[label][stage])
            for label, own in expected.items()
            if stage in own and views[label][stage] not in seen[stage]
        }
        done = [line["code"] for line in ran if line["code"] in codes.values()]
        assert len(ran) - len(done) <= len(tries), stage
        if stage in STATIC:  # one look at a text in a batch, however many nodes have it
            assert sorted(done) == sorted({code for code, _ in wanted}), stage
        else:
            assert sorted(done) == sorted(code for code, _ in wanted), stage
    run = [line["label"] for line in living.log.lines("integrate")]
    graphs_of = {n: v for p in state["packages"] for n, v in oracle.graph_views(state, p).items()}
    wanted = [n for n, own in expected.items() if own == {"integrate"}]
    assert sorted(run) == sorted(n for n in wanted if graphs_of[n][1] not in seen["integrate"])


def play(home, state, random):
    """One living workspace through a sequence of edits."""
    living, oracle = clear(home), Oracle()
    step(living, oracle, state)
    history = [graphs.copied(state)]
    for number in range(EDITS):
        state = edit(living, oracle, state, history, random)
        built = step(living, oracle, state)
        history.append(graphs.copied(state))
        if number in (EDITS // 2, EDITS - 1):
            check_cold(living, built, home, pins=number != EDITS - 1)


def edit(living, oracle, state, history, random):
    """One change of the state, of the disk, or back to how it was; returns the new state."""
    way = random.randint(1, 10)
    if way == 1:
        return back(state, history, random)
    if way == 2:
        random.choice(edits.DISK)(living, oracle, state, random)
        return state
    changed = graphs.copied(state)
    while not random.choice(edits.STATE)(changed, random):
        pass
    return changed


def back(state, history, random):
    """As it was, but for what tells new words from old ones."""
    earlier = graphs.copied(random.choice(history))
    return earlier | {"words": state["words"], "uids": state["uids"]}


def check_cold(living, built, home, *, pins):
    """What stands here equals what is built elsewhere from empty stores, digest for digest."""
    other = living.copy(home / "cold", pins=pins)
    log = Log(living.log.path)
    held = living.log.path.read_bytes() if living.log.path.exists() else b""
    again = other.build()
    log.clear()
    log.path.write_bytes(held)
    assert other.result(again) == living.result(built)
    shutil.rmtree(other.root)


def test_a_graph_without_example_data_is_clean_after_its_build(home):
    living = Living(home / "ws")
    state = graphs.workspace_of(["fold", "total"])
    state["packages"]["alpha"]["seed"] = None
    living.write(state)
    living.build()
    assert living.plan() == {}
    assert living.is_clean()


def without_laws(monkeypatch):
    real = plan.test_preimage
    lawless = lambda node, code, facts: real(node, code, facts) | {"properties": None}  # noqa: E731
    monkeypatch.setattr(plan, "test_preimage", lawless)
    return lambda state: state["tasks"]["fold"].update(laws=1)


def with_labels(monkeypatch):
    real = plan.generate_preimage
    named = lambda ws, node: real(ws, node) | {"label": str(node.label)}  # noqa: E731
    monkeypatch.setattr(plan, "generate_preimage", named)
    return lambda state: edits.rename(state, Random(1))  # noqa: S311 - an edit is no secret


def without_looking(monkeypatch):
    monkeypatch.setattr(quick, "looked", lambda known, root, store: [])
    return lambda state: edits.spec(state, Random(1))  # noqa: S311


@pytest.mark.parametrize("broken", [without_laws, with_labels, without_looking])
def test_a_program_that_is_wrong_of_one_field_is_found_out(home, monkeypatch, broken):
    living, oracle = Living(home / "ws"), Oracle()
    state = graphs.workspace_of(["fold", "total"])
    step(living, oracle, state)
    broken(monkeypatch)(state)
    with pytest.raises(AssertionError):
        step(living, oracle, state)


@scripted(3)
def test_planned_executed_and_expected_are_one_after_every_edit(home, state, random):
    play(home, state, random)


def sequences(number):
    """Half of the thousand edits, in a process and folder of their own."""
    home = memory(f"edits{number}")
    install(World(Living(home / "ws").log))

    @scripted(42, number)
    def played(state, random):
        play(home, state, random)

    try:
        played()
    finally:
        shutil.rmtree(home)


@pytest.mark.slow
def test_a_thousand_edits():
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(sequences, [1, 2])) == [None, None]
