"""Kinds of files, told by content."""

from pathlib import Path

import pytest

from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"FCS3.1    ", "fcs"),
        (b"ABIF\0\x65", "abif"),
        (b"PK\x03\x04\x14\0", "zip"),
        (b"\x89PNG\r\n\x1a\n\0\0", "png"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"<!DOCTYPE html>\n<html>", "html"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml">', "html"),
        (b'<?xml version="1.0"?>\n<gating:Gating-ML xmlns:gating="x">', "gatingml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made -->\n<Workspace version="20.0">', "wsp"),
        (b'<?xml version="1.0"?><panel/>', "xml"),
        (b"sample,marker,allele,size_bp,height_rfu\n", "peaks"),
        (b'Dye/Sample Peak\tSample File Name\tMarker\tAllele\tSize\tHeight\n"B,1"\tx', "peaks"),
        (b"SampleName,Marker,Allele 1,Allele 2,Height 1\n", "peaks"),
        (b"person,marker,allele1,allele2\n", "genotypes"),
        (b"#SNPID\tTOT_HITS\tREF_HITS\tALT_HITS\n", "ngs"),
        (b"sample_id,test,value,unit\n", "table"),
        (b"hello\n", "text"),
        (b"a < b\n", "text"),
        (b"<3\n", "text"),
        (b"\x00\x01\x02\x03", "unknown"),
        ("marker\tallele\theight\n".encode("utf-16"), "peaks"),
    ],
)
def test_kinds(head: bytes, kind: str) -> None:
    assert sniff(head) == kind
    assert looks_like(head)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("study-nk/gating/nk_panel.gatingml.xml", "gatingml"),
        ("study-nk/raw/str/S01/sdata.txt", "peaks"),
        ("study-nk/files.csv", "table"),
        ("chimerism/osiris-otherkits-fsa/PP16_ladder.fsa", "abif"),
        ("chimerism/euroformix-examples/ESX17_3p.csv", "peaks"),
        ("chimerism/euroformix-examples/ESX17_refs.csv", "genotypes"),
        ("chimerism/strvalidator-esx17-mixture/set5_peaks.csv", "peaks"),
        ("chimerism/ngs-chimerism-vynck/monitoring/FollowUp1.txt", "ngs"),
        ("cytometry/treg-tissue-flowjo/workspace.wsp", "wsp"),
        ("cytometry/fcs-odd/testFCS2.fcs", "html"),
        ("cytometry/fcs-odd/coulter.lmd", "fcs"),
    ],
)
def test_real_files(data_dir: Path, path: str, kind: str) -> None:
    with (data_dir / path).open("rb") as file:
        assert sniff(file.read(HEAD_BYTES)) == kind
