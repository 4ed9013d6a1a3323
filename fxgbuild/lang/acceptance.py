"""Acceptance: the files that gate a candidate or a graph, read and kept by digest."""

from collections.abc import Mapping

from fxgbuild.digest import Digest
from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.fxg import AcceptanceDoc
from fxgbuild.lang.model import Acceptance, DataFile
from fxgbuild.lang.schema import Schema
from fxgbuild.lang.threshold import threshold_problem


def _declared(draft: Draft, name: str) -> Digest | None:
    """The digest that the graph's example data declare for a file."""
    files = (file for case in draft.doc.data.values() for file in case.values())
    return next((Digest(file.sha256) for file in files if file.path == name), None)


def load_acceptance(
    draft: Draft,
    doc: AcceptanceDoc | None,
    *path: str | int,
    outputs: Mapping[str, Schema] | None = None,
) -> Acceptance | None:
    """Read the files of an acceptance; data files are kept by digest."""
    if doc is None:
        return None
    at = (*path, "acceptance")
    wrong, hint = threshold_problem(doc, outputs)
    if wrong:
        draft.problem("FXG1123", wrong, *at, hint=hint)
    tests = [draft.file(name, *at, "tests", i) for i, name in enumerate(doc.tests)]
    data = []
    for index, name in enumerate(doc.data):
        found, declared = draft.data(name), _declared(draft, name)
        if declared and not path:  # of a graph, whose absent data make it unavailable
            data.append(DataFile(name, declared, declared in found))
        elif found:
            data.append(DataFile(name, declared if declared in found else found[0]))
        else:
            draft.problem("FXG1117", f"the file `{name}` does not exist", *at, "data", index)
    return Acceptance(
        cases=draft.file(doc.cases, *at, "cases") if doc.cases else None,
        tests=tuple(test for test in tests if test),
        data=tuple(data),
        metric=doc.metric,
        at_least=doc.at_least,
    )
