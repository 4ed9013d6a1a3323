"""`fxgbuild approve`: a person's signed word that a release may go on."""

from collections.abc import Iterator
from typing import Any

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.because import reason
from fxgbuild.cli.desk import open_desk
from fxgbuild.digest import Digest, Json
from fxgbuild.oci.manifest import oci
from fxgbuild.promote.approving import Wanted, approve, approver, given_before, look, phrase
from fxgbuild.promote.shelf import find
from fxgbuild.release.approval import Approval
from fxgbuild.release.asked_of_people import pin_key
from fxgbuild.release.case import Case
from fxgbuild.release.evidence import NodeEvidence
from fxgbuild.release.validation import commit_json
from fxgbuild.report.visible import one_line
from fxgbuild.report.words import table

HEADER = ("node", "code by", "model", "attempts", "code", "pin")


@click.command("approve")
@click.argument("what", metavar="DIGEST|LABEL")
@click.option("--role", required=True, metavar="ROLE", help="The role in which to approve.")
@click.option("--channel", default="", metavar="NAME", help="Look in this channel only.")
@reason("Why; kept in the statement.", default="")
@click.option(
    "--acknowledge", multiple=True, metavar="ID", help="Take a finding as it is; may be repeated."
)
@click.option("--reviewed", is_flag=True, help="You looked at every carried and adopted pin.")
@click.option("--dry-run", is_flag=True, help="Show what would be approved; sign nothing.")
@common
def command(options: Common, what: str, channel: str, dry_run: bool, **said: Any) -> int:
    """Sign that a release may go on, and store that beside it.

    What is approved is printed first. It counts for every channel whose policy asks for the role;
    authors of the commit, of the files that went in, and who built it do not approve.
    """
    desk = open_desk(App(options))
    case = look(desk, find(desk, what, channel))
    if not options.json:
        for line in _shown(case):
            click.echo(line)
    wanted = Wanted(**said)
    signer, key = approver(desk, case, wanted.role)
    given = phrase(desk, case, key, wanted)
    old = given_before(case, given)
    statement: Digest | None = None
    places: list[str] = []
    if old is None and not dry_run:
        statement, places = approve(desk, case, given, signer)
    status = "already" if old else "planned" if dry_run else "approved"
    if options.json:
        stored = {"statement": statement.hex if statement else None, "places": places}
        echo_json({"status": status} | _document(case) | (old or given).to_json() | stored)
    else:
        for line in _told(case, status, old or given):
            click.echo(line)
    return 0


def _told(case: Case, status: str, given: Approval) -> Iterator[str]:
    what = f"{case.release.label} {case.release.digest.short} as `{given.role}`"
    if status == "already":
        yield f"{given.person} approved {what} already, {given.at}; nothing was signed"
        return
    yield f"{given.person} {'approves' if status == 'planned' else 'approved'} {what}"
    if case.unseen and not given.reviewed:
        count = len(case.unseen)
        yield f"note: says nothing of {count} carried or adopted pins; `--reviewed` would"
    if status == "planned":
        yield "nothing was signed: without --dry-run it is"


def _shown(case: Case) -> Iterator[str]:
    """What is about to be approved."""
    evidence, commit = case.provenance.evidence, case.commit
    yield f"release   {oci(case.release.digest)}  {case.release.label}"
    for name, digest in case.release.files.items():
        yield f"file      {oci(digest)}  {name}"
    if commit is None:
        yield "commit    none"
    else:
        where = f" of {commit.repository}" if commit.repository else ""
        clean = "clean" if commit.clean else "WITH CHANGES THAT ARE IN NO COMMIT"
        yield f"commit    {one_line(f'{commit.id}{where}, {clean}')}"
    yield f"authors   {one_line(', '.join(case.authors))}"
    for vote in case.approvals:
        yield f"approval  {one_line(f'{vote.role}: {vote}')}"
    rows = [_row(node) for node in evidence.nodes] if evidence else []
    yield from table(rows, HEADER)
    for finding in case.validation.evidence.findings if case.validation.evidence else ():
        where = " ".join(finding[name] for name in ("id", "node", "stage", "rule"))
        told = one_line(f"{where}: {finding['text']}")
        yield f"finding   {told}"


def _row(node: NodeEvidence) -> tuple[str, ...]:
    pin = [f"carried {node.carried} times"] * bool(node.carried) + ["adopted"] * node.adopted
    cells = (node.label, node.origin, node.model, str(node.attempts or ""), node.code.short)
    return (*(one_line(cell, 60) for cell in cells), ", ".join(pin))


def _document(case: Case) -> dict[str, Json]:
    nodes = case.provenance.evidence.nodes if case.provenance.evidence else ()
    return {
        "label": case.release.label,
        "release": case.release.digest.hex,
        "files": {name: digest.hex for name, digest in case.release.files.items()},
        "commit": commit_json(case.commit) if case.commit else None,
        "authors": list(case.authors),
        "nodes": [
            {
                "label": node.label,
                "origin": node.origin,
                "model": node.model,
                "attempts": node.attempts,
                "code": node.code.hex,
                "pin": pin_key(node).hex,
                "carried": node.carried,
                "adopted": node.adopted,
            }
            for node in nodes
        ],
        "findings": list(case.validation.evidence.findings) if case.validation.evidence else [],
    }
