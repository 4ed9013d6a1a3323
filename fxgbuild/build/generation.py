"""Generation: prompts out, replies in, judged and pinned.

A raw reply is stored before it is judged, every attempt is kept, and a failure is never pinned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fxgbuild import crash
from fxgbuild.build.attempt import (
    Attempt,
    all_attempts,
    attempts,
    close_series,
    keep_attempt,
    repair_of,
)
from fxgbuild.build.context import Context
from fxgbuild.build.judge import Case, judge, new_case
from fxgbuild.build.paid import keep_reply
from fxgbuild.build.verdict import Verdicts, first_failure
from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.errors import AttemptsExhausted, GenerationNeeded
from fxgbuild.finding import Finding
from fxgbuild.generate.batch import Answer, request_line
from fxgbuild.generate.complaint import from_findings, from_tests
from fxgbuild.generate.prompt import Message, messages
from fxgbuild.generate.reply import Reply, take_hole
from fxgbuild.lang.label import Label, shorten
from fxgbuild.lang.model import Node
from fxgbuild.lang.template import render
from fxgbuild.plan.key import key_of
from fxgbuild.plan.plan import Plan
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.plan.rekeyed import carry_hint
from fxgbuild.store.pin import Pin
from fxgbuild.validate.ruff import tidy


@dataclass(frozen=True, slots=True)
class Request:
    """One node's open question: its key, and which attempt comes next."""

    node: Node
    key: Digest
    preimage: Json
    attempt: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one reply."""

    label: str
    key: str
    attempt: int
    outcome: str  # pinned, repair, rejected
    stage: str
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> Json:
        return {
            "label": self.label,
            "key": self.key,
            "attempt": self.attempt,
            "outcome": self.outcome,
            "stage": self.stage or None,
            "findings": [finding.to_json() for finding in self.findings],
        }


def request(context: Context, node: Node) -> Request:
    """The next request for a node: the first, or a repair of the last failure."""
    preimage = generate_preimage(context.workspace, node)
    key = key_of("generate", preimage)
    made = attempts(context.stores, node.label, key)
    repair = repair_of(context.stores, made[-1]) if made else None
    return Request(node, key, preimage, len(made) + 1, tuple(messages(preimage, repair)))


def asked(context: Context, node: Node) -> tuple[Digest, int]:
    """The key of a node's next request, and which attempt it is."""
    item = request(context, node)
    return item.key, item.attempt


def limit(context: Context) -> int:
    return context.workspace.settings.generate.attempts


def open_requests(context: Context, nodes: Iterable[Node]) -> tuple[list[Request], list[Request]]:
    """Requests to make, one a key, and those whose attempts are exhausted."""
    todo: dict[Digest, Request] = {}
    spent: list[Request] = []
    for node in nodes:
        found = request(context, node)
        if found.attempt > limit(context):
            spent.append(found)
        else:
            todo.setdefault(found.key, found)
    return list(todo.values()), spent


def lease(context: Context, item: Request) -> str:
    """When a request was exported and not answered yet; "" where it is free to be asked."""
    row = context.stores.index.get(f"lease:{item.key.hex}")
    if not isinstance(row, dict) or row.get("attempt") != item.attempt:
        return ""
    return str(row.get("date", "before"))


def leased(context: Context, requests: Sequence[Request]) -> GenerationNeeded | None:
    """Nobody asks twice: what was exported waits for its reply."""
    dates = {str(r.node.label): date for r in requests if (date := lease(context, r))}
    if not dates:
        return None
    names = " ".join(list(dates)[:4])
    return GenerationNeeded(
        f"{len(dates)} request{'s were' if len(dates) > 1 else ' was'} exported, not answered yet",
        facts={label: f"exported on {date}" for label, date in list(dates.items())[:10]},
        hint=f"`fxgbuild generate import` its replies, or `fxgbuild regenerate {names}` asks now",
    )


