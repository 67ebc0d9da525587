"""Peak tables as they come: GeneMapper long and wide, long CSV, and everything that is broken."""

import math
from pathlib import Path

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats import export_table
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window, open_source

HEAD = "sample,marker,allele,size_bp,height_rfu\n"
LONG = "sample,marker,allele,size_bp,height_rfu\nS1,TH01,6,162.0,1040\nS1,TH01,9.3,174.5,998\n"
MAPPER = (
    "Dye/Sample Peak\tSample File Name\tMarker\tAllele\tSize\tHeight\tArea\tData Point\t\r\n"
    '"B,1"\tx1\tD3S1358\tOL\t98.3\t682\t11107\t1837\t\r\n'
    '"B,2"\tx1\t\t\t116.06\t616\t4419\t1993\t\r\n'
    '"Y,1"\tx1\tAMEL\tX\t104.13\t7499\t 44908\t2001\t\r\n'
    "\r\n"
)
WIDE = (
    "Sample Name\tMarker\tAllele 1\tAllele 2\tAllele 3\tHeight 1\tHeight 2\tHeight 3\tADO\t\r\n"
    "e1\tTH01\t6\t9.3\t\t419\t1871\t\tfalse\t\r\n"
    "e1\tFGA\t21\tNA\tNA\t300\tNA\tNA\tfalse\t\r\n"
    "e2\tTH01\t7\t\t\t90\t\t\tfalse\t\r\n"
)


def window(text: str | bytes) -> Window:
    return Window(text if isinstance(text, bytes) else text.encode(), "table")


def codes(text: str | bytes) -> set[str]:
    return {finding.code for profile in read_peaks(window(text)) for finding in profile.findings}


def test_long_csv_gives_the_peaks_in_file_order() -> None:
    (profile,) = read_peaks(window(LONG))
    assert profile.sample == "S1"
    assert [(p.marker, p.allele, p.size_bp, p.height_rfu) for p in profile.peaks] == [
        ("TH01", "6", 162.0, 1040.0),
        ("TH01", "9.3", 174.5, 998.0),
    ]
    assert math.isnan(profile.peaks[0].area)
    assert profile.peaks[0].scan == -1
    assert profile.findings == ()


def test_genemapper_long_export_keeps_dye_area_scan_and_peaks_without_marker() -> None:
    (profile,) = read_peaks(window(MAPPER))
    first, second, third = profile.peaks
    assert (first.dye, first.allele, first.area, first.scan) == ("B", "OL", 11107.0, 1837)
    assert (second.marker, second.allele, second.size_bp) == ("", "", 116.06)
    assert (third.dye, third.marker, third.allele, third.area) == ("Y", "AMEL", "X", 44908.0)
    assert {f.code for f in profile.findings} == {"NK-PKS-30"}


def test_wide_table_gives_one_profile_a_sample_and_drops_empty_cells() -> None:
    first, second = read_peaks(window(WIDE))
    assert [(p.marker, p.allele, p.height_rfu) for p in first.peaks] == [
        ("TH01", "6", 419.0),
        ("TH01", "9.3", 1871.0),
        ("FGA", "21", 300.0),
    ]
    assert [p.allele for p in second.peaks] == ["7"]
    assert {f.code for f in first.findings} == {"NK-PKS-33"}  # ADO is not read


def test_extent_holds_exactly_the_rows_of_the_sample() -> None:
    data = (LONG + "S2,TH01,7,166.0,500\n").encode()
    first, second = read_peaks(window(data))
    (extent,) = first.extents
    assert data[extent.start : extent.stop] == b"S1,TH01,6,162.0,1040\nS1,TH01,9.3,174.5,998\n"
    assert extent.what == "rows 2-3"
    (other,) = second.extents
    assert data[other.start : other.stop] == b"S2,TH01,7,166.0,500\n"


