"""Protocol outcomes of one patient."""

from nktrial.endpoints.baseline import BaselineValue, NoBaseline
from nktrial.endpoints.expansion import Evaluable, NotEvaluable, derive_expansion
from nktrial.endpoints.factors import Missing, NkFraction, SampleFactors, TypedDna
from nktrial.endpoints.origin import NkOrigin, derive_origin
from nktrial.endpoints.product import DonorNkEstimate, donor_nk
from nktrial.endpoints.purity import purity_bounds, purity_corrected, purity_corrected_share
from nktrial.endpoints.window import in_window

__all__ = [
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
