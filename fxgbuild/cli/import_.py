"""`fxgbuild import`: a release from a file into a place, after everything was verified."""

from collections.abc import Iterator
from pathlib import Path

import click

from fxgbuild.cli.app import App, Common, common, echo_json, say
from fxgbuild.cli.desk import open_desk
from fxgbuild.digest import Digest, Json
from fxgbuild.errors import Distrusted, UsageError
from fxgbuild.files import read_regular
from fxgbuild.oci.manifest import Malformed
from fxgbuild.oci.place import Place
from fxgbuild.oci.reference import is_reference
from fxgbuild.places.archive import MAX_ARCHIVE, Parcel, unpack
from fxgbuild.places.open import open_place
from fxgbuild.problem import visible
from fxgbuild.promote.channels import need_channel
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.parcel import Judged, judge
from fxgbuild.report.visible import one_line


@click.command("import")
@click.argument("file", type=click.Path())
@click.option(
    "--to", "to", default="", metavar="PLACE", help="A folder or `oci://`; default: a channel's."
)
@common
def command(options: Common, file: str, to: str) -> int:
    """Put a release from a file that `export` wrote into a place, by digest.

    Everything in the file is verified before anything is stored, its signatures by the trust file.
    It enters no channel: that is what `promote` does.
    """
    desk = open_desk(App(options))
    parcel = _read(file)
    place = _place(desk, to)
    named = desk.organisation.trust is not None  # then it has to be there
    judged = judge(desk, parcel) if named or desk.trust_path.exists() else None
    parcel.put(place)
    if options.json:
        echo_json(_document(file, place, parcel, judged))
        return 0
    say(list(_told(judged, desk.trust_path)))
    release = parcel.release
    click.echo(f"{release.label} {release.digest.hex} is in {place.name}")
    say(["", f"hint: {_next(desk, place, release.digest)}"])
    return 0


def _read(file: str) -> Parcel:
    try:
        data = read_regular(Path(file).resolve(), MAX_ARCHIVE)
    except OSError as error:
        raise UsageError("the file cannot be read", facts={file: str(error)}) from None
    try:
        return unpack(data)
    except Malformed as error:
        raise Distrusted(
            "the file is not what `fxgbuild export` wrote",
            facts={"file": file, "cause": one_line(str(error))},
            hint="nothing was imported; get the file again, or compare its sha256",
        ) from None


def _place(desk: Desk, to: str) -> Place:
    """The place that is named, as the caller's folder sees it, or the first channel's."""
    if to:
        return open_place(to, Path.cwd() if not is_reference(to) else desk.root)
    if not desk.channels:
        need_channel(desk.channels, "")
    return next(iter(desk.channels.values())).place


def _next(desk: Desk, place: Place, release: Digest) -> str:
    if any(place.name == own.name for c in desk.channels.values() for own in c.places):
        return f"`fxgbuild promote {release.hex} --to CHANNEL` goes on from there"
    return "`promote` finds what lies in the place of a channel; without `--to` it is the first's"


def _told(judged: Judged | None, trust: Path) -> Iterator[str]:
    if judged is None:
        yield f"note: no signature was judged, there is no trust file ({trust})"
        return
    for found in judged.statements:
        kind = found.statement.predicate_type if found.statement else "a statement"
        told = f"{kind}  {found.person or found.key}" + f"  {found.doubt}" * bool(found.doubt)
        yield visible(told)
    for entry in judged.entries:
        because = f": {one_line(entry.because)}" if entry.because else ""
        yield f"entered {entry.channel} {entry.at} by {entry.person}{because}"
    for doubt in judged.doubts:
        yield f"note: an entry of its ledger does not count here: {doubt}"


def _document(file: str, place: Place, parcel: Parcel, judged: Judged | None) -> Json:
    release = parcel.release
    statements = [
        {
            "manifest": found.manifest.hex,
            "predicate": found.statement.predicate_type if found.statement else "",
            "person": found.person,
            "key": found.key,
            "doubt": found.doubt,
        }
        for found in (judged.statements if judged else ())
    ]
    return {
        "status": "imported",
        "exit_code": 0,
        "path": file,
        "place": place.name,
        "label": release.label,
        "release": release.digest.hex,
        "file": release.artifact.digest.hex,
        "judged": judged is not None,
        "statements": statements,
        "entries": [
            {"channel": entry.channel, "at": entry.at, "person": entry.person}
            for entry in (judged.entries if judged else ())
        ],
        "doubts": list(judged.doubts if judged else ()),
    }
