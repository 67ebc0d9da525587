"""One row a sample: the three factors, their product, what is missing and why."""

from dataclasses import dataclass

from nktrial.figures.wording import day_text
from nktrial.model.results import DonorNk, FactorValue, SeriesPoint
from nktrial.report.number import Measured, Number, Numbers

__all__ = ["SampleRow", "sample_row"]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample of the course."""

    day: str
    sample_id: str
    specimen: str
    alc: Measured | None
    nk: Measured | None
    donor: Measured | None
    product: Measured | None
    p_success: Number | None
    below_lod: bool
    lod: Number | None
    in_window: bool
    chosen: bool
    reason: str


def sample_row(point: SeriesPoint, numbers: Numbers) -> SampleRow:
    """Return one sample's row."""
    nk = point.donor_nk
    lod = None if nk is None or nk.lod_per_ul is None else numbers.per_ul(nk.lod_per_ul, nk.record)
    return SampleRow(
        day=day_text(point.day),
        sample_id=point.sample_id,
        specimen=point.specimen,
        alc=_factor_cell(point.alc, numbers, percent=False),
        nk=_factor_cell(point.nk_fraction, numbers, percent=True),
        donor=_factor_cell(point.donor_fraction, numbers, percent=True),
        product=_product_cell(nk, numbers),
        p_success=None if nk is None else numbers.probability(nk.p_success, nk.record),
        below_lod=nk is not None and nk.below_lod,
        lod=lod,
        in_window=point.in_window,
        chosen=point.chosen,
        reason=point.reason,
    )


def _product_cell(nk: DonorNk | None, numbers: Numbers) -> Measured | None:
    return None if nk is None else numbers.measured_per_ul(nk.value_per_ul, nk.low, nk.high, nk.record)


def _factor_cell(factor: FactorValue | None, numbers: Numbers, *, percent: bool) -> Measured | None:
    if factor is None:
        return None
    write = numbers.measured_percent if percent else numbers.measured_per_ul
    return write(factor.value, factor.low, factor.high, factor.record)
