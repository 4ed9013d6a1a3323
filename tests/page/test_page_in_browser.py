"""The page in a real browser: mouse, keyboard, both themes, a phone, and what axe says of it."""

import pytest

from tests.report.test_svg import contrast

pytestmark = pytest.mark.slow

OVERFLOW = """() => {
  const within = (a, b) => a.x >= b.x - 1 && a.x + a.width <= b.x + b.width + 1 &&
    a.y >= b.y - 1 && a.y + a.height <= b.y + b.height + 1;
  const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width &&
    a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height;
  const wrong = [];
  for (const card of document.querySelectorAll(".node, .made, .end")) {
    const frame = card.querySelector(":scope > .frame"), seen = [];
    for (const text of card.querySelectorAll("text")) {
      const chip = text.closest(".chip"), box = text.getBBox();
      const room = (chip ? chip.querySelector("rect") : frame).getBBox();
      if (!within(box, room) || seen.some((one) => meet(one, box))) wrong.push(text.textContent);
      seen.push(box);
    }
  }
  return wrong;
}"""


def violations(page):
    """What axe finds, as lines to read."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    found = axe.Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.className")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_axe_finds_nothing_to_complain_of(sight, pages, theme, width, height):
    page = sight(width, height, theme).open(pages["broken"])
    page.click("[data-view=table]")
    assert violations(page) == []
    page.click("[data-view=drawing]")
    page.click(".legend summary")
    assert violations(page) == []
    for name in ("moments", "welch"):
        page.evaluate(f"location.hash = '{name}'")
        page.wait_for_selector(f"#p-{name}")
        assert violations(page) == []


def test_a_click_opens_what_is_known_and_escape_closes_it(sight, pages):
    page = sight().open(pages["broken"])
    assert page.is_hidden("#panel")
    page.click("#n-moments .name")
    assert page.is_visible("#p-moments")
    text = page.inner_text("#p-moments")
    for said in ("failed", "What failed", "1 of 24 elements differ", "acceptance.cases", "pinned"):
        assert said in text
    assert "fxgbuild debug //eeg:moments" in text
    assert "import numpy as np" in text
    assert page.locator(".wire.lit").count() == 2
    page.evaluate("location.hash = 'welch'")
    page.wait_for_selector("#p-welch")
    assert page.is_hidden("#p-moments")
    assert "generate" in page.inner_text("#p-welch")
    page.keyboard.press("Escape")
    assert page.is_hidden("#panel")
    assert focused(page) == "n-moments"
    page.click("text=about the graph")
    assert "waiting" in page.inner_text("#p-eeg")
    page.click("#close")
    assert page.is_hidden("#panel")


def test_everything_is_reached_by_keys(sight, pages):
    page = sight().open(pages["clean"])
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    page.keyboard.press("Enter")
    assert focused(page) == "n-windows"
    assert page.evaluate("getComputedStyle(document.querySelector('#n-windows > .ring')).stroke")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "n-normalise"
    page.keyboard.press("ArrowDown")
    assert focused(page) in ("n-welch", "n-wavelets")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "n-moments"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "n-normalise"
    page.keyboard.press("Tab")
    assert focused(page) == "n-moments"
    page.keyboard.press("Enter")
    assert focused(page) == "h-moments"
    page.keyboard.press("Escape")
    assert focused(page) == "n-moments"
    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("OneClass")
    assert "1 of 16" in page.inner_text("#said")
    page.keyboard.press("Enter")
    assert focused(page) == "n-svm"
    shown = page.evaluate(
        "(() => { const a = document.querySelector('#n-svm .frame').getBoundingClientRect(),"
        " b = document.querySelector('.stage').getBoundingClientRect();"
        " return a.top >= b.top && a.bottom <= b.bottom; })()"
    )
    assert shown
    before = page.evaluate("document.querySelector('.stage > svg').clientWidth")
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('.stage > svg').clientWidth") > before
    page.keyboard.press("0")
    assert page.evaluate("document.querySelector('.stage > svg').clientHeight") < 900


def test_the_mouse_drags_the_drawing_and_zooms_it(sight, pages):
    page = sight(900, 700).open(pages["clean"])
    where = "[document.querySelector('.stage').scrollTop, document.querySelector('svg.fxg').id]"
    page.mouse.move(60, 600)
    page.mouse.down()
    page.mouse.move(60, 300, steps=4)
    page.mouse.up()
    assert page.evaluate(where)[0] == 300
    assert page.is_hidden("#panel")
    before = page.evaluate("document.querySelector('.stage > svg').clientWidth")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function(f"document.querySelector('.stage > svg').clientWidth > {before}")


def test_the_theme_is_the_system_s_until_it_is_chosen_and_is_not_remembered(sight, pages):
    page = sight(theme="dark").open(pages["clean"])
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.click("#theme")
    assert page.evaluate(paper) != dark
    assert page.inner_text("#theme") == "Dark"
    page.reload()
    assert page.evaluate(paper) == dark
    assert page.evaluate("localStorage.length + document.cookie.length") == 0


def test_a_phone_shows_the_table_first_and_the_panel_over_all(sight, pages):
    page = sight(390, 844, has_touch=True).open(pages["broken"])
    assert page.is_visible("#table")
    assert page.is_hidden("#drawing")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.tap("tr[data-row=welch] button")
    box = page.locator("#panel").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    assert page.evaluate("document.querySelector('main').inert")
    page.tap("#close")
    assert focused(page) == "open"
    page.tap("[data-view=drawing]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_motion_is_left_out_where_it_is_not_wanted(sight, pages):
    page = sight(reduced_motion="reduce").open(pages["clean"])
    assert page.evaluate("getComputedStyle(document.querySelector('.wire')).transition") in (
        "all",
        "all 0s ease 0s",
        "none",
    )


@pytest.mark.parametrize("state", ["clean", "broken"])
def test_no_text_overlaps_or_leaves_its_box(sight, pages, state):
    page = sight().open(pages[state])
    assert page.evaluate(OVERFLOW) == []


def test_what_a_workspace_says_does_nothing(sight, pages):
    page = sight().open(pages["broken"], "#welch")
    assert page.is_visible("#p-welch")
    assert "<script>hacked = 1</script>" in page.inner_text("#p-welch")
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("img").count() == 0


def test_without_a_script_everything_can_be_read(sight, pages):
    page = sight(java_script_enabled=False).open(pages["clean"])
    assert page.is_visible("#table")
    assert page.is_visible("#p-welch")
    assert page.is_visible("#n-welch")


def test_the_drawing_alone_follows_the_theme(sight, pages):
    fills = []
    for theme in ("light", "dark"):
        page = sight(theme=theme).open(pages["clean"].with_suffix(".svg"))
        fills.append(
            page.evaluate("""() => ["text.name", "rect.frame"].map(
              (one) => getComputedStyle(document.querySelector(`.node ${one}`)).fill)""")
        )
    for text, card in fills:
        assert contrast(hexed(text), hexed(card)) >= 4.5
    assert fills[0] != fills[1]


def hexed(colour):
    parts = colour.removeprefix("rgb(").removesuffix(")").split(",")
    return "#" + "".join(f"{int(part):02x}" for part in parts)
