"""What cannot be: signs that a reference or a sample is not what it is said to be.

Definition
    A third person's DNA in the blood before that person's cells were first infused: where the 95 % interval of the NK
    donor's share in a sample of a day below 0 lies above its limit of detection, the references are exchanged or the
    sample is another one, and no donor share of the patient can be trusted. The same holds where one of the patient's
    samples shows a person whom nobody declared.

Not decided here
    Which file is the wrong one.
"""

from collections.abc import Sequence
from typing import Final

from nktrial.endpoints.factors import Missing, SampleFactors, TypedDna
from nktrial.endpoints.origin import NkOrigin

__all__ = ["contradiction", "surely_present"]

UNDECLARED: Final = "NK-MIX-06"
LEAST_SHARE: Final = 0.05  # [unverified] below it stutter and carry-over can look like a person


def contradiction(samples: Sequence[SampleFactors], origin: NkOrigin) -> Missing | None:
    """Return why no donor share of a patient can be trusted, or None.

    Parameters
    ----------
    samples : sequence of SampleFactors
        All samples of one patient.
    origin : NkOrigin
        From `derive_origin`.

    Returns
    -------
    Missing or None
        NK-EXP-37 DNA of a third-party NK donor before the first infusion; NK-EXP-38 an undeclared person.
    """
    for sample in sorted(samples, key=lambda item: (item.day, item.sample_id)):
        for fraction, dna in sorted(sample.typed.items()):
            if isinstance(dna, Missing):
                if dna.code == UNDECLARED:
                    place = f"{sample.sample_id} ({fraction}, day {sample.day})"
                    reason = "does not fit the patient's references, so no donor share of the patient is used"
                    return Missing(f"{place} {reason}: {dna.reason}", "NK-EXP-38")
            elif sample.day < 0 and origin.origin == "nk_donor" and surely_present(dna):
                percent = f"{100 * dna.nk_donor.value:.0f} %"
                reason = (
                    f"{percent} of the DNA of {sample.sample_id} ({fraction}, day {sample.day}) is the NK donor's "
                    "before the first NK infusion. That cannot be: the references of NK donor and HSCT donor are "
                    "exchanged, or the sample is another one."
                )
                return Missing(reason, "NK-EXP-37")
    return None


def surely_present(dna: TypedDna) -> bool:
    """Tell whether the 95 % interval of the NK donor's share lies above 5 % and above its limit of detection."""
    low, _ = dna.nk_donor.interval()
    return low > max(LEAST_SHARE, dna.lod or 0.0)
