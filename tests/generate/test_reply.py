"""Replies: one fenced block with what belongs into the hole; anything else is a finding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.generate.reply import MAX_CHARACTERS, Reply, take_hole
from fxgbuild.lang.template import Template, parse_template, render
from tests.lang.workspaces import CLEAN

SIGNATURE = "def clean(signal: Floats, *, strength: float, gain: float, seed: int) -> Floats:"
HOLE = f"""\
import math

_LIMIT = 3.0
_NAMES: tuple[str, ...] = ("a",)


{SIGNATURE}
    \"\"\"Return the cleaned signal.\"\"\"
    return _twice(signal)


def _twice(signal: Floats) -> Floats:
    return signal * 2.0


class _Kept:
    pass
"""


def template() -> Template:
    return parse_template("clean.py", CLEAN.encode(), "clean")


def reply(text: str, finish_reason: str = "stop") -> Reply:
    return Reply(text, "test", "model", finish_reason)


def fenced(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}```\n"


def taken(text: str, finish_reason: str = "stop") -> str:
    hole, findings = take_hole(reply(text, finish_reason), template())
    assert findings == ()
    return hole


def refused(text: str, finish_reason: str = "stop") -> list[str]:
    hole, findings = take_hole(reply(text, finish_reason), template())
    assert hole == ""
    assert findings
    assert all(finding.stage == "reply" for finding in findings)
    return [finding.message for finding in findings]


@pytest.mark.parametrize(
    "text",
    [
        fenced(HOLE),
        fenced(HOLE, ""),
        fenced(HOLE, "py"),
        fenced(HOLE, "Python"),
        fenced(HOLE, "python3"),
        f"Here it is:\n\n{fenced(HOLE)}\nIt doubles the signal.",
        fenced(HOLE).replace("\n", "\r\n"),
        fenced(HOLE).replace("```", "~~~"),
        fenced(HOLE).replace("```", "`````"),
        f"  ```python\n{HOLE}  ```\n",
        f"```python\n\n\n{HOLE}\n\n```",
    ],
)
def test_one_fenced_block_is_taken_as_it_stands(text: str) -> None:
    assert taken(text) == HOLE


def test_a_fence_inside_of_a_longer_fence_is_code() -> None:
    code = HOLE.replace("Return the", "```python\n    ```\n    Return the")
    assert taken(f"````python\n{code}````\n") == code


@pytest.mark.parametrize("reason", ["stop", ""])
def test_a_reply_that_ended_by_itself_is_taken(reason: str) -> None:
    assert taken(fenced(HOLE), reason) == HOLE


FORMAT = [
    ("", "0 fenced blocks; exactly one is taken"),
    (HOLE, "0 fenced blocks; exactly one is taken"),
    (fenced(HOLE) * 2, "2 fenced blocks; exactly one is taken"),
    (fenced(HOLE) + fenced("x = 1\n", ""), "2 fenced blocks; exactly one is taken"),
    (f"```python title=clean.py\n{HOLE}```", "opened with more than a language: `"),
    (f"```clean.py\n{HOLE}```", "opened with more than a language"),
    (f"```diff\n{HOLE}```", "the block is marked as diff, not as python"),
    (f"```json\n{HOLE}```", "the block is marked as json, not as python"),
    (f"```python\n{HOLE}", "the fenced block is not closed"),
    (f"```python\n{HOLE}~~~", "the fenced block is not closed"),
    (f"````python\n{HOLE}```", "the fenced block is not closed"),
    (fenced(HOLE + "# the rest of the code\n"), "the code holds a placeholder"),
    (fenced(HOLE + "# Your code here\n"), "the code holds a placeholder"),
    (fenced(HOLE + "# omitted for brevity\n"), "the code holds a placeholder"),
    (fenced(HOLE + f"_X = '{'x' * 300_000}'\n"), "characters; at most 200000 are read"),
    (fenced(HOLE + "_X = '\ud800'\n"), "the reply is no Unicode text"),
]


@pytest.mark.parametrize(("text", "said"), FORMAT, ids=[said[:30] for _, said in FORMAT])
def test_a_reply_of_another_form_is_refused(text: str, said: str) -> None:
    (message,) = refused(text)
    assert said in message


@pytest.mark.parametrize("reason", ["length", "content_filter", "tool_calls", "empty"])
def test_a_reply_that_did_not_end_by_itself_is_refused(reason: str) -> None:
    assert refused(fenced(HOLE), reason) == [f"the reply ended by `{reason}`, not by itself"]


MISPLACED = [
    ("\n\ndef helper() -> int:\n    return 1\n", "`helper` is no private helper"),
    ("\n\nclass Kept:\n    pass\n", "`Kept` is no private helper"),
    ("\n\nasync def _later() -> int:\n    return 1\n", "a AsyncFunctionDef statement"),
    ("\nLIMIT = 3.0\n", "`LIMIT` is assigned at the top level; constants begin with `_`"),
    ("\nLIMIT: float = 3.0\n", "`LIMIT` is assigned at the top level"),
    ("\n_A = B = 1\n", "`B` is assigned at the top level"),
    ("\n_A, _B = 1, 2\n", "is assigned at the top level"),
    ("\nnp.random = None\n", "`np.random` is assigned at the top level"),
    ("\n_A[0] = 1\n", "`_A[0]` is assigned at the top level"),
    ("\n_A += 1\n", "a AugAssign statement at the top level"),
    ("\nprint('hello')\n", "a Expr statement at the top level"),
    ("\nclean.x()\n", "a Expr statement at the top level"),
    ("\nif True:\n    _A = 1\n", "a If statement at the top level"),
    ("\nif __name__ == '__main__':\n    clean()\n", "a If statement at the top level"),
    ("\nfor _A in []:\n    pass\n", "a For statement at the top level"),
    ("\ndel np\n", "a Delete statement at the top level"),
    ("\ntry:\n    pass\nfinally:\n    pass\n", "a Try statement at the top level"),
    ("\nassert True\n", "a Assert statement at the top level"),
    (f"\n\n{SIGNATURE}\n    return signal\n", "the function `clean` stands 2 times"),
    ("\n_X = a" + ".b" * 20_000 + "\n", ""),
]


@pytest.mark.parametrize(("more", "said"), MISPLACED, ids=[more[:20] for more, _ in MISPLACED])
def test_what_does_not_belong_into_the_hole_is_refused_with_its_line(more: str, said: str) -> None:
    hole, findings = take_hole(reply(fenced(HOLE + more)), template())
    if said:
        assert hole == ""
        assert any(said in finding.message for finding in findings), findings
        assert any(finding.line > 15 for finding in findings) or "stands" in said


def test_deep_code_at_the_top_level_is_refused_and_never_an_accident() -> None:
    for code in ("x" + ".b" * 3000 + " = 1\n", "(" * 150 + ")" * 150 + "\n", "-" * 50_000 + "1\n"):
        refused(fenced(HOLE + code))


WRONG = [
    (SIGNATURE, SIGNATURE.replace("strength: float", "strength: int")),
    (SIGNATURE, SIGNATURE.replace("-> Floats", "-> object")),
    (SIGNATURE, SIGNATURE.replace(" -> Floats", "")),
    (SIGNATURE, SIGNATURE.replace("seed: int", "seed: int = 0")),
    (SIGNATURE, SIGNATURE.replace("*, ", "")),
    (SIGNATURE, SIGNATURE.replace("seed: int", "seed: int, **rest: int")),
    (SIGNATURE, SIGNATURE.replace("signal: Floats", "signal")),
]


@pytest.mark.parametrize(("old", "new"), WRONG)
def test_another_signature_is_refused_and_the_right_one_told(old: str, new: str) -> None:
    assert refused(fenced(HOLE.replace(old, new))) == [f"the signature must be `{SIGNATURE}`"]


def test_a_signature_is_compared_by_meaning_and_not_by_layout() -> None:
    laid_out = SIGNATURE.replace("(", "(\n    ").replace(", *", ",\n    *").replace(")", ",\n)")
    assert taken(fenced(HOLE.replace(SIGNATURE, laid_out)))


def test_a_decorated_function_and_a_missing_one_are_refused() -> None:
    assert refused(fenced(HOLE.replace(SIGNATURE, f"@_twice\n{SIGNATURE}"))) == [
        "`clean` must not be decorated"
    ]
    assert refused(fenced("_A = 1\n")) == [
        "the function `clean` stands 0 times; it must stand once"
    ]
    asynchronous = refused(fenced(HOLE.replace(SIGNATURE, f"async {SIGNATURE}")))
    assert "the function `clean` stands 0 times; it must stand once" in asynchronous


def test_code_that_is_not_python_is_taken_for_the_lint_stage_to_judge() -> None:
    assert taken(fenced("def clean(:\n")) == "def clean(:\n"


def test_every_fault_of_a_reply_is_told_at_once() -> None:
    messages = refused(fenced(HOLE + "LIMIT = 1\nprint(1)\n\n\ndef helper() -> None: ...\n"))
    assert len(messages) == 3


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(["```", "```python", "~~~", "\n", HOLE, "x = 1", "\r\n", "\x00", "\u2028",
                         "````", " ", "\ud800", "def clean(", "# fxg:end", "'''"])
    ).map("".join)
)  # fmt: skip
def test_whatever_a_model_sends_is_taken_or_refused_and_what_is_taken_renders(text: str) -> None:
    hole, findings = take_hole(reply(text), template())
    assert bool(hole) is not bool(findings)
    render(template(), hole).encode()


def test_the_limit_is_what_is_said() -> None:
    comment = "#" * (MAX_CHARACTERS - len(fenced(HOLE)) - 1)
    assert taken(fenced(f"{HOLE}{comment}\n"))
    refused(fenced(f"{HOLE}#{comment}\n"))
