"""Errors, units, digests, checks: no word of the domain."""
