"""A virtual patient: every cell in the blood with its true origin, by day.

Definition
    Lymphocytes are T, B and NK cells; NK cells are the recipient's own, the graft's and the infused ones. T and B
    cells, monocytes and granulocytes are of the recipient and the HSCT donor in fixed shares. From these follow the
    true lymphocyte count, the true NK fraction, and the true share of each person's DNA in any cells that are typed.

    The true donor NK cells per microlitre are the NK cells whose genome is the NK donor's: where the NK donor
    also gave the graft, the graft's NK cells are among them, because no genotype tells them apart. The estimand of
    the published formula is lymphocytes x NK fraction x the NK donor's share in the DNA that was typed; the two are
    equal where NK cells were typed and may differ widely where whole blood was (DNA per cell is taken as equal).

Not decided here
    Counting, staining and typing, which see this blood with error.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nktrial.core.errors import MethodError
from nktrial.model.trace import Genotype
from nktrial.simulate.kinetics import Expansion, Recovery

__all__ = ["Blood", "VirtualDonor", "VirtualPatient"]


@dataclass(frozen=True, slots=True)
class VirtualDonor:
    """A donor: roles hsct, nk or both, the relation and match as the donors table says, and the genotype."""

    donor_id: str
    roles: frozenset[str]
    relation: str
    hla_match: str
    genotype: Genotype


@dataclass(frozen=True, slots=True)
class Blood:
    """The truth about the blood of one day.

    Parameters
    ----------
    day : int
        Day after the first NK infusion.
    cells_per_ul : mapping
        Kind of cell (T, B, NK, monocytes, granulocytes) -> person -> cells per microlitre.
    infused_nk_per_ul : float
        NK cells that descend from the infused product.
    """

    day: int
    cells_per_ul: Mapping[str, Mapping[str, float]]
    infused_nk_per_ul: float

    def count_per_ul(self, *kinds: str) -> float:
        """Return the cells of some kinds per microlitre, of all persons."""
        return sum(sum(self.cells_per_ul[kind].values()) for kind in kinds)

    @property
    def alc_per_ul(self) -> float:
        """Return the lymphocytes per microlitre."""
        return self.count_per_ul("T", "B", "NK")

    @property
    def wbc_per_ul(self) -> float:
        """Return the leukocytes per microlitre."""
        return self.count_per_ul(*self.cells_per_ul)

    @property
    def nk_fraction(self) -> float:
        """Return the NK cells as a share of lymphocytes."""
        return self.count_per_ul("NK") / self.alc_per_ul

    def shares(self, fraction_typed: str) -> Mapping[str, float]:
        """Return each person's share of the DNA of a cell fraction.

        Parameters
        ----------
        fraction_typed : str
            CD56, CD3, lymphocytes or WB.

        Raises
        ------
        MethodError
            NK-SIM-02 the cell fraction is not one that the simulation knows.
        """
        kinds = {"CD56": ("NK",), "CD3": ("T",), "lymphocytes": ("T", "B", "NK"), "WB": tuple(self.cells_per_ul)}
        if fraction_typed not in kinds:
            raise MethodError(
                "NK-SIM-02",
                f"cell fraction {fraction_typed!r} cannot be simulated, expected one of {', '.join(kinds)}.",
            )
        total: dict[str, float] = {}
        for kind in kinds[fraction_typed]:
            for person, cells in self.cells_per_ul[kind].items():
                total[person] = total.get(person, 0.0) + cells
        return {person: cells / sum(total.values()) for person, cells in total.items()}


@dataclass(frozen=True, slots=True)
class VirtualPatient:
    """One patient with donors, recovery and the fate of the infused cells.

    Parameters
    ----------
    subject_id, sex, diagnosis : str
        As in the subjects table.
    age_days_at_hsct : int
        Age at transplantation [days].
    transplant_day : int
        Day of transplantation, negative: before the first NK infusion.
    genotype : Genotype
        The recipient's.
    donors : tuple of VirtualDonor
        One with role hsct, one with role nk; the same where one person gave both.
    recovering : mapping
        T, B, monocytes, granulocytes, own NK and graft NK -> recovery.
    infused : Expansion
        Infused NK cells.
    recipient_lymphoid, recipient_myeloid : float
        Recipient's share of T and B cells, and of monocytes and granulocytes.
    """

    subject_id: str
    sex: str
    diagnosis: str
    age_days_at_hsct: int
    transplant_day: int
    genotype: Genotype
    donors: tuple[VirtualDonor, ...]
    recovering: Mapping[str, Recovery]
    infused: Expansion
    recipient_lymphoid: float
    recipient_myeloid: float

    def donor_with(self, role: str) -> VirtualDonor:
        """Return the donor who has a role.

        Raises
        ------
        MethodError
            NK-SIM-03 no donor has the role.
        """
        for donor in self.donors:
            if role in donor.roles:
                return donor
        raise MethodError("NK-SIM-03", f"virtual patient {self.subject_id} has no donor with the role {role!r}.")

    def blood(self, day: int) -> Blood:
        """Return the truth about the blood of a day."""
        graft, nk_donor = self.donor_with("hsct").donor_id, self.donor_with("nk").donor_id
        level = {kind: curve.per_ul(day - self.transplant_day) for kind, curve in self.recovering.items()}
        infused = self.infused.per_ul(day)
        nk = {self.subject_id: level["own NK"], graft: level["graft NK"]}
        nk[nk_donor] = nk.get(nk_donor, 0.0) + infused
        cells: dict[str, Mapping[str, float]] = {"NK": nk}
        for kind in ("T", "B", "monocytes", "granulocytes"):
            own = self.recipient_lymphoid if kind in {"T", "B"} else self.recipient_myeloid
            cells[kind] = {self.subject_id: level[kind] * own, graft: level[kind] * (1.0 - own)}
        return Blood(day, cells, infused)

    def donor_nk_per_ul(self, day: int) -> float:
        """Return the true NK cells per microlitre that carry the NK donor's genome."""
        return self.blood(day).cells_per_ul["NK"][self.donor_with("nk").donor_id]

    def formula_per_ul(self, day: int, fraction_typed: str) -> float:
        """Return the published formula's estimand: ALC x NK fraction x the NK donor's share of the typed DNA."""
        blood = self.blood(day)
        share = blood.shares(fraction_typed).get(self.donor_with("nk").donor_id, 0.0)
        return blood.alc_per_ul * blood.nk_fraction * share
