"""Promotion, done: releases attested, moved between channels, recorded, verified, rebuilt."""