def export(context: Context, requests: Sequence[Request]) -> str:
    """The requests as a batch file; their keys are leased, so that nobody asks twice."""
    settings = context.workspace.settings.generate
    lines = []
    for item in requests:
        context.stores.index.put(
            f"lease:{item.key.hex}",
            {"attempt": item.attempt, "date": context.today, "label": str(item.node.label)},
        )
        model = settings.model or "model"
        lines.append(
            request_line(item.key, item.attempt, item.messages, model, settings.max_output_tokens)
        )
    return "".join(line + "\n" for line in lines)


def accept(context: Context, replies: Sequence[tuple[Request, Reply]]) -> list[Imported]:
    """Judge replies in one batch; pin what passes all four stages."""
    cases: list[tuple[Request, Reply, str, Case]] = []
    results: list[Imported] = []
    for item, reply in replies:
        template = item.node.template
        if template is None:
            raise ValueError(f"{item.node.label} has no template")
        hole, findings = take_hole(reply, template)
        if findings:
            told = tuple(finding.message for finding in findings)
            results.append(_failed(context, item, reply, "", "reply", (findings, told)))
            continue
        hole = _formatted(context, hole)
        cases.append((item, reply, hole, new_case(context, item.node, render(template, hole))))
    verdicts = judge(context, [case for *_, case in cases])
    for item, reply, hole, case in cases:
        results.append(_settle(context, item, reply, hole, case, verdicts[case.label]))
    return sorted(results, key=lambda result: result.label)


def _formatted(context: Context, hole: str) -> str:
    """Post-processing: imports sorted, code formatted; what does not parse stays as it is."""
    return tidy(hole, context.tools)


def _settle(
    context: Context, item: Request, reply: Reply, hole: str, case: Case, verdicts: Verdicts
) -> Imported:
    failure = first_failure(verdicts)
    if failure is not None:
        if failure.stage == "test":
            report = failure.report or {}
            told = from_tests(report.get("tests", []), str(report.get("ended", "ok")))
        else:
            told = from_findings(failure.findings, case.code)
        context.stores.render_failed(item.node.label, item.attempt, case.code)
        return _failed(context, item, reply, hole, failure.stage, (failure.findings, told))
    attempt = _attempt(context, item, reply, hole, "")
    _pin(context, item, hole, case, attempt)
    return Imported(str(item.node.label), item.key.hex, item.attempt, "pinned", "")


def _attempt(  # noqa: PLR0913, PLR0917 - one attempt has these parts
    context: Context,
    item: Request,
    reply: Reply,
    hole: str,
    stage: str,
    findings: tuple[Finding, ...] = (),
    told: tuple[str, ...] = (),
) -> Attempt:
    return Attempt(
        key=item.key,
        number=item.attempt,
        date=context.today,
        provider=reply.provider,
        model=reply.model,
        reply=digest_bytes(reply.text.encode()),
        code=context.stores.blobs.put(hole.encode()) if hole else None,
        stage=stage,
        findings=findings,
        complaints=told,
        usage=reply.usage,
    )


def _failed(
    context: Context,
    item: Request,
    reply: Reply,
    hole: str,
    stage: str,
    found: tuple[tuple[Finding, ...], tuple[str, ...]],
) -> Imported:
    attempt = _attempt(context, item, reply, hole, stage, *found)
    keep_attempt(context.stores, item.node.label, attempt)
    crash.point("attempt.kept")
    outcome = "repair" if item.attempt < limit(context) else "rejected"
    label = str(item.node.label)
    return Imported(label, item.key.hex, item.attempt, outcome, stage, found[0])


def _pin(context: Context, item: Request, hole: str, case: Case, last: Attempt) -> None:
    stores, node = context.stores, item.node
    history = [*all_attempts(stores, node.label), last]
    pin = Pin(
        label=node.label,
        key=item.key,
        preimage=item.preimage,
        code=digest_bytes(hole.encode()),
        hole=hole,
        provenance={
            "provider": last.provider,
            "model": last.model,
            "date": last.date,
            "attempts": item.attempt,
            "usage": last.usage,
        },
        attempts=tuple(attempt.summary() for attempt in history),
        validated=settle(context, case),
    )
    stores.keep_pin(pin, commit=context.commit)
    stores.share_pin(pin, context.facts.sandbox)
    stores.index.remove(f"lease:{item.key.hex}")
    stores.index.remove(f"renew:{item.key.hex}")
    close_series(stores, node.label)


