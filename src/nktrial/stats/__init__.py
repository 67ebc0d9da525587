"""Statistics of a cohort: exact limits, survival, competing risks; pure functions on arrays."""

from nktrial.stats.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from nktrial.stats.fine_gray import FineGray, fine_gray
from nktrial.stats.gray import GrayTest, gray_test
from nktrial.stats.kaplan_meier import KaplanMeier, kaplan_meier
from nktrial.stats.log_rank import LogRank, log_rank
from nktrial.stats.proportions import clopper_pearson, jeffreys, lower_limit, upper_limit, wilson

__all__ = [
    "CumulativeIncidence",
    "FineGray",
    "GrayTest",
    "KaplanMeier",
    "LogRank",
    "clopper_pearson",
    "cumulative_incidence",
    "fine_gray",
    "gray_test",
    "jeffreys",
    "kaplan_meier",
    "log_rank",
    "lower_limit",
    "upper_limit",
    "wilson",
]
