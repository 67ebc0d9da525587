import io
import struct
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from Bio import SeqIO

from nktrial.core.errors import MethodError, SourceError
from nktrial.formats.abif import list_tags, read_abif, vendor_peaks
from nktrial.formats.abif_write import write_abif
from nktrial.formats.window import Window
from nktrial.model.trace import Trace

DYES = {
    4: ("5-FAM", "JOE", "NED", "ROX"),
    5: ("6-FAM", "VIC", "NED", "PET", "LIZ"),
    6: ("6-FAM", "VIC", "NED", "TAZ", "SID", "LIZ"),
}
RECORD = ">4sIhhIII"


def lane(n_dyes: int = 5) -> Trace:
    rng = np.random.default_rng(7)
    return Trace(
        scans=rng.integers(-30, 9_000, (300, n_dyes)).astype(np.int32),
        dyes=DYES[n_dyes],
        sample_name="NK-01 d14",
        size_standard="GS500LIZ",
        saturated=np.array([12, 13, 14]),
        facts={
            "instrument": "3130",
            "polymer": "POP4",
            "run": "Run 7",
            "dye_set": "G5",
            "well": "B02",
            "lane": "4",
            "injection_volts": "3000",
            "injection_seconds": "10",
            "run_date": "2026-11-23",
            "run_time": "14:05:09",
        },
    )


def read(data: bytes) -> Trace:
    return read_abif(Window(data, "lane.fsa"))


def entry_of(data: bytes, key: str) -> int:
    """Return where the directory entry of a tag stands."""
    count, _, offset = struct.unpack_from(">III", data, 18)
    for place in range(offset, offset + 28 * count, 28):
        name, number = struct.unpack_from(">4sI", data, place)
        if f"{name.decode()}{number}" == key:
            return place
    raise KeyError(key)


FIELDS = ("name", "number", "kind", "width", "count", "size", "offset")


def patched(data: bytes, key: str, **changes: int | bytes) -> bytes:
    """Change fields of one directory entry."""
    place = entry_of(data, key)
    fields = dict(zip(FIELDS, struct.unpack_from(RECORD, data, place), strict=True)) | changes
    return data[:place] + struct.pack(RECORD, *fields.values()) + data[place + 24 :]


@pytest.mark.parametrize("n_dyes", [4, 5, 6])
def test_reads_back_what_was_written(n_dyes: int) -> None:
    trace = lane(n_dyes)
    found = read(write_abif(trace))
    assert np.array_equal(found.scans, trace.scans)
    assert np.array_equal(found.saturated, trace.saturated)
    assert (found.dyes, found.sample_name, found.size_standard) == (trace.dyes, "NK-01 d14", "GS500LIZ")
    assert found.facts == trace.facts
    assert found.findings == ()


@pytest.mark.parametrize("n_dyes", [4, 5, 6])
def test_biopython_reads_the_same(n_dyes: int) -> None:
    trace = lane(n_dyes)
    raw = SeqIO.read(io.BytesIO(write_abif(trace)), "abi").annotations["abif_raw"]  # type: ignore[no-untyped-call]
    # A 3500 keeps the size standard of six dyes in DATA105 and the purple dye in DATA106.
    keys = {4: (1, 2, 3, 4), 5: (1, 2, 3, 4, 105), 6: (1, 2, 3, 4, 106, 105)}[n_dyes]
    for column, number in enumerate(keys):
        assert list(raw[f"DATA{number}"]) == trace.scans[:, column].tolist()
    assert raw["SpNm1"] == b"NK-01 d14"
    assert raw["StdF1"] == b"GS500LIZ"
    assert raw["MODL1"] == b"3130"
    assert (raw["RUND1"], raw["RUNT1"]) == ("2026-11-23", "14:05:09")
    assert list(raw["Satd1"]) == [12, 13, 14]
    assert raw["Dye#1"] == n_dyes


def test_the_same_trace_gives_the_same_bytes() -> None:
    assert write_abif(lane()) == write_abif(lane())


def test_extents_are_the_bytes_of_the_dyes() -> None:
    data = write_abif(lane())
    for column, extent in enumerate(read(data).extents):
        assert np.frombuffer(data[extent.start : extent.stop], ">i2").tolist() == lane().scans[:, column].tolist()