def settle(context: Context, case: Case) -> dict[str, Json]:
    """The label stands under this code now; returns the preimages that it passed under."""
    context.stores.settle([(case.node.label, step) for step in case.steps.values()])
    return {stage: step.preimage for stage, step in case.steps.items()}


def import_answers(
    context: Context, answers: Iterable[Answer], nodes: Iterable[Node]
) -> list[Imported]:
    """Match answers with open requests by key and attempt, and judge those that fit."""
    by_prefix: dict[str, Node] = {}
    for node in nodes:
        key = key_of("generate", generate_preimage(context.workspace, node))
        by_prefix.setdefault(key.hex[:32], node)
    fitting: dict[Digest, tuple[Request, Reply]] = {}
    results: list[Imported] = []
    for answer in answers:
        meant = by_prefix.get(answer.key_prefix)
        problem = answer.problem
        if meant is None and not problem:
            problem = "no node has this key; its spec has changed since"
        if meant and answer.reply and not problem:
            item = request(context, meant)
            twice = "the file answers this request twice" if item.key in fitting else ""
            problem = twice or _unfit(context, item, answer)
            if not problem:
                fitting[item.key] = (item, answer.reply)
                continue
        label = str(meant.label) if meant else f"line {answer.line}"
        finding = Finding("reply", "not-asked", problem, answer.line)
        results.append(
            Imported(label, answer.key_prefix, answer.attempt, "rejected", "reply", (finding,))
        )
    for item, reply in fitting.values():
        keep_reply(context, item, reply)
    return accept(context, list(fitting.values())) + results


def _unfit(context: Context, item: Request, answer: Answer) -> str:
    """Why an answer cannot be taken now; empty when it can."""
    pin = context.stores.committed(item.node.label) or context.stores.private(item.key)
    renewed = context.stores.index.get(f"renew:{item.key.hex}") is not None
    if pin and pin.key == item.key and not renewed:
        return "the key is pinned already; a late reply is not taken (`regenerate` asks anew)"
    if item.attempt > limit(context):
        return f"all {limit(context)} attempts are used up"
    if answer.attempt != item.attempt:
        return f"it answers attempt {answer.attempt}; attempt {item.attempt} is open"
    return ""


def needed(context: Context, plan: Plan, labels: Sequence[Label]) -> GenerationNeeded:
    """No provider, or frozen: name the nodes, why, and the command that goes on from here."""
    facts = {}
    for label in labels[:10]:
        target = plan.get(label)
        reasons = target.reasons if target else ()
        facts[str(label)] = "; ".join(str(reason) for reason in reasons[:3])
    if len(labels) > 10:
        facts["…"] = f"and {len(labels) - 10} more"
    count = f"{len(labels)} node{'s need' if len(labels) > 1 else ' needs'}"
    why = "the build is frozen" if context.stores.frozen else "no model is configured"
    patterns = shorten(labels, 4).replace(",", "") if len(labels) <= 4 else "//..."
    hint = (
        f"`fxgbuild generate export {patterns} --to requests.jsonl`, have them answered, then "
        f"`fxgbuild generate import replies.jsonl` (up to {limit(context)} attempts a node); or "
        "`fxgbuild carry` where the pinned code should stand"
    )
    rekeyed = [label for label in labels if (target := plan.get(label)) and target.rekeyed]
    if rekeyed:
        hint = carry_hint(len(rekeyed)) + (f"; for the others {hint}" if labels != rekeyed else "")
    return GenerationNeeded(f"{count} a generation, and {why}", facts=facts, hint=hint)


def exhausted(spent: Sequence[Request]) -> AttemptsExhausted:
    names = ", ".join(str(item.node.label) for item in spent)
    return AttemptsExhausted(
        "no attempt passed all four stages",
        facts={"nodes": names},
        hint=f"`fxgbuild show {spent[0].node.label} --findings` says why; "
        "a clearer spec starts a new series",
    )
