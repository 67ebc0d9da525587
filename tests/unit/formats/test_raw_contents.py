"""What raw files hold against their bindings: channels of the panel's gates, dyes of the kit."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.formats.raw_contents import wanted_channels
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.model.gates import Dimension, GatingStrategy, Ratio, RectangleGate, SpectrumMatrix
from nktrial.model.trace import Trace


def fcs(*names: str, stated: int | None = None) -> bytes:
    """Return the HEADER and TEXT of an FCS file, without data."""
    keywords = {"$PAR": str(stated or len(names))} | {f"$P{at}N": name for at, name in enumerate(names, start=1)}
    text = "|" + "".join(f"{key}|{value}|" for key, value in keywords.items())
    return f"FCS3.1    {58:>8}{58 + len(text) - 1:>8}{0:>8}{0:>8}{0:>8}{0:>8}{text}".encode()


def trace(dyes: int) -> bytes:
    scans = np.full((500, dyes), 5, dtype=np.int32)
    names = ("6-FAM", "VIC", "NED", "PET", "LIZ")[:dyes]
    return write_abif(Trace(scans, names, "x", "GS500 LIZ", np.zeros(0, dtype=np.int64), {}))


def codes(folder: Path) -> list[tuple[str, str, int | None, str]]:
    return [(issue.code, issue.severity, issue.row, issue.column) for issue in check_study(folder)]


def test_channels_of_the_gates_are_looked_for(small_study: Path) -> None:
    (small_study / "raw/a.fcs").write_bytes(fcs("Time", "CD56-A", "FSC-A"))
    assert codes(small_study) == []
    (small_study / "raw/a.fcs").write_bytes(fcs("Time", "CD56 A", "FSC-A"))
    assert codes(small_study) == [("NK-PATH-16", "warning", 2, "panel")]
    issue = check_study(small_study)[0]
    assert "'CD56-A'" in issue.message
    assert "CD56 A" in issue.hint
    assert "quarantined" in issue.hint
    assert read_study(small_study).issues == ()


def test_text_that_does_not_tell_all_names_is_left_to_the_run(small_study: Path) -> None:
    (small_study / "raw/a.fcs").write_bytes(fcs("Time", "FSC-A", stated=3))
    assert codes(small_study) == []


def test_dyes_of_the_kit(small_study: Path) -> None:
    """PowerPlex 16 has 4 dyes with the size standard's (Promega TMD012)."""
    (small_study / "raw/t.fsa").write_bytes(trace(4))
    assert codes(small_study) == []
    (small_study / "raw/t.fsa").write_bytes(trace(5))
    assert codes(small_study) == [("NK-PATH-17", "warning", 6, "kit")]
    issue = check_study(small_study)[0]
    assert "5 dyes" in issue.message
    assert "has 4" in issue.message
    assert read_study(small_study).issues == ()


def test_dyes_of_the_matrix_stand_for_its_detectors() -> None:
    gates = (
        RectangleGate("A", None, (Dimension("FITC", "spill", None, 0, 1),)),
        RectangleGate("B", None, (Dimension("SSC-A", "uncompensated", None, 0, 1),)),
        RectangleGate("C", None, (Dimension("", "uncompensated", None, 0, 1, ratio="r"),)),
    )
    strategy = GatingStrategy(
        gates,
        matrices={"spill": SpectrumMatrix(("FITC",), ("FL1-A",), ((1.0,),))},
        ratios={"r": Ratio("FSC-A", "FSC-H", 1, 0, 0)},
    )
    assert set(wanted_channels(strategy)) == {"FL1-A", "SSC-A", "FSC-A", "FSC-H"}


@pytest.mark.parametrize("channel", ["BV421-A", "Spark Blue 550-A"])
def test_real_files(data_dir: Path, tmp_path: Path, channel: str) -> None:
    folder = tmp_path / "study"
    shutil.copytree(data_dir / "study-nk", folder, copy_function=shutil.copyfile)
    assert codes(folder) == []
    gates = folder / "gating/nk_panel.gatingml.xml"
    text = gates.read_text()
    assert f'name="{channel}"' in text
    gates.write_text(text.replace(f'name="{channel}"', f'name="{channel}X"'))
    found = codes(folder)
    assert found
    assert {(code, severity) for code, severity, _, _ in found} == {("NK-PATH-16", "warning")}
