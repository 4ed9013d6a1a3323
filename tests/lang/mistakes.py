"""One mistake for each id of the loading: an edit of the small workspace that provokes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.lang.workspaces import edited

GRAPH = "packages/demo/fxg.yaml"
RULES = "rules/lab/rules.toml"


@dataclass(frozen=True)
class Mistake:
    file: str
    old: str  # empty where the file is a new one
    new: str
    near: str = ""  # what is said to be close

    def made(self, files: Mapping[str, str]) -> dict[str, str]:
        if not self.old:
            return dict(files) | {self.file: self.new}
        return edited(files, self.file, self.old, self.new)


OTHER = """\
fxg: 1
use: ["//rules/lab"]
nodes:
  shape: {task: lab.Shape, spec: Count.}
edges:
  - {from: "//demo:clean.signal", to: shape.signal}
"""

MISTAKES: dict[str, Mistake] = {
    "FXG1101": Mistake(GRAPH, "spec: Count the rows.", "spec: &count Count the rows."),
    "FXG1102": Mistake(GRAPH, "spec: Count the rows.", "sepc: Count the rows.", "`spec`"),
    "FXG1103": Mistake(GRAPH, 'use: ["//rules/lab"]', 'use: ["//rules/lba"]', "`lab`"),
    "FXG1104": Mistake(GRAPH, 'raw: "float64[', 'raw: "flaot64[', "`float64`"),
    "FXG1105": Mistake("rules/lab/templates/shape.py", "def shape(", "def shpae("),
    "FXG1106": Mistake(GRAPH, "{gain: 3.0}", "{gian: 3.0}", "`gain`"),
    "FXG1107": Mistake(RULES, '"scipy.signal"]', '"scpy.signal"]', "`scipy`"),
    "FXG1108": Mistake(
        GRAPH, "from: clean.signal, to: shape", "from: claen.signal, to: shape", "`clean`"
    ),
    "FXG1109": Mistake(GRAPH, "task: lab.Shape", "task: lab.Shpae", "`lab.Shape`"),
    "FXG1110": Mistake(GRAPH, "{from: given, to: plain.level}", "{from: raw, to: plain.level}"),
    "FXG1111": Mistake(
        GRAPH, "from: given, to: plain.level", "from: measure.level, to: plain.level"
    ),
    "FXG1112": Mistake(
        GRAPH, "  - {from: given,", "  - {from: given, to: plain.level}\n  - {from: given,"
    ),
    "FXG1113": Mistake(GRAPH, "  - {from: clean.signal, to: shape.signal}\n", ""),
    "FXG1114": Mistake(GRAPH, "  plain:\n", "  all:\n"),
    "FXG1115": Mistake(GRAPH, "tags: [manual]", "effects: [clock]"),
    "FXG1116": Mistake(GRAPH, "kind: logging, when: after", "kind: logging, mode: streaming"),
    "FXG1117": Mistake(GRAPH, "acceptance/test_clean.py", "acceptance/test_clan.py"),
    "FXG1118": Mistake(GRAPH, "    spec: Count the rows.\n", ""),
    "FXG1119": Mistake(
        GRAPH,
        "    given:\n      path: data/first.npy\n      sha256: aac0",
        "    given:\n      path: data/first.npy\n      sha256: bbc0",
    ),
    "FXG1120": Mistake("packages/other/fxg.yaml", "", OTHER),
    "FXG1121": Mistake(
        GRAPH, "{from: raw, to: clean.signal}", "{from: clean.signal, to: clean.signal}"
    ),
    "FXG1123": Mistake(
        GRAPH,
        "    spec: Count the rows.\n",
        "    spec: Count the rows.\n    acceptance: {at_least: 0.9}\n",
    ),
    "FXG1122": Mistake(
        GRAPH,
        "    spec: The root of the mean square.\n  shape:\n    task: lab.Shape\n",
        "    spec: The root of the mean square.\n"
        '    ports: {signal: "float64[500, channels] uV"}\n'
        '  shape:\n    task: lab.Shape\n    ports: {signal: "float64[250, channels]"}\n',
    ),
    "FXG1130": Mistake("lock.txt", "numpy==2.1.0", "numpy>=2"),
}
