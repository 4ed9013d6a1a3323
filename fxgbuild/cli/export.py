"""`fxgbuild export`: a release and all that is about it, as one file."""

from pathlib import Path

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.desk import open_desk
from fxgbuild.digest import Json, digest_bytes
from fxgbuild.errors import FxgError, UsageError
from fxgbuild.files import write_atomic
from fxgbuild.oci.manifest import Malformed, Manifest
from fxgbuild.oci.reference import MAX_TAG
from fxgbuild.places.archive import Parcel, pack
from fxgbuild.promote.parcel import ENTRIES, gather
from fxgbuild.promote.shelf import find
from fxgbuild.release.statement import PAYLOAD


@click.command("export")
@click.argument("what", metavar="DIGEST|LABEL")
@click.option(
    "--to", "to", required=True, type=click.Path(dir_okay=False), help="The file to write."
)
@click.option("--channel", default="", metavar="NAME", help="Look in this channel only.")
@common
def command(options: Common, what: str, to: str, channel: str) -> int:
    """Write a release, its statements and the ledger's entries about it into one file.

    The file is an OCI image layout in an uncompressed tar; equal contents are equal bytes.
    """
    desk = open_desk(App(options))
    shelved = find(desk, what, channel)
    parcel = gather(desk, shelved)
    path = Path(to)
    try:
        data = pack(parcel, tag_of(parcel.release.label))
    except Malformed as error:
        raise UsageError(f"{parcel.release.label} cannot be exported: {error}") from None
    try:
        write_atomic(path, data)
    except OSError as error:
        raise FxgError("the file cannot be written", facts={str(path): str(error)}) from None
    found = _document(parcel, path, data)
    if options.json:
        echo_json(found)
    else:
        said = f"statements: {len(found['statements'])}, of the ledger: {found['entries']}"
        click.echo(f"{path}  {parcel.release.label} {parcel.release.digest.short}  {said}")
    return 0


def tag_of(label: str) -> str:
    """How the release is called inside of the file: `eeg.wheel`."""
    return label.removeprefix("//").replace("/", ".").replace(":", ".")[:MAX_TAG]


def _document(parcel: Parcel, path: Path, data: bytes) -> Json:
    manifests = {digest_bytes(each): Manifest.parse(each) for each in parcel.referrers}
    statements = [d.hex for d, m in manifests.items() if m.artifact_type == PAYLOAD]
    entries = [m for m in manifests.values() if m.artifact_type == ENTRIES]
    return {
        "status": "exported",
        "exit_code": 0,
        "path": str(path),
        "sha256": digest_bytes(data).hex,
        "size": len(data),
        "label": parcel.release.label,
        "release": parcel.release.digest.hex,
        "file": parcel.release.artifact.digest.hex,
        "statements": statements,
        "entries": max((len(m.layers) for m in entries), default=0),
    }
