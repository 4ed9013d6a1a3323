"""Examples, hidden cases and tests side by side: which are gone, changed, looser, new."""

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.digest import Json, canonical_json
from fxgbuild.lang.model import Acceptance, File
from fxgbuild.review.gate import Gate, stronger, weaker

NEAR = 1e-9  # what floats are compared within where nothing says otherwise


@dataclass(frozen=True, slots=True)
class Case:
    """An example or a hidden case; `name` is how people find it again."""

    name: str
    value: Json

    def asks(self) -> bytes:
        """What it gives the function: a case with an equal question is the same case."""
        return _bytes({part: self.value.get(part) for part in ("inputs", "params")})

    def says(self) -> bytes:
        return _bytes(self.value.get("outputs"))

    def within(self) -> float:
        value = self.value.get("within")
        return float(value) if isinstance(value, int | float) else NEAR


def _bytes(value: Json) -> bytes:
    try:
        return canonical_json(value)
    except (ValueError, TypeError, RecursionError):
        return repr(value).encode()


def examples(values: Sequence[Json]) -> list[Case]:
    return [Case(x.get("name") or f"example {n}", x) for n, x in enumerate(values, 1)]


def hidden(file: File | None) -> list[Case]:
    """The cases of a JSONL file; a line that is none is a case of its own."""
    if file is None:
        return []
    found = []
    for number, line in enumerate(file.data.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        value = value if isinstance(value, dict) else {"inputs": line}
        found.append(Case(str(value.get("name") or f"line {number}"), value))
    return found


def compare_cases(where: str, gate: str, old: list[Case], new: list[Case]) -> list[Gate]:
    """Cases that are gone, say something else, are compared otherwise, are new."""
    pairs, gone, added = _paired(old, new)
    changed = [b.name for a, b in pairs if a.says() != b.says() or a.asks() != b.asks()]
    looser = [b.name for a, b in pairs if b.within() > a.within()]
    tighter = [b.name for a, b in pairs if b.within() < a.within()]
    count = f"of {len(old)}"
    told = (
        (weaker, gone, f"{len(gone)} {count} removed"),
        (weaker, changed, f"{len(changed)} {count} changed"),
        (weaker, looser, f"{len(looser)} {count} compared more loosely"),
        (stronger, tighter, f"{len(tighter)} {count} compared more tightly"),
        (stronger, added, f"{len(added)} added"),
    )
    return [kind(where, gate, text, names) for kind, names, text in told if names]


def _paired(
    old: list[Case], new: list[Case]
) -> tuple[list[tuple[Case, Case]], list[str], list[str]]:
    """Pairs by an equal question, then by an equal name; and the rest on each side."""
    pairs: list[tuple[Case, Case]] = []
    rest, come = list(old), list(new)
    for same in (Case.asks, _given_name):
        places: dict[bytes, list[Case]] = {}
        for case in reversed(come):
            places.setdefault(same(case), []).append(case)
        left, taken = [], set()
        for case in rest:
            wanted = same(case)
            found = places.get(wanted) if wanted else None
            if not found:
                left.append(case)
                continue
            match = found.pop()
            taken.add(id(match))
            pairs.append((case, match))
        rest = left
        come = [case for case in come if id(case) not in taken]
    return pairs, [case.name for case in rest], [case.name for case in come]


def _given_name(case: Case) -> bytes:
    name = case.value.get("name")
    return name.encode() if isinstance(name, str) else b""


def compare_tests(where: str, gate: str, old: bytes | None, new: bytes | None) -> list[Gate]:
    """The test functions of two versions of a file, and what they stand on."""
    if old == new:
        return []
    before, after = _tests(old), _tests(new)
    if before is None or after is None:
        return [weaker(where, gate, "the file changed and cannot be read as Python")]
    helpers = before.pop("", "") != after.pop("", "")
    gone = sorted(before.keys() - after.keys())
    added = sorted(after.keys() - before.keys())
    changed = sorted(n for n in before.keys() & after.keys() if before[n] != after[n])
    found = [weaker(where, gate, f"{len(gone)} of {len(before)} removed", gone)] if gone else []
    if changed:
        found.append(weaker(where, gate, f"{len(changed)} of {len(before)} changed", changed))
    if helpers and before:
        found.append(weaker(where, gate, "what the tests share changed"))
    if added:
        found.append(stronger(where, gate, f"{len(added)} added", added))
    return found


def _tests(data: bytes | None) -> dict[str, str] | None:
    """Every test function by name, without places; under "" all else but docstring and imports."""
    if data is None:
        return {"": ""}
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: dict[str, str] = {}
    rest: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            found[node.name] = ast.dump(_without_docstring(node))
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found[node.name] = ast.dump(node)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            rest.append(ast.dump(node))
    return found | {"": "\n".join(rest)}


def count_tests(data: bytes | None) -> int:
    """How many test functions a file has."""
    return len((_tests(data) or {"": ""}).keys() - {""})


def _without_docstring(node: ast.FunctionDef) -> ast.FunctionDef:
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return node


def compare_acceptance(where: str, old: Acceptance | None, new: Acceptance | None) -> list[Gate]:
    """What gates a node or a graph and is never shown to a model."""
    before, after = old or Acceptance(), new or Acceptance()
    found: list[Gate] = []
    if old is not None and new is None:
        found.append(weaker(where, "acceptance", "all of it removed"))
    if _bytes_of(before.cases) != _bytes_of(after.cases):
        found += compare_cases(where, "acceptance.cases", hidden(before.cases), hidden(after.cases))
    tests = _by_path(before.tests), _by_path(after.tests)
    for path in sorted({*tests[0], *tests[1]}):
        gate = f"acceptance.tests {path}"
        found += compare_tests(where, gate, tests[0].get(path), tests[1].get(path))
    data = [{file.path: file.digest for file in side.data} for side in (before, after)]
    other = sorted(n for n, digest in data[0].items() if data[1].get(n) != digest)
    if other:
        found.append(weaker(where, "acceptance.data", "changed or removed", other))
    return found + _threshold(where, before, after)


def _threshold(where: str, old: Acceptance, new: Acceptance) -> list[Gate]:
    """How many cases must hold: all of them, unless a metric says less."""
    found: list[Gate] = []
    if old.metric != new.metric:
        text = f"{old.metric or 'every case must hold'} → {new.metric or 'every case must hold'}"
        kind = stronger if new.metric is None else weaker
        found.append(kind(where, "acceptance.metric", text))
    before, after = old.at_least, new.at_least
    if before != after and old.metric and new.metric:
        lower = (1.0 if after is None else after) < (1.0 if before is None else before)
        kind = weaker if lower else stronger
        found.append(kind(where, "acceptance.at_least", f"{before} → {after}"))
    return found


def _bytes_of(file: File | None) -> bytes:
    return file.data if file else b""


def _by_path(files: Iterable[File]) -> Mapping[str, bytes]:
    return {file.path: file.data for file in files}
