"""Live generation: a model that answers at once is asked, once a key among all builds."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from fxgbuild.build.budget import Budget
from fxgbuild.build.context import Context
from fxgbuild.build.generation import (
    Imported,
    Request,
    accept,
    exhausted,
    open_requests,
    request,
)
from fxgbuild.build.paid import keep_reply, kept_reply
from fxgbuild.event import ActionEnded
from fxgbuild.generate.batch import TEMPERATURE
from fxgbuild.generate.reply import Reply
from fxgbuild.lang.model import Node
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.ports import Model


def generate_live(context: Context, model: Model | None, nodes: Sequence[Node]) -> list[Imported]:
    """Ask for every node, repairing until all are pinned or attempts run out.

    One call a key among all builds: whoever holds its lock asks, the others wait and find the pin.
    """
    pending = {f"generate:{request(context, node).key.hex}": node for node in nodes}
    budget = Budget(context.workspace.settings.generate)
    final: list[Imported] = []
    while pending:
        mine = context.locks.acquire(list(pending))
        if not mine:
            name = next(iter(pending))
            context.locks.wait(name, limit_s=context.wait_s, waiting=context.waits)
            mine = {name}
        try:
            own = [pending.pop(name) for name in list(pending) if name in mine]
            final += _generate_own(context, model, own, budget)
        finally:
            context.locks.release(mine)
    return final


def _generate_own(
    context: Context, model: Model | None, nodes: Sequence[Node], budget: Budget
) -> list[Imported]:
    """Rounds of asking and judging for keys that nobody else holds.

    Once the budget is used up nothing more is asked; what was bought is judged first.
    """
    pending = [node for node in nodes if not is_pinned(context, node)]
    final: list[Imported] = []
    while pending:
        requests, spent = open_requests(context, pending)
        if spent:
            raise exhausted(spent)
        replies = _ask(context, model, requests, budget)
        results = accept(context, replies)
        again = {result.key for result in results if result.outcome == "repair"}
        final += [result for result in results if result.outcome != "repair"]
        rejected = [result.key for result in results if result.outcome == "rejected"]
        if rejected:
            raise exhausted([item for item in requests if item.key.hex in rejected])
        unasked = [str(r.node.label) for r in requests if r.key not in {i.key for i, _ in replies}]
        if unasked:
            raise budget.error(unasked)
        pending = [item.node for item in requests if item.key.hex in again]
    return final


def is_pinned(context: Context, node: Node) -> bool:
    """Did another build pin this key since the plan was made?"""
    key = key_of("generate", generate_preimage(context.workspace, node))
    renewed = context.stores.index.get(f"renew:{key.hex}") is not None
    return not renewed and context.stores.private(key) is not None


def _ask(
    context: Context, model: Model | None, requests: Sequence[Request], budget: Budget
) -> list[tuple[Request, Reply]]:
    """Requests and their replies; without those that the budget no longer pays for."""

    def answer(item: Request) -> Reply | None:
        start = context.now()
        reply = kept_reply(context, item)
        if reply is None:
            if model is None:
                raise exhausted([item])
            if budget.reached():
                return None
            reply = model.ask(item.messages, temperature=TEMPERATURE)
            keep_reply(context, item, reply)
            budget.add(reply.usage, item.messages, reply.text)
        context.report.tell(
            ActionEnded(
                label=str(item.node.label),
                action="generate",
                key=item.key.hex,
                outcome="passed",
                start_s=round(start, 4),
                wall_s=round(context.now() - start, 4),
                lane="model",
            )
        )
        return reply

    with ThreadPoolExecutor(context.model_jobs) as pool:
        replies = list(pool.map(answer, requests))
    return [(item, reply) for item, reply in zip(requests, replies, strict=True) if reply]
