"""Bad Gating-ML files, one table, each read as ``nktrial inspect`` in a process with limits.

The ids X01 .. X13 are the cases of the bad-input plan (those of FlowJo workspaces, X09 and X11, stand with the
workspaces). Each is refused with one clear error that names the file, or read with a finding.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

NS = "http://www.isac-net.org/std/Gating-ML/v2.0/"
OPEN = (
    f'<gating:Gating-ML xmlns:gating="{NS}gating" xmlns:data-type="{NS}datatypes" '
    f'xmlns:transforms="{NS}transformations"'
)
CLOSE = "</gating:Gating-ML>"
BESIDE = "what-lies-beside-the-gates"
X = '<data-type:fcs-dimension data-type:name="X"/>'
AXES = f'<gating:dimension gating:compensation-ref="uncompensated">{X}</gating:dimension>' * 2
LAUGH = "&a{};"
LAUGHS = "".join(f"<!ENTITY a{i} {chr(34)}{10 * LAUGH.format(i - 1)}{chr(34)}>" for i in range(1, 12))


def document(*parts: str, doctype: str = "") -> str:
    return f"<?xml version='1.0'?>{doctype}{OPEN}>{''.join(parts)}{CLOSE}"


def rectangle(name: str, more: str = "") -> str:
    axis = f'<gating:dimension gating:compensation-ref="uncompensated" gating:min="1">{X}</gating:dimension>'
    return f'<gating:RectangleGate gating:id="{name}" {more}>{axis}</gating:RectangleGate>'


def polygon(*points: tuple[object, object]) -> str:
    corners = "".join(
        f'<gating:vertex><gating:coordinate data-type:value="{x}"/><gating:coordinate data-type:value="{y}"/>'
        "</gating:vertex>"
        for x, y in points
    )
    return f'<gating:PolygonGate gating:id="P">{AXES}{corners}</gating:PolygonGate>'


def ellipsoid(rows: str) -> str:
    table = "".join(
        f"<gating:row>{''.join(f'<gating:entry data-type:value={value!r}/>' for value in row.split())}</gating:row>"
        for row in rows.split("|")
    )
    centre = (
        '<gating:mean><gating:coordinate data-type:value="0"/><gating:coordinate data-type:value="0"/></gating:mean>'
    )
    return (
        f'<gating:EllipsoidGate gating:id="E">{AXES}{centre}<gating:covarianceMatrix>{table}</gating:covarianceMatrix>'
        '<gating:distanceSquare data-type:value="1"/></gating:EllipsoidGate>'
    )


def logicle(T: str = "262144", W: str = "0.5", M: str = "4.5", A: str = "0") -> str:
    return (
        f'<transforms:transformation transforms:id="t"><transforms:logicle transforms:T="{T}" transforms:W="{W}" '
        f'transforms:M="{M}" transforms:A="{A}"/></transforms:transformation>'
    )


def many_attributes(count: int) -> str:
    return "".join(f' a{i}="1"' for i in range(count))


@dataclass(frozen=True)
class Case:
    """A document, the code that must appear, and whether the file is refused."""

    id: str
    content: Callable[[], str]
    code: str
    refused: bool = True


def case(name: str, code: str, content: str | Callable[[], str], *, refused: bool = True) -> Case:
    return Case(name, content if callable(content) else lambda: content, code, refused)


CASES = [
    case("X01 billion laughs", "NK-GML-02",
         document("&a11;", doctype=f'<!DOCTYPE l [<!ENTITY a0 "lol">{LAUGHS}]>')),
    case("X02 a file as entity", "NK-GML-02",
         document("&e;", doctype='<!DOCTYPE l [<!ENTITY e SYSTEM "file:BESIDE_PATH">]>')),
    case("X02 an address as entity", "NK-GML-02",
         document("&e;", doctype='<!DOCTYPE l [<!ENTITY e SYSTEM "http://127.0.0.1:PORT/x">]>')),
    case("X02 an address as DTD", "NK-GML-02", document(doctype='<!DOCTYPE l SYSTEM "http://127.0.0.1:PORT/x.dtd">')),
    case("X03 an empty DTD", "NK-GML-02", document(rectangle("A"), doctype="<!DOCTYPE gating>")),
    case("X04 depth 100,000", "NK-GML-01", lambda: document("<a>" * 100_000, "</a>" * 100_000)),
    case("X05 a parent's circle", "NK-GML-16",
         document(rectangle("A", 'gating:parent_id="B"'), rectangle("B", 'gating:parent_id="A"'))),
    case("X05 its own parent", "NK-GML-16", document(rectangle("A", 'gating:parent_id="A"'))),
    case("X06 unknown parent", "NK-GML-12", document(rectangle("A", 'gating:parent_id="B"'))),
    case("X06 unknown transform", "NK-GML-13",
         document(rectangle("A").replace("gating:min", 'gating:transformation-ref="t" gating:min'))),
    case("X06 unknown matrix", "NK-GML-14", document(rectangle("A").replace("uncompensated", "nowhere"))),
    case("X07 two vertices", "NK-GML-17", document(polygon((0, 0), (1, 1)))),
    case("X07 NaN", "NK-GML-09", document(polygon((0, 0), (1, 1), ("NaN", 0)))),
    case("X07 crossing", "NK-GML-24", document(polygon((0, 0), (1, 1), (1, 0), (0, 1))), refused=False),
    case("X08 not positive", "NK-GML-21", document(ellipsoid("1 2|2 1"))),
    case("X08 not symmetric", "NK-GML-21", document(ellipsoid("1 0|0.5 1"))),
    case("X08 singular", "NK-GML-21", document(ellipsoid("1 1|1 1"))),
    case("X10 attribute of 9.9 MB", "NK-GML-05", lambda: f'{OPEN} a="{"x" * 9_900_000}">{CLOSE}'),
    case("X10 attribute of 10.5 MB", "NK-GML-01", lambda: f'{OPEN} a="{"x" * 10_500_000}">{CLOSE}'),
    case("X10 id of 9 MB", "NK-GML-08", lambda: document(rectangle("A" * 9_000_000))),
    case("X10 number of 9 MB", "NK-GML-09", lambda: document(polygon((0, 0), (1, 1), ("1" * 9_000_000, 0)))),
    case("X10 100,000 attributes", "NK-GML-03", lambda: f"{OPEN}{many_attributes(100_000)}>{CLOSE}"),
    case("X10 2,000,000 elements", "NK-GML-03", lambda: document("<x/>" * 2_000_000)),
    case("X10 text of 15 MB", "NK-GML-01", lambda: document("x" * 15_000_000)),
    case("X12 two gates of one id", "NK-GML-11", document(rectangle("A"), rectangle("A"))),
    case("X12 a gate and a scale", "NK-GML-11", document(logicle(), rectangle("t"))),
    case("X13 W below 0", "NK-GML-18", document(logicle(W="-0.1"))),
    case("X13 W above M/2", "NK-GML-18", document(logicle(W="2.3"))),
    case("X13 M is 0", "NK-GML-18", document(logicle(M="0"))),
    case("X13 M is infinite", "NK-GML-09", document(logicle(M="INF"))),
    case("X13 A below -W", "NK-GML-18", document(logicle(A="-0.6"))),
    case("X13 A above M - 2W", "NK-GML-18", document(logicle(A="3.6"))),
    case("X13 T is 0", "NK-GML-18", document(logicle(T="0"))),
    case("X13 M beyond any double", "NK-GML-18", document(logicle(M="1e9", W="0"))),
]  # fmt: skip

# Peak memory of the reading alone, in a process of its own: imports are no part of the budget.
MEASURED = """
import resource, sys, time
from nktrial.core.errors import SourceError
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import Window
with open(sys.argv[1], "rb") as file:
    data = file.read()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, start = peak(), time.perf_counter()