def test_scattered_rows_of_many_blocks_become_one_extent() -> None:
    rows = "".join(f"S{n % 2},TH01,6,162.{n:03d},100\n" for n in range(300))
    for profile in read_peaks(window("sample,marker,allele,size_bp,height_rfu\n" + rows)):
        assert len(profile.extents) == 1
        assert len(profile.peaks) == 150


def test_table_without_sample_column_is_one_sample_named_after_the_file() -> None:
    (profile,) = read_peaks(window("marker,allele,height\nTH01,6,100\n"))
    assert profile.sample == "table"


def test_off_scale_column_becomes_a_flag_and_decimal_allele_of_a_spreadsheet_is_plain() -> None:
    (profile,) = read_peaks(window("sample,marker,allele,height,OS\nS,TH01,6.0,900,OS\nS,TH01,9.3,800,\n"))
    assert profile.peaks[0].allele == "6"
    assert profile.peaks[0].flags == ("saturated",)
    assert profile.peaks[1].flags == ()


def osiris(*rows: str) -> str:
    """Write a table as OSIRIS's own export sheet does: many groups in the header, rows that end after their last."""
    groups = "".join(f"\tAllele {n}\tSize {n}\tHeight {n}" for n in range(1, 31))
    return f"Sample File\tRun Name\tMarker\tDye{groups}\n" + "".join(f"{row}\n" for row in rows)


def test_an_osiris_export_is_read_though_its_rows_end_early() -> None:
    text = osiris(
        "a.fsa\trun 1\tTH01\tY\t8\t182.1\t900\t9.3\t189.2\t870",
        "a.fsa\trun 1\tFGA\tR\tOL\t214.0\t120",
        "a.fsa\trun 1\tTPOX\tY",
    )
    (profile,) = read_peaks(window(text))
    assert [(p.marker, p.allele, p.size_bp, p.height_rfu, p.dye) for p in profile.peaks] == [
        ("TH01", "8", 182.1, 900.0, "Y"),
        ("TH01", "9.3", 189.2, 870.0, "Y"),
        ("FGA", "OL", 214.0, 120.0, "R"),
    ]
    assert "NK-PKS-41" in {finding.code for finding in profile.findings}


GENEMARKER = (
    "Sample File\tDye\tMarker\tAllele\tSize\tHeight\tArea\tDifference\tQuality\tScore\tAllele Comments\t\r\n"
    "a.fsa\tBlue\tTH01\t9.3\t174.1\t998\t6210\t0.1\tPass\t30.0\t\t\r\n"
    "a.fsa\tBlue\t\t\t180.1\t60\t300\t\t\t\t\t\r\n"
    "a.fsa\tRed\tAMEL\tX\t106.5\t2000\t14000\t0.0\tPass\t28.5\t\t\r\n"
    "\t\t\t\t\t\t\t\t\t\t\t\r\n"
    "b.fsa\tGreen\tFGA\tOL\t214.0\t120\t900\t\tCheck\t2.0\tout of bin\t\r\n"
)


def test_a_genemarker_peak_table_is_read_with_trailing_tabs_empty_rows_ol_and_amel() -> None:
    first, second = read_peaks(window(GENEMARKER))
    assert [(p.marker, p.allele, p.size_bp, p.height_rfu, p.area, p.dye) for p in first.peaks] == [
        ("TH01", "9.3", 174.1, 998.0, 6210.0, "Blue"),
        ("", "", 180.1, 60.0, 300.0, "Blue"),
        ("AMEL", "X", 106.5, 2000.0, 14000.0, "Red"),
    ]
    assert [(p.marker, p.allele, p.height_rfu) for p in second.peaks] == [("FGA", "OL", 120.0)]
    told = {finding.code: finding.message for finding in first.findings}
    assert "Difference, Quality, Score, Allele Comments" in told["NK-PKS-33"]
    assert "NK-PKS-30" in told


