"""What a review says of each target, and of what a build will do."""

import json

import pytest

from fxgbuild.lang.label import Label
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.review.compare import compare
from fxgbuild.review.pins import read_pin
from fxgbuild.review.prose import code_change, imported, sentences

from .sides import BASE, CODE, SLUG, changed, record, review, side

G = "packages/n/fxg.yaml"


def only(found):
    (target,) = found.targets
    return target


def test_nothing_changed_is_said_so():
    found = review()
    assert found.is_empty()
    assert found.actions == {}
    assert found.to_json()["targets"] == []


def test_comments_and_the_order_of_keys_are_no_change():
    assert review((G, "fxg: 1", "# a word\nfxg: 1")).is_empty()


def test_a_spec_is_shown_by_sentence_and_word():
    found = review((G, "Cut at 20.", "Cut at 30, not more."), pins=BASE.pins)
    target = only(found)
    (sentence,) = target.spec
    assert (sentence.before, sentence.after) == ("Cut at 20.", "Cut at 30, not more.")
    assert sentence.words == "Cut at [-20.-]{+30, not more.+}"
    assert found.needed == ("//n:slug",)
    assert found.actions["generate"] == 1
    assert found.actions["integrate" if "integrate" in found.actions else "emit"] == 1


def test_sentences_that_come_and_go():
    assert [(s.before, s.after) for s in sentences("A. B. C.", "A. C. D.")] == [
        ("B.", ""),
        ("", "D."),
    ]
    assert sentences("A.  B.", "A. B.") == ()


def test_fields_are_told_by_name_and_value():
    found = review((G, "retry: {attempts: 2}", "retry: {attempts: 5}, timeout_s: 3"))
    fields = {m.field: (m.before, m.after) for m in only(found).fields}
    assert fields["edges.//n:slug.slug → slug.retry.attempts"] == (2, 5)
    assert fields["edges.//n:slug.slug → slug.timeout_s"] == (None, 3)


def test_a_pin_tells_model_attempts_reasons_and_digests():
    after = side(changed((G, "Cut at 20.", "Cut at 30.")))
    preimage = generate_preimage(after.workspace, after.nodes()[SLUG])
    tries = [
        {"attempt": 1, "key": "older", "stage": "lint", "usage": {"tokens": 90}},
        {"attempt": 1, "key": "now", "stage": "test", "usage": {"tokens": 10}},
        {"attempt": 2, "key": "now", "stage": None, "usage": {"tokens": 5}},
    ]
    carried = [{"from": "0" * 64, "because": "the words only", "date": "2026-02-02"}]
    code = CODE.replace("re.sub", "math.floor").replace("import re", "import math")
    made = record(SLUG, preimage, code, attempts=tries, carried=carried)
    after = side(changed((G, "Cut at 20.", "Cut at 30.")), {SLUG: read_pin(SLUG, *made)})
    target = only(compare(BASE, after))
    assert (target.gained, target.lost) == (("math",), ("re",))
    assert (target.code.added, target.code.removed) == (2, 2)
    pin = target.to_json()["pin"]["after"]
    assert (pin["attempts"], pin["failed"], pin["usage"]) == (2, ["test"], {"tokens": 15})
    assert pin["carried"][0]["because"] == "the words only"
    assert len(pin["key"]) == len(pin["code"]) == 64


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r, c: (r, c + b"# by hand\n"), "code is not the code that passed"),
        (lambda r, c: (r.replace(b"Fold", b"Hold"), c), "preimage is not its key's"),
        (lambda r, c: (r.replace(b'"//n:slug"', b'"//n:own"', 1), c), "of another label"),
        (lambda r, c: (r, None), "`code.py` is missing"),
        (lambda r, c: (None, c), "`pin.json` is missing"),
        (lambda r, c: (b"[]", c), "not a record"),
        (lambda r, c: (b"{}", c), "names no key"),
        (lambda r, c: (b"[" * 99999, c), "not a record"),
    ],
)
def test_a_pin_that_was_edited_by_hand_is_shouted(spoil, said):
    made = record(SLUG, generate_preimage(BASE.workspace, BASE.nodes()[SLUG]))
    after = side(changed(), {SLUG: read_pin(SLUG, *spoil(*made))})
    ((label, text),) = compare(BASE, after).broken
    assert label == "//n:slug"
    assert said in text


