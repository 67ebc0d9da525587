"""Traces and peaks to contributor fractions."""
