"""Bytes to nouns and back; only SourceError and PlanError escape."""
