"""Gating-ML 2.0: what is read, what is refused, and by which code."""

import numpy as np
import pytest

from nktrial.core.errors import MethodError, SourceError
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.window import Window
from nktrial.model.gates import (
    Asinh,
    Biex,
    BooleanGate,
    Bounded,
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    Operand,
    PolygonGate,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
)

NS = "http://www.isac-net.org/std/Gating-ML/v2.0/"
HEAD = (
    f'<gating:Gating-ML xmlns:gating="{NS}gating" xmlns:data-type="{NS}datatypes" '
    f'xmlns:transforms="{NS}transformations">'
)
LOGICLE = (
    '<transforms:transformation transforms:id="t"><transforms:logicle transforms:T="262144" transforms:W="0.5" '
    'transforms:M="4.5" transforms:A="0"/></transforms:transformation>'
)


def document(*parts: str, head: str = HEAD) -> bytes:
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *parts, "</gating:Gating-ML>"]).encode()


def dimension(channel: str = "X", compensation: str = "uncompensated", more: str = "") -> str:
    return (
        f'<gating:dimension gating:compensation-ref="{compensation}" {more}><data-type:fcs-dimension '
        f'data-type:name="{channel}"/></gating:dimension>'
    )


def rectangle(name: str = "A", more: str = "", *dimensions: str) -> str:
    inner = "".join(dimensions) or dimension(more='gating:min="1"')
    return f'<gating:RectangleGate gating:id="{name}" {more}>{inner}</gating:RectangleGate>'


def polygon(*vertices: tuple[object, object], name: str = "P") -> str:
    points = "".join(
        f'<gating:vertex><gating:coordinate data-type:value="{x}"/><gating:coordinate data-type:value="{y}"/>'
        "</gating:vertex>"
        for x, y in vertices
    )
    inner = dimension("X") + dimension("Y") + points
    return f'<gating:PolygonGate gating:id="{name}">{inner}</gating:PolygonGate>'


def boolean(operator: str, *operands: str, name: str = "B", more: str = "") -> str:
    inner = "".join(f'<gating:gateReference gating:ref="{ref}"/>' for ref in operands)
    operation = f"<gating:{operator}>{inner}</gating:{operator}>"
    return f'<gating:BooleanGate gating:id="{name}" {more}>{operation}</gating:BooleanGate>'


def matrix(rows: str, dyes: tuple[str, ...] = ("a", "b"), detectors: tuple[str, ...] = ("X", "Y")) -> str:
    names = []
    for what, labels in (("fluorochromes", dyes), ("detectors", detectors)):
        inner = "".join(f"<data-type:fcs-dimension data-type:name={label!r}/>" for label in labels)
        names.append(f"<transforms:{what}>{inner}</transforms:{what}>")
    spectra = "".join(
        "<transforms:spectrum>"
        + "".join(f'<transforms:coefficient transforms:value="{v}"/>' for v in row.split())
        + "</transforms:spectrum>"
        for row in rows.split("|")
    )
    return f'<transforms:spectrumMatrix transforms:id="m">{"".join(names)}{spectra}</transforms:spectrumMatrix>'


def ellipsoid(covariance: str = "1 0|0 1", distance: str = "1") -> str:
    rows = "".join(
        "<gating:row>" + "".join(f'<gating:entry data-type:value="{v}"/>' for v in row.split()) + "</gating:row>"
        for row in covariance.split("|")
    )
    return (
        f'<gating:EllipsoidGate gating:id="E">{dimension("X")}{dimension("Y")}<gating:mean><gating:coordinate '
        f'data-type:value="1"/><gating:coordinate data-type:value="2"/></gating:mean><gating:covarianceMatrix>{rows}'
        f'</gating:covarianceMatrix><gating:distanceSquare data-type:value="{distance}"/></gating:EllipsoidGate>'
    )


QUADRANT = (
    '<gating:QuadrantGate gating:id="Q"><gating:divider gating:id="d" gating:compensation-ref="FCS">'
    '<data-type:fcs-dimension data-type:name="X"/><gating:value>5</gating:value><gating:value>9</gating:value>'
    "</gating:divider>"
    '<gating:Quadrant gating:id="low"><gating:position gating:divider_ref="d" gating:location="1"/></gating:Quadrant>'
    '<gating:Quadrant gating:id="mid"><gating:position gating:divider_ref="d" gating:location="5"/></gating:Quadrant>'
    '<gating:Quadrant gating:id="top"><gating:position gating:divider_ref="d" gating:location="99"/></gating:Quadrant>'
    "</gating:QuadrantGate>"
)


