"""A release that meets a policy with every field set, and the ways to break one thing of it.

Statements are really signed, and opened with a real trust file: only git's answer is a value.
"""

import datetime
from dataclasses import dataclass, field, replace
from functools import cache

from fxgbuild.digest import digest_bytes
from fxgbuild.lang.channels import PolicyDoc
from fxgbuild.release.approval import Approval, approval
from fxgbuild.release.entry import Entry
from fxgbuild.release.evidence import Commit, Evidence, NodeEvidence, Passed
from fxgbuild.release.facts import Contained, Facts
from fxgbuild.release.ledger import Ledger, payload_digest
from fxgbuild.release.moment import stamp
from fxgbuild.release.policy import Part, check, unmet
from fxgbuild.release.provenance import provenance
from fxgbuild.release.rebuilt import Rebuilt, rebuilt_statement
from fxgbuild.release.release import make_release
from fxgbuild.release.statement import PAYLOAD
from fxgbuild.release.validation import validation
from fxgbuild.signing.envelope import seal
from fxgbuild.signing.keys import new_key, signer_of
from fxgbuild.signing.trust import Key, Trust, open_attestation

LABEL = "//eeg:wheel"
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
YES = Contained("yes")
DAY = datetime.timedelta(days=1)
COMMIT = "c0ffee" * 6 + "c0ff"
TOOLS = {"ruff": "0.17.5", "mypy": "2.4.0", "bandit": "1.9.4"}
TEST_TOOLS = {"pytest": "8.4.0", "hypothesis": "6.140.0"}

FULL = PolicyDoc(
    sandbox="A",
    tools={"ruff": ">=0.17", "mypy": ">=2,<3", "bandit": ">=1.9", "pytest": ">=8"},
    ref="main",
    rebuilt=1,
    approvals={"release": 1},
    age="2d",
    models=("claude*", "gpt-5"),
    reviewed="reviewer",
    findings=True,
)

# Who has a key, in which roles, and when; "ci" built it, "bob" and "HEAD's" wrote it.
PEOPLE = {
    "ci": ("ci@example.org", ("builder", "promoter"), ()),
    "other_ci": ("other-ci@example.org", ("builder",), ()),
    "expired": ("ci@example.org", ("builder",), (-400, -1)),
    "revoked": ("ci@example.org", ("builder",), ()),
    "vera": ("vera@example.org", ("verifier",), ()),
    "vera_again": ("vera@example.org", ("verifier",), ()),
    "ci_verifies": ("CI@example.org", ("verifier",), ()),
    "ana": ("ana@example.org", ("release", "reviewer", "triage"), ()),
    "ana_again": ("Ana@example.org", ("release",), ()),
    "bob": ("Bob@example.org", ("release", "reviewer", "triage", "verifier"), ()),
    "ci_releases": ("ci@example.org", ("release",), ()),
    "rita": ("rita@example.org", ("reviewer",), ()),
    "theo": ("theo@example.org", ("triage",), ()),
    "unlisted": ("", (), ()),
}


@cache
def signer(name):
    return signer_of(new_key(), name)


@cache
def trust():
    keys = []
    for name, (person, roles, days) in PEOPLE.items():
        begin, end = days or (-400, 400)
        since, until = NOW + begin * DAY, NOW + end * DAY
        if person:
            key = Key(signer(name).id, person, frozenset(roles), since, until)
            keys.append(replace(key, revoked=name == "revoked"))
    return Trust(tuple(keys))


def digest(text):
    return digest_bytes(text.encode())


def passed(action, sandbox=""):
    tools = {"lint": "ruff", "type": "mypy", "security": "bandit"}.get(action)
    used = {tools: TOOLS[tools]} if tools else TEST_TOOLS
    return Passed(action, digest(action), digest(f"r {action}"), used, sandbox, "2026-11-01")


STAGES = (passed("lint"), passed("type"), passed("security"), passed("test", "A"))
NODES = (
    NodeEvidence("//eeg:split", "signal.Split", "template", digest("split"), STAGES),
    NodeEvidence(
        "//eeg:welch",
        "signal.Welch",
        "model",
        digest("welch"),
        STAGES,
        key=digest("welch key"),
        pinned=digest("welch hole"),
        model="claude-5",
        attempts=1,
    ),
    NodeEvidence(
        "//eeg:scale",
        "signal.Scale",
        "model",
        digest("scale"),
        STAGES,
        key=digest("scale key"),
        pinned=digest("scale hole"),
        model="gpt-5",
        attempts=2,
        carried=1,
    ),
)
FINDING = {"id": "f1", "node": "//eeg:welch", "stage": "lint", "rule": "C901", "text": "complex"}
FILES = {"eeg-0.1.0-py3-none-any.whl": b"a wheel", "eeg-0.1.0.lock.txt": b"numpy==2.0\n"}
RELEASE, _ = make_release(LABEL, {}, FILES, b"{}", b"a tar")
OTHER, _ = make_release(LABEL, {}, {"eeg-0.2.0-py3-none-any.whl": b"b"}, b"{}", b"a tar")
THIRD, _ = make_release(LABEL, {}, {"eeg-0.3.0-py3-none-any.whl": b"c"}, b"{}", b"a tar")

