"""`fxgbuild carry`: pinned code kept under a changed key."""

from collections.abc import Iterator, Sequence

import click

from fxgbuild.build.carrying import UNMOVED, Carried, carry
from fxgbuild.build.verdict import first_line
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.plan.preimage import STAGES

MOST_FINDINGS = 3


@click.command("carry")
@click.argument("patterns", nargs=-1, required=True)
@click.option("--because", required=True, help="Why the code should stand; kept in the pin.")
@click.option("--dry-run", is_flag=True, help="Say what would be carried; run and write nothing.")
@click.option("--frozen", is_flag=True, hidden=True)
@common
def command(
    options: Common, patterns: tuple[str, ...], because: str, dry_run: bool, frozen: bool
) -> int:
    """Keep the pinned code under a changed key, if all stages pass under the new contract."""
    if frozen:
        raise UsageError("`carry` writes `cache/`, so it does not go with --frozen")
    if not because.strip():
        raise UsageError("`--because` needs a reason")
    app = App(options)
    selection = app.selection(patterns)
    nodes = [node for node in selection.nodes if node.is_generated()]
    if not dry_run:
        app.check_environment(selection)
    try:
        results = carry(app.context(), nodes, because.strip(), dry_run=dry_run)
    finally:
        app.report.close()
    if options.json:
        echo_json([result.to_json() for result in results])
    else:
        for line in carried_lines(results, app.settings.cache, because.strip()):
            click.echo(line)
    return 1 if any(r.outcome in ("refused", "failed") for r in results) else 0


def carried_lines(results: Sequence[Carried], cache: str, because: str) -> Iterator[str]:
    """What moved and why, what did not, and what to type next."""
    for result in results:
        if result.outcome != "current":
            yield from _lines(result)
    yield _summary(results)
    needed = [result.label for result in results if result.needs_generation]
    if needed:
        names = " ".join(needed[:4]) if len(needed) <= 4 else "//..."
        yield f"next: `fxgbuild generate export {names} --to requests.jsonl` asks for new code"
    if any(result.outcome == "carried" for result in results):
        yield f'next: `git add {cache} && git commit -m "carry: {because}"`, for review'


def _lines(result: Carried) -> Iterator[str]:
    yield f"{result.outcome:<8} {result.label}  {result.reason}".rstrip()
    for finding in result.verdict.findings[:MOST_FINDINGS] if result.verdict else ():
        yield f"         {finding.rule}: {first_line(finding.message)}"
    for change in result.changes:
        yield f"         {change}"


def _summary(results: Sequence[Carried]) -> str:
    counts = {name: sum(r.outcome == name for r in results) for name in OUTCOMES}
    told = [", ".join(f"{count} {OUTCOMES[name]}" for name, count in counts.items() if count)]
    stages = [stage for stage in STAGES if any(stage in r.retested for r in results)]
    moved = sum(result.outcome not in UNMOVED for result in results)
    if stages:
        told.append(f"re-tested: {', '.join(stages)} of {moved}")
    elif counts["carried"]:
        told.append("re-tested: nothing, every verdict stands")
    needed = sum(result.needs_generation for result in results)
    if needed:
        told.append(f"{needed} need{'s' * (needed == 1)} a generation")
    return "; ".join(told) if results else "no node of these patterns is written by a model"


OUTCOMES = {
    "carried": "carried",
    "planned": "would be tried",
    "current": "current",
    "refused": "refused",
    "failed": "failed",
    "missing": "never generated",
}
