"""A real browser, and the pages of a workspace that is clean, dirty and failed."""

import json
import shutil
from dataclasses import dataclass, field

import pytest

from tests.e2e.conftest import Workspace, built  # noqa: F401 - the fixture

HOSTILE = "</script><script>hacked = 1</script><img src=x onerror=hacked=1>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""


@dataclass
class Sight:
    """A page that is looked at: what it asked the network for, what it complained of."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    opened: set = field(default_factory=set)

    def open(self, path, fragment=""):
        self.opened.add(f"file://{path}")
        self.page.goto(f"file://{path}{fragment}")
        return self.page


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def sight(browser):
    """Makes pages in a size and a theme; none may ask for anything or complain."""
    made = []

    def make(width=1280, height=900, theme="light", **options):
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=theme, **options
        )
        found = Sight(page)
        page.on("request", lambda request: found.requests.append(request.url))
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        made.append(found)
        return found

    yield make
    for found in made:
        assert not found.complaints
        assert set(found.requests) == found.opened
        found.page.close()


@pytest.fixture(scope="session")
def pages(built, tmp_path_factory):  # noqa: F811
    """The page of //eeg when all is clean, and when a node has failed and one has no code."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(built.root, folder / "ws", symlinks=True)
    broken = Workspace(folder / "ws")
    cases = broken.path("examples/eeg/acceptance/moments.jsonl")
    rows = [json.loads(line) for line in cases.read_text("utf-8").splitlines()]
    rows[0]["outputs"]["moments"][0][0][0] += 1.0
    cases.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert broken.type("build", "//eeg:moments").code == 1
    broken.edit("examples/eeg/fxg.yaml", "uV^2/Hz), and", f"uV^2/Hz) {HOSTILE} and")
    return {"clean": made(built, folder), "broken": made(broken, folder)}


def made(workspace, folder):
    """Where the page is after `graph`; the drawing stands beside it."""
    home = folder / f"pages-of-{workspace.root.name}"
    done = workspace.type("graph", "//eeg", "--to", str(home))
    assert done.code == 0, done.err
    return home / "eeg.html"
