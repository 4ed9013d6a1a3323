"""The desk of a command that looks at channels: the settings are read, the packages are not."""

import os

from fxgbuild.cli.app import App
from fxgbuild.errors import BadWorkspace, UsageError
from fxgbuild.files import refuse_shared
from fxgbuild.lang.label import NAME, PACKAGE, Label
from fxgbuild.lang.load import load_settings
from fxgbuild.problem import closest
from fxgbuild.promote.desk import Desk
from fxgbuild.release.ledger import Ledger
from fxgbuild.store.index import Index


def open_desk(app: App) -> Desk:
    """What a workspace's own file says of its channels; raises BadWorkspace."""
    settings, problems = load_settings(app.tree)
    if problems:
        raise BadWorkspace(problems)
    refuse_shared(app.store)
    return Desk(app.root, settings, Index(app.store / "index"), os.environ)


def known_label(app: App, desk: Desk, word: str, ledger: Ledger) -> str:
    """An artifact's label as the ledger has it; `:wheel` is of the folder one stands in."""
    package, colon, name = word.removeprefix("//").partition(":")
    if word.startswith(":"):
        package = app.package_in(desk.settings)
    if not (colon and PACKAGE.fullmatch(package) and NAME.fullmatch(name)):
        raise UsageError(
            f"`{word[:100]}` is no label of an artifact", hint="they read `//package:name`"
        )
    label = str(Label(package, name))
    if label not in ledger.labels:
        near = closest(label, ledger.labels) or ", ".join(f"`{x}`" for x in ledger.labels)
        raise UsageError(
            f"nothing of `{label}` is in the ledger",
            facts={"closest": near},
            hint=f"`fxgbuild promote {label} --to CHANNEL` puts it into a channel",
        )
    return label
