"""One target's part of a page: what it must do, why it is dirty, its ports, its code, what to type.

Whatever comes from the workspace is text: each piece is escaped where it is put into the page.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from html import escape

from fxgbuild.digest import Json
from fxgbuild.finding import Finding
from fxgbuild.plan.plan import Reason, shown
from fxgbuild.report.dossier import ORIGINS, Dossier, Port

MOST_VALUE = 4000  # characters of a value that changed
LONG = 60  # characters from which on two texts are compared word by word
AROUND = 6  # words shown before and after what differs
DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
STATE_WORDS = {
    "clean": "Everything it needs has passed here.",
    "dirty": "Something is to be run.",
    "waiting": "Waits for code that is not there yet.",
    "failed": "Failed when it was last tried, and nothing has changed since.",
}


def panel(one: Dossier) -> str:
    """The article of one target; hidden until it is asked for."""
    parts = (
        *(_findings(one.past.findings), _reasons(one.reasons), _actions(one.actions)),
        *(_commands(one.commands), _spec(one), _ports("Inputs", one.inputs)),
        *(_ports("Outputs", one.outputs), _parameters(one), _checks(one), _provenance(one)),
        *(_imports(one.imports), _code(one)),
    )
    name = escape(one.name)
    return (
        f'<article id="p-{name}" aria-labelledby="h-{name}" hidden>'
        f'<h2 id="h-{name}" tabindex="-1">{name}</h2>'
        f'<p class="label">{escape(one.label)}</p>'
        f'<p class="badges">{badge(one.state, one.state)}{origin_badge(one)}</p>'
        f'<p class="task"><strong>{escape(one.about)}</strong> {escape(one.doc)}</p>'
        f'<p class="quiet">{STATE_WORDS[one.state]}</p>{"".join(parts)}</article>'
    )


def badge(kind: str, text: str) -> str:
    """An icon and a word; the word says it all."""
    icon = f'<svg class="small" aria-hidden="true"><use href="#i-{kind}"/></svg>'
    return f'<span class="tag {kind}">{icon}{escape(text)}</span>'


def origin_badge(one: Dossier) -> str:
    if one.origin:
        return badge(one.origin, ORIGINS[one.origin])
    return f'<span class="tag">{escape(one.kind)}</span>'


def _section(title: str, body: str) -> str:
    return f"<section><h3>{escape(title)}</h3>{body}</section>" if body else ""


def _items(items: Iterable[str], name: str = "") -> str:
    rows = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul{f' class={name}' if name else ''}>{rows}</ul>" if rows else ""


def _reasons(reasons: Sequence[Reason]) -> str:
    return _section("Why it is not clean", _items((_reason(one) for one in reasons), "reasons"))


def _reason(reason: Reason) -> str:
    head = f"<code>{escape(reason.field)}</code>"
    if reason.old is None and reason.new is None:
        return head
    if reason.old is None:
        return f"{head} <span>{escape(_cut(shown(reason.new)))}</span>"
    old, new = (_cut(shown(value)) for value in (reason.old, reason.new))
    if min(len(old), len(new)) > LONG:
        return f'{head}<span class="change">{_words(old.split(), new.split())}</span>'
    return (
        f'{head}<span class="change"><del>{escape(old)}</del> <span class="to">→</span> '
        f"<ins>{escape(new)}</ins></span>"
    )


def in_a_line(reason: Reason) -> str:
    """A reason for a table: digests and long values are shortened."""
    if reason.old is None and reason.new is None:
        return reason.field
    old, new = (_cut(shown(value), LONG) for value in (reason.old, reason.new))
    return f"{reason.field}: {new}" if reason.old is None else f"{reason.field}: {old} → {new}"


def _words(old: Sequence[str], new: Sequence[str]) -> str:
    """What was said before and is said now, word by word; what stayed the same is shortened."""
    parts = []
    for kind, *(a, b, c, d) in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            kept = old[a:b]
            if len(kept) > 2 * AROUND:
                kept = [*kept[:AROUND], "…", *kept[-AROUND:]]
            parts.append(escape(" ".join(kept)))
            continue
        parts += [f"<del>{escape(' '.join(old[a:b]))}</del>"] if a < b else []
        parts += [f"<ins>{escape(' '.join(new[c:d]))}</ins>"] if c < d else []
    return " ".join(parts)


def _cut(text: str, most: int = MOST_VALUE) -> str:
    text = DIGEST.sub(r"\1…", text)
    return text if len(text) <= most else f"{text[:most]}…"


def _actions(actions: Sequence[str]) -> str:
    chips = "".join(f'<span class="tag">{escape(action)}</span>' for action in actions)
    return _section("What a build will run", f'<p class="badges">{chips}</p>' if chips else "")


def _findings(findings: Sequence[Finding]) -> str:
    rows = (
        f"<code>{escape(one.stage)}: {escape(one.rule)}</code>"
        f"{f' line {one.line}' if one.line else ''}<span>{escape(_cut(one.message))}</span>"
        for one in findings
    )
    return _section("What failed", _items(rows, "findings"))


def _commands(commands: Sequence[str]) -> str:
    lines = _items((f"<code>{escape(line)}</code>" for line in commands), "commands")
    return _section("What to type next", lines)


def _spec(one: Dossier) -> str:
    return _section("Spec", f"<p>{escape(one.spec)}</p>" if one.spec else "")


def _ports(title: str, ports: Sequence[Port]) -> str:
    rows = []
    for port in ports:
        ends = "".join(f'<span class="end">{escape(end)}</span>' for end in port.ends)
        rows.append(f"<b>{escape(port.name)}</b> <code>{escape(port.schema)}</code>{ends}")
    return _section(title, _items(rows, "ports"))


def _parameters(one: Dossier) -> str:
    rows = []
    for item in one.params:
        facts = ", ".join(part for part in (item.type, f"bound at {item.binding}") if part)
        doc = f'<span class="end">{escape(item.doc)}</span>' if item.doc else ""
        text = f"<b>{escape(item.name)}</b> <code>{escape(item.value)}</code>"
        rows.append(f'{text} <span class="quiet">{escape(facts)}</span>{doc}')
    return _section("Parameters", _items(rows, "ports"))


def _checks(one: Dossier) -> str:
    rows = (f"{count} {escape(name)}{_plural(name, count)}" for name, count in one.checks)
    return _section("What judges it", _items(rows))


def _plural(name: str, count: int) -> str:
    return "s" if count != 1 and " of " not in name else ""


def _provenance(one: Dossier) -> str:
    known = one.past.provenance if isinstance(one.past.provenance, dict) else {}
    rows = [
        f"{escape(title)}: {escape(str(known[name]))}"
        for name, title in (("model", "model"), ("provider", "by"), ("date", "on"))
        if known.get(name)
    ]
    rows += [_attempt(item) for item in one.past.attempts if isinstance(item, dict)]
    rows += [
        f"carried: {escape(str(item.get('because') or item.get('reason') or ''))}"
        for item in one.past.carried
        if isinstance(item, dict)
    ]
    return _section("Where the code comes from", _items(rows))


def _attempt(item: dict[str, Json]) -> str:
    stage = item.get("stage")
    end = f"failed at {stage}" if stage else "passed"
    text = f"attempt {item.get('attempt')}: {end}"
    found = item.get("findings") or []
    names = [f if isinstance(f, str) else f"{f.get('stage')}: {f.get('rule')}" for f in found]
    return escape(text + (f" ({', '.join(sorted(set(names)))})" if names else ""))


def _imports(imports: Sequence[str]) -> str:
    text = ", ".join(f"<code>{escape(name)}</code>" for name in imports)
    return _section("May import", f"<p>{text}</p>" if text else "")


def _code(one: Dossier) -> str:
    if not one.code:
        return ""
    lines = one.code.rstrip("\n").split("\n")
    marked = {finding.line for finding in one.past.findings}
    width = len(str(len(lines))) + 1
    numbers = "\n".join(
        f"{'▸' if number in marked else ''}{number}".rjust(width)
        for number in range(1, len(lines) + 1)
    )
    title = {"template": "The template", "source": "Your code"}.get(one.origin, "Pinned code")
    title = (one.past.code_title if one.code == one.past.code else "") or title
    count = f"{len(lines)} line{'s' * (len(lines) != 1)}"
    text = escape("\n".join(lines), quote=False)
    return (
        f"<section><details open><summary><h3>{escape(title)}, {count}</h3></summary>"
        f'<div class="code" tabindex="0" role="region" aria-label="Code of {escape(one.name)}">'
        f'<pre class="numbers" aria-hidden="true">{numbers}</pre><pre>{text}</pre></div>'
        "</details></section>"
    )
