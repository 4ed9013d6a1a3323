"""The table of options is the verbs' own, and the pages name options that exist."""

import re

from fxgbuild.cli.options import COMMON, TABLE, options
from tests.docs.pages import read

from .options import rows


def test_the_table_is_that_of_the_verbs():
    """`python -m tests.cli.options` rewrites it."""
    listed = {verb: set(text.replace("*", COMMON).split()) for verb, text in TABLE.items()}
    assert listed == {verb: set(found) for verb, found in rows().items()}


def test_the_page_on_configuration_names_options_and_settings_that_exist():
    from fxgbuild.lang.settings import SettingsDoc
    from fxgbuild.rc import CONFIG, IGNORE

    known = {name for own in options().values() for name in own}
    known |= {CONFIG, *IGNORE, "--explain"}
    text = read("docs/configuration.md")
    for name in re.findall(r"(?<![\w-])--[a-z-]*[a-z](?![\w-])", text):
        assert name in known or f"--{name[5:]}" in known, name
    fields = SettingsDoc.model_fields
    named = re.findall(r"`([a-z]+)\.([a-z_]+)`", text)
    for section, name in [found for found in named if found[0] in fields]:
        assert name in type(fields[section].default).model_fields, f"{section}.{name}"
