"""Keys, envelopes, and whose word counts."""