@pytest.mark.parametrize("gap", ["", " ", "_"])
def test_a_genemarker_allele_table_is_read_whatever_stands_before_the_number(gap: str) -> None:
    head = "\t".join(f"{what}{gap}{n}" for n in (1, 2, 3) for what in ("Allele", "Size", "Height", "Area"))
    text = (
        f"Sample Name\tMarker\tDye\t{head}\t\r\n"
        "S1\tTH01\tYellow\t6\t162.0\t900\t5000\t9.3\t174.4\t870\t4900\t\t\t\t\t\r\n"
        "S1\tFGA\tRed\tOL\t214.0\t120\t800\t\t\t\t\t\t\t\t\t\r\n"
    )
    (profile,) = read_peaks(window(text))
    assert [(p.marker, p.allele, p.size_bp, p.height_rfu, p.area, p.dye) for p in profile.peaks] == [
        ("TH01", "6", 162.0, 900.0, 5000.0, "Yellow"),
        ("TH01", "9.3", 174.4, 870.0, 4900.0, "Yellow"),
        ("FGA", "OL", 214.0, 120.0, 800.0, "Red"),
    ]


@pytest.mark.parametrize("row", ["a.fsa\trun 1\tTH01\tY\t8\t182.1", "a.fsa\trun 1\tTH01", "a.fsa"])
def test_an_osiris_row_cut_inside_a_group_is_refused(row: str) -> None:
    with pytest.raises(SourceError, match="NK-PKS-10"):
        read_peaks(window(osiris(row)))


def test_decimal_commas_are_read_where_they_can_mean_nothing_else() -> None:
    german = MAPPER.replace("98.3", "98,3").replace("116.06", "116,06").replace("104.13", "104,13").replace("OL", "9,3")
    assert [(p.allele, p.size_bp, p.height_rfu) for p in read_peaks(window(german))[0].peaks] == [
        ("9.3", 98.3, 682.0),
        ("", 116.06, 616.0),
        ("X", 104.13, 7499.0),
    ]
    with pytest.raises(SourceError, match="NK-PKS-11"):  # 1,500 RFU: one and a half, or fifteen hundred
        read_peaks(window(german.replace("\t682\t", "\t1,500\t")))
    with pytest.raises(SourceError, match="NK-PKS-11"):  # a point elsewhere: the comma is no decimal comma
        read_peaks(window(german.replace("98,3", "98.3").replace("9,3", "OL")))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(end: str) -> None:
    (profile,) = read_peaks(window(LONG.replace("\n", end)))
    assert len(profile.peaks) == 2


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NK-PKS-30", LONG + "\n\n"),
        ("NK-PKS-31", LONG.rstrip("\n")),
        ("NK-PKS-32", b"\xef\xbb\xbf" + LONG.encode()),
        ("NK-PKS-33", "sample,marker,allele,height,panel\nS,TH01,6,100,x\n"),
        ("NK-PKS-34", LONG + "S1,TH01,6,162.0,1040\n"),
        ("NK-PKS-35", LONG + "S1,TH01,7,166.0,0\n"),
        ("NK-PKS-36", LONG + "S1,FGA,,,\n"),
        ("NK-PKS-38", LONG.replace(",", ";").replace(".", ",")),
        ("NK-PKS-39", LONG.encode().replace(b"S1", b"S\xe91")),
        ("NK-PKS-40", LONG + HEAD + "S1,FGA,20,230.1,700\n"),
    ],
)
def test_oddities_are_read_and_said(code: str, text: str | bytes) -> None:
    assert codes(text) == {code}


