"""Nouns: frozen dataclasses that hold data and guard their own invariants."""
