"""Statistics of a cohort: exact limits and tests, survival, competing risks, designs; pure functions on arrays."""

from nktrial.stats.boin import BoinRule, BoinStep, boin_choice, boin_rule, boin_table
from nktrial.stats.cox import ChiSquared, Cox, cox
from nktrial.stats.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from nktrial.stats.dose_finding import BoinTrial, DoseChances, boin_chances, three_plus_three_chances
from nktrial.stats.exact_p import AsymptoticP, ExactP, NoP
from nktrial.stats.fine_gray import FineGray, fine_gray
from nktrial.stats.fisher import FisherExact, fisher_exact
from nktrial.stats.gray import GrayTest, gray_test
from nktrial.stats.kaplan_meier import KaplanMeier, kaplan_meier
from nktrial.stats.kinetics import Kinetics, kinetics
from nktrial.stats.log_rank import LogRank, log_rank
from nktrial.stats.mid_p import mid_p
from nktrial.stats.monitoring import MonitoringRule, posterior_above
from nktrial.stats.multi_state import MultiState, multi_state
from nktrial.stats.paired import (
    GeometricMeanRatio,
    HodgesLehmann,
    SignedRank,
    SignTest,
    geometric_mean_ratio,
    hodges_lehmann,
    sign_test,
    signed_rank,
)
from nktrial.stats.proportional_hazards import ProportionalHazards, proportional_hazards
from nktrial.stats.proportions import clopper_pearson, jeffreys, lower_limit, upper_limit, wilson
from nktrial.stats.simon import SimonDesigns, TwoStage, TwoStageChances, simon_two_stage, two_stage_chances
from nktrial.stats.single_stage import SingleStage, single_stage

__all__ = [
    "AsymptoticP",
    "BoinRule",
    "BoinStep",
    "BoinTrial",
    "ChiSquared",
    "Cox",
    "CumulativeIncidence",
    "DoseChances",
    "ExactP",
    "FineGray",
    "FisherExact",
    "GeometricMeanRatio",
    "GrayTest",
    "HodgesLehmann",
    "KaplanMeier",
    "Kinetics",
    "LogRank",
    "MonitoringRule",
    "MultiState",
    "NoP",
    "ProportionalHazards",
    "SignTest",
    "SignedRank",
    "SimonDesigns",
    "SingleStage",
    "TwoStage",
    "TwoStageChances",
    "boin_chances",
    "boin_choice",
    "boin_rule",
    "boin_table",
    "clopper_pearson",
    "cox",
    "cumulative_incidence",
    "fine_gray",
    "fisher_exact",
    "geometric_mean_ratio",
    "gray_test",
    "hodges_lehmann",
    "jeffreys",
    "kaplan_meier",
    "kinetics",
    "log_rank",
    "lower_limit",
    "mid_p",
    "multi_state",
    "posterior_above",
    "proportional_hazards",
    "sign_test",
    "signed_rank",
    "simon_two_stage",
    "single_stage",
    "three_plus_three_chances",
    "two_stage_chances",
    "upper_limit",
    "wilson",
]
