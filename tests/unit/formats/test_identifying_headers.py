"""Heads of columns that name a person, and heads that only look like it."""

import pytest

from nktrial.formats.headers import identifies_a_person


@pytest.mark.parametrize(
    "name",
    [
        *("name", "Name", "patient_name", "PatientName", "first name", "surname", "initials", "dob", "date_of_birth"),
        *("birth date", "MRN", "e_mail", "email", "phone", "Phone No.", "home_address", "hospital_number"),
        *("Фамилия", "Geburtsdatum"),
    ],
)
def test_columns_that_identify_a_person(name: str) -> None:
    assert identifies_a_person(name)


@pytest.mark.parametrize(
    "name",
    ["drug_name", "test_name", "lab_name", "birth_weight_g", "site_id", "hla_match", "redcap_event_name", "namespace"],
)
def test_columns_that_do_not(name: str) -> None:
    assert not identifies_a_person(name)
