"""Gating templates in a file: markers found, scales chosen, gates drawn."""
