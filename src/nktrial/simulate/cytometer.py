"""A virtual flow cytometer: a stained tube becomes events with spillover and noise.

Definition
    Events are drawn population by population. Brightness is log-normal; a dead cell takes up the viability dye and
    scatters less forward; a doublet is the sum of two cells in area and little more than the larger one in height.
    The detectors see ``dyes @ spillover`` plus autofluorescence; light arrives as photoelectrons (Poisson), and the
    electronics add Gaussian noise. Nothing is compensated.

    Tubes of one blood differ: NK cells are recovered against the other lymphocytes by a log-normal factor with mean 1
    and a coefficient of variation of 5 % (``TUBE_CV``), which multiplies the odds of the NK fraction: a small
    fraction varies by 5 %, one of 40 % by 3 %. What counting adds is multinomial.

Not decided here
    How bright a population is (``panel``) and how many cells the blood holds (``patient``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.check import in_range
from nktrial.model.events import EventMatrix
from nktrial.simulate.panel import NK_PANEL, TOP, Look, StainPanel
from nktrial.simulate.patient import Blood
from nktrial.simulate.streams import lognormal_factor

__all__ = ["TUBE_CV", "Tube", "acquire", "stain"]

FloatArray = NDArray[np.float64]

TUBE_CV: Final = 0.05
BRIGHT_SHARE_OF_NK: Final = 0.1
CD56_SHARE_OF_T: Final = 0.03
GRANULOCYTES_LEFT: Final = 0.05
DEBRIS_SHARE: Final = 0.15
DOUBLET_SHARE: Final = 0.04
DEAD_SHARE: Final = 0.06
DEAD_BRIGHTNESS: Final = 30_000.0
UNITS_PER_PHOTOELECTRON: Final = 20.0
ELECTRONIC_NOISE: Final = 18.0
HEIGHT_PER_AREA: Final = 0.85
EVENTS_PER_SECOND: Final = 400.0
TIME_STEP_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Tube:
    """A stained tube.

    Parameters
    ----------
    nk_fraction : float
        NK cells as a share of lymphocytes in this tube, after the variation between tubes.
    shares : tuple of (str, float)
        Population -> share of the events, sum 1.
    """

    nk_fraction: float
    shares: tuple[tuple[str, float], ...]


def stain(rng: np.random.Generator, blood: Blood, *, tube_cv: float = TUBE_CV) -> Tube:
    """Stain a tube of blood, lysed: most granulocytes are gone, debris is left.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this tube.
    blood : Blood
        The true cell numbers.
    tube_cv : float
        Coefficient of variation between tubes of the recovery of NK cells against other lymphocytes.
    """
    recovered = blood.nk_fraction * lognormal_factor(rng, tube_cv)
    nk_fraction = recovered / (recovered + 1.0 - blood.nk_fraction)
    other = blood.count_per_ul("T", "B")
    lymphocytes = blood.alc_per_ul
    t_cells = lymphocytes * (1.0 - nk_fraction) * (blood.count_per_ul("T") / other if other else 1.0)
    nk_cells = lymphocytes * nk_fraction
    cells = {
        "T": t_cells * (1.0 - CD56_SHARE_OF_T),
        "T CD56+": t_cells * CD56_SHARE_OF_T,
        "B": lymphocytes - nk_cells - t_cells,
        "NK CD56dim": nk_cells * (1.0 - BRIGHT_SHARE_OF_NK),
        "NK CD56bright": nk_cells * BRIGHT_SHARE_OF_NK,
        "monocytes": blood.count_per_ul("monocytes"),
        "granulocytes": blood.count_per_ul("granulocytes") * GRANULOCYTES_LEFT,
    }
    whole = sum(cells.values()) / (1.0 - DEBRIS_SHARE)
    shares = {name: max(count, 0.0) / whole for name, count in cells.items()} | {"debris": DEBRIS_SHARE}
    return Tube(nk_fraction, tuple(shares.items()))


def acquire(rng: np.random.Generator, tube: Tube, *, events: int, panel: StainPanel = NK_PANEL) -> EventMatrix:
    """Acquire events of a tube.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this acquisition.
    tube : Tube
        What was stained.
    events : int
        Number of events recorded, doublets included.
    panel : StainPanel
        What the tube was stained with.

    Returns
    -------
    EventMatrix
        Uncompensated float32 values, (events, channels), in order of time.

    Raises
    ------
    MethodError
        NK-COR-05 the number of events is not between 1 and 10 million.
    """
    in_range("the number of events", events, 1, 10_000_000)
    doublets = int(rng.binomial(events, DOUBLET_SHARE))
    cells_only = [(name, share) for name, share in tube.shares if name != "debris"]
    singles = draw_cells(rng, tube.shares, events - doublets, panel)
    first, second = (draw_cells(rng, cells_only, doublets, panel) for _ in range(2))
    areas = np.vstack([singles, first + second])
    tallest = np.concatenate([singles[:, 0], np.maximum(first[:, 0], second[:, 0]) * 1.08])
    height = tallest * HEIGHT_PER_AREA * rng.normal(1.0, 0.025, events)
    values = np.empty((events, len(panel.channels)))
    values[:, 0] = areas[:, 0]
    values[:, 1] = height
    values[:, 2] = areas[:, 1]
    values[:, 3:-1] = detected(rng, areas[:, 2:], panel)
    values = values[rng.permutation(events)]
    values[:, -1] = np.cumsum(rng.exponential(1.0 / EVENTS_PER_SECOND, events)) / TIME_STEP_S
    return EventMatrix(
        values=np.minimum(values, TOP - 1.0).astype(np.float32),
        channels=panel.channels,
        spillover=panel.spillover,
        keywords={"$TIMESTEP": str(TIME_STEP_S)},
        version="FCS3.1",
    )


def detected(rng: np.random.Generator, dyes: FloatArray, panel: StainPanel = NK_PANEL) -> FloatArray:
    """Return what the detectors see of dyes: spillover, autofluorescence, photons, electronics.

    Parameters
    ----------
    dyes : (n, dyes) float
        Light of each dye, in scale units of its own detector.
    panel : StainPanel
        The dyes and their spillover.

    Returns
    -------
    (n, dyes) float
        Signal of each detector, uncompensated; around 0 it may be negative.
    """
    light = dyes @ panel.spillover.matrix + np.array(panel.autofluorescence)
    photoelectrons = rng.poisson(light / UNITS_PER_PHOTOELECTRON)
    return np.asarray(photoelectrons * UNITS_PER_PHOTOELECTRON + rng.normal(0.0, ELECTRONIC_NOISE, light.shape))


def draw_cells(
    rng: np.random.Generator, shares: Sequence[tuple[str, float]], n: int, panel: StainPanel = NK_PANEL
) -> FloatArray:
    """Draw n cells of a mixture of populations: forward scatter, side scatter, and each dye."""
    weights = np.array([share for _, share in shares])
    counts = rng.multinomial(n, weights / weights.sum())
    parts = [
        draw_population(rng, panel.populations[name], int(count), panel)
        for (name, _), count in zip(shares, counts, strict=True)
    ]
    cells = np.vstack(parts)
    return cells[rng.permutation(n)]


def draw_population(rng: np.random.Generator, look: Look, n: int, panel: StainPanel = NK_PANEL) -> FloatArray:
    """Draw n cells of one population, some of them dead."""
    cells = np.empty((n, 2 + len(panel.dyes)))
    cells[:, 0] = look.fsc * np.exp(rng.normal(0.0, look.fsc_spread, n))
    cells[:, 1] = look.ssc * np.exp(rng.normal(0.0, look.ssc_spread, n))
    cells[:, 2:] = np.array(look.dyes) * np.exp(rng.normal(0.0, look.spread, (n, len(panel.dyes))))
    dead = rng.random(n) < DEAD_SHARE
    gone = int(dead.sum())
    cells[dead, 0] *= 0.85
    cells[dead, 2 + panel.dyes.index("APC-Cy7-A")] = DEAD_BRIGHTNESS * np.exp(rng.normal(0.0, 0.4, gone))
    return cells
