"""Whose NK cells are counted."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints import Missing, NkOrigin, derive_origin
from nktrial.model.clinic import Donor, Infusion, Row
from nktrial.model.origin import Extent

ROW = Row("donors.csv", 2, Extent("row 2", 0, 1))


def donor(donor_id: str, *roles: str, subject: str = "S01") -> Donor:
    return Donor(donor_id, subject, frozenset(roles), "", "", ROW)


def infusion(donor_id: str) -> Infusion:
    return Infusion("I1", "S01", 0, donor_id, None, None, None, ROW)


def known(found: NkOrigin | Missing) -> NkOrigin:
    assert isinstance(found, NkOrigin)
    return found


def test_one_donor_of_both() -> None:
    found = known(derive_origin([donor("D1", "hsct", "nk")], [infusion("D1")]))
    assert (found.origin, found.nk_donors, found.hsct_donors) == ("nk_or_hsct_donor", ("D1",), ("D1",))
    assert [finding.code for finding in found.findings] == ["NK-EXP-21"]


def test_one_donor_in_two_rows() -> None:
    assert known(derive_origin([donor("D1", "hsct"), donor("D1", "nk")])).origin == "nk_or_hsct_donor"


def test_a_third_person_gave_the_nk_cells() -> None:
    found = known(derive_origin([donor("D2", "nk"), donor("D1", "hsct")], [infusion("D2")]))
    assert (found.origin, found.nk_donors, found.hsct_donors, found.findings) == ("nk_donor", ("D2",), ("D1",), ())


def test_two_nk_donors_are_told() -> None:
    found = known(derive_origin([donor("D1", "hsct"), donor("D2", "nk"), donor("D3", "nk")]))
    assert [finding.code for finding in found.findings] == ["NK-EXP-33"]


def test_no_hsct_donor_is_told() -> None:
    found = known(derive_origin([donor("D2", "nk")]))
    assert found.origin == "nk_donor"
    assert [finding.code for finding in found.findings] == ["NK-EXP-34"]


@pytest.mark.parametrize("donors", [[], [donor("D1", "hsct")]])
def test_without_an_nk_donor_there_is_no_endpoint(donors: list[Donor]) -> None:
    found = derive_origin(donors)
    assert isinstance(found, Missing)
    assert found.code == "NK-EXP-15"


def test_an_infusion_from_somebody_else_contradicts_the_roles() -> None:
    found = derive_origin([donor("D1", "hsct", "nk"), donor("D2", "hsct")], [infusion("D2")])
    assert isinstance(found, Missing)
    assert found.code == "NK-EXP-16"
    assert "D2" in found.reason


def test_donors_of_two_patients_are_refused() -> None:
    with pytest.raises(MethodError) as caught:
        derive_origin([donor("D1", "nk"), donor("D2", "nk", subject="S02")])
    assert caught.value.code == "NK-EXP-04"
