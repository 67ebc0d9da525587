"""Cell numbers over time: recovery after transplantation, expansion and contraction of infused cells.

Definition
    Infused cells follow the piecewise exponential form of Stein 2019: ``C(t) = C_max exp(rho (t - t_max))`` up to
    ``t_max``, then ``C_max [(1 - F) exp(-alpha (t - t_max)) + F exp(-beta (t - t_max))]``; none before day 0.
    Cells that recover follow a logistic curve in the days after transplantation.

Not decided here
    The values of the parameters: those of Stein 2019 belong to CAR T cells and serve as defaults of form only.
"""

import math
from dataclasses import dataclass

__all__ = ["Expansion", "Recovery"]


@dataclass(frozen=True, slots=True)
class Expansion:
    """Expansion and contraction of infused cells in blood.

    Parameters
    ----------
    peak_per_ul : float
        Concentration at the peak [cells/uL].
    peak_day : float
        Day of the peak after the infusion.
    growth_per_day : float
        Rate rho before the peak [1/day].
    fast_loss_per_day, slow_loss_per_day : float
        Rates alpha and beta after the peak [1/day].
    persistent : float
        Share F of the cells at the peak that are lost slowly.
    """

    peak_per_ul: float
    peak_day: float = 10.0
    growth_per_day: float = 0.45
    fast_loss_per_day: float = 0.16
    slow_loss_per_day: float = 0.0032
    persistent: float = 0.0079

    def per_ul(self, day: float) -> float:
        """Return the cells per microlitre ``day`` days after the infusion, 0 before it."""
        if day < 0.0:
            return 0.0
        after = day - self.peak_day
        if after <= 0.0:
            return self.peak_per_ul * math.exp(self.growth_per_day * after)
        fast = (1.0 - self.persistent) * math.exp(-self.fast_loss_per_day * after)
        return self.peak_per_ul * (fast + self.persistent * math.exp(-self.slow_loss_per_day * after))


@dataclass(frozen=True, slots=True)
class Recovery:
    """Recovery of one kind of cell after transplantation.

    Parameters
    ----------
    plateau_per_ul : float
        Concentration long after transplantation [cells/uL].
    half_day : float
        Day after transplantation on which half of it is reached.
    rate_per_day : float
        Steepness [1/day].
    """

    plateau_per_ul: float
    half_day: float = 35.0
    rate_per_day: float = 0.12

    def per_ul(self, day_after_transplant: float) -> float:
        """Return the cells per microlitre on a day after transplantation."""
        return self.plateau_per_ul / (1.0 + math.exp(-self.rate_per_day * (day_after_transplant - self.half_day)))