def read(*parts: str) -> GatingStrategy:
    return read_gating_ml(Window(document(*parts), "g.xml"))


def refused(code: str, data: bytes) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_gating_ml(Window(data, "g.xml"))
    assert caught.value.code == code, str(caught.value)
    assert caught.value.where.startswith("g.xml")
    return caught.value


def test_a_rectangle_with_its_parent_and_transform() -> None:
    more = 'gating:transformation-ref="t" gating:min="0.25" gating:max="1e0"'
    strategy = read(LOGICLE, rectangle("A"), rectangle("B", 'gating:parent_id="A"', dimension("Y", "FCS", more)))
    assert strategy.transforms == {"t": Logicle(262144.0, 0.5, 4.5, 0.0)}
    assert strategy.gates[1] == RectangleGate("B", "A", (Dimension("Y", "FCS", "t", 0.25, 1.0),))


def test_every_scale_and_a_ratio() -> None:
    scales = {
        "flin": ('T="10" A="1"', Linear(10, 1)),
        "flog": ('T="10" M="4"', Log(10, 4)),
        "fasinh": ('T="10" M="4" A="1"', Asinh(10, 4, 1)),
        "hyperlog": ('T="10" W="1" M="4" A="0"', Hyperlog(10, 1, 4, 0)),
    }
    parts = [
        f'<transforms:transformation transforms:id="{name}"><transforms:{name} '
        f"{text.replace('T=', 'transforms:T=').replace(' ', ' transforms:')}/></transforms:transformation>"
        for name, (text, _) in scales.items()
    ]
    ratio = (
        '<transforms:transformation transforms:id="r">'
        '<transforms:fratio transforms:A="1" transforms:B="2" transforms:C="-1">'
        '<data-type:fcs-dimension data-type:name="X"/><data-type:fcs-dimension data-type:name="Y"/></transforms:fratio>'
        "</transforms:transformation>"
    )
    gate = rectangle(
        "A", "", '<gating:dimension gating:compensation-ref="uncompensated" gating:min="3"><data-type:new-dimension '
        'data-type:transformation-ref="r"/></gating:dimension>'
    )  # fmt: skip
    strategy = read(*parts, ratio, gate)
    assert strategy.transforms == {name: scale for name, (_, scale) in scales.items()}
    assert strategy.ratios == {"r": Ratio("X", "Y", 1, 2, -1)}
    assert strategy.gates[0] == RectangleGate("A", None, (Dimension("", "uncompensated", None, 3, None, "r"),))


def test_a_polygon_an_ellipsoid_a_boolean_and_a_matrix() -> None:
    strategy = read(
        matrix("1 0.1|0.2 1"),
        polygon((0, 0), (1, 0), (0, 1)),
        ellipsoid("2 0.5|0.5 1", "4"),
        '<gating:BooleanGate gating:id="B"><gating:and><gating:gateReference gating:ref="P"/><gating:gateReference '
        'gating:ref="E" gating:use-as-complement="true"/></gating:and></gating:BooleanGate>',
    )
    assert strategy.matrices == {"m": SpectrumMatrix(("a", "b"), ("X", "Y"), ((1, 0.1), (0.2, 1)))}
    polygon_gate, ellipse, both = strategy.gates
    assert isinstance(polygon_gate, PolygonGate)
    assert polygon_gate.vertices.tolist() == [[0, 0], [1, 0], [0, 1]]
    assert isinstance(ellipse, EllipsoidGate)
    assert (ellipse.mean, ellipse.covariance, ellipse.distance_square) == ((1, 2), ((2, 0.5), (0.5, 1)), 4)
    assert both == BooleanGate("B", None, "and", (Operand("P"), Operand("E", complement=True)))


