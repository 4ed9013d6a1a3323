"""Makes artifacts from validated code: pure functions from values to bytes, no files."""
