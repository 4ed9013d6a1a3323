"""A channel's package index, as pip takes it."""

import json
import sys
import venv
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.emit.package import files
from fxgbuild.emit.wheel import wheel, wheel_name
from fxgbuild.errors import Distrusted, PlaceUnavailable, PromotionRefused
from fxgbuild.places.python_index import admit, agrees, publish
from tests.emit.installs import run
from tests.emit.packages import words


def made(version, **other):
    package = replace(words(), version=version, **other)
    return wheel_name(package), wheel(package, files(package))


@pytest.fixture
def index(tmp_path):
    """Where an index lies: a folder with a blank and a letter beyond ASCII in its name."""
    return tmp_path / "prod índex"


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin/python"


def pip(python, index, *wanted):
    """Type `pip install` with the index and nothing else; gives what is installed then."""
    words = ["install", "--no-deps", "--no-compile", "--force-reinstall", "--no-cache-dir"]
    words += ["--disable-pip-version-check", "--index-url", (index / "simple").as_uri(), *wanted]
    done = run(sys.executable, "-m", "pip", "--python", python, *words, cwd=index.parent)
    say = "import word_pipeline; print(word_pipeline.__version__)"
    return done, run(python, "-c", say, cwd=index.parent).stdout.strip()


class Links(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.append(dict(attributes))


def test_pip_takes_what_the_channel_has_also_after_a_return_to_an_older_version(index, python):
    publish(index, *made("0.1.0"))
    publish(index, *made("0.2.0"))
    assert pip(python, index, "Word_Pipeline")[1] == "0.2.0"
    publish(index, *made("0.1.0"))  # rolled back
    done, version = pip(python, index, "word-pipeline")
    assert version == "0.1.0", done.stderr
    done, version = pip(python, index, "word-pipeline==0.2.0")
    assert version == "0.2.0"
    assert "the channel has 0.1.0 now" in done.stderr


def test_a_wheel_that_was_exchanged_is_found_and_not_listed_anew(index):
    name, data = made("0.1.0")
    publish(index, name, data)
    path = index / "simple/word-pipeline" / name
    path.write_bytes(data.replace(b"Split a text", b"Spilt a text"))
    assert "exchanged" in agrees(index, name, digest_bytes(data))
    with pytest.raises(Distrusted, match="exchanged"):
        publish(index, *made("0.2.0"))


def test_an_index_is_a_function_of_what_is_in_it(index, tmp_path):
    for version in ("0.10.0", "0.9.0", "0.2.0", "0.2.0"):
        publish(index, *made(version))
    other = tmp_path / "other"
    for version in ("0.9.0", "0.2.0", "0.10.0", "0.2.0"):
        publish(other, *made(version))
    names = sorted(p.relative_to(index) for p in index.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
    assert all((index / n).read_bytes() == (other / n).read_bytes() for n in names)
    page = Links((index / "simple/word-pipeline/index.html").read_text()).found
    assert [link["href"].split("-")[1] for link in page] == ["0.2.0", "0.9.0", "0.10.0"]
    assert ["data-yanked" in link for link in page] == [False, True, True]
    assert {link["data-requires-python"] for link in page} == {words().python_requires}
    digest = digest_bytes(made("0.2.0")[1]).hex
    assert page[0]["href"].endswith(f"-0.2.0-py3-none-any.whl#sha256={digest}")
    document = json.loads((index / "simple/word-pipeline/index.json").read_bytes())
    assert document["files"][0]["yanked"] is False
    assert document["files"][0]["hashes"] == {"sha256": digest}
    assert Links((index / "simple/index.html").read_text()).found == [{"href": "word-pipeline/"}]


@pytest.mark.parametrize("version", ["0.1.0", "0.1"])
def test_a_version_that_is_there_is_not_given_other_bytes(index, version):
    name, data = made("0.1.0")
    publish(index, name, data)
    before = {p: p.read_bytes() for p in index.rglob("*") if p.is_file()}
    changed = made(version, summary="another build")
    for refuses in (admit, publish):
        with pytest.raises(PromotionRefused) as refused:
            refuses(index, *changed)
        facts = refused.value.facts
        assert digest_bytes(data).hex in facts["there"]
        assert digest_bytes(changed[1]).hex in facts["promoted"]
        assert "raise the artifact's `version`" in refused.value.hint
    assert {p: p.read_bytes() for p in index.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "name",
    [
        "../../word_pipeline-0.1.0-py3-none-any.whl",
        "word_pipeline-0.1.0-py3-none-any.whl\n",
        '"><script>-0.1.0-py3-none-any.whl',
        "word_pipeline-0.2.0-py3-none-any.whl",  # its METADATA says 0.1.0
        "other-0.1.0-py3-none-any.whl",
        "word_pipeline.pyz",
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(index, name):
    with pytest.raises(PromotionRefused, match="no wheel"):
        publish(index, name, made("0.1.0")[1])
    assert not [p for p in index.parent.rglob("*") if p.is_file()]


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 100])
def test_bytes_that_are_no_wheel_are_refused(index, data):
    with pytest.raises(PromotionRefused, match="no wheel"):
        publish(index, "word_pipeline-0.1.0-py3-none-any.whl", data)


def test_agreement_needs_the_very_version_offered_alone(index):
    old, new = made("0.1.0"), made("0.2.0")
    publish(index, *old)
    publish(index, *new)
    assert agrees(index, new[0], digest_bytes(new[1])) == ""
    assert "does not offer" in agrees(index, old[0], digest_bytes(old[1]))
    assert "other bytes" in agrees(index, new[0], digest_bytes(old[1]))
    assert "not in the index" in agrees(index, made("0.3.0")[0], digest_bytes(b""))
    page = index / "simple/word-pipeline/index.html"
    page.write_text(page.read_text().replace("data-yanked", "data-y"))
    assert "does not offer" in agrees(index, new[0], digest_bytes(new[1]))


def test_who_was_overtaken_by_another_promotion_leaves_the_index_as_it_is(index):
    old, new = made("0.1.0"), made("0.2.0")
    publish(index, *new)
    publish(index, *old, still=lambda: False)
    assert agrees(index, new[0], digest_bytes(new[1])) == ""
    assert not (index / "simple/word-pipeline" / old[0]).exists()


def test_a_folder_that_cannot_be_written_is_an_error_that_says_so(tmp_path):
    (tmp_path / "index").write_text("a file")
    with pytest.raises(PlaceUnavailable, match="package index"):
        publish(tmp_path / "index", *made("0.1.0"))