try:
    read_gating_ml(Window(data, "bad.xml"))
except SourceError:
    pass
print(time.perf_counter() - start, (peak() - before) / 1024)
"""


@pytest.fixture
def listener() -> socket.socket:
    """Return a listening socket that nobody may call."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    server.settimeout(0.0)
    return server


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_refused_in_a_process_with_limits(
    bad: Case,
    tmp_path: Path,
    listener: socket.socket,
    run_limited: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(BESIDE)
    path = tmp_path / "bad.xml"
    text = bad.content().replace("BESIDE_PATH", f"//{secret}").replace("PORT", str(listener.getsockname()[1]))
    path.write_text(text)
    seconds = 5.0 + len(text) / 20e6
    done = run_limited("inspect", path, "--json", memory_mb=1500, seconds=seconds)
    assert "Traceback" not in done.stderr
    assert BESIDE not in done.stdout + done.stderr
    assert len(done.stdout) + len(done.stderr) < 5000
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()
    if bad.refused:
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith(f"error: {bad.code} ")
    else:
        assert bad.code in [finding["code"] for finding in json.loads(done.stdout)["findings"]]


@pytest.mark.parametrize(
    "bad", [bad for bad in CASES if bad.id.startswith(("X01", "X04", "X10"))], ids=lambda bad: bad.id
)
def test_memory_and_time_are_bounded(bad: Case, tmp_path: Path) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(bad.content())
    megabytes = path.stat().st_size / 1e6
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    seconds, growth = map(float, done.stdout.split())
    assert seconds < 5.0 + megabytes / 20.0
    assert growth < 64.0 + 4.0 * megabytes


def test_a_dimension_that_the_events_lack_x06(
    tmp_path: Path, data_dir: Path, run_limited: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    gates = tmp_path / "gates.xml"
    gates.write_text(document(rectangle("A")))
    fcs = data_dir / "cytometry" / "gatingml2-compliance" / "data1.fcs"
    done = run_limited("flow", "count", fcs, "--gates", gates)
    assert done.returncode == 3
    assert done.stderr.startswith("error: NK-CYT-10 ")
