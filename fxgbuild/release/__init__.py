"""Releases, pure: an artifact with its closure and what was signed of it; policy; the ledger."""
