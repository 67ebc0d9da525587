"""Transforms, ratios and matrices of a Gating-ML document.

Definition
    transforms:transformation holds one of flin, flog, fasinh, logicle, hyperlog (a display scale) or fratio (a new
    dimension), and may be cut off by boundMin and boundMax; transforms:spectrumMatrix holds dyes, detectors and one row
    of coefficients a dye, or, where it is inverted already, one row a detector.

Not decided here
    Whether a matrix can be inverted: the events' file decides with it.
"""

from dataclasses import replace

from nktrial.formats.gatingml_text import DATA_TYPE, TRANSFORMS, Place, child_elements
from nktrial.model.gates import (
    Asinh,
    Bounded,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    Ratio,
    Scale,
    SpectrumMatrix,
    Transform,
    parameter_problem,
)

__all__ = ["read_matrix", "read_transformation"]


def read_transformation(place: Place) -> tuple[str, Transform | Ratio]:
    """Read one transformation.

    Raises
    ------
    SourceError
        NK-GML-18 parameters outside the scale's definition; NK-GML-19 not exactly one scale.
    """
    name = place.identity(TRANSFORMS)
    scales = child_elements(place.element)
    if len(scales) != 1:
        raise place.error("NK-GML-19", f"found {len(scales)} scales in one transformation, expected 1.")
    scale = Place(scales[0], place.file)
    low, high = place.optional_number(TRANSFORMS, "boundMin"), place.optional_number(TRANSFORMS, "boundMax")
    unordered = low is not None and high is not None and not low < high
    problem = f"boundMin is {low:g}, must be below boundMax = {high:g}" if unordered else ""
    transform: Transform | Ratio
    if scale.element.tag == f"{{{TRANSFORMS}}}fratio":
        transform = replace(_ratio(scale), low=low, high=high)
    else:
        bare = _display_scale(scale)
        problem = problem or parameter_problem(bare)
        transform = bare if low is None and high is None else Bounded(bare, low, high)
    if problem:
        raise scale.error("NK-GML-18", f"transformation {name!r}: {problem}.", "Correct the parameters of the scale.")
    return name, transform


def read_matrix(place: Place) -> tuple[str, SpectrumMatrix]:
    """Read one spectrum matrix.

    Raises
    ------
    SourceError
        NK-GML-22 the numbers of dyes, detectors, rows and coefficients do not agree.
    """
    name = place.identity(TRANSFORMS)
    dyes = _channel_names(place.children(TRANSFORMS, "fluorochromes", 1, 1)[0])
    detectors = _channel_names(place.children(TRANSFORMS, "detectors", 1, 1)[0])
    rows = tuple(
        tuple(cell.number(TRANSFORMS, "value") for cell in row.children(TRANSFORMS, "coefficient", 1))
        for row in place.children(TRANSFORMS, "spectrum", 1)
    )
    inverted = place.flag(TRANSFORMS, "matrix-inverted-already")
    height, width = (len(detectors), len(dyes)) if inverted else (len(dyes), len(detectors))
    agree = len(rows) == height and {len(row) for row in rows} == {width} and len(dyes) <= len(detectors)
    if not agree or len(set(dyes)) < len(dyes) or len(set(detectors)) < len(detectors):
        raise place.error(
            "NK-GML-22",
            f"matrix {name!r} has {len(dyes)} dyes, {len(detectors)} detectors and {len(rows)} rows of "
            f"{sorted({len(row) for row in rows})} coefficients, expected one row a dye and one coefficient a detector "
            "(inverted: the other way round), no fewer detectors than dyes, and no name twice.",
        )
    return name, SpectrumMatrix(dyes, detectors, rows, inverted)


def _display_scale(scale: Place) -> Scale:
    """Read the parameters of a display scale."""

    def parameter(name: str) -> float:
        return scale.number(TRANSFORMS, name)

    match str(scale.element.tag).rpartition("}")[2]:
        case "flin":
            return Linear(parameter("T"), parameter("A"))
        case "flog":
            return Log(parameter("T"), parameter("M"))
        case "fasinh":
            return Asinh(parameter("T"), parameter("M"), parameter("A"))
        case "logicle":
            return Logicle(parameter("T"), parameter("W"), parameter("M"), parameter("A"))
        case _:
            return Hyperlog(parameter("T"), parameter("W"), parameter("M"), parameter("A"))


def _ratio(scale: Place) -> Ratio:
    """Read a ratio of two channels."""
    upper, lower = (dimension.text(DATA_TYPE, "name") for dimension in scale.children(DATA_TYPE, "fcs-dimension", 2, 2))
    return Ratio(
        upper, lower, scale.number(TRANSFORMS, "A"), scale.number(TRANSFORMS, "B"), scale.number(TRANSFORMS, "C")
    )


def _channel_names(place: Place) -> tuple[str, ...]:
    """Read a list of dyes or detectors."""
    return tuple(dimension.text(DATA_TYPE, "name") for dimension in place.children(DATA_TYPE, "fcs-dimension", 1))