def test_a_renamed_node_is_one_node():
    edits = [(G, "  slug:\n", "  name:\n"), (G, "to: slug.title", "to: name.title"),
             (G, "from: slug.slug", "from: name.slug")]  # fmt: skip
    found = review(*edits, pins=BASE.pins)
    renamed = next(t for t in found.targets if t.status == "renamed")
    assert (renamed.label, renamed.renamed_from) == (Label("n", "name"), SLUG)
    assert found.count("added") == found.count("removed") == 0
    assert not found.needed


def test_a_node_renamed_and_asked_for_more_is_known_by_its_code():
    edits = [(G, "  slug:\n", "  name:\n"), (G, "to: slug.title", "to: name.title"),
             (G, "from: slug.slug", "from: name.slug"), (G, "at 20.", "at 30.")]  # fmt: skip
    renamed = next(t for t in review(*edits).targets if t.status == "renamed")
    assert (renamed.label, renamed.renamed_from) == (Label("n", "name"), SLUG)
    assert renamed.spec


def test_added_and_removed_targets():
    graph = (
        "fxg: 1\nnodes:\n  own:\n    task: core.Function\n    source: own.py:own\n"
        "    inputs: {slug: text?}\n    outputs: {size: int}\n"
        "    examples: [{inputs: {slug: s}, outputs: {size: 1}}]\n"
    )
    files = changed() | {
        "packages/z/fxg.yaml": graph,
        "packages/z/own.py": "def own(slug: str | None) -> int:\n    return 1\n",
    }
    there = side(files)
    found = compare(BASE, there)
    assert {(str(t.label), t.status) for t in found.targets} == {
        ("//z:own", "added"), ("//z:z", "added")
    }  # fmt: skip
    own = next(t for t in found.targets if t.kind == "node")
    assert {name for name, count in own.judged.items() if count} == {"examples"}
    assert {t.status for t in compare(there, BASE).targets} == {"removed"}
    narrowed = compare(BASE, there, {SLUG})
    assert not narrowed.targets


def test_a_template_a_lock_and_a_tool_are_told_once_with_their_reach():
    found = review(
        ("rules/notes/templates/slug.py", '"""Names of notes."""', '"""Other."""'),
        ("requirements.lock", "scipy==1.0", "scipy==2.0"),
        ("fxgbuild.toml", 'ruff = "0.1"', 'ruff = "0.2"'),
    )
    said = {item.where: (item.what, item.nodes) for item in found.elsewhere}
    assert said["//rules/notes:Slug"][1] == 1
    assert "tested again" in said["//rules/notes:Slug"][0]
    assert said["requirements.lock"] == (
        "1 locked versions moved: what imports them is tested again",
        0,
    )
    assert said["fxgbuild.toml"][1] == 2
    assert found.actions["lint"] == 2
    assert not found.needed


def test_a_contract_that_changed_asks_for_new_code():
    found = review(("rules/notes/rules.toml", "Name a note.", "Call a note."), pins=BASE.pins)
    (item,) = found.elsewhere
    assert "need new code" in item.what
    assert found.needed == ("//n:slug",)


def test_an_artifact_s_version():
    target = only(review((G, "version: 0.1.0", "version: 0.2.0")))
    assert (target.kind, target.fields[0].after) == ("artifact", "0.2.0")


def test_a_review_is_json():
    found = review((G, "Cut at 20.", "Cut at 30."), (G, "within: 0.01", "within: 1"))
    assert json.loads(json.dumps(found.to_json())) == found.to_json()


def test_code_that_is_no_python_imports_nothing():
    assert imported("def (") == frozenset()
    assert imported("import a.b\nfrom c import d\n") == {"a.b", "c"}
    assert code_change("a\n", "a\nb\n").lines == ("@@ -1 +1,2 @@", " a", "+b")
