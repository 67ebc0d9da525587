"""Marker allele counts as a sequencer's pipeline writes them, and everything that is broken."""

from pathlib import Path

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats import ngs_counts
from nktrial.formats.ngs_counts import read_marker_counts
from nktrial.formats.window import Window, open_source
from nktrial.model.marker_counts import MarkerCounts, MarkerReads

HEADER = "#SNPID\tTOT_HITS\tREF_HITS\tALT_HITS\tUNK_HITS\tCONFL_HITS"
TABLE = f"{HEADER}\r\nMarker1\t463\t461\t2\t0\t0\r\nMarker2\t379\t176\t200\t0\t3\r\n"


def read(text: str) -> MarkerCounts:
    return read_marker_counts(Window(text.encode(), "counts.txt"), sample="S")


def codes(text: str) -> set[str]:
    return {finding.code for finding in read(text).findings}


def test_counts_are_read_in_file_order() -> None:
    counts = read(TABLE)
    assert counts.sample == "S"
    assert dict(counts.reads) == {"Marker1": MarkerReads(461, 2), "Marker2": MarkerReads(176, 200)}
    assert counts.reads["Marker2"].depth == 376
    (extent,) = counts.extents
    assert TABLE.encode()[extent.start : extent.stop].startswith(b"Marker1\t463")
    assert counts.findings == ()


def test_trailing_tabs_and_commas_as_separator_are_read() -> None:
    trailing = TABLE.replace("HITS\r\n", "HITS\t\r\n").replace("0\t0\r\n", "0\t0\t\r\n")
    assert read(trailing).reads == read(TABLE).reads
    assert read(TABLE.replace("\t", ",")).reads == read(TABLE).reads


def test_whole_numbers_with_a_point_are_whole() -> None:
    assert read("snp,ref,alt\nM1,10.0,20.\n").reads == {"M1": MarkerReads(10, 20)}


def test_a_marker_without_reads_is_kept_and_named() -> None:
    for row in ("M2\t0\t0", "M2\tNA\t12", "M2\t\t"):
        text = f"SNPID\tREF_HITS\tALT_HITS\nM1\t5\t6\n{row}\n"
        assert read(text).reads["M2"] == MarkerReads(0, 0)
        (finding,) = read(text).findings
        assert (finding.code, finding.severity) == ("NK-NGS-20", "warning")
        assert "M2" in finding.message


def test_many_other_reads_and_unread_columns_are_noted() -> None:
    assert codes(f"{HEADER}\nM1\t110\t50\t50\t2\t8\n") == {"NK-NGS-21"}
    assert codes("SNPID\tREF_HITS\tALT_HITS\tGENE\nM1\t1\t2\tX\n") == {"NK-NGS-22"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SNPID\tREF_HITS\nM1\t3\n", "NK-NGS-01"),
        ("NAME\tREF_HITS\tALT_HITS\nM1\t3\t4\n", "NK-NGS-01"),
        ("SNPID\tREF_HITS\tALT_HITS\n\t3\t4\n", "NK-NGS-02"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t3,5\t4\n", "NK-NGS-03"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t3.5\t4\n", "NK-NGS-03"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\tmany\t4\n", "NK-NGS-03"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t1e3\t4\n", "NK-NGS-03"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t-3\t4\n", "NK-NGS-04"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t100000001\t4\n", "NK-NGS-04"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t3\t4\nM1\t3\t4\n", "NK-NGS-05"),
        (f"{HEADER}\nM1\t5\t3\t4\t0\t0\n", "NK-NGS-06"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t0\t0\n", "NK-NGS-07"),
        ("SNPID\tREF_HITS\tALT_HITS\n", "NK-NGS-07"),
        ("SNPID\tREF_HITS\tALT_HITS\nM1\t3\n", "NK-PKS-10"),
        ("SNPID REF_HITS ALT_HITS\nM1 3 4\n", "NK-PKS-05"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(text: str, code: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)
    assert caught.value.code == code
    assert caught.value.where.startswith("counts.txt")
    assert caught.value.remedy


def test_semicolons_separate_as_tabs_do() -> None:
    assert read("SNPID;REF_HITS;ALT_HITS\nM1;3;4\n").reads == read("SNPID\tREF_HITS\tALT_HITS\nM1\t3\t4\n").reads


def test_more_markers_than_any_panel_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngs_counts, "MAX_MARKERS", 1)
    with pytest.raises(SourceError, match="NK-NGS-08"):
        read(TABLE)


def test_all_real_tables_are_read_without_a_warning(data_dir: Path) -> None:
    files = sorted((data_dir / "chimerism" / "ngs-chimerism-vynck").glob("*/*.txt"))
    assert len(files) > 60
    for path in files:
        counts = read_marker_counts(open_source(path, name=path.name, kind="ngs")[1], sample=path.stem)
        assert len(counts.reads) == 24
        text = path.read_text().split()
        assert sum(item.alt for item in counts.reads.values()) == sum(int(text[at + 3]) for at in range(6, 150, 6))
