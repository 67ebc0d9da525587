"""A number as the page shows it: rounded text, exact value, and the id of its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.figures.wording import count_text, per_ul_text, percent_text, probability_text, signed_per_ul_text
from nktrial.model.origin import Record

__all__ = ["SHORT", "Measured", "Number", "Numbers"]

SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Number:
    """One number.

    Parameters
    ----------
    text : str
        Rounded for the eye.
    value : str
        Exact, as results.json writes it.
    record : str
        Id of the record that it comes from.
    """

    text: str
    value: str
    record: str

    @property
    def short(self) -> str:
        """Return the id's first eight digits."""
        return self.record[:SHORT]


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its 95 % interval."""

    value: Number
    low: Number
    high: Number


@dataclass(frozen=True, slots=True)
class Numbers:
    """Writes numbers, and refuses one whose record the results do not hold.

    Parameters
    ----------
    records : mapping
        Id -> record.
    threshold_per_ul : float
        Concentrations beside it are written with enough digits to tell them from it.
    """

    records: Mapping[str, Record]
    threshold_per_ul: float

    def per_ul(self, value: float, record: str) -> Number:
        """Return a cell concentration."""
        return self._number(per_ul_text(value, line=self.threshold_per_ul), value, record)

    def change_per_ul(self, value: float, record: str) -> Number:
        """Return a change of a concentration."""
        return self._number(signed_per_ul_text(value), value, record)

    def percent(self, fraction: float, record: str) -> Number:
        """Return a fraction as percent."""
        return self._number(percent_text(fraction), fraction, record)

    def probability(self, probability: float, record: str) -> Number:
        """Return a probability."""
        return self._number(probability_text(probability), probability, record)

    def count(self, count: int, record: str) -> Number:
        """Return a count."""
        return self._number(count_text(count), count, record)

    def ratio(self, ratio: float, record: str) -> Number:
        """Return how many times one value is another."""
        return self._number(per_ul_text(ratio, line=1.0), ratio, record)

    def height(self, height_rfu: float, record: str) -> Number:
        """Return a peak height in whole RFU."""
        return self._number(count_text(round(height_rfu)), height_rfu, record)

    def measured_per_ul(self, value: float, low: float, high: float, record: str) -> Measured:
        """Return a concentration with its interval."""
        return Measured(*(self.per_ul(number, record) for number in (value, low, high)))

    def measured_percent(self, value: float, low: float, high: float, record: str) -> Measured:
        """Return a fraction with its interval."""
        return Measured(*(self.percent(number, record) for number in (value, low, high)))

    def known(self, record: str) -> str:
        """Return the id of a record; raise NK-REP-01 where the results do not hold it."""
        if record not in self.records:
            raise MethodError(
                "NK-REP-01",
                f"a number names the record {record[:SHORT] or '(none)'}, which the results do not hold.",
                remedy="A number without its trail is not shown; run the study again, and report this as a bug.",
            )
        return record

    def _number(self, text: str, value: float, record: str) -> Number:
        return Number(text, repr(value), self.known(record))