def test_lists_the_tags_without_values() -> None:
    tags = {tag.key: tag for tag in list_tags(Window(write_abif(lane()), "lane.fsa"))}
    assert (tags["DATA105"].element_type, tags["DATA105"].count) == (4, 300)
    assert tags["DATA105"].stop - tags["DATA105"].start == 600


def test_a_lane_without_vendor_peaks_has_none() -> None:
    assert vendor_peaks(Window(write_abif(lane()), "lane.fsa")) == ()


@pytest.mark.parametrize(
    ("name", "damage", "code"),
    [
        ("A01 empty", lambda _: b"", "NK-ABI-01"),
        ("A02 magic only", lambda _: b"ABIF", "NK-ABI-01"),
        ("other file", lambda data: b"FCS3" + data[4:], "NK-ABI-01"),
        ("A28 byte-swapped", lambda data: data[:4] + data[5:3:-1] + data[6:], "NK-ABI-02"),
        ("A28 magic swapped", lambda data: b"FIBA" + data[4:], "NK-ABI-02"),
        ("version 9.99", lambda data: data[:4] + struct.pack(">H", 999) + data[6:], "NK-ABI-03"),
        ("A03 truncated directory", lambda data: data[:-100], "NK-WIN-01"),
        ("A04 count 2^32-1", lambda data: data[:18] + b"\xff" * 4 + data[22:], "NK-ABI-04"),
        ("A04 entry size 0", lambda data: data[:16] + b"\0\0" + data[18:], "NK-ABI-04"),
        ("A06 directory in the header", lambda data: data[:26] + struct.pack(">I", 6) + data[30:], "NK-ABI-04"),
        ("A06 directory at the end", lambda data: data[:26] + struct.pack(">I", len(data)) + data[30:], "NK-WIN-01"),
        ("A05 element size 0", lambda data: patched(data, "DATA1", width=0), "NK-ABI-05"),
        ("A05 element size 1", lambda data: patched(data, "DATA1", width=1), "NK-ABI-05"),
        ("A07 data size 4 GB", lambda data: patched(data, "DATA1", size=0xFFFFFFFE), "NK-ABI-06"),
        ("A09 sizes disagree", lambda data: patched(data, "DATA1", count=299), "NK-ABI-06"),
        ("A07 data beyond the end", lambda data: patched(data, "DATA1", offset=len(data) - 10), "NK-WIN-01"),
        ("A10 string too long", lambda data: data.replace(b"\x09NK-01 d14", b"\xc8NK-01 d14"), "NK-ABI-07"),
        ("numbers as text", lambda data: patched(data, "Dye#1", width=1, count=2), "NK-ABI-05"),
        ("A13 no DATA", lambda data: data.replace(b"DATA", b"ATAD"), "NK-ABI-12"),
        ("nine dyes", lambda data: patched(data, "Dye#1", offset=9 << 16), "NK-ABI-13"),
        ("A14 no size standard", lambda data: patched(data, "DATA105", name=b"XATA"), "NK-ABI-14"),
        ("type 28", lambda data: patched(data, "DATA1", kind=28, width=1, count=600), "NK-ABI-15"),
        ("unequal lengths", lambda data: patched(data, "DATA2", count=299, size=598), "NK-ABI-17"),
        ("DATA twice", lambda data: patched(data, "DATA2", number=1), "NK-ABI-11"),
        ("Dye# as a date", lambda data: patched(data, "Dye#1", kind=10, width=4, count=1, size=4), "NK-ABI-09"),
    ],
)  # fmt: skip
def test_refuses(name: str, damage: Callable[[bytes], bytes], code: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(damage(write_abif(lane())))
    assert caught.value.code == code, name
    assert "lane.fsa" in caught.value.where


def test_a_sequencing_run_is_refused() -> None:
    data = write_abif(replace(lane(4), size_standard="", facts={"run": "x"}))
    for key, name in (("StdF1", b"FWO_"), ("RunN1", b"PBAS")):
        data = patched(data, key, name=name)
    with pytest.raises(SourceError) as caught:
        read(data)
    assert caught.value.code == "NK-ABI-16"
    assert "sequencing" in caught.value.problem


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: patched(data, "Scan1", kind=99), "NK-ABI-08"),  # A08
        (lambda data: patched(data, "RUND2", number=1), "NK-ABI-10"),  # A12, the same data
        (lambda data: patched(data, "RUND1", offset=0), "NK-ABI-18"),  # A11
    ],
)
def test_tolerates_with_a_finding(damage: Callable[[bytes], bytes], code: str) -> None:
    found = read(damage(write_abif(lane())))
    assert [finding.code for finding in found.findings] == [code]
    assert np.array_equal(found.scans, lane().scans)


