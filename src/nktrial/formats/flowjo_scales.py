"""Scales and compensation of a sample of a FlowJo workspace.

Definition
    transforms:biex, linear, log, logicle, fasinh, hyperlog become display scales on which the axis runs from 0 to 1. A
    spillover matrix becomes a matrix of the strategy whose dyes are named as the gates name compensated channels:
    prefix + detector + suffix.

Not decided here
    What a scale does: see ``nktrial.cytometry.transforms``.
"""

from typing import Final

from nktrial.formats.flowjo_text import Node
from nktrial.formats.window import printable
from nktrial.model.gates import (
    Asinh,
    Biex,
    Hyperlog,
    Logicle,
    OffsetLog,
    Range,
    SpectrumMatrix,
    Transform,
    parameter_problem,
)

__all__ = ["read_matrix", "read_scales"]

SUPPORTED_UNMIXING: Final = frozenset({"", "OLS"})


def read_scales(node: Node | None) -> dict[str, Transform | str]:
    """Return channel -> scale, or why the scale cannot be read.

    Raises
    ------
    SourceError
        NK-WSP-05 a parameter is not a number.
    """
    scales: dict[str, Transform | str] = {}
    for element in [] if node is None else node.children():
        scale = _scale(element)
        for parameter in element.children("parameter"):
            scales[parameter.text("name")] = scale
    return scales


def _scale(node: Node) -> Transform | str:
    """Read one scale."""
    scale: Transform
    match node.tag:
        case "biex":
            scale = Biex(node.number("maxRange"), node.number("width"), node.number("pos"), node.number("neg"))
        case "linear":
            scale = Range(node.number("minRange"), node.number("maxRange"))
        case "log":
            scale = OffsetLog(node.number("offset"), node.number("decades"))
        case "logicle":
            scale = Logicle(node.number("T"), node.number("W"), node.number("M"), node.number("A"))
        case "hyperlog":
            scale = Hyperlog(node.number("T"), node.number("W"), node.number("M"), node.number("A"))
        case "fasinh":
            scale = Asinh(node.number("T"), node.number("M"), node.number("A"))
        case other:
            return f"the scale {printable(other, 40)!r} is not supported"
    problem = parameter_problem(scale)
    return f"the {node.tag} scale cannot be used: {problem}" if problem else scale


def read_matrix(sample: Node) -> SpectrumMatrix | None:
    """Return the matrix with which a sample is compensated, None where it is not.

    Raises
    ------
    SourceError
        NK-WSP-06 several matrices, or rows of different channels; NK-WSP-05 a coefficient is not a number; NK-WSP-12
        spectral unmixing by another method than least squares.
    """
    matrices = sample.children("spilloverMatrix")
    if not matrices:
        return None
    if len(matrices) > 1:
        raise matrices[1].error("NK-WSP-06", f"the sample has {len(matrices)} spillover matrices, expected 1.")
    matrix = matrices[0]
    method = matrix.text("weightOptAlgorithmType").strip() if matrix.text("spectral") == "1" else ""
    if method not in SUPPORTED_UNMIXING:
        raise matrix.error(
            "NK-WSP-12",
            f"the sample is unmixed by {printable(method, 40)!r}; only ordinary least squares is supported.",
        )
    prefix, suffix = matrix.text("prefix"), matrix.text("suffix")
    dyes, rows = [], []
    detectors: list[str] = []
    for spillover in matrix.children("spillover"):
        coefficients = spillover.children("coefficient")
        names = [one.text("parameter") for one in coefficients]
        if detectors and names != detectors:
            raise spillover.error("NK-WSP-06", "the rows of the spillover matrix name different channels.")
        detectors = names
        dyes.append(prefix + spillover.text("parameter") + suffix)
        rows.append(tuple(one.number("value") for one in coefficients))
    return SpectrumMatrix(tuple(dyes), tuple(detectors), tuple(rows)) if rows else None
