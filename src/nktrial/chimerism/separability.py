"""Separability: whether the DNA of these persons can be told apart at all.

Definition
    The copies of all alleles of all usable loci, one column a person, must have full column rank: else some mixture
    of persons looks like another at every locus, and no share of it can be had. Every two persons must differ at
    three loci or more.

Not decided here
    How well separable persons are told apart: that is the interval's to say.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError

__all__ = ["MIN_INFORMATIVE_LOCI", "differing_loci", "require_separable"]

MIN_INFORMATIVE_LOCI: Final = 3  # customary minimum of chimerism laboratories; [unverified] in a guideline's text


def differing_loci(copies: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return (K, K): at how many loci two persons differ; ``copies`` is (K, L, B)."""
    return np.asarray((copies[:, None] != copies[None, :]).any(axis=3).sum(axis=2), dtype=np.int64)


def require_separable(copies: NDArray[np.float64], persons: Sequence[str], *, sample: str) -> None:
    """Refuse contributors that no peak height can tell apart.

    Parameters
    ----------
    copies : (K, L, B) float
        Copies of B alleles at L usable loci.
    persons : sequence of str
        The K persons.
    sample : str
        For the message.

    Raises
    ------
    MethodError
        NK-MIX-01 two persons are identical at every locus; NK-MIX-02 two persons differ at fewer than three loci;
        NK-MIX-03 the copies of one person are a mixture of the others' at every locus.
    """
    loci = copies.shape[1]
    differ = differing_loci(copies)
    for first in range(len(persons)):
        for second in range(first + 1, len(persons)):
            count = int(differ[first, second])
            if count == 0:
                raise MethodError(
                    "NK-MIX-01",
                    f"{persons[first]} and {persons[second]} have the same genotype at all {loci} usable loci.",
                    where=sample,
                    remedy="They are one person, identical twins, or swapped files; declare one of them.",
                )
            if count < MIN_INFORMATIVE_LOCI:
                raise MethodError(
                    "NK-MIX-02",
                    f"{persons[first]} and {persons[second]} differ at {count} of {loci} usable loci, expected "
                    f"{MIN_INFORMATIVE_LOCI} or more.",
                    where=sample,
                    remedy="Type more loci, or the missing loci of the references.",
                )
    stacked = copies.reshape(len(persons), -1)
    if np.linalg.matrix_rank(stacked) < len(persons):
        raise MethodError(
            "NK-MIX-03",
            f"the genotypes of {', '.join(persons)} are linearly dependent at all {loci} usable loci.",
            where=sample,
            remedy="One person's alleles are a mixture of the others'; type more loci.",
        )
