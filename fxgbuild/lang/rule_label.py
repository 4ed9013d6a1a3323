"""Labels of rule sets: `@fxg//signal`, `//rules/acme`, `//rules/acme:Task`, `//rules/...`."""

import re
from dataclasses import dataclass

BUILT_IN = "@fxg//"
DOMAIN = re.compile(r"[a-z][a-z0-9_]{0,62}")
TASK = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")


@dataclass(frozen=True, slots=True)
class RulePattern:
    """Which task types are meant: of one domain or of all, one of them or each."""

    home: str  # `@fxg//`, or `//rules/` where the workspace's own are
    domain: str = ""
    task: str = ""

    def __str__(self) -> str:
        return f"{self.home}{self.domain or '...'}{f':{self.task}' if self.task else ''}"


def is_rule_label(text: str, rules: str) -> bool:
    """Does a word name rule sets? `rules` is the folder of the workspace's own."""
    body = text.removeprefix("-")
    return body.startswith((BUILT_IN, f"//{rules}/")) or body.partition(":")[0] == f"//{rules}"


def parse_rule_pattern(text: str, rules: str) -> RulePattern | str:
    """Read one pattern; returns a sentence saying what is wrong instead of raising."""
    own = f"//{rules}/"
    home = BUILT_IN if text.startswith(BUILT_IN) else own
    domain, _, task = text.removeprefix(home).removesuffix("/...").partition(":")
    why = ""
    if text.startswith("-"):
        why = "rule sets are named, not taken away"
    elif not text.startswith(home):
        why = f"no rule set is named; all of them are `{own}...`"
    elif domain == "..." and not task:
        return RulePattern(home)
    elif not DOMAIN.fullmatch(domain):
        why = "a domain is one lower-case word of letters, digits and `_`"
    elif task not in ("", "all") and not TASK.fullmatch(task):
        why = "a task type is a word like `WelchSpectrum`"
    return f"`{text[:80]}`: {why}" if why else RulePattern(home, domain, task.removeprefix("all"))
