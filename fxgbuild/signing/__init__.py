"""Signatures: keys, DSSE envelopes, and the trust file that says whose word counts."""
