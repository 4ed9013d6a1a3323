"""`fxgbuild verify`: an artifact's bytes, statements and policy, its channel, and the ledger."""

from collections.abc import Iterable
from dataclasses import replace

import click

from fxgbuild.cli.app import App, Common, common, echo_json, say
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.digest import Json
from fxgbuild.errors import Distrusted, UsageError
from fxgbuild.machine import find_interpreter
from fxgbuild.promote.book import NOT_WHOLE
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.target import verify_target
from fxgbuild.promote.verify import Verified, of_error, verify_all
from fxgbuild.release.check import worst_of
from fxgbuild.report.review_words import plural
from fxgbuild.signing.keys import Signer, need_signer


@click.command("verify")
@click.argument("target", default="")
@click.option("--channel", default="", metavar="NAME", help="Whose policy it has to meet.")
@click.option("--rebuild", is_flag=True, help="Build it again elsewhere; compare every byte.")
@click.option("--attest", is_flag=True, help="Sign that a second build gave the same bytes.")
@click.option(
    "--verify-determinism",
    metavar="N",
    type=click.IntRange(2, 100),
    help="Run its graph N times and compare every value.",
)
@common
def command(
    *,
    options: Common,
    target: str,
    channel: str,
    rebuild: bool,
    attest: bool,
    verify_determinism: int | None,
) -> int:
    """Check bytes, signatures, statements, policy, channel and ledger; a line a check.

    TARGET is a file (a wheel, or what `export` wrote), a folder (an OCI layout), a digest (its
    beginning will do), a label, or `oci://host/repository[:tag][@sha256:…]`. Without it: the
    ledger and all channels.

    With --attest a second build that gave the same bytes is signed by a key of the role
    `verifier`, and stored beside the release.
    """
    app = App(options)
    again = rebuild or verify_determinism is not None
    if again and not target:
        raise UsageError(
            "`--rebuild` and `--verify-determinism` are of one artifact",
            hint="name it: `fxgbuild verify //package:name --rebuild`",
        )
    if attest and not rebuild:
        raise UsageError("`--attest` signs what `--rebuild` finds", hint="add `--rebuild`")
    desk = open_desk(app)
    found = _verified(app, desk, target, channel)
    if again:
        signer = need_signer(desk.environment, desk.root) if attest else None
        found = [_again(desk, one, rebuild, signer, verify_determinism) for one in found]
    code = worst_of(check for one in found for check in one.checks)
    if options.json:
        echo_json(_document(target, found, code))
        return code
    for one in found:
        whole = bool(target) or bool(one.exit_code) or bool(options.verbose)
        for line in _lines(one, whole=whole):
            click.echo(line)
    return code


def _verified(app: App, desk: Desk, target: str, channel: str) -> list[Verified]:
    """Everything that was checked; a ledger that is not whole ends it."""
    try:
        if not target:
            return list(verify_all(desk, channel))
        if target.startswith(":"):
            target = known_label(app, desk, target, desk.book.ledger)
        return verify_target(desk, target, channel)
    except Distrusted as error:
        name = "ledger" if error.message == NOT_WHOLE else "release"
        return [Verified(target or "the ledger", (of_error(name, error),))]


def _again(
    desk: Desk, one: Verified, rebuild: bool, signer: Signer | None, times: int | None
) -> Verified:
    """Add what building and running it again shows."""
    if one.shelved is None:
        return one
    from fxgbuild.promote.again import build_again, run_again  # noqa: PLC0415 - seldom, and slow

    python = find_interpreter(desk.root, desk.settings, desk.environment).executable
    checks = list(one.checks)
    if rebuild:
        say([f"building {one.shelved.release.label} again elsewhere"])
        checks += build_again(desk, one.shelved, signer, python)
    if times is not None:
        say([f"running {one.shelved.release.label} {times} times"])
        checks += run_again(one.shelved, times, python)
    return replace(one, checks=tuple(checks))


def _lines(one: Verified, *, whole: bool) -> Iterable[str]:
    """All checks of what is asked for or failed; else one line says that all is well."""
    if not whole:
        yield f"ok      {one.about}: {plural(len(one.checks), 'check')}"
        return
    yield one.about
    for check in one.checks:
        yield from (f"  {line}" for line in check.lines())


def _document(target: str, found: list[Verified], code: int) -> Json:
    return {
        "status": "failed" if code else "ok",
        "exit_code": code,
        "target": target or None,
        "verified": [
            {
                "about": one.about,
                "label": one.shelved.release.label if one.shelved else None,
                "file": one.shelved.release.artifact.digest.hex if one.shelved else None,
                "release": one.shelved.release.digest.hex if one.shelved else None,
                "place": one.shelved.place.name if one.shelved else None,
                "checks": [check.to_json() for check in one.checks],
            }
            for one in found
        ],
    }
