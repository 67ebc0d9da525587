"""Protocol outcomes of one patient."""

from types import MappingProxyType
from typing import Final

from nktrial.endpoints import nk_expansion, time_to_event
from nktrial.endpoints.baseline import BaselineValue, NoBaseline
from nktrial.endpoints.expansion import Evaluable, NotEvaluable, derive_expansion
from nktrial.endpoints.factors import Missing, NkFraction, SampleFactors, TypedDna
from nktrial.endpoints.origin import NkOrigin, derive_origin
from nktrial.endpoints.product import DonorNkEstimate, donor_nk
from nktrial.endpoints.purity import purity_bounds, purity_corrected, purity_corrected_share
from nktrial.endpoints.window import in_window
from nktrial.model.rule import Rule

__all__ = [
    "RULES",
    "BaselineValue",
    "DonorNkEstimate",
    "Evaluable",
    "Missing",
    "NkFraction",
    "NkOrigin",
    "NoBaseline",
    "NotEvaluable",
    "SampleFactors",
    "TypedDna",
    "derive_expansion",
    "derive_origin",
    "donor_nk",
    "in_window",
    "purity_bounds",
    "purity_corrected",
    "purity_corrected_share",
]

# Outcomes that a table can ask for, by name.
RULES: Final[MappingProxyType[str, Rule]] = MappingProxyType(
    {rule.name: rule for rule in (nk_expansion.RULE, time_to_event.RULE)}
)
