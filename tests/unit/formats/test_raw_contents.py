"""What raw files hold against their bindings: channels of the panel's gates, dyes of the kit."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.raw_contents import wanted_channels
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.model.events import Channel
from nktrial.model.gates import Dimension, GatingStrategy, Ratio, RectangleGate, SpectrumMatrix
from nktrial.model.trace import Trace


def fcs(*names: str, stated: int | None = None) -> bytes:
    """Return an FCS file of ten events; ``stated``: another number of channels than it has."""
    channels = [Channel(index, name, "", 32, 1024.0) for index, name in enumerate(names)]
    data = write_fcs(np.ones((10, len(names))), channels)
    count = f"$PAR{data[58:59].decode()}"
    assert f"{count}{len(names)}".encode() in data
    return data.replace(f"{count}{len(names)}".encode(), f"{count}{stated or len(names)}".encode())


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


def test_what_a_reader_refuses_is_told_before_the_run(small_study: Path) -> None:
    """Under the reader's own code; no pass over the data is needed for it."""
    whole = {name: (small_study / name).read_bytes() for name in ("raw/a.fcs", "raw/t.fsa", "raw/s.txt")}
    cases = {
        "raw/a.fcs": ("NK-FCS-23", 2, whole["raw/a.fcs"][:-1]),
        "raw/t.fsa": ("NK-WIN-01", 6, whole["raw/t.fsa"][:-40]),
        "raw/s.txt": ("NK-PKS-14", 5, whole["raw/s.txt"].replace(b"700", b"")),
    }
    for name, (code, row, content) in cases.items():
        (small_study / name).write_bytes(content)
        assert codes(small_study) == [(code, "error", row, "path")]
        issue = check_study(small_study)[0]
        assert issue.value == name
        assert name in issue.message
        assert "quarantined" in issue.hint
        assert read_study(small_study).issues == ()
        (small_study / name).write_bytes(whole[name])
    (small_study / "raw/a.fcs").write_bytes(fcs("Time", "FSC-A", stated=3))
    assert codes(small_study) == [("NK-FCS-10", "error", 2, "path")]


def test_controls_are_not_read_by_a_run(small_study: Path) -> None:
    files = (small_study / "files.csv").read_text()
    (small_study / "files.csv").write_text(files.replace("a.fcs,S01-D14,,fcs,sample", "a.fcs,,,fcs,control"))
    (small_study / "raw/a.fcs").write_bytes((small_study / "raw/a.fcs").read_bytes()[:-1])
    assert codes(small_study) == []


def test_a_large_file_is_not_passed_over(small_study: Path) -> None:
    """Only pages that hold HEADER, TEXT and the ends of DATA are looked at: 4 GB of a sparse file take no time."""
    rows = 500_000_000
    head = small_study / "raw/a.fcs"
    names, text = ("FSC-A", "CD56-A"), ""
    for end in ("0" * 12, f"{1023 + 8 * rows:012}"):
        pairs = {"$BEGINDATA": "1024", "$ENDDATA": end, "$BYTEORD": "1,2,3,4", "$DATATYPE": "F", "$MODE": "L"}
        pairs |= {"$NEXTDATA": "0", "$PAR": "2", "$TOT": str(rows)}
        for at, name in enumerate(names, start=1):
            pairs |= {f"$P{at}B": "32", f"$P{at}E": "0,0", f"$P{at}N": name, f"$P{at}R": "1024"}
        text = "|" + "".join(f"{key}|{value}|" for key, value in pairs.items())
    with head.open("wb") as file:
        file.write(f"FCS3.1    {58:>8}{57 + len(text):>8}{0:>8}{0:>8}{0:>8}{0:>8}{text}".encode())
        file.truncate(1024 + 8 * rows)
    start = time.process_time()
    assert codes(small_study) == []
    assert time.process_time() - start < 2.0


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
