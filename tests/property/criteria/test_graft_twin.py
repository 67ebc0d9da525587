"""Chimerism, secondary graft failure and ranges of lymphocytes against plain twins, in whole numbers."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from nktrial.core.units import COUNT_UNITS_PER_UL
from nktrial.criteria import RULES
from nktrial.criteria.chimerism_class import chimerism_class
from nktrial.criteria.evidence import Evaluable
from nktrial.criteria.lymphocyte_reference_range import Against, Side, against_healthy
from nktrial.model.lymphocyte_ranges import RANGES
from nktrial.model.rule import Value

tenths = st.integers(0, 1000)
known = st.sampled_from([True, False, None])
ORDER = ("AUTOLOGOUS", "MIXED", "FULL")


def chimerism(myeloid_tenths: int, lymphoid_tenths: int) -> str:
    found = chimerism_class(myeloid_tenths / 10, lymphoid_tenths / 10)
    assert isinstance(found, Evaluable)
    return found.level


@given(tenths, tenths)
def test_chimerism_by_the_lower_and_the_higher_share(myeloid: int, lymphoid: int) -> None:
    lower, higher = sorted((myeloid, lymphoid))
    expected = "FULL" if lower > 950 else "AUTOLOGOUS" if higher < 50 else "MIXED"
    assert chimerism(myeloid, lymphoid) == chimerism(lymphoid, myeloid) == expected


@given(tenths, tenths, tenths)
def test_more_donor_is_never_further_from_full(first: int, second: int, other: int) -> None:
    low, high = sorted((first, second))
    assert ORDER.index(chimerism(low, other)) <= ORDER.index(chimerism(high, other))


@given(st.tuples(known, known, known, known))
def test_secondary_failure_by_four_questions(answers: tuple[bool | None, ...]) -> None:
    expected = "N" if False in answers else "NE" if None in answers else "Y"
    names = ("neutrophils_recovered", "platelets_recovered", "decline", "support_needed")
    cells: dict[str, Value] = dict(zip(names, answers, strict=True))
    assert RULES["secondary_graft_failure"].assess(cells).values == {"secondary_graft_failure": expected}


@given(st.sampled_from(sorted(RANGES)), st.integers(0, 12_000), st.integers(0, 12_000), st.integers(0, 35))
def test_more_cells_are_never_lower(subset: str, first: int, second: int, age_months: int) -> None:
    low, high = (against_healthy(subset, float(count), float(age_months)) for count in sorted((first, second)))
    assert isinstance(low, Against)
    assert isinstance(high, Against)
    sides = get_args(Side)
    assert sides.index(low.side) <= sides.index(high.side)


@given(
    st.sampled_from(["NK", "CD4", "CD8"]),
    st.integers(0, 9_000),
    st.integers(0, 215),
    st.sampled_from(sorted(COUNT_UNITS_PER_UL)),
)
def test_units_do_not_matter(subset: str, count: int, age_months: int, unit: str) -> None:
    def side(value: float, spelling: str) -> object:
        cells: dict[str, Value] = {"subset": subset, "value": value, "unit": spelling, "age_months": float(age_months)}
        return RULES["lymphocyte_reference_range"].assess(cells).values["result"]

    assert side(float(count), "/uL") == side(count / COUNT_UNITS_PER_UL[unit], unit)
