"""Partition tables of digital PCR."""

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats import dpcr_partitions
from nktrial.formats.dpcr_partitions import read_partitions
from nktrial.formats.window import Window
from nktrial.model.partitions import Partitions

HEADER = "sample,person,positives,total,copies\n"


def read(text: str) -> dict[str, tuple[Partitions, ...]]:
    return read_partitions(Window(text.encode(), "wells.csv"))


def test_wells_of_one_assay_are_added_up() -> None:
    found = read(f"{HEADER}S1,R,20,18000,1\nS1,R,30,17000,1\nS1,all,9000,18000,\nS2,D,1,2,2\n")
    assert found == {
        "S1": (Partitions("R", 50, 35000, 1.0), Partitions("", 9000, 18000, 2.0)),
        "S2": (Partitions("D", 1, 2, 2.0),),
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sample,person,positives\nS,R,1\n", "NK-DPC-01"),
        (f"{HEADER},R,1,2,\n", "NK-DPC-02"),
        (f"{HEADER}S,R,1.5,2,\n", "NK-DPC-03"),
        (f'{HEADER}S,R,"1,0",2,\n', "NK-DPC-03"),
        (f"{HEADER}S,R,-1,2,\n", "NK-DPC-03"),
        (f"{HEADER}S,R,3,2,\n", "NK-DPC-04"),
        (f"{HEADER}S,R,0,0,\n", "NK-DPC-04"),
        (f"{HEADER}S,R,1,2,3\n", "NK-DPC-05"),
        (f"{HEADER}S,R,1,2,1\nS,R,1,2,2\n", "NK-DPC-05"),
        (HEADER, "NK-DPC-06"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(text: str, code: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)
    assert caught.value.code == code
    assert caught.value.where.startswith("wells.csv")


def test_more_rows_than_any_run_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpcr_partitions, "MAX_ROWS", 1)
    with pytest.raises(SourceError, match="NK-DPC-06"):
        read(f"{HEADER}S,R,1,2,\nS,D,1,2,\n")
