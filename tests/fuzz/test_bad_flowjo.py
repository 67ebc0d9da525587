"""Bad FlowJo workspaces, one table, each read by a command in a process with limits.

The ids X01 .. X11 are the cases of the bad-input plan, as in `test_bad_gatingml`. Each is refused with one clear error,
or read with what is not supported listed by name; nothing that a workspace names is opened.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.fcs_write import write_fcs
from nktrial.model.events import Channel

# The process reads its own mark: what its parent is told counts the parent's memory at the fork, too.
REPORTING = """
import re, sys, time
from nktrial.cli import main
try:
    main(sys.argv[1:])
finally:
    with open("/proc/self/status") as status:
        print(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1], time.process_time(), file=sys.stderr)
"""
NS = "http://www.isac-net.org/std/Gating-ML/v2.0/"
BESIDE = "what-lies-beside-the-workspace"
LAUGHS = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{i} "{10 * f"&a{i - 1};"}">' for i in range(1, 12))
LINEAR = "<transforms:linear transforms:minRange='0' transforms:maxRange='1024'>AXIS</transforms:linear>"
AXIS = '<data-type:parameter data-type:name="A"/>'
DIMENSION = (
    '<gating:dimension gating:min="0" gating:max="100"><data-type:fcs-dimension data-type:name="A"/></gating:dimension>'
)


def gate(name: str, kind: str = "RectangleGate") -> str:
    return (
        f'<Population name="{name}" count="2"><Gate gating:id="{name}"><gating:{kind}>{DIMENSION}</gating:{kind}>'
        "</Gate></Population>"
    )


def sample(
    *populations: str, uri: str = "file:/x/one.fcs", scale: str = LINEAR, number: int = 1, more: str = ""
) -> str:
    return (
        f'<Sample {more}><DataSet uri="{uri}" sampleID="{number}"/><Transformations>{scale.replace("AXIS", AXIS)}'
        f'</Transformations><Keywords/><SampleNode name="{uri[-7:]}" count="4" sampleID="{number}"><Subpopulations>'
        f"{''.join(populations)}</Subpopulations></SampleNode></Sample>"
    )


def workspace(*samples: str, doctype: str = "", more: str = "", declared: str = "") -> str:
    return (
        f"<?xml version='1.0'{declared}?>{doctype}<Workspace flowJoVersion='10.8.1' xmlns:gating='{NS}gating' "
        f"xmlns:transforms='{NS}transformations' xmlns:data-type='{NS}datatypes' {more}><SampleList>{''.join(samples)}"
        "</SampleList></Workspace>"
    )


@dataclass(frozen=True)
class Case:
    """A workspace and what must appear: an error's code, or a population that is listed with its reason."""

    id: str
    content: Callable[[], str]
    code: str = ""
    listed: str = ""


def case(name: str, content: str | Callable[[], str], code: str = "", listed: str = "") -> Case:
    return Case(name, content if callable(content) else lambda: content, code, listed)


MEGABYTES = "x" * 9_900_000
CASES = [
    case("X01 billion laughs", workspace("&a11;", doctype=f"<!DOCTYPE l [{LAUGHS}]>"), "NK-WSP-02"),
    case("X01 in an attribute", workspace(sample(gate("&a11;")), doctype=f"<!DOCTYPE l [{LAUGHS}]>"), "NK-WSP-02"),
    case("X02 a file as entity",
         workspace(sample("&e;"), doctype='<!DOCTYPE l [<!ENTITY e SYSTEM "file:BESIDE_PATH">]>'), "NK-WSP-02"),
    case("X02 an address as entity",
         workspace(sample("&e;"), doctype='<!DOCTYPE l [<!ENTITY e SYSTEM "http://127.0.0.1:PORT/x">]>'), "NK-WSP-02"),
    case("X02 an address as DTD",
         workspace(sample(), doctype='<!DOCTYPE l SYSTEM "http://127.0.0.1:PORT/x.dtd">'), "NK-WSP-02"),
    case("X03 an empty DTD", workspace(sample(gate("A")), doctype="<!DOCTYPE Workspace>"), "NK-WSP-02"),
    case("X03 an encoding that hides one", workspace(sample(gate("A")), declared=" encoding='utf-7'"), "NK-WSP-21"),
    case("X04 depth 100,000", lambda: workspace(sample("<Population>" * 100_000)), "NK-WSP-0[13]"),
    case("X05 gates alone",
         lambda: workspace(*[sample("".join(gate(f"P{one}") for one in range(10_000)))] * 12), "NK-WSP-03"),
    case("X05 gates and groups by turns",
         lambda: workspace(*[sample("".join(gate(f"P{one}") + '<GroupNode gating:id="3"/>' for one in range(10_000)))]
                           * 12), "NK-WSP-03"),
    case("X05 small elements in a sample", lambda: workspace(sample("<a/>" * 300_000)), "NK-WSP-03"),
    case("X05 attributes in a sample", lambda: workspace(sample("<a b='' c='' d='' e='' f=''/>" * 90_000)),
         "NK-WSP-03"),
    case("X05 small elements between samples", lambda: workspace("<a/>" * 4_000_000, sample(gate("A"))), "NK-WSP-03"),
    case("X09 a gate", workspace(sample(gate("A"), gate("Odd", "SpiderGate"))), listed="Odd: .*SpiderGate"),
    case("X09 a scale",
         workspace(sample(gate("Odd"), scale=LINEAR.replace("linear", "spiral"))), listed="Odd: .*spiral"),
    case("X10 attribute of 9.9 MB", lambda: workspace(sample(gate("A"), more=f'a="{MEGABYTES}"'), more="b='1'")),
    case("X10 attribute of 10.5 MB", lambda: workspace(sample(gate("A")), more=f'a="{"x" * 10_500_000}"'), "NK-WSP-01"),
    case("X10 a name of 9.9 MB", lambda: workspace(sample(gate(MEGABYTES)))),
    case("X11 a path that leads out", workspace(sample(gate("A"), uri="file:../../../../etc/one.fcs"))),
    case("X11 an address", workspace(sample(gate("A"), uri="http://127.0.0.1:PORT/one.fcs"))),
    case("X11 the path of a file beside", workspace(sample(gate("A"), uri="file:BESIDE_PATH/one.fcs"))),
]  # fmt: skip


