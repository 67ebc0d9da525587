"""Dates as instruments write them."""

import pytest

from nktrial.formats.fcs_dates import acquisition_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("18-JUL-2014", "2014-07-18"),  # the standard's form
        ("24-Jun-03", "2003-06-24"),
        ("01-Feb-84", "1984-02-01"),
        ("01-Feb-99", "1999-02-01"),
        ("01-Feb-83", "2083-02-01"),
        ("21 Dec 2010", "2010-12-21"),
        ("2013-Jul-19", "2013-07-19"),
        ("2024-07-03", "2024-07-03"),
        ("25-07-2024", "2024-07-25"),
        ("07/25/2024", "2024-07-25"),
        ("07-07-2024", "2024-07-07"),
        (" 3-mar-2020 ", "2020-03-03"),
    ],
)
def test_a_day(text: str, day: str) -> None:
    assert str(acquisition_day({"$DATE": text})) == day


@pytest.mark.parametrize(
    "text", ["", "03-07-2024", "31-FEB-2020", "31-02-2020", "12-XYZ-2020", "yesterday", "0-JAN-2020", "١-JAN-2020"]
)
def test_no_day(text: str) -> None:
    assert acquisition_day({"$DATE": text}) is None


def test_the_moment_of_fcs_3_2_goes_first() -> None:
    keywords = {"$BEGINDATETIME": "2023-05-06T07:08:09.10Z", "$DATE": "01-JAN-2020"}
    assert str(acquisition_day(keywords)) == "2023-05-06"
    assert acquisition_day({}) is None
