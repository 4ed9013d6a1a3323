"""What is known of an artifact when it is attested: its nodes, verdicts, commit and builder."""

from dataclasses import dataclass, field

from fxgbuild.digest import Digest, Json


@dataclass(frozen=True, slots=True)
class Passed:
    """One passing action: under which key, with which tools, at which sandbox level."""

    action: str  # lint, type, security, test, integrate, emit
    key: Digest  # its preimage's digest: the preimage is a blob of this name
    record: Digest  # of the record's canonical bytes
    tools: dict[str, str] = field(hash=False)
    sandbox: str  # A, B, C; empty for the static stages
    date: str


@dataclass(frozen=True, slots=True)
class NodeEvidence:
    """One node of the artifact: who wrote its code, and what it passed."""

    label: str
    task: str
    origin: str  # model, template, source
    code: Digest  # of the rendered module: what the verdicts are about
    passed: tuple[Passed, ...]
    key: Digest | None = None  # of its generation: also the preimage's digest
    pinned: Digest | None = None  # of the hole, as `code.py` has it
    provider: str = ""
    model: str = ""
    attempts: int = 0
    generated: str = ""  # the date of the generation
    carried: int = 0  # how often the pin was carried to another key
    adopted: bool = False  # written or edited by a person, and adopted as a pin
    upstream: tuple[str, ...] = ()  # labels of the nodes that it takes values from
    requires: tuple[str, ...] = ()  # distributions that its code may import


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that was built, and whether the tree was exactly that."""

    id: str
    clean: bool
    authors: tuple[str, ...]  # e-mail addresses of who last changed a file of the closure
    repository: str = ""  # the remote's address without credentials; empty where there is none


@dataclass(frozen=True, slots=True)
class Evidence:
    label: str
    kind: str  # wheel, zipapp
    name: str  # the distribution's
    version: str
    files: tuple[tuple[str, Digest], ...]  # the artifact first
    nodes: tuple[NodeEvidence, ...]
    graph: tuple[Passed, ...]  # integrate (absent where a graph has nothing to integrate) and emit
    lock: Digest | None
    requirements: tuple[tuple[str, str], ...]  # the lock's subset: name, version
    commit: Commit | None
    fxgbuild: str  # the program's version
    runtime: Digest
    python: str
    platform: str
    findings: tuple[
        Json, ...
    ]  # what passing stages and prompts noted: {id, node, stage, rule, text}
    integrates: bool = True  # has the graph anything to integrate?
