"""Names of markers and alleles: one spelling to compare by, one order of length.

Definition
    Two spellings are the same marker when they agree after dropping everything but letters and digits and folding
    case (``vWA`` = ``VWA``, ``Penta E`` = ``PENTA_E``); AMEL, AM and Amelogenin are one. An allele's length is its
    name as a number; the step of one repeat leaves the decimal alone (9.3 - 1 = 8.3).
"""

import math
from typing import Final

__all__ = ["AMELOGENIN", "allele_length", "is_autosomal", "marker_key", "step"]

AMELOGENIN: Final = "amel"
ALIASES: Final = {"am": AMELOGENIN, "amelogenin": AMELOGENIN}
NOT_AUTOSOMAL: Final = ("dys", "ygata", "yindel", "qs1", "qs2")


def marker_key(marker: str) -> str:
    """Return the spelling by which markers are compared."""
    key = "".join(char for char in marker.casefold() if char.isalnum())
    return ALIASES.get(key, key)


def is_autosomal(marker: str) -> bool:
    """Tell whether the marker has two alleles in everybody: not AMEL, not on Y, not a quality sensor."""
    key = marker_key(marker)
    return bool(key) and key != AMELOGENIN and not key.startswith(NOT_AUTOSOMAL)


def allele_length(allele: str) -> float:
    """Return the repeats of an allele; NaN where its name is not a plain number."""
    plain = allele.replace(".", "", 1)
    return float(allele) if plain.isascii() and plain.isdigit() else math.nan


def step(allele: str, repeats: int) -> float:
    """Return the length of the allele that is ``repeats`` longer; NaN where the name is not a number."""
    return round(allele_length(allele) + repeats, 2)
