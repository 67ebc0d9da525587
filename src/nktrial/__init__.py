"""From raw flow cytometry and STR files to the endpoints of an NK-cell therapy study.

Each package is usable alone on arrays; see docs/data-model.md for the whole.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
