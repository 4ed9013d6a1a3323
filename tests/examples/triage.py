"""The figures of //triage that docs/results.md prints: its wheel, run on the hidden cases."""

import json
import subprocess
import sys
from collections import Counter

from sklearn.metrics import f1_score

FIELDS = ("category", "urgency")
PACKAGE = "examples/triage"
RUN = (
    "import json, sys\nsys.path.insert(0, sys.argv[1])\nimport triage\n"
    "print(json.dumps([triage.answer(text=text) for text in json.load(sys.stdin)]))\n"
)


def hidden_cases(root):
    """Inputs and logged answers that no model was shown."""
    lines = (root / PACKAGE / "acceptance" / "answer.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    return [case["inputs"]["text"] for case in cases], [c["outputs"]["result"] for c in cases]


def answers_of(wheel, texts):
    """What the wheel says, in a process that knows nothing of this project."""
    command = [sys.executable, "-I", "-c", RUN, str(wheel)]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def triage_table(root, wheel):
    """Hidden accuracy, coverage, accuracy where it does not abstain, beside the most frequent."""
    texts, expected = hidden_cases(root)
    most = {f: Counter(e[f] for e in expected).most_common(1)[0][0] for f in FIELDS}
    columns = [answers_of(wheel, texts), [most] * len(texts)]
    rows = [("hidden cases", [len(texts)] * 2)]
    for field in FIELDS:
        rows.append((f"{field}, right", [_share(expected, f, field) for f in columns]))
        rows.append((f"{field}, macro F1", [_f1(expected, found, field) for found in columns]))
    rows.append(("emergencies that were seen", [_seen(expected, found) for found in columns]))
    rows.append(("mean of both F1, the threshold's figure", [_mean(expected, f) for f in columns]))
    rows.append(("both right", [_both(expected, found) for found in columns]))
    kept = [[n for n, one in enumerate(f) if one["category"] != "abstain"] for f in columns]
    rows.append(("coverage: did not abstain", [len(k) / len(texts) for k in kept]))
    pairs = [
        ([expected[n] for n in k], [f[n] for n in k]) for k, f in zip(kept, columns, strict=True)
    ]
    rows.append(
        ("category, right where it did not abstain", [_share(*p, "category") for p in pairs])
    )
    lines = ["| figure | function | most frequent label |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {' | '.join(_cell(value) for value in cells)} |" for name, cells in rows]
    return "\n".join(lines) + "\n"


def _share(expected, found, field):
    if not expected:
        return None
    return sum(e[field] == f[field] for e, f in zip(expected, found, strict=True)) / len(expected)


def _f1(expected, found, field):
    left, right = ([one[field] for one in side] for side in (expected, found))
    return float(f1_score(left, right, average="macro", zero_division=0))


def _seen(expected, found):
    pairs = zip(expected, found, strict=True)
    grave = [f["urgency"] == "emergency" for e, f in pairs if e["urgency"] == "emergency"]
    return sum(grave) / len(grave)


def _mean(expected, found):
    return sum(_f1(expected, found, field) for field in FIELDS) / len(FIELDS)


def _both(expected, found):
    return sum(e == f for e, f in zip(expected, found, strict=True)) / len(expected)


def _cell(value):
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
