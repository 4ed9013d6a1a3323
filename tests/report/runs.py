"""Made runs: every kind of event, as reports meet them."""

from fxgbuild.event import ActionEnded, Ended, Noted, Planned, PlannedTarget, Started, TargetEnded
from fxgbuild.finding import Finding

RUN = "20261121T120501Z-3f2a"
KEY = "a" * 64


def started(command=("build", "//eeg:all", "--summary=…/s.json")):
    return Started(RUN, "0.1.0", command, ("//eeg:all",), "2026-11-21T12:05:01Z")


def target(label, kind="node", actions=("lint", "type", "security", "test")):
    return PlannedTarget(label, kind, "dirty", actions, (("spec.text", "a", "b"),), KEY, None)


def action(label, name, start=0.0, wall=1.0, outcome="passed", findings=()):
    lanes = {"lint": "ruff", "type": "mypy", "security": "bandit", "generate": "model"}
    lane = lanes.get(name, "sandbox" if name in ("test", "integrate") else "engine")
    return ActionEnded(label, name, KEY, outcome, start, wall, lane, tuple(findings))


LINT = Finding("lint", "F841", "Local variable `x` is assigned to but never used", 12, 5)
POLICY = Finding("security", "construct", "`eval` is not allowed", 14, 1)
BANDIT = Finding("security", "B307", "Use of eval (blacklist, severity medium)", 14, 1)
TYPE = Finding("type", "return-value", "Incompatible return\n  hint: <T> & \x07 ]]>", 15, 9)
TEST = Finding("test", "property", "test_sum: assert 1 == 2", 30)


def failed_run():
    """One node fails three stages, one fails stage four, one is mended at its second attempt."""
    return [
        started(),
        Planned(
            (
                target("//eeg:bad"),
                target("//eeg:wrong"),
                target("//eeg:new", actions=("generate", "lint", "type", "security", "test")),
                target("//eeg:eeg", "graph", ("integrate",)),
                target("//eeg:wheel", "wheel", ("emit",)),
            ),
            clean=4,
            run={"lint": 3, "type": 3, "security": 3, "test": 3, "generate": 1, "integrate": 1},
            cached={"lint": 4},
        ),
        Noted("sandbox: B"),
        action("//eeg:new", "generate", 0.1, 0.5),
        action("//eeg:new", "lint", 0.6, 0.1, "failed", [LINT]),
        action("//eeg:new", "generate", 0.7, 0.2),
        action("//eeg:bad", "lint", 1.0, 0.1, "failed", [LINT]),
        action("//eeg:wrong", "lint", 1.1, 0.1),
        action("//eeg:new", "lint", 1.2, 0.1),
        action("//eeg:bad", "security", 1.3, 0.2, "failed", [BANDIT, POLICY]),
        action("//eeg:wrong", "security", 1.5, 0.2),
        action("//eeg:new", "security", 1.7, 0.2),
        action("//eeg:wrong", "test", 2.0, 1.0, "failed", [TEST]),
        action("//eeg:new", "test", 2.0, 0.5),
        action("//eeg:bad", "type", 1.0, 0.4, "failed", [TYPE]),
        action("//eeg:wrong", "type", 1.4, 0.4),
        action("//eeg:new", "type", 1.8, 0.4, "shared"),
        TargetEnded("//eeg:bad", "node", "failed", KEY, KEY, (LINT, TYPE, BANDIT, POLICY)),
        TargetEnded("//eeg:wrong", "node", "failed", KEY, KEY, (TEST,)),
        TargetEnded("//eeg:new", "node", "generated", KEY, KEY),
        TargetEnded("//eeg:far", "node", "cut_off", KEY, KEY),
        TargetEnded(
            *("//eeg:eeg", "graph", "skipped", None, None),
            (Finding("test", "skipped", "not run, because //eeg:bad failed"),),
        ),
        TargetEnded(
            *("//eeg:wheel", "wheel", "skipped", None, None),
            (Finding("test", "skipped", "not run, because //eeg:eeg failed"),),
        ),
        Ended(1, 3.5, {"failed": 2, "generated": 1, "skipped": 2, "clean": 3, "cut_off": 1}, "B"),
    ]


def good_run():
    files = {"eeg-0.1.0-py3-none-any.whl": KEY, "eeg.pyz": "b" * 64}
    return [
        started(),
        Planned(
            (
                target("//eeg:eeg", "graph", ("integrate",)),
                target("//eeg:wheel", "wheel", ("emit",)),
            ),
            *(8, {"integrate": 1, "emit": 1}, {"lint": 8}),
        ),
        action("//eeg:eeg", "integrate", 0.2, 1.5),
        action("//eeg:wheel", "emit", 1.7, 0.2),
        TargetEnded("//eeg:eeg", "graph", "built", KEY, None),
        TargetEnded("//eeg:wheel", "wheel", "built", KEY, KEY, files=files),
        Ended(0, 2.0, {"built": 2, "clean": 8}, "B"),
    ]


def early_run():
    """It stopped before anything ran."""
    return [
        started(),
        Planned((target("//eeg:bad", actions=("generate",)),), 0, {"generate": 1}, {}),
        Ended(20, 0.2, {}, "", "FXG2001"),
    ]


def killed_run():
    return failed_run()[:8]


def unplanned_run():
    """The workspace's files are wrong."""
    return [started(), Ended(1, 0.1, {}, "", "FXG1001")]


ALL = {
    "failed": failed_run,
    "good": good_run,
    "early": early_run,
    "killed": killed_run,
    "unplanned": unplanned_run,
}
