"""SARIF 2.1.0: findings for code scanning, a run for each tool, places relative to the sources."""

import json
from collections.abc import Sequence

from fxgbuild.digest import Json, tagged_digest
from fxgbuild.event import Event, Started
from fxgbuild.report.failures import TOOLS, Failure, Places, failures

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"


def sarif_text(events: Sequence[Event], places: Places) -> str:
    return json.dumps(sarif(events, places), indent=2, ensure_ascii=False) + "\n"


def sarif(events: Sequence[Event], places: Places) -> Json:
    """All five tools have a run, found or not: a scan that found nothing closes old alerts."""
    found = failures(events)
    version = next((event.version for event in events if isinstance(event, Started)), "")
    runs = [_run(tool, [f for f in found if f.tool == tool], version, places) for tool in TOOLS]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def _run(tool: str, found: Sequence[Failure], version: str, places: Places) -> Json:
    rules = sorted({one.finding.rule for one in found})
    driver: dict[str, Json] = {
        "name": tool,
        "rules": [{"id": rule, "shortDescription": {"text": f"{tool} {rule}"}} for rule in rules],
    }
    if tool == "fxgbuild-policy" and version:
        driver["version"] = version
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The workspace's folder."}}},
        "results": [_result(one, rules.index(one.finding.rule), places) for one in found],
    }


def _result(one: Failure, index: int, places: Places) -> Json:
    finding, place = one.finding, places(one.label, one.finding)
    physical: dict[str, Json] = {
        "artifactLocation": {"uri": place.path.replace("%", "%25"), "uriBaseId": ROOT}
    }
    if place.line:
        physical["region"] = {"startLine": place.line}
        if place.column:
            physical["region"]["startColumn"] = place.column
    same = tagged_digest("finding", [one.label, one.stage, finding.rule, finding.message])
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": "warning" if finding.severity == "warning" else "error",
        "message": {"text": f"{one.label}: {finding.message}"},
        "locations": [
            {
                "physicalLocation": physical,
                "logicalLocations": [{"fullyQualifiedName": one.label, "kind": "module"}],
            }
        ],
        "partialFingerprints": {"fxgbuild/v1": same.hex},
        "properties": {"stage": one.stage},
    }