def test_bounds_of_a_scale_and_of_a_ratio() -> None:
    scale = LOGICLE.replace('id="t"', 'id="t" transforms:boundMin="0" transforms:boundMax="0.75"')
    ratio = (
        '<transforms:transformation transforms:id="r" transforms:boundMax="8"><transforms:fratio transforms:A="1" '
        'transforms:B="2" transforms:C="-1"><data-type:fcs-dimension data-type:name="X"/><data-type:fcs-dimension '
        'data-type:name="Y"/></transforms:fratio></transforms:transformation>'
    )
    strategy = read(scale, ratio)
    assert strategy.transforms == {"t": Bounded(Logicle(262144, 0.5, 4.5, 0), 0.0, 0.75)}
    assert strategy.ratios == {"r": Ratio("X", "Y", 1, 2, -1, None, 8)}


def test_a_matrix_that_is_inverted_already_has_one_row_a_detector() -> None:
    text = matrix("1 0|0 1|0.1 0.2", detectors=("X", "Y", "Z"))
    strategy = read(text.replace('id="m"', 'id="m" transforms:matrix-inverted-already="true"'))
    rows = ((1.0, 0.0), (0.0, 1.0), (0.1, 0.2))
    assert strategy.matrices == {"m": SpectrumMatrix(("a", "b"), ("X", "Y", "Z"), rows, inverted=True)}
    plain = read(matrix("1 0|0 1").replace('id="m"', 'id="m" transforms:matrix-inverted-already="false"'))
    assert not plain.matrices["m"].inverted


def test_a_quadrant_gate_is_one_rectangle_a_quadrant() -> None:
    strategy = read(QUADRANT)
    assert [(gate.id, gate.dimensions[0].low, gate.dimensions[0].high) for gate in strategy.gates
            if isinstance(gate, RectangleGate)] == [("low", None, 5), ("mid", 5, 9), ("top", 9, None)]  # fmt: skip


def test_custom_info_comments_and_foreign_attributes_are_free() -> None:
    info = "<data-type:custom_info><anything nested='1'><gating:Nonsense/></anything></data-type:custom_info>"
    assert read(info, "<!-- a comment -->", rectangle("A", 'gating:name="x"', info, dimension())).gates[0].id == "A"


def test_utf16_is_read() -> None:
    text = document(rectangle()).decode().replace("UTF-8", "UTF-16")
    assert read_gating_ml(Window(text.encode("utf-16"), "g.xml")).gates[0].id == "A"


def test_reading_what_was_written_gives_an_equal_strategy() -> None:
    strategy = read(
        matrix("1 0.1|0.2 1"), LOGICLE, polygon((0.1, 1 / 3), (1e-17, 0), (0, 1e300)), ellipsoid(), QUADRANT,
        boolean("not", "P", more='gating:parent_id="E"'),
    )  # fmt: skip
    again = read_gating_ml(Window(write_gating_ml(strategy), "again.xml"))
    assert again == strategy
    assert write_gating_ml(again) == write_gating_ml(strategy)


def test_crossing_sides_are_a_finding() -> None:
    strategy = read(polygon((0, 0), (1, 1), (1, 0), (0, 1)))
    assert [finding.code for finding in strategy.findings] == ["NK-GML-24"]
    assert read(polygon((0, 0), (1, 0), (1, 1), (0, 1))).findings == ()


