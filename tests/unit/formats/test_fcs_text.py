"""TEXT: delimiters, doubled delimiters, empty values, numbers."""

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_keywords import Keywords, real_number
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_text import merge_text, split_text


def split(segment: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    log = FcsLog("a.fcs")
    pairs = split_text(segment, log, "TEXT")
    return pairs, [finding.code for finding in log.findings]


@pytest.mark.parametrize(
    ("segment", "pairs", "codes"),
    [
        (b"/$TOT/5/cyt/a b/", [("$TOT", "5"), ("CYT", "a b")], []),
        (b"/$TOT/ 5   /", [("$TOT", "5")], []),
        (b"|A|x||y|B|1|", [("A", "x|y"), ("B", "1")], []),
        (b"/A/x////y/B/1/", [("A", "x//y"), ("B", "1")], []),
        (b"/A//B/1/", [("A", ""), ("B", "1")], ["NK-FCS-55"]),
        (b"/A//B/1/C//", [("A", ""), ("B", "1"), ("C", "")], ["NK-FCS-55"]),
        (b"/A/1//", [("A", "1")], []),
        (b"/A/1/   \r\n\0", [("A", "1")], []),
        (b"/A/1/\x81", [("A", "1")], []),
        (b"/A/1/B/23", [("A", "1"), ("B", "23")], ["NK-FCS-67"]),
        (b"/A/\xc2\xb5/", [("A", "µ")], []),
        (b"/A/\xb5/", [("A", "µ")], ["NK-FCS-56"]),
    ],
)
def test_splitting(segment: bytes, pairs: list[tuple[str, str]], codes: list[str]) -> None:
    assert split(segment) == (pairs, codes)


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        (b"\0A\0b\0", "NK-FCS-06"),
        (b"/A/b/c/", "NK-FCS-08"),
        (b"//A/b/", "NK-FCS-08"),
        (b"/A/b/c/$P1N/X/$P2N/Y/d/", "NK-FCS-08"),
        (b"/" + b"a/b/" * 10_001, "NK-FCS-07"),
        (b"/" * 100_000, "NK-FCS-07"),
    ],
)
def test_text_that_is_refused(segment: bytes, code: str) -> None:
    with pytest.raises(SourceError) as caught:
        split(segment)
    assert caught.value.code == code


def test_a_repeated_keyword_decides_only_where_it_is_harmless() -> None:
    log = FcsLog("a.fcs")
    assert merge_text([("A", "1"), ("A", "2"), ("B", "3")], log) == {"A": "1", "B": "3"}
    assert [(finding.code, finding.severity) for finding in log.findings] == [("NK-FCS-54", "warning")]
    with pytest.raises(SourceError) as caught:
        merge_text([("$P2R", "1024"), ("$P2R", "1023")], FcsLog("a.fcs"))
    assert caught.value.code == "NK-FCS-09"


@pytest.mark.parametrize(
    ("text", "number"),
    [("262144", 262144.0), (" 1.5 ", 1.5), (".5", 0.5), ("-2e3", -2000.0), ("1.", 1.0), ("1e400", None), ("nan", None),
     ("inf", None), ("1_000", None), ("1,5", None), ("", None), ("１", None), ("0x10", None), ("1" * 100, None)],
)  # fmt: skip
def test_real_numbers(text: str, number: float | None) -> None:
    assert real_number(text) == number


@pytest.mark.parametrize("text", ["-5", "+5", "5.0", "1_0", "٣", "1" * 30, "0x5"])
def test_integers_are_digits_alone(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        Keywords({"$TOT": text}, FcsLog("a.fcs")).integer("$TOT")
    assert caught.value.code == "NK-FCS-11"
    assert Keywords({"$TOT": "000002"}, FcsLog("a.fcs")).integer("$TOT") == 2