@pytest.mark.parametrize(
    ("code", "text", "row"),
    [
        ("NK-PKS-01", b"", None),
        ("NK-PKS-01", b"\n\r\n \n", None),
        ("NK-PKS-03", LONG.encode("utf-16"), None),
        ("NK-PKS-03", HEAD.encode() + b"S\x81,TH01,6,162,100\n", 2),
        ("NK-PKS-04", HEAD.encode() + b"S,TH01,6,162,1\x0000\n", 2),
        ("NK-PKS-04", b"ABIF\x00\x65\x00\x01", 1),
        ("NK-PKS-05", "just a title\n", 1),
        ("NK-PKS-06", HEAD + 'S,"TH01,6,162,100\n', 2),
        ("NK-PKS-07", HEAD + "S,TH01,6,162,100" + "," * 1001 + "\n", 2),
        ("NK-PKS-07", HEAD + f"{'S' * 1001},TH01,6,162,100\n", 2),
        ("NK-PKS-08", "sample,marker,Marker,allele,height\nS,TH01,TH01,6,100\n", 1),
        ("NK-PKS-09", "sample,Patient Name,marker,allele,height\nS,x,TH01,6,100\n", 1),
        ("NK-PKS-10", HEAD + "S,TH01,6,162\n", 2),
        ("NK-PKS-10", HEAD + "S,TH01,6,162,100,7\n", 2),
        ("NK-PKS-11", HEAD + "S,TH01,6,162,nan\n", 2),
        ("NK-PKS-11", HEAD + "S,TH01,6,162,inf\n", 2),
        ("NK-PKS-11", HEAD + "S,TH01,6,162,1 000\n", 2),
        ("NK-PKS-11", HEAD + "S,TH01,6,162,１００\n", 2),
        ("NK-PKS-11", HEAD + 'S,TH01,6,"162,5",100\n', 2),
        ("NK-PKS-12", HEAD + "S,TH01,6,162,1e999\n", 2),
        ("NK-PKS-12", HEAD + "S,TH01,6,162,-5\n", 2),
        ("NK-PKS-12", HEAD + "S,TH01,6,-1,100\n", 2),
        ("NK-PKS-13", "sample,marker,size_bp,height_rfu\nS,TH01,162,100\n", 1),
        ("NK-PKS-14", HEAD + "S,TH01,6,162,\n", 2),
        ("NK-PKS-15", HEAD, None),
        ("NK-PKS-16", HEAD + "S,TH01,=6+1,162,100\n", 2),
        ("NK-PKS-16", HEAD + "S,TH01,6 7,162,100\n", 2),
        ("NK-PKS-17", HEAD + ",TH01,6,162,100\n", 2),
        ("NK-PKS-18", "Sample File,Sample Name,marker,allele,height\na,S,TH01,6,1\nb,S,TH01,6,1\n", 3),
    ],
)
def test_broken_tables_are_refused_with_code_and_row(code: str, text: str | bytes, row: int | None) -> None:
    with pytest.raises(SourceError) as caught:
        read_peaks(window(text))
    assert caught.value.code == code
    assert "table" in caught.value.where
    if row is not None:
        assert f"row {row}" in caught.value.where
    assert caught.value.remedy


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_table, "MAX_ROWS", 1)
    with pytest.raises(SourceError) as caught:
        read_peaks(window(LONG))
    assert caught.value.code == "NK-PKS-02"
    monkeypatch.setattr(export_table, "MAX_BYTES", 10)
    with pytest.raises(SourceError, match="NK-PKS-02"):
        read_peaks(window(LONG))


@pytest.mark.parametrize(
    ("path", "samples", "peaks"),
    [
        ("rchimerism-genemapper/single_donor/ddata.txt", 1, 120),
        ("rchimerism-genemapper/double_donor/sdata.txt", 1, 45),
        ("rchimerism-genemapper/single_donor_lineage/cd3/sdata.txt", 1, 53),
        ("strvalidator-esx17-mixture/set5_peaks.csv", 24, 1115),
        ("provedit-identifilerplus-mixtures/peaks.csv", 62, 8436),
        ("euroformix-examples/GF_evid.csv", 1, 143),
    ],
)
def test_real_exports_are_read_whole(data_dir: Path, path: str, samples: int, peaks: int) -> None:
    # samples and peaks as counted with cut, sort and awk in the files
    file = data_dir / "chimerism" / path
    profiles = read_peaks(open_source(file, name=path, kind="peaks")[1])
    assert len(profiles) == samples
    assert sum(len(profile.peaks) for profile in profiles) == peaks