INVERTED = matrix("1 0|0 1").replace('id="m"', 'id="m" transforms:matrix-inverted-already="true"')
MINIMAL = document(rectangle())


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("NK-GML-01", b""),
        ("NK-GML-01", b"not xml"),
        ("NK-GML-01", MINIMAL[:-5]),
        ("NK-GML-01", MINIMAL.replace(b"uncompensated", b"&undefined;")),
        ("NK-GML-02", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + MINIMAL.partition(b"?>")[2]),
        ("NK-GML-02", b'<!doctype x [<!ENTITY a "b">]>' + MINIMAL.partition(b"?>")[2]),
        ("NK-GML-02", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'.encode("utf-16")),
        ("NK-GML-03", b" " * (16 * 1024 * 1024 + 1)),
        ("NK-GML-03", document("<data-type:custom_info>" + "<a>" * 80 + "</a>" * 80 + "</data-type:custom_info>")),
        ("NK-GML-04", MINIMAL.replace(b"UTF-8", b"UTF-7")),
        ("NK-GML-05", document("<sample>" + rectangle() + "</sample>")),
        ("NK-GML-05", document(rectangle("A", 'id="B"'))),
        ("NK-GML-05", document(rectangle("A", "", dimension(more='min="1"')))),
        ("NK-GML-05", document(LOGICLE.replace('id="t"', 'id="t" boundMin="0"'))),
        ("NK-GML-05", document(INVERTED.replace("transforms:matrix-inv", "matrix-inv"))),
        ("NK-GML-09", document(LOGICLE.replace('id="t"', 'id="t" transforms:boundMin="low"'))),
        ("NK-GML-10", document(INVERTED.replace('"true"', '"yes"'))),
        ("NK-GML-18", document(LOGICLE.replace('id="t"', 'id="t" transforms:boundMin="1" transforms:boundMax="1"'))),
        ("NK-GML-22", document(INVERTED.replace("<transforms:spectrum>", "<transforms:spectrum>"
                               '<transforms:coefficient transforms:value="0"/>'))),
        ("NK-GML-03", document("<x/>" * 400_000)),
        ("NK-GML-03", document(rectangle(more=" ".join(f'gating:a{i}="1"' for i in range(201))))),
        ("NK-GML-06", b"<Workspace version='20.0' flowJoVersion='10.7.1'/>"),
        ("NK-GML-06", MINIMAL.replace(b"v2.0", b"v1.5")),
        ("NK-GML-06", b"<html/>"),
        ("NK-GML-07", MINIMAL.replace(b'gating:id="A"', b"")),
        ("NK-GML-07", MINIMAL.replace(b'data-type:name="X"', b'data-type:name=""')),
        ("NK-GML-07", MINIMAL.replace(b'gating:compensation-ref="uncompensated"', b"")),
        ("NK-GML-08", document(rectangle("A/B"))),
        ("NK-GML-08", document(rectangle("=cmd()"))),
        ("NK-GML-08", document(rectangle("A" * 121))),
        ("NK-GML-09", MINIMAL.replace(b'min="1"', b'min="NaN"')),
        ("NK-GML-09", MINIMAL.replace(b'min="1"', b'min="1e999"')),
        ("NK-GML-09", MINIMAL.replace(b'min="1"', b'min="1_000"')),
        ("NK-GML-09", MINIMAL.replace(b'min="1"', b'min="1,5"')),
        ("NK-GML-09", document(polygon((0, 0), (1, 0), ("nan", 1)))),
        ("NK-GML-09", document(QUADRANT.replace("<gating:value>5<", "<gating:value>five<"))),
        ("NK-GML-10", document(rectangle(), boolean("not", "A").replace("<gating:gateReference",
                               '<gating:gateReference gating:use-as-complement="yes"'))),
        ("NK-GML-11", document(rectangle("A"), rectangle("A"))),
        ("NK-GML-11", document(LOGICLE, rectangle("t"))),
        ("NK-GML-11", document(LOGICLE.replace('"t"', '"FCS"'))),
        ("NK-GML-12", document(rectangle("A", 'gating:parent_id="nobody"'))),
        ("NK-GML-12", document(QUADRANT, rectangle("A", 'gating:parent_id="Q"'))),
        ("NK-GML-13", document(rectangle("A", "", dimension(more='gating:transformation-ref="t"')))),
        ("NK-GML-13", document(LOGICLE, rectangle().replace('fcs-dimension data-type:name="X"',
                                                            'new-dimension data-type:transformation-ref="t"'))),
        ("NK-GML-14", document(rectangle("A", "", dimension("X", "spill")))),
        ("NK-GML-15", document(boolean("not", "nobody"))),
        ("NK-GML-16", document(rectangle("A", 'gating:parent_id="B"'), rectangle("B", 'gating:parent_id="A"'))),
        ("NK-GML-16", document(boolean("not", "B"))),
        ("NK-GML-16", document(rectangle("A", 'gating:parent_id="B"'), boolean("not", "A"))),
        ("NK-GML-17", document(polygon((0, 0), (1, 1)))),
        ("NK-GML-18", document(LOGICLE.replace('W="0.5"', 'W="-0.5"'))),
        ("NK-GML-18", document(LOGICLE.replace('W="0.5"', 'W="2.5"'))),
        ("NK-GML-18", document(LOGICLE.replace('T="262144"', 'T="0"'))),
        ("NK-GML-18", document(LOGICLE.replace('M="4.5"', 'M="0"'))),
        ("NK-GML-18", document(LOGICLE.replace('A="0"', 'A="-0.6"'))),
        ("NK-GML-18", document(LOGICLE.replace('A="0"', 'A="3.6"'))),
        ("NK-GML-19", document('<gating:RectangleGate gating:id="A"/>')),
        ("NK-GML-19", document(rectangle().replace("fcs-dimension", "custom_info"))),
        ("NK-GML-19", document('<gating:BooleanGate gating:id="B"/>')),
        ("NK-GML-19", document(rectangle(), boolean("and", "A"))),
        ("NK-GML-19", document(rectangle(), boolean("not", "A", "A"))),
        ("NK-GML-19", document('<transforms:transformation transforms:id="t"/>')),
        ("NK-GML-19", document(ellipsoid("1 0"))),
        ("NK-GML-20", document(rectangle("A", "", dimension(more='gating:min="2" gating:max="1"')))),
        ("NK-GML-21", document(ellipsoid("1 2|2 1"))),
        ("NK-GML-21", document(ellipsoid("1 0.5|0 1"))),
        ("NK-GML-21", document(ellipsoid(distance="-1"))),
        ("NK-GML-22", document(matrix("1 0"))),
        ("NK-GML-22", document(matrix("1 0|0 1 0"))),
        ("NK-GML-22", document(matrix("1 0|0 1", ("a", "a")))),
        ("NK-GML-23", document(QUADRANT.replace('divider_ref="d"', 'divider_ref="e"', 1))),
        ("NK-GML-25", document(polygon((0, 0), (1, 0), (0, 1)).replace(
            "<gating:dimension ", '<gating:dimension gating:min="0" ', 1))),
    ],
)  # fmt: skip
def test_each_problem_has_its_code(code: str, data: bytes) -> None:
    refused(code, data)


