"""Statistics of a cohort: exact limits, survival, competing risks; pure functions on arrays."""

from nktrial.stats.cox import ChiSquared, Cox, cox
from nktrial.stats.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from nktrial.stats.fine_gray import FineGray, fine_gray
from nktrial.stats.gray import GrayTest, gray_test
from nktrial.stats.kaplan_meier import KaplanMeier, kaplan_meier
from nktrial.stats.log_rank import LogRank, log_rank
from nktrial.stats.multi_state import MultiState, multi_state
from nktrial.stats.proportional_hazards import ProportionalHazards, proportional_hazards
from nktrial.stats.proportions import clopper_pearson, jeffreys, lower_limit, upper_limit, wilson

__all__ = [
    "ChiSquared",
    "Cox",
    "CumulativeIncidence",
    "FineGray",
    "GrayTest",
    "KaplanMeier",
    "LogRank",
    "MultiState",
    "ProportionalHazards",
    "clopper_pearson",
    "cox",
    "cumulative_incidence",
    "fine_gray",
    "gray_test",
    "jeffreys",
    "kaplan_meier",
    "log_rank",
    "lower_limit",
    "multi_state",
    "proportional_hazards",
    "upper_limit",
    "wilson",
]
