"""An ellipse about a population's events."""

import numpy as np
import pytest
from scipy.stats import chi2

from nktrial.cytometry.templates.backgate import backgate_ellipse

CENTRE = np.array([100.0, 40.0])
COVARIANCE = np.array([[9.0, 3.0], [3.0, 4.0]])


def test_centre_spread_and_size_of_a_normal_population(rng: np.random.Generator) -> None:
    points = rng.multivariate_normal(CENTRE, COVARIANCE, 20_000)
    ellipse = backgate_ellipse(points[:, 0], points[:, 1], level=0.95)
    assert ellipse.mean == pytest.approx(CENTRE, abs=0.1)
    assert ellipse.covariance == pytest.approx(COVARIANCE, rel=0.05)
    assert ellipse.distance_square == pytest.approx(chi2(2).ppf(0.95))
    offset = points - ellipse.mean
    distance = np.einsum("ij,jk,ik->i", offset, np.linalg.inv(ellipse.covariance), offset)
    assert (distance <= ellipse.distance_square).mean() == pytest.approx(0.95, abs=0.01)
    assert ellipse.quality == pytest.approx(1.0, abs=0.02)


def test_a_third_of_other_events_hardly_moves_it(rng: np.random.Generator) -> None:
    points = rng.multivariate_normal(CENTRE, COVARIANCE, 6_000)
    others = rng.multivariate_normal(CENTRE + 60.0, COVARIANCE, 3_000)
    together = np.concatenate([points, others])
    ellipse = backgate_ellipse(together[:, 0], together[:, 1])
    assert ellipse.mean == pytest.approx(CENTRE, abs=0.3)
    assert ellipse.covariance == pytest.approx(COVARIANCE, rel=0.15)
    assert ellipse.quality < 0.75


@pytest.mark.parametrize(
    ("x", "problem"), [(np.zeros(0), "no events"), (np.arange(10.0), "too few events"), (np.ones(100), "no spread")]
)
def test_what_cannot_be_drawn(x: np.ndarray, problem: str) -> None:
    ellipse = backgate_ellipse(x, np.arange(float(x.size)))
    assert (ellipse.problem, ellipse.quality) == (problem, 0.0)


def test_events_on_a_line_have_no_ellipse() -> None:
    line = np.linspace(0.0, 1.0, 200)
    assert backgate_ellipse(line, line).problem == "no spread"
