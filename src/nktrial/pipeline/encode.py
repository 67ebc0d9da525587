"""Nouns as the JSON values of records, and back.

A length that is unknown is null in a record and NaN in a noun.
"""

import base64
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nktrial.core.digest import Json
from nktrial.model.origin import Extent
from nktrial.model.trace import Genotype, Peak, PeakProfile
from nktrial.model.uncertainty import Uncertain

__all__ = [
    "array_of",
    "array_text",
    "extents_value",
    "genotype_of",
    "genotype_value",
    "profile_of",
    "profile_value",
    "uncertain_of",
    "uncertain_value",
]


def uncertain_value(uncertain: Uncertain) -> dict[str, Json]:
    """Write a distribution with its 95 % interval."""
    low, high = uncertain.interval()
    return {"value": uncertain.value, "ci95": [low, high], "quantiles": list(uncertain.quantiles)}


def uncertain_of(value: Any) -> Uncertain:
    """Read a distribution."""
    return Uncertain(value["value"], tuple(value["quantiles"]))


def extents_value(extents: tuple[Extent, ...]) -> list[Json]:
    """Write byte ranges."""
    return [{"what": extent.what, "start": extent.start, "stop": extent.stop} for extent in extents]


def profile_value(profile: PeakProfile) -> dict[str, Json]:
    """Write a peak profile; a peak is a row in the order of `Peak`'s fields."""
    return {
        "sample": profile.sample,
        "peaks": [
            [
                peak.marker,
                peak.allele,
                _number(peak.size_bp),
                peak.height_rfu,
                _number(peak.area),
                peak.dye,
                peak.scan,
                list(peak.flags),
            ]
            for peak in profile.peaks
        ],
        "extents": extents_value(profile.extents),
    }


def profile_of(value: Any) -> PeakProfile:
    """Read a peak profile."""
    peaks = tuple(
        Peak(marker, allele, _float(size), height, _float(area), dye, scan, tuple(flags))
        for marker, allele, size, height, area, dye, scan, flags in value["peaks"]
    )
    return PeakProfile(value["sample"], peaks)


def genotype_value(genotype: Genotype) -> dict[str, Json]:
    """Write a genotype."""
    return {
        "person": genotype.person,
        "alleles": {marker: list(pair) for marker, pair in genotype.alleles.items()},
        "left_out": dict(genotype.left_out),
    }


def genotype_of(value: Any) -> Genotype:
    """Read a genotype."""
    alleles: Mapping[str, tuple[str, str]] = {marker: (pair[0], pair[1]) for marker, pair in value["alleles"].items()}
    return Genotype(value["person"], alleles, value["left_out"])


def array_text(values: NDArray[np.generic]) -> str:
    """Write an array's bytes, compressed, as base64 text."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 6)).decode("ascii")


def array_of(text: str, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Read what `array_text` wrote."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=dtype).reshape(shape)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _float(value: float | None) -> float:
    return math.nan if value is None else value
