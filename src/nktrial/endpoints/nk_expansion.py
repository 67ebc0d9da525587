"""Donor NK cells per microlitre from three numbers of a table: the endpoint's formula as published.

Definition
    ALC/uL x percent CD56+ CD3- of lymphocytes / 100 x percent donor chimerism / 100; success above 100/uL by the point
    value, and, as some protocols have it, at 100/uL or above.

Not decided here
    Uncertainty, window and whose cells they are (``expansion``, from raw files).
"""

from typing import Final

from nktrial.core.errors import MethodError
from nktrial.core.units import per_ul
from nktrial.endpoints.threshold import meets
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "donor_nk_per_ul"]

METHOD: Final = Method(name="endpoints.nk_expansion", version=1, source="Bachanova 2014, Blood 123:3855")
THRESHOLD_PER_UL: Final = 100.0


def donor_nk_per_ul(alc_per_ul: float, nk_fraction: float, donor_fraction: float) -> float:
    """Return donor NK cells per microlitre.

    Parameters
    ----------
    alc_per_ul : float
        Absolute lymphocyte count [cells/uL].
    nk_fraction, donor_fraction : float
        CD56+ CD3- of lymphocytes, and the donor's share; 0 to 1.

    Raises
    ------
    MethodError
        NK-EXP-01 a negative count or a fraction outside 0 to 1.
    """
    if alc_per_ul < 0.0 or not (0.0 <= nk_fraction <= 1.0 and 0.0 <= donor_fraction <= 1.0):
        raise MethodError(
            "NK-EXP-01", f"ALC {alc_per_ul}/uL, NK fraction {nk_fraction}, donor fraction {donor_fraction}."
        )
    return alc_per_ul * nk_fraction * donor_fraction


def _assess(cells: Cells) -> Outcome:
    names = {
        "alc_value": "ALC",
        "alc_unit": "the unit of ALC",
        "nk_pct_of_lymphocytes": "the NK fraction",
        "donor_chimerism_pct": "donor chimerism",
    }
    missing = [words for name, words in names.items() if cells.get(name) is None]
    alc, unit = cells.get("alc_value"), cells.get("alc_unit")
    nk, donor = cells.get("nk_pct_of_lymphocytes"), cells.get("donor_chimerism_pct")
    if not (isinstance(alc, float) and isinstance(unit, str) and isinstance(nk, float) and isinstance(donor, float)):
        empty: dict[str, float | int | str | None] = {"donor_nk_per_ul": None}
        return Outcome(
            empty | {"success_gt100": "NE", "success_ge100": "NE"}, not_evaluable=f"{', '.join(missing)} not given"
        )
    value = donor_nk_per_ul(per_ul(alc, unit), nk / 100.0, donor / 100.0)
    strict, loose = (meets(value, THRESHOLD_PER_UL, sign) for sign in (">", ">="))
    return Outcome(
        {"donor_nk_per_ul": value, "success_gt100": "Y" if strict else "N", "success_ge100": "Y" if loose else "N"},
        "product of the three factors",
    )


RULE: Final = Rule(
    name="nk_expansion",
    title="Donor NK cells per microlitre and success above 100, from three numbers",
    method=METHOD,
    columns=(
        Column("alc_value", "number", "absolute lymphocyte count [alc_unit]", low=0.0, high=1e9),
        Column("alc_unit", "text", "10^9/L, 10^3/uL, /uL, ..."),
        Column("nk_pct_of_lymphocytes", "number", "CD56+ CD3- of lymphocytes [%]", low=0.0, high=100.0),
        Column("donor_chimerism_pct", "number", "donor chimerism [%]", low=0.0, high=100.0),
        Column("day", "number", "day after the infusion; not used", needed=False),
    ),
    results=(
        Column("donor_nk_per_ul", "number", "donor NK cells [/uL]"),
        Column("success_gt100", "choice", "above 100/uL", choices=("Y", "N", "NE")),
        Column("success_ge100", "choice", "100/uL or above", choices=("Y", "N", "NE")),
    ),
    assess=_assess,
)