EVIDENCE = Evidence(
    label=LABEL,
    kind="wheel",
    name="eeg",
    version="0.1.0",
    files=tuple(RELEASE.files.items()),
    nodes=NODES,
    graph=(passed("integrate", "A"), passed("emit")),
    lock=digest("lock"),
    requirements=(("numpy", "2.0"),),
    commit=Commit(COMMIT, clean=True, authors=("bob@example.org", "head@example.org")),
    fxgbuild="0.1.0",
    runtime=digest("runtime"),
    python="3.11",
    platform="linux",
    findings=(FINDING,),
)


def at(days):
    return stamp(NOW + days * DAY)


def ledger(*moves):
    """Entries from (channel, release, days from now[, kind])."""
    entries = []
    for channel, release, days, *kind in moves:
        old = next((e.release for e in reversed(entries) if e.channel == channel), None)
        entries.append(
            Entry(
                number=len(entries) + 1,
                previous=payload_digest(entries[-1]) if entries else None,
                at=at(days),
                kind=kind[0] if kind else "promote",
                channel=channel,
                label=LABEL,
                release=release.digest,
                file=release.artifact.digest,
                source="",
                replaces=old,
                because="",
                person="ci@example.org",
                commit="",
                attestations=(),
                policy=digest("policy"),
            )
        )
    return Ledger(tuple(entries))


LEDGER = ledger(
    ("dev", OTHER, -20),
    ("staging", OTHER, -15),
    ("prod", OTHER, -12),
    ("dev", RELEASE, -10),
    ("staging", RELEASE, -5),
)


def approved(who, role, release=RELEASE, **said):
    """An approval, and whose key signs it."""
    given = Approval(role, PEOPLE[who][0], "fine", at(-1), **said)
    return who, approval(release, given)


def rebuilt(who, release=RELEASE):
    files = tuple(release.files.items())
    same = Rebuilt(files, (("user", "other"),), (), "0.1.0", "3.11", "linux", at(-2))
    return who, rebuilt_statement(same, release)


@dataclass(frozen=True)
class Case:
    """Everything that is judged; what a test does not name is as it should be."""

    built: Evidence = EVIDENCE
    validated: Evidence | None = None  # as built, where nothing else is said
    signs: str = "ci"
    signed_at: float = -10
    of: object = RELEASE  # what provenance and validation are about
    without: tuple[str, ...] = ()  # statements that are not there
    also: tuple = ()  # more statements: (whose key, statement)
    broken: dict = field(default_factory=dict)  # statement -> what is done to its envelope
    votes: tuple = (
        approved("ana", "release"),
        approved("rita", "reviewer", reviewed=(digest("scale key"),)),
        approved("theo", "triage", acknowledged=("f1",)),
    )
    rebuilds: tuple = (rebuilt("vera"),)
    ledger: Ledger = LEDGER
    contained: Contained = YES
    kind: str = "promote"
    after: str = "staging"
    recorded: bool = False  # did the ledger record the statements while all keys were valid?

    def statements(self):
        evidence = self.validated or self.built
        found = {
            "provenance": (self.signs, provenance(self.built, self.of, at(self.signed_at))),
            "validation": (self.signs, validation(evidence, self.of, at(self.signed_at))),
        }
        for number, pair in enumerate((*self.votes, *self.rebuilds, *self.also)):
            found[f"more {number}"] = pair
        return {name: pair for name, pair in found.items() if name not in self.without}

    def facts(self):
        opened = []
        for name, (who, statement) in self.statements().items():
            data = seal(statement.to_bytes(), PAYLOAD, signer(who))
            data = self.broken[name](data) if name in self.broken else data
            carrier = digest_bytes(b"carrier of " + data)
            seen = {carrier: at(-9)} if self.recorded else {}
            opened.append(open_attestation(data, carrier, RELEASE, trust(), NOW, seen))
        return Facts(
            channel="prod",
            after=self.after,
            release=RELEASE,
            attestations=tuple(opened),
            ledger=self.ledger,
            now=NOW,
            contained={(COMMIT, "main"): self.contained},
            kind=self.kind,
        )

    def lines(self, *docs):
        parts = tuple(Part(f"part {n}", doc) for n, doc in enumerate(docs or (FULL,)))
        return check(self.facts(), parts)

    def unmet(self, *docs):
        return unmet(self.lines(*docs))


def node(label, evidence=EVIDENCE, **changes):
    """Evidence with one node changed."""
    nodes = tuple(replace(n, **changes) if n.label == label else n for n in evidence.nodes)
    return replace(evidence, nodes=nodes)


def stage(action, evidence=EVIDENCE, label="//eeg:welch", **changes):
    """Evidence with one verdict of a node changed, or gone."""
    old = next(n for n in evidence.nodes if n.label == label)
    new = [replace(p, **changes) if p.action == action else p for p in old.passed]
    if not changes:
        new = [p for p in old.passed if p.action != action]
    return node(label, evidence, passed=tuple(new))


def graph(action, evidence=EVIDENCE, **changes):
    """Evidence with one verdict of the graph changed, or gone."""
    new = [replace(p, **changes) if p.action == action else p for p in evidence.graph]
    if not changes:
        new = [p for p in evidence.graph if p.action != action]
    return replace(evidence, graph=tuple(new))