def test_all_unsupported_elements_are_listed_at_once() -> None:
    text = str(refused("NK-GML-05", document("<gating:CurlyQuadGate/>", "<other/>", rectangle())))
    assert "gating:CurlyQuadGate in gating:Gating-ML (line 3)" in text
    assert "other in gating:Gating-ML (line 4)" in text


def test_an_error_names_the_line() -> None:
    assert "line 5" in refused("NK-GML-12", document("", "", rectangle("A", 'gating:parent_id="x"'))).where


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10 if i else b"&a;" * 10) for i in range(12)
    )
    refused("NK-GML-02", bomb + b"]><l>&a11;</l>")


def test_a_deep_tree_of_gates_is_refused() -> None:
    chain = [rectangle("g0")] + [rectangle(f"g{i}", f'gating:parent_id="g{i - 1}"') for i in range(1, 102)]
    refused("NK-GML-03", document(*chain))
    assert len(read(*chain[:100]).gates) == 100


def test_too_many_gates_are_refused() -> None:
    refused("NK-GML-03", document(*(rectangle(f"g{i}") for i in range(5001))))


def test_an_attribute_of_ten_megabytes_is_refused() -> None:
    refused("NK-GML-01", document(rectangle("A" * 10_500_000)))


X, Y = Dimension("X", "uncompensated"), Dimension("Y", "uncompensated")
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
FLOWJOS = (
    (GatingStrategy((), {"b": Biex(262144.0, -100.0, 4.4, 0.0)}), "scale 'b'.*Biex"),
    (GatingStrategy((RectangleGate("G", None, (X,), outside=True),)), "gate 'G'.*outside"),
    (GatingStrategy((RectangleGate("G", None, (X,), name="shown name"),)), "gate 'G'.*names"),
    (GatingStrategy((PolygonGate("G", None, (X, Y), CORNERS, bin_vertices=((0, 0), (1, 0), (0, 1))),)), "'G'.*bins"),
)


@pytest.mark.parametrize(("strategy", "words"), FLOWJOS)
def test_what_gating_ml_does_not_have_is_not_written(strategy: GatingStrategy, words: str) -> None:
    with pytest.raises(MethodError, match=f"NK-GML-26.*{words}"):
        write_gating_ml(strategy)
