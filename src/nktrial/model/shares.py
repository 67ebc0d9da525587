"""Shares of known persons in one sample, whatever measured them: peaks, reads, partitions, or another laboratory."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nktrial.core.errors import MethodError
from nktrial.model.uncertainty import Uncertain

__all__ = ["LocusShare", "LocusState", "PersonShare", "ShareMeasurement", "Technique"]

Technique: TypeAlias = Literal["str", "ngs", "dpcr", "reported"]
LocusState: TypeAlias = Literal["used", "not_in_mean", "outlying", "left_out", "uninformative"]


@dataclass(frozen=True, slots=True)
class LocusShare:
    """One person's share as one locus tells it.

    Parameters
    ----------
    person : str
        Study id.
    share : float or None
        The classical share, 0..1; None where the locus has none for this person.
    low, high : float or None
        Its 95 % interval from the locus' own peaks; None without a share.
    state : {"used", "not_in_mean", "outlying", "left_out", "uninformative"}
        In the fit and in the classical mean; in the fit alone; it contradicts all other loci; it cannot be used; it
        tells nothing of this person.
    note : str
        Why it is not ``used``; else empty.
    """

    person: str
    share: float | None
    low: float | None
    high: float | None
    state: LocusState
    note: str


@dataclass(frozen=True, slots=True)
class PersonShare:
    """One person's share of the DNA.

    Parameters
    ----------
    person : str
        Study id.
    share : Uncertain
        0..1.
    lob, lod : float or None
        Limits of blank and of detection as shares; None where the technique states none.
    """

    person: str
    share: Uncertain
    lob: float | None = None
    lod: float | None = None

    @property
    def below_lod(self) -> bool:
        """Tell whether the share lies below its limit of detection."""
        return self.lod is not None and self.share.value < self.lod


@dataclass(frozen=True, slots=True)
class ShareMeasurement:
    """The shares of one sample as one technique measured them; where all persons are named, the values sum to 1."""

    sample: str
    technique: Technique
    persons: tuple[PersonShare, ...]

    def of(self, person: str) -> PersonShare:
        """Return one person's share.

        Raises
        ------
        MethodError
            NK-NGS-28 the person is not among those measured.
        """
        for item in self.persons:
            if item.person == person:
                return item
        raise MethodError(
            "NK-NGS-28",
            f"{person} is not among the persons measured in {self.sample}.",
            where=self.sample,
            remedy="Declare the person, or ask for another.",
        )
