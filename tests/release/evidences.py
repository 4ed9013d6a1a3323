"""Hypothesis strategies for evidence, and releases of it."""

from hypothesis import strategies as st

from fxgbuild.digest import Digest
from fxgbuild.release.evidence import Commit, Evidence, NodeEvidence, Passed
from fxgbuild.release.release import make_release
from tests.strategies import characters

texts = st.text(characters, max_size=8)
names = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
digests = st.binary(min_size=32, max_size=32).map(lambda data: Digest(data.hex()))
days = st.one_of(texts, st.dates().map(str))


def many(inner, **limits):
    return st.lists(inner, max_size=2, **limits).map(tuple)


passed = st.builds(
    Passed,
    action=st.sampled_from(["lint", "type", "security", "test", "integrate", "emit"]),
    key=digests,
    record=digests,
    tools=st.dictionaries(names, texts, max_size=2),
    sandbox=st.sampled_from(["", "A", "B", "C"]),
    date=days,
)
nodes = st.builds(
    NodeEvidence,
    label=st.builds("//{}:{}".format, names, names),
    task=texts,
    origin=st.sampled_from(["model", "template", "source"]),
    code=digests,
    passed=many(passed),
    key=st.none() | digests,
    pinned=st.none() | digests,
    provider=texts,
    model=texts,
    attempts=st.integers(0, 99),
    generated=days,
    carried=st.integers(0, 99),
    adopted=st.booleans(),
    upstream=many(texts),
    requires=many(texts),
)
commits = st.builds(
    Commit,
    id=st.binary(min_size=20, max_size=20).map(bytes.hex),
    clean=st.booleans(),
    authors=many(texts),
    repository=st.sampled_from(["", "https://example.org/r.git", "ssh://example.org/r"]),
)
findings = st.fixed_dictionaries(dict.fromkeys(("id", "node", "stage", "rule", "text"), texts))
evidence = st.builds(
    Evidence,
    label=st.builds("//{}:{}.whl".format, names, names),  # no node's
    kind=st.sampled_from(["wheel", "zipapp"]),
    name=names,
    version=texts,
    files=st.lists(st.tuples(names, digests), min_size=1, max_size=2, unique_by=lambda x: x[0]).map(
        tuple
    ),
    nodes=many(nodes, unique_by=lambda node: node.label),
    graph=many(passed),
    lock=st.none() | digests,
    requirements=many(st.tuples(names, names)),
    commit=st.none() | commits,
    fxgbuild=texts,
    runtime=digests,
    python=texts,
    platform=texts,
    findings=many(findings),
    integrates=st.booleans(),
)


# Evidence that has everything.
FOUND = Evidence(
    label="//eeg:wheel",
    kind="wheel",
    name="eeg-pipeline",
    version="0.1.0",
    files=(("eeg.whl", Digest("a" * 64)), ("eeg.lock.txt", Digest("b" * 64))),
    nodes=(
        NodeEvidence("//eeg:windows", "signal.ReadWindows", "template", Digest("1" * 64), ()),
        NodeEvidence(
            "//eeg:welch", "signal.WelchSpectrum", "model", Digest("2" * 64),
            (Passed("lint", Digest("9" * 64), Digest("0" * 64), {"ruff": "1"}, "", "2026-11-21"),),
            key=Digest("3" * 64), pinned=Digest("4" * 64), provider="batch", model="claude",
            attempts=2, generated="2026-11-21", upstream=("//eeg:windows",),
            requires=("numpy", "not-locked"),
        ),
    ),
    graph=(
        Passed("integrate", Digest("5" * 64), Digest("6" * 64), {"pytest": "9"}, "A", "2026-11-22"),
        Passed("emit", Digest("7" * 64), Digest("8" * 64), {}, "", "2026-11-22"),
    ),
    lock=Digest("b" * 64),
    requirements=(("joblib", "1.5.2"), ("numpy", "2.4.6")),
    commit=Commit("f" * 40, True, ("ana@example.org",), "https://example.org/r.git"),
    fxgbuild="0.1.0",
    runtime=Digest("c" * 64),
    python="3.11.7",
    platform="cpython-linux-x86_64",
    findings=(
        {"id": "1234", "node": "//eeg:welch", "stage": "test", "rule": "missed", "text": "One."},
    ),
)  # fmt: skip


def release_of(found):
    """A release whose files are named as the evidence's, and are them by digest in statements."""
    files = {name: name.encode() for name, _ in found.files}
    release, _ = make_release(found.label, {}, files, b"sbom", b"closure")
    return release
