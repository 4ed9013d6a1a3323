"""`fxgbuild cache keygen`: a signing key, and whose it is in a trust file."""

import datetime
import os
from pathlib import Path

import click

from fxgbuild.cli.app import Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.files import write_atomic
from fxgbuild.signing.keys import new_key, signer_of
from fxgbuild.signing.trust import parse_trust, read_trust

PERSON = "you@example.org"
ROLES = ("builder", "promoter")


@click.command("keygen")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--person", default=PERSON, help="Whose key it is, an e-mail address.")
@click.option("--role", "roles", multiple=True, help="What it may say; builder and promoter.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650))
@click.option(
    "--trust", type=click.Path(path_type=Path, dir_okay=False), help="A trust file to add it to."
)
@common
def command(
    *,
    options: Common,
    file: Path,
    person: str,
    roles: tuple[str, ...],
    days: int,
    trust: Path | None,
) -> int:
    """Make a signing key, and print what `[remote] trust` and a trust file need of it."""
    if trust is not None and person == PERSON:
        raise UsageError(
            "a trust file says whose a key is", hint="`--person ana@example.org` says it"
        )
    data = new_key()
    public = signer_of(data, file).id
    today = datetime.datetime.now(datetime.UTC).date()
    block = trust_block(public, today, person, roles or ROLES, days)
    before = _trusted(trust) if trust is not None else ""
    parse_trust(str(trust or file), (before + block).encode())  # whatever is wrong shows here
    _write_key(file, data)
    if trust is not None:
        write_atomic(trust, (before + block).encode())
    if options.json:
        echo_json({"file": str(file), "public": public, "trust": block})
    else:
        click.echo(public)
        if trust is None:
            click.echo(f"\na trust file takes it as\n\n{block}", err=True, nl=False)
    return 0


def _trusted(trust: Path) -> str:
    """A trust file's text, up to where another key goes; raises what `read_trust` raises."""
    if not trust.exists():
        return "fxg = 1\n\n"
    read_trust(trust)
    return trust.read_text("utf-8").rstrip() + "\n\n"


def _write_key(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            "the key cannot be written there",
            facts={"file": str(file), "cause": error.strerror or str(error)},
            hint="a key is never overwritten; name a new file",
        ) from None
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)


def trust_block(
    public: str,
    today: datetime.date,
    person: str = PERSON,
    roles: tuple[str, ...] = ROLES,
    days: int = 365,
) -> str:
    """What a trust file says of a key."""
    listed = ", ".join(f'"{role}"' for role in roles)
    return (
        "[[keys]]\n"
        f'id = "{public}"\n'
        f'person = "{person}"\n'
        f"roles = [{listed}]  # builder, promoter, verifier, or one that gives approvals\n"
        f"from = {today}\n"
        f"until = {today + datetime.timedelta(days)}\n"
    )
