"""Makes artifacts from validated code: pure functions from values to bytes, no files."""

PACKAGER_VERSION = "1"  # in the keys of artifacts: another one makes other bytes
