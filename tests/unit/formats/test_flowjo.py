"""FlowJo workspaces: what is read, what is refused and by which code, and the way back."""

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats import flowjo
from nktrial.formats.flowjo import read_flowjo
from nktrial.formats.flowjo_write import write_flowjo
from nktrial.formats.window import Window
from nktrial.model.gates import Asinh, Biex, Logicle, OffsetLog, Range, SpectrumMatrix, Transform
from nktrial.model.workspace import (
    DrawnAxis,
    DrawnBoolean,
    DrawnGate,
    DrawnPopulation,
    Workspace,
    WorkspaceSample,
)

NS = "http://www.isac-net.org/std/Gating-ML/v2.0/"
HEAD = (
    f'<Workspace version="20.0" flowJoVersion="10.8.1" xmlns:gating="{NS}gating" '
    f'xmlns:transforms="{NS}transformations" xmlns:data-type="{NS}datatypes">'
)
RECTANGLE = (
    '<gating:RectangleGate eventsInside="1"><gating:dimension gating:min="1" gating:max="2">'
    '<data-type:fcs-dimension data-type:name="FSC-A"/></gating:dimension></gating:RectangleGate>'
)
LINEAR = (
    '<transforms:linear transforms:minRange="0" transforms:maxRange="262144" gain="1">'
    '<data-type:parameter data-type:name="FSC-A"/></transforms:linear>'
)


def population(name: str, gate: str = RECTANGLE, below: str = "", count: str = "5") -> str:
    inner = f"<Subpopulations>{below}</Subpopulations>" if below else ""
    return f'<Population name="{name}" count="{count}"><Gate gating:id="ID1">{gate}</Gate>{inner}</Population>'


def sample(populations: str = "", *, extra: str = "", scales: str = LINEAR, uri: str = "file:/d/Tube%201.fcs") -> str:
    return (
        f'<Sample><DataSet uri="{uri}" sampleID="7"/>{extra}<Transformations>{scales}</Transformations>'
        '<Keywords><Keyword name="$FIL" value="T1.fcs "/></Keywords>'
        f'<SampleNode name="Tube one" count="100" sampleID="7"><Subpopulations>{populations}</Subpopulations>'
        "</SampleNode></Sample>"
    )


def workspace(*samples: str, head: str = HEAD) -> bytes:
    return f"{head}<SampleList>{''.join(samples)}</SampleList></Workspace>".encode()


def read(data: bytes) -> Workspace:
    return read_flowjo(Window(data, "work.wsp"))


