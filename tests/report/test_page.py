"""The page: one file that reaches for nothing, in which a workspace's text is only text."""

import base64
import hashlib
import re
import time
from html.parser import HTMLParser

import pytest

from fxgbuild.report.page import COLUMNS, page
from fxgbuild.report.picture import picture
from fxgbuild.report.svg import document
from tests.bench.shapes import SHAPES
from tests.report.portraits import drawn, large

HOSTILE = "</pre></script><script>hacked = 1</script><img src=x onerror='hacked=1'>\"'&<!--"


class Seen(HTMLParser):
    """Every tag with its attributes, and every text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def paged(text="Do it."):
    portrait = drawn(text, doc=text)
    return page(portrait, picture(portrait))


def test_equal_portraits_give_equal_pages():
    assert paged() == paged()


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    text = paged()
    policy = next(m["content"] for m in Seen(text).named("meta") if "http-equiv" in m)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for tag in ("style", "script"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_page_names_no_other_file_and_no_address():
    text = paged()
    for _, attrs in Seen(text).tags:
        assert not attrs.keys() & {"src", "srcset", "style", "action", "data"}
        assert attrs.get("href", "#").startswith("#")
        assert not [name for name in attrs if name.startswith("on")]
    assert not re.findall(r"https?://|url\(|@import", text)


def test_whatever_a_workspace_says_is_text():
    text = paged(HOSTILE)
    seen = Seen(text)
    assert len(seen.named("script")) == len(seen.named("style")) == 1
    assert not seen.named("img")
    assert sum(HOSTILE in part for part in seen.texts) >= 10
    plain = Seen(paged())
    assert len(seen.tags) - len(plain.tags) < 12  # longer texts break into more lines, no more


def test_the_panel_says_what_is_known_of_a_node():
    texts = " ".join(Seen(paged()).texts)
    for said in ("What failed", "Why it is not clean", "What a build will run", "Spec", "Inputs"):
        assert said in texts
    assert "fxgbuild why //p:d" in texts
    assert "fxgbuild debug //p:d" in texts
    assert "fxgbuild prompt //p:c" in texts
    assert "Do it., 1 line" in texts
    assert "attempt 1: failed at test" in texts


def test_the_table_has_a_row_for_every_target():
    portrait = drawn()
    seen = Seen(page(portrait, picture(portrait)))
    rows = [attrs["data-row"] for attrs in seen.named("tr") if "data-row" in attrs]
    assert rows == [one.name for one in portrait.targets]
    assert len(seen.named("td")) == len(rows) * (len(COLUMNS) - 1)
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_two_thousand_nodes_are_drawn_within_seconds(shape):
    began = time.process_time()
    portrait = large(list(SHAPES[shape](2000)))
    found = picture(portrait)
    assert len(found.cards) == 2000 + 3
    assert len(document(portrait, found)) + len(page(portrait, found)) < 20e6
    assert time.process_time() - began < 60
