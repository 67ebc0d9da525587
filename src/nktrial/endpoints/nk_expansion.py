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

METHOD: Final = Method(name="endpoints.nk_expansion", version=2, source="Bachanova 2014, Blood 123:3855")
THRESHOLD_PER_UL: Final = 100.0
MOST_PER_UL: Final = 1e6  # no blood holds so many lymphocytes: the unit is wrong
RARE_PER_UL: Final = (10.0, 50_000.0)  # outside, unless zero, the unit deserves a second look; [unverified]
RARE_FRACTION: Final = 0.01  # below, unless zero, a percentage may be a fraction


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
        NK-EXP-01 a count below 0 or above 1,000,000/uL, or a fraction outside 0 to 1.
    """
    fractions = 0.0 <= nk_fraction <= 1.0 and 0.0 <= donor_fraction <= 1.0
    if not (0.0 <= alc_per_ul <= MOST_PER_UL and fractions):
        raise MethodError(
            "NK-EXP-01",
            f"ALC {alc_per_ul:,.10g}/uL, NK fraction {nk_fraction:g}, donor fraction {donor_fraction:g}; expected an "
            f"ALC of 0 to {MOST_PER_UL:,.0f}/uL and fractions of 0 to 1.",
            remedy="Correct the value or its unit.",
        )
    return alc_per_ul * nk_fraction * donor_fraction


def _doubts(alc_per_ul: float, nk_fraction: float, donor_fraction: float) -> str:
    """Say what deserves a second look in factors that are possible, and rare."""
    low, high = RARE_PER_UL
    rare = 0.0 < alc_per_ul < low or alc_per_ul > high
    said = [f"check the unit: an ALC of {alc_per_ul:,.10g}/uL is rare"] if rare else []
    for name, fraction in (("NK cells", nk_fraction), ("donor", donor_fraction)):
        if 0.0 < fraction < RARE_FRACTION:
            said.append(f"check that {100.0 * fraction:.10g} % {name} is no fraction")
    return "".join(f"; {doubt}" for doubt in said)


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
    factors = per_ul(alc, unit), nk / 100.0, donor / 100.0
    value = donor_nk_per_ul(*factors)
    strict, loose = (meets(value, THRESHOLD_PER_UL, sign) for sign in (">", ">="))
    return Outcome(
        {"donor_nk_per_ul": value, "success_gt100": "Y" if strict else "N", "success_ge100": "Y" if loose else "N"},
        f"product of the three factors{_doubts(*factors)}",
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
