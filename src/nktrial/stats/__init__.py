"""Statistics of a cohort: exact limits of a proportion and what else a very small study can state."""

from nktrial.stats.proportions import clopper_pearson, jeffreys, lower_limit, upper_limit, wilson

__all__ = ["clopper_pearson", "jeffreys", "lower_limit", "upper_limit", "wilson"]
