"""A finding: what one check says of one place in a module."""

from dataclasses import dataclass

from fxgbuild.digest import Json


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """Lines and columns count from 1 in the rendered file; 0 means the whole file.

    `file` is set where it is another one: a first-party module, seen from the package's folder.
    """

    stage: str  # lint, type, security, test or reply
    rule: str
    message: str
    line: int = 0
    column: int = 0
    severity: str = "error"
    file: str = ""

    def to_json(self) -> dict[str, Json]:
        return {
            "stage": self.stage,
            "rule": self.rule,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            **({"file": self.file} if self.file else {}),
        }


def finding_from_json(value: dict[str, Json]) -> Finding:
    """Read what `to_json` wrote; ValueError says what is off."""
    texts = [value.get(name) for name in ("stage", "rule", "message")]
    severity, line, column = (value.get(name) for name in ("severity", "line", "column"))
    file = value.get("file", "")
    if not all(isinstance(text, str) for text in [*texts, severity, file]):
        raise ValueError("a finding has texts for stage, rule, message, severity and file")
    if not all(type(place) is int and place >= 0 for place in (line, column)):
        raise ValueError("a finding's line and column are whole numbers from 0")
    stage, rule, message = map(str, texts)
    place = (int(line or 0), int(column or 0))
    return Finding(stage, rule, message, *place, str(severity), str(file))


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort by place and drop repeats, so that equal verdicts are equal values."""
    return tuple(sorted(set(findings), key=lambda one: (one.file, one.line, one.column, one)))
