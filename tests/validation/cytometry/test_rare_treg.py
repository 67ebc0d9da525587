"""Regulatory T cells of organ donors, counts as FlowJo stored them: what so many events allow one to say."""

import csv
from pathlib import Path

import pytest

from nktrial.cytometry.absolute import dual_platform_count
from nktrial.cytometry.activated_treg import activated_treg

CD4, TREG = "/T cells/CD4", "/T cells/CD4/Treg"


def flowjo_counts(data_dir: Path) -> dict[str, tuple[int, int]]:
    """Return Treg and CD4 events of each file."""
    path = data_dir / "cytometry" / "treg-tissue-flowjo" / "expected_counts.csv"
    found: dict[str, dict[str, int]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for end in (CD4, TREG):
                if row["population_path"].endswith(end):
                    found.setdefault(row["fcs_file"], {})[end] = int(row["flowjo_count"])
    return {name: (counts[TREG], counts[CD4]) for name, counts in found.items()}


@pytest.mark.parametrize(
    ("name", "treg", "cd4", "status"),
    [
        ("412C_Blood_025.fcs", 1_355, 20_114, "quantifiable"),
        ("423_Donor_Liver_022.fcs", 54, 1_114, "quantifiable"),
        # 7.6 % of CD4, yet 18 events
        ("423_Donor_Ileum_033.fcs", 18, 238, "not_detected"),
    ],
)
def test_the_events_decide_not_the_share(data_dir: Path, name: str, treg: int, cd4: int, status: str) -> None:
    assert flowjo_counts(data_dir)[name] == (treg, cd4)
    found = activated_treg(dual_platform_count(treg, cd4, 500.0, lymphocyte_gate="CD4"), cd4)
    assert found.count.status == status
    low, high = found.share_of_cd4.interval()
    assert low < treg / cd4 < high
    assert (found.share_of_cd4.value >= found.loq_share) == (status == "quantifiable")