def test_text_is_made_safe_for_a_terminal() -> None:
    data = write_abif(lane()).replace(b"NK-01 d14", b"\x1b[31mred!")
    assert read(data).sample_name == r"\x1b[31mred!"


@pytest.mark.parametrize(
    ("trace", "code"),
    [
        (replace(lane(), dyes=("a",)), "NK-ABI-19"),
        (replace(lane(), scans=np.full((300, 5), 40_000, dtype=np.int32)), "NK-ABI-19"),
        (replace(lane(), sample_name="x" * 256), "NK-ABI-20"),
    ],
)
def test_refuses_to_write(trace: Trace, code: str) -> None:
    with pytest.raises(MethodError) as caught:
        write_abif(trace)
    assert caught.value.code == code


def with_software_arrays(data: bytes) -> bytes:
    """Let the tags of the software's arrays name the dyes' data."""
    raw = {tag.key: tag.number for tag in list_tags(Window(data, "lane.fsa")) if tag.name == "DATA"}
    for key, number in raw.items():
        data = patched(data, key, number=number + (100 if number > 100 else 8))
    return data


@pytest.mark.parametrize("n_dyes", [4, 5, 6])
def test_the_softwares_arrays_stand_in_for_missing_raw_dyes(n_dyes: int) -> None:
    trace = lane(n_dyes)
    found = read(with_software_arrays(write_abif(trace)))
    assert np.array_equal(found.scans, trace.scans)
    assert found.dyes == trace.dyes
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("NK-ABI-21", "warning")
    assert "DATA9, DATA10" in finding.message
    assert "missing" in finding.message
    asked = read_abif(Window(with_software_arrays(write_abif(trace)), "lane.fsa"), analysed=True)
    assert not asked.findings


def test_the_softwares_arrays_stand_in_for_raw_dyes_that_are_zero_or_of_unequal_length() -> None:
    def both(raw: dict[int, tuple[int, ...]]) -> bytes:
        """Lay out both kinds of tags; the written trace itself is the software's arrays."""
        body = with_software_arrays(write_abif(lane(5)))
        count, size, offset = struct.unpack_from(">III", body, 18)
        entries, more = body[offset : offset + 28 * count], b""
        for number, scans in raw.items():
            place = offset + len(more)
            more += struct.pack(f">{len(scans)}h", *scans)
            entries += struct.pack(">4sIhhIIII", b"DATA", number, 4, 2, len(scans), 2 * len(scans), place, 0)
        head = struct.pack(">III", count + len(raw), size + 28 * len(raw), offset + len(more))
        return body[:18] + head + body[30:offset] + more + entries

    numbers = (1, 2, 3, 4, 105)
    zero = read(both(dict.fromkeys(numbers, (0,) * 300)))
    uneven = read(both({number: (7,) * (300 + at) for at, number in enumerate(numbers)}))
    whole = read(both(dict.fromkeys(numbers, (7,) * 300)))
    assert [finding.code for finding in (*zero.findings, *uneven.findings)] == ["NK-ABI-21", "NK-ABI-21"]
    assert "all zero" in zero.findings[0].message
    assert "length" in uneven.findings[0].message
    assert np.array_equal(zero.scans, lane(5).scans)
    assert not whole.findings
    assert (whole.scans == 7).all()


def test_saturated_scans_of_a_cut_array_count_from_its_start() -> None:
    data = patched(with_software_arrays(write_abif(lane(5))), "InVt1", name=b"AOFF")
    assert read(data).saturated.tolist() == []  # 3,000 scans cut off: the marked ones lie before the array
    small = replace(lane(5), facts={**lane(5).facts, "injection_volts": "10"})
    data = patched(with_software_arrays(write_abif(small)), "InVt1", name=b"AOFF")
    assert read(data).saturated.tolist() == [2, 3, 4]
