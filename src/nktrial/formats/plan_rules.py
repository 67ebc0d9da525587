"""What must hold between the values of study.toml.

Definition
    The window is ordered and holds its target, the threshold is not negative, the NK gate lies below the lymphocyte
    gate (else their quotient is no fraction), cell fractions and kits are known, and a criteria set is one that has
    been published for the diagnosis.

Not decided here
    The keys and their types (``plan``).
"""

import re
from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from nktrial.formats.issues import CellError, suggestion
from nktrial.formats.kits import kit_ids
from nktrial.formats.paths import relative_path
from nktrial.formats.plan_endpoints import endpoint_faults
from nktrial.formats.rows import FRACTIONS
from nktrial.model.plan import ExpansionRule, StudyPlan

__all__ = ["kit_fault", "plan_faults"]

KeyFault: TypeAlias = tuple[tuple[str, ...], str, CellError]

EXPANSION: Final = ("endpoint", "expansion")
IWG_2006: Final = re.compile(r"iwg.*2006", re.IGNORECASE)
LARGEST_THRESHOLD_PER_UL: Final = 1e6  # [unverified] no blood holds more cells


def plan_faults(plan: StudyPlan, own_kits: Collection[str] = ()) -> Iterator[KeyFault]:
    """Yield the key, its value and what is wrong with it: NK-PLAN-08 to -14, -70 to -72, NK-PATH-01 to -05."""
    yield from _rule_faults(plan.expansion)
    yield from _fraction_faults(plan.expansion.chimerism)
    yield from endpoint_faults(plan)
    for name, panel in plan.panels.items():
        for key, path in panel.files.items():
            try:
                relative_path(path)
            except CellError as fault:
                yield ("panels", name, key), path, fault
    for kit in plan.kits:
        if kit not in kit_ids() and kit not in own_kits:
            yield ("kits", kit), kit, kit_fault(kit)
    for diagnosis, criteria in plan.criteria.items():
        fault_found = _criteria_fault(diagnosis, criteria)
        if fault_found is not None:
            yield ("criteria", diagnosis), criteria, fault_found


def _rule_faults(rule: ExpansionRule) -> Iterator[KeyFault]:
    """Check the numbers and gates of the expansion rule."""
    first, last = rule.window
    if not first <= 0 <= last:
        fault = CellError(
            "NK-PLAN-08",
            f"the window {first} to {last} is reversed or does not hold its target day.",
            "Write the days before the target as a negative number, then the days after it: [-2, 2].",
        )
        yield (*EXPANSION, "window"), str(list(rule.window)), fault
    if not 0 < rule.threshold_per_ul <= LARGEST_THRESHOLD_PER_UL:
        fault = CellError(
            "NK-PLAN-09",
            "the threshold is not above 0, or beyond 1,000,000.",
            "Write cells per microlitre, e.g. 100.0.",
        )
        yield (*EXPANSION, "threshold_per_ul"), str(rule.threshold_per_ul), fault
    if not rule.nk_cells.startswith(rule.lymphocytes.rstrip("/") + "/"):
        fault = CellError(
            "NK-PLAN-13",
            f"the gate does not lie below {rule.lymphocytes!r}, so that NK cells would not be a part of lymphocytes.",
            "Write both as full gate paths of one tree.",
        )
        yield (*EXPANSION, "nk_cells"), rule.nk_cells, fault


def _fraction_faults(fractions: tuple[str, ...]) -> Iterator[KeyFault]:
    """Check the names of cell fractions (NK-PLAN-10)."""
    for position, fraction in enumerate(fractions):
        if fraction in FRACTIONS and fraction not in fractions[:position]:
            continue
        meant = suggestion(fraction, FRACTIONS)
        problem = "stands twice" if fraction in FRACTIONS else "is not a cell fraction that nktrial knows"
        hint = f"Did you mean {meant}?" if meant and meant != fraction else f"Known: {', '.join(FRACTIONS)}."
        yield (*EXPANSION, "chimerism"), fraction, CellError("NK-PLAN-10", f"{fraction!r} {problem}.", hint)


def kit_fault(kit: str) -> CellError:
    """Name the kits that there are."""
    meant = suggestion(kit, kit_ids())
    hint = f"Did you mean {meant}?" if meant else f"Known: {', '.join(kit_ids())}."
    return CellError("NK-PLAN-12", f"{kit!r} is not a kit that nktrial knows.", hint)


def _criteria_fault(diagnosis: str, criteria: str) -> CellError | None:
    """Refuse response criteria that were never published for the disease (NK-PLAN-14)."""
    if diagnosis.upper() not in {"ALL", "AML"} or not IWG_2006.search(criteria):
        return None
    sets = "all_nccn" if diagnosis.upper() == "ALL" else "aml_iwg2003 and aml_eln2022"
    return CellError(
        "NK-PLAN-14",
        f"there is no IWG 2006 criteria set for {diagnosis.upper()}; IWG 2006 (Cheson, Blood 108:419) is for MDS.",
        f"Name a set that exists for the diagnosis: {sets}.",
    )