@pytest.fixture
def fcs(tmp_path: Path) -> Path:
    path = tmp_path / "one.fcs"
    path.write_bytes(write_fcs(np.array([[1.0], [50.0], [200.0], [99.0]]), (Channel(0, "A", "", 32, 1024.0),)))
    return path


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_counted_or_refused_in_a_process_with_limits(
    bad: Case, tmp_path: Path, fcs: Path, run_limited: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    secret, path = tmp_path / "secret.txt", tmp_path / "bad.wsp"
    secret.write_text(BESIDE)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.0)
        text = bad.content().replace("BESIDE_PATH", f"//{secret}").replace("PORT", str(listener.getsockname()[1]))
        path.write_text(text)
        done = run_limited(
            "flow", "count", fcs, "--gates", path, "--json", memory_mb=1500, seconds=5.0 + len(text) / 20e6
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert "Traceback" not in done.stderr
    assert BESIDE not in done.stdout + done.stderr
    assert len(done.stdout) + len(done.stderr) < 5000
    if bad.code:
        assert (done.returncode, done.stdout) == (3, "")
        assert re.match(f"error: {bad.code} ", done.stderr)
        return
    (counted,) = json.loads(done.stdout)["samples"]
    if bad.listed:
        assert [one for one in counted["unsupported"] if re.match(bad.listed, f"{one['path']}: {one['reason']}")]
    assert [one["count"] for one in counted["populations"]] == ([] if bad.listed.startswith("Odd: .*sp") else [3])


def test_inspect_lists_what_is_not_read(
    tmp_path: Path, run_limited: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    path = tmp_path / "bad.wsp"
    path.write_text(workspace(sample(gate("A"), gate("Odd", "SpiderGate"))))
    (found,) = json.loads(run_limited("inspect", path, "--json").stdout)["samples"]
    assert found["not_read"] == ["Odd: the gate 'SpiderGate' is not supported"]


def test_many_samples_of_the_shape_of_real_ones(tmp_path: Path, fcs: Path) -> None:
    size = 100_000_000 if os.environ.get("NKTRIAL_FUZZ") else 25_000_000  # the former takes a quarter of a minute
    tree = "".join(gate(f"P{number}") for number in range(10))
    keywords = "".join(f'<Keyword name="$P{number}V" value="{number * 100}"/>' for number in range(300))
    path = tmp_path / "large.wsp"
    with path.open("w") as file:
        start, end = workspace(sample(gate("A"))).split("</SampleList>")
        file.write(start)
        number = 1
        while file.tell() < size:
            number += 1
            one = sample(tree, uri=f"file:/x/{number:05}.fcs", number=number)
            file.write(one.replace("<Keywords/>", f"<Keywords>{keywords}</Keywords>"))
        file.write(f"</SampleList>{end}")
    megabytes = path.stat().st_size / 1e6
    (tmp_path / "small.wsp").write_text(workspace(sample(gate("A"))))
    (_, small), (seconds, large) = (counted(fcs, tmp_path / name) for name in ("small.wsp", "large.wsp"))
    assert large - small < 64.0 + 4.0 * megabytes
    assert seconds < 5.0 + megabytes / 20.0


def counted(fcs: Path, gates: Path) -> tuple[float, float]:
    """Count with a workspace in a process of its own; return processor seconds and the most memory resident [MB]."""
    command = [sys.executable, "-c", REPORTING, "flow", "count", str(fcs), "--gates", str(gates), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    (found,) = json.loads(done.stdout)["samples"]
    assert [one["count"] for one in found["populations"]] == [3]
    kilobytes, seconds = done.stderr.split()
    return float(seconds), int(kilobytes) / 1000