def code_of(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        read(data)
    return caught.value.code


def test_a_sample_with_its_names_scales_and_tree() -> None:
    found = read(workspace(sample(population("A", below=population("B", count="-1")))))
    assert found.version == "10.8.1"
    (one,) = found.samples
    assert (one.sample_id, one.name, one.file_name, one.fil, one.events) == (
        "7",
        "Tube one",
        "Tube 1.fcs",
        "T1.fcs",
        100,
    )
    assert one.scales == {"FSC-A": Range(0.0, 262144.0)}
    assert [(item.path, item.parent, item.name, item.count) for item in one.populations] == [
        ("A", None, "A", 5),
        ("A/B", "A", "B", None),
    ]
    assert one.populations[0].gate == DrawnGate("rectangle", (DrawnAxis("FSC-A", 1.0, 2.0),))


def test_groups_name_their_samples() -> None:
    group = (
        '<Groups><GroupNode name="Day 14"><Group name="Day 14"><SampleRefs><SampleRef sampleID="7"/></SampleRefs>'
        "</Group></GroupNode></Groups>"
    )
    data = f"{HEAD}{group}<SampleList>{sample()}</SampleList></Workspace>".encode()
    assert [(one.name, one.sample_ids) for one in read(data).groups] == [("Day 14", ("7",))]


def test_names_that_stand_twice_under_one_parent_are_told_apart() -> None:
    found = read(workspace(sample(population("A") + population("A", below=population("B")))))
    assert [one.path for one in found.samples[0].populations] == ["A", "A (2)", "A (2)/B"]


def test_what_cannot_be_read_is_kept_with_its_reason() -> None:
    strange = population("S", gate="<gating:SpiderGate/>")
    curled = population(
        "C",
        gate='<gating:CurlyQuad percentX="5" percentY="0">'
        + "".join(
            f'<gating:dimension gating:min="1"><data-type:fcs-dimension data-type:name="{name}"/></gating:dimension>'
            for name in "XY"
        )
        + "</gating:CurlyQuad>",
    )
    odd = '<transforms:miltenyi><data-type:parameter data-type:name="X"/></transforms:miltenyi>'
    zero = (
        '<transforms:biex transforms:maxRange="262144" transforms:width="0" transforms:pos="4.4" transforms:neg="0">'
        '<data-type:parameter data-type:name="Y"/></transforms:biex>'
    )
    (one,) = read(workspace(sample(strange + curled, scales=odd + zero))).samples
    reasons = [item.gate for item in one.populations]
    assert reasons[0] == "the gate 'SpiderGate' is not supported"
    assert "percentX" in str(reasons[1])
    assert "'miltenyi' is not supported" in str(one.scales["X"])
    assert "width is 0" in str(one.scales["Y"])


def test_paths_outside_are_names_only() -> None:
    (one,) = read(workspace(sample(uri="file:/../../etc/passwd"))).samples
    assert one.file_name == "passwd"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<Workspace><SampleList>", "NK-WSP-01"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Workspace/>', "NK-WSP-02"),
        (b"<Workspace>" + b"<a>" * 300, "NK-WSP-03"),
        (b"<Other/>", "NK-WSP-04"),
        (workspace(sample(), head=HEAD.replace("v2.0", "v1.5")), "NK-WSP-04"),
        (
            workspace(
                sample(population("A", gate=RECTANGLE.replace('"1"><', '"nan"><', 1).replace('min="1"', 'min="x"')))
            ),
            "NK-WSP-05",
        ),
        (workspace(sample(population("A", gate="<gating:PolygonGate/>"))), "NK-WSP-06"),
        (workspace(sample(population("A", gate="<gating:RectangleGate/>"))), "NK-WSP-06"),
        (workspace(sample(population("A", gate="<gating:EllipsoidGate/>"))), "NK-WSP-06"),
        (workspace(sample(population("A", gate="<gating:CurlyQuad/>"))), "NK-WSP-06"),
        (workspace("<Sample/>"), "NK-WSP-06"),
        (workspace(), "NK-WSP-07"),
        (
            workspace(sample(extra='<transforms:spilloverMatrix spectral="1" weightOptAlgorithmType="WLS"/>')),
            "NK-WSP-12",
        ),
    ],
)
def test_refusals(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_many_samples_are_no_crowd() -> None:
    many = workspace(*[sample(population("A", below="".join(population(f"P{n}") for n in range(600))))] * 100)
    assert many.count(b"<") > 2 * 200_000
    assert len(read(many).samples) == 100


def test_populations_of_a_whole_workspace_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    many = workspace(*[sample("".join(population(f"P{n}") for n in range(3)))] * 4)
    monkeypatch.setattr(flowjo, "MOST_POPULATIONS", 12)
    assert len(read(many).samples) == 4
    monkeypatch.setattr(flowjo, "MOST_POPULATIONS", 11)
    with pytest.raises(SourceError, match=r"NK-WSP-03.*more than 11 populations.*several workspaces"):
        read(many)


def test_errors_name_file_line_and_element() -> None:
    with pytest.raises(SourceError, match=r"work\.wsp, line 1 \(dimension\).*min is 'x'") as caught:
        read(workspace(sample(population("A", gate=RECTANGLE.replace('min="1"', 'min="x"')))))
    assert "FlowJo 10" in caught.value.remedy


def test_written_and_read_again_gives_equal_samples() -> None:
    axes = (DrawnAxis("X"), DrawnAxis("Comp-Y"))
    rectangle = DrawnGate("rectangle", (DrawnAxis("X", -1.5, None), DrawnAxis("Z", None, 7.25)), outside=True)
    polygon = DrawnGate("polygon", axes, ((0.1, 2.0), (3.0, 1e-7), (5.0, 6.0)), bins=256)
    foci, edge = ((1.0, 2.0), (3.0, 4.0)), ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 5.5))
    ellipse = DrawnGate("ellipse", axes, foci=foci, edge=edge, distance=12.5)
    populations = (
        DrawnPopulation("R", None, "R", rectangle, 10),
        DrawnPopulation("R/P", "R", "P", polygon, None),
        DrawnPopulation("R/P/E", "R/P", "E", ellipse, 3),
        DrawnPopulation("R/B", "R", "B", DrawnBoolean("or", ("R/P", "R/P/E")), 4),
    )
    scales: dict[str, Transform | str] = {
        "X": Biex(262144.0, -100.0, 4.418539922, 0.0),
        "Y": Logicle(262144.0, 0.5, 4.5, 0.0),
        "Z": OffsetLog(3.0, 4.0),
        "T": Range(0.0, 1.0),
        "V": Asinh(262144.0, 4.0, 0.5),
    }
    matrix = SpectrumMatrix(("Comp-X", "Comp-Y"), ("X", "Y"), ((1.0, 0.25), (0.0, 1.0)))
    one = WorkspaceSample("1", "a.fcs", "a.fcs", "a.fcs", 20, scales, matrix, populations)
    (again,) = read(write_flowjo([one])).samples
    assert again == one
