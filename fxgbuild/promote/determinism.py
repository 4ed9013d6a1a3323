"""`verify --verify-determinism N`: runs an artifact's graph again and again, and compares."""

import contextlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fxgbuild.digest import Digest, canonical_json, digest_bytes
from fxgbuild.errors import BuildFailed, NotReproducible, UsageError
from fxgbuild.files import read_regular
from fxgbuild.promote.elsewhere import Elsewhere, artifact_s_package, elsewhere
from fxgbuild.promote.rebuild import compare, emitted, said
from fxgbuild.release.rebuilt import Pairs
from fxgbuild.sandbox.interpreter import describe_interpreter

Ports = dict[str, dict[str, str]]  # digests by case and port, in the order in which values flow
STORE, LIST = ".fxgbuild", "ports.json"
VARIED = (
    ("folder", "every run has a workspace of its own"),
    ("moment", "every run begins later, by the machine's clock"),
    ("order", "every second run takes the cases one by one, each in a sandbox, the last one first"),
    ("process", "every run has a sandbox and processes of its own"),
)
FIXED = (
    ("hash seed", "0 for all code: the sandbox's environment is fixed"),
    ("machine", "this one: on others numbers agree within the schemas' tolerances"),
)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Runs that agreed: how many, what was other in each, and where."""

    times: int
    ports: int  # how many values were compared in each
    digest: Digest  # over all of them
    varied: Pairs
    fixed: Pairs
    fingerprint: Pairs  # of the machine and interpreter that ran


def repeat(
    label: str, files: Mapping[str, bytes], closure: bytes, times: int, *, python: str = ""
) -> Repeated:
    """Run the graph of an artifact; raises NotReproducible with the first port that differs.

    Before, the closure is built and has to give the artifact's very bytes: so what runs is what
    the artifact holds. `files`, `closure` and `python` are as of `rebuild`.
    """
    if times < 2:
        raise UsageError(f"{times} run compares nothing", hint="`--verify-determinism 2`, or more")
    package = artifact_s_package(label)
    with elsewhere(closure, python) as built:
        compare(label, files, emitted(built, label), built)
        mark = _fingerprint(built.python, files)
        first: Ports = {}
        for number in range(1, times + 1):
            alone = list(reversed(first)) if number % 2 == 0 else [""]
            try:
                found = _run(built, package, alone)
            except BuildFailed as error:
                if number == 1:
                    raise
                raise _differs(label, f"run {number} failed", error.facts, mark) from None
            first = first or found
            for case, port in _different(first, found):
                told = {"port": f"{port} of the case {case}", "run 1": first[case].get(port, ""),
                        f"run {number}": found.get(case, {}).get(port, "none")}  # fmt: skip
                raise _differs(label, f"run {number} gave other outputs", told, mark)
    whole = digest_bytes(canonical_json(first))
    return Repeated(times, sum(map(len, first.values())), whole, VARIED, FIXED, mark)


def _run(built: Elsewhere, package: str, cases: list[str]) -> Ports:
    """Run the graph in a workspace of its own, once for each of these; all cases without a name."""
    with _copy(built) as there:
        store = built.root / STORE
        found: Ports = {}
        for case in cases:
            only = ("--case", case) if case else ()
            words = ("run", f"//{package}", "--keep", "--out", str(there.home / "out"), *only)
            done = there.type(*words, "--store", str(store), "--json")
            if done.exit_code:
                raise BuildFailed(f"`//{package}` did not run through", facts=said(done))
            kept = Path(json.loads(done.stdout)["kept"])
            found |= json.loads(read_regular(kept / LIST))
        return found


@contextlib.contextmanager
def _copy(built: Elsewhere) -> Iterator[Elsewhere]:
    """The same sources in another folder."""
    root = built.root.with_name("another space")
    shutil.copytree(built.root, root, ignore=shutil.ignore_patterns(STORE))
    try:
        yield replace(built, root=root)
    finally:
        shutil.rmtree(root)


def _different(first: Ports, found: Ports) -> Iterator[tuple[str, str]]:
    """Ports whose values are not the same, in the order of the first run."""
    for case, ports in first.items():
        for port, digest in ports.items():
            if found.get(case, {}).get(port) != digest:
                yield case, port


def _differs(label: str, what: str, told: Mapping[str, str], mark: Pairs) -> NotReproducible:
    on = ", ".join(f"{name} {text}" for name, text in mark)
    return NotReproducible(
        f"`{label}` is not deterministic: {what}",
        facts={**told, "on": on},
        hint="look at the node of that port: what it takes from the clock, from addresses, from "
        "chance without a seed, or keeps between calls",
    )


def _fingerprint(python: str, files: Mapping[str, bytes]) -> Pairs:
    """What outputs are the same bits on: interpreter, lock and processor."""
    found = describe_interpreter(python)
    locks = [digest_bytes(data).short for name, data in files.items() if name.endswith(".lock.txt")]
    return (
        ("python", f"{found.implementation} {found.version}"),
        ("platform", found.platform),
        ("lock", ", ".join(locks) or "none"),
        ("processor", _processor()),
    )


def _processor() -> str:
    """The model, and a digest of what it can do: numerical libraries choose their code by that."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = [line.partition(":") for line in lines]
    facts = {name.strip(): text.strip() for name, _, text in reversed(pairs)}
    able = " ".join(sorted(facts.get("flags", facts.get("Features", "")).split()))
    return f"{facts.get('model name', platform.machine())} ({digest_bytes(able.encode()).short})"
