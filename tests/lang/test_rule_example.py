"""The example node of a rule set's README is read as a node of a graph, where it stands."""

import pytest

from fxgbuild.files import DiskTree
from fxgbuild.lang.laws import find_laws
from fxgbuild.lang.settings import SettingsDoc

RULES = """\
fxg = 1
domain = "acme"
[tasks.Mean]
doc = "The mean."
inputs = {x = "list<float>"}
outputs = {mean = "float"}
[tasks.Mean.params.trim]
type = "float"
range = [0.0, 0.5]
default = 0.0
"""
TEMPLATE = '''\
"""Mean."""
# fxg:hole
def mean(x: list[float], *, trim: float) -> float:
    """Return it."""
    raise NotImplementedError
# fxg:end
'''


@pytest.fixture
def problems(tmp_path):
    """What is said of a README, each as place and message."""
    folder = tmp_path / "rules" / "acme"
    (folder / "templates").mkdir(parents=True)
    (folder / "rules.toml").write_text(RULES)
    (folder / "templates" / "mean.py").write_text(TEMPLATE)

    def read(text):
        if text is not None:
            (folder / "README.md").write_text(text)
        shelf = find_laws(DiskTree(tmp_path), SettingsDoc(), ["//rules/acme"])
        assert not shelf.problems
        return [f"{p.where}: {p.message}" for p in shelf.examples["//rules/acme"]]

    return read


@pytest.mark.parametrize(
    "text",
    [
        "# acme\n\nWords.\n\n    mean: {task: acme.Mean, spec: The mean., params: {trim: 0.1}}\n",
        "# acme\n\n    other code\n\nWords.\n\n    mean:\n      task: acme.Mean\n      spec: It.\n",
        "# acme\n\n```sh\nls\n```\n\n```yaml\nmean:\n  task: acme.Mean\n  spec: The mean.\n```\n",
    ],
)
def test_an_example_that_loads_is_nothing_to_speak_of(problems, text):
    assert problems(text) == []


def test_what_is_wrong_is_told_at_its_place(problems):
    text = "# acme\n\nWords.\n\n    mean: {task: acme.Mean, spec: It., params: {trim: 2}}\n"
    assert problems(text) == [
        "rules/acme/README.md:5:55: parameter `trim` is 2, outside [0.0, 0.5]"
    ]
    fenced = (
        "# acme\n\nWords.\n\n```yaml\nmean:\n  task: acme.Mean\n  spec: It.\n  parms: {}\n```\n"
    )
    assert problems(fenced) == ["rules/acme/README.md:9:3: unknown key `parms`"]
    assert problems(fenced.replace("  parms: {}\n", "").replace("  spec: It.\n", "")) == [
        "rules/acme/README.md:7:3: a model writes this node, so it needs a `spec`"
    ]


def test_a_readme_without_an_example_and_none_at_all(problems):
    assert problems(None) == ["rules/acme/README.md: the rule set has no `README.md`"]
    (said,) = problems("# acme\n\n    other: {task: beta.Mean}\n")
    assert "it shows no example node" in said
