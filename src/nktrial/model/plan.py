"""The protocol as study.toml states it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nktrial.model.clinic import (
    AdverseEvent,
    Assessment,
    ChimerismCall,
    Count,
    Donor,
    FileEntry,
    FollowUp,
    GenotypeRow,
    Gvhd,
    Infusion,
    Medication,
    Sample,
    Subject,
    Transplant,
)
from nktrial.model.issue import Issue
from nktrial.model.origin import Source

__all__ = [
    "BeadRule",
    "DltClause",
    "ExpansionRule",
    "Il2Rule",
    "LodRule",
    "MissingRule",
    "MonitoredEndpoint",
    "MonitoringPlan",
    "OutcomeName",
    "Panel",
    "Pick",
    "ResponseRule",
    "SafetyRule",
    "Study",
    "StudyPlan",
    "TimesRule",
    "TregRule",
]

Pick: TypeAlias = Literal["closest_then_earlier", "closest_then_later", "first", "last"]
MissingRule: TypeAlias = Literal["not_evaluable", "failure"]
LodRule: TypeAlias = Literal["report_estimate", "zero", "not_evaluable"]
MonitoredEndpoint: TypeAlias = Literal["dlt", "expansion"]
OutcomeName: TypeAlias = Literal["OS", "EFS", "relapse", "NRM", "aGVHD II-IV", "aGVHD III-IV", "cGVHD", "GRFS"]


@dataclass(frozen=True, slots=True)
class ExpansionRule:
    """The primary endpoint's rule.

    Parameters
    ----------
    day : int
        Target day after the first NK infusion.
    window : (int, int)
        Days before (negative or zero) and after the target that still count.
    pick : Pick
        Which sample of several in the window.
    threshold_per_ul : float
        Success lies beyond this [cells/uL].
    comparison : {">", ">="}
        How the point value is compared.
    lymphocytes, nk_cells : str
        Gate paths of the denominator and of CD56+ CD3- cells.
    chimerism : tuple of str
        Cell fractions typed, in order of preference.
    missing : MissingRule
        What a patient without a usable sample is.
    below_lod : LodRule
        What the donor fraction is where it lies below its limit of detection.
    alc_cv : float
        Analyser's coefficient of variation of the lymphocyte count.
    panel : str
        The panel whose files give the NK fraction; empty where study.toml names none.
    """

    day: int
    window: tuple[int, int]
    pick: Pick
    threshold_per_ul: float
    comparison: Literal[">", ">="]
    lymphocytes: str
    nk_cells: str
    chimerism: tuple[str, ...]
    missing: MissingRule
    below_lod: LodRule = "report_estimate"
    alc_cv: float = 0.05
    panel: str = ""


@dataclass(frozen=True, slots=True)
class BeadRule:
    """Counting beads of the Treg tube: their gate path, beads added to the tube, volume [uL] and dilution of blood."""

    gate: str
    added: float
    volume_ul: float
    dilution: float = 1.0


@dataclass(frozen=True, slots=True)
class TregRule:
    """How activated Treg are counted and compared.

    Parameters
    ----------
    panel : str
        The panel whose files are counted.
    lymphocytes, cd4, activated : str
        Gate paths, each below the one before it: denominator of the dual-platform count, CD4+ T cells, activated Treg.
    before, after : (int, int)
        First and last day of the samples that are compared, both included.
    pick : Pick
        Which sample of several; closest to day 0 before, to ``target`` after.
    target : int
        The expansion's day.
    beads : BeadRule or None
        Counting beads; None where the blood analyser's lymphocyte count is used.
    """

    panel: str
    lymphocytes: str
    cd4: str
    activated: str
    before: tuple[int, int]
    after: tuple[int, int]
    pick: Pick
    target: int
    beads: BeadRule | None = None

    @property
    def gates(self) -> dict[str, str]:
        """The gate paths that the panel must have, by their key in study.toml."""
        paths = {"lymphocytes": self.lymphocytes, "cd4": self.cd4, "activated": self.activated}
        return paths | ({"beads": self.beads.gate} if self.beads is not None else {})


@dataclass(frozen=True, slots=True)
class Il2Rule:
    """First and last day, both included, on which systemic IL-2 must not have been given."""

    window: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DltClause:
    """One kind of event that is dose-limiting.

    Parameters
    ----------
    organ_class, term : str
        MedDRA system organ class, or the event's term; one of the two is empty. The class ``any`` is every event.
    min_grade : int
        From this CTCAE grade on.
    related : tuple of str
        Relatedness that counts, as adverse_events.csv writes it; empty: whatever it is.
    """

    organ_class: str
    term: str
    min_grade: int
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """How events are placed against infusions; ``dlt_window_days`` is None where no toxicity is defined as limiting.

    An event that begins from the day of an infusion to ``window_days`` after it is treatment-emergent.
    """

    window_days: int
    dlt_window_days: int | None = None
    dlt: tuple[DltClause, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """How response is judged; the criteria stand in ``StudyPlan.criteria``.

    ``landmark_day`` is the day from which no response is refractory disease, None where the protocol names none;
    ``confirmation``: as the criteria ask, or never.
    """

    landmark_day: int | None
    confirmation: Literal["by_criteria", "none"]


@dataclass(frozen=True, slots=True)
class TimesRule:
    """Which times to event are wanted, in the protocol's order."""

    names: tuple[OutcomeName, ...]


@dataclass(frozen=True, slots=True)
class MonitoringPlan:
    """When the study should stop, judged after every patient from ``first_look`` to ``patients``.

    Parameters
    ----------
    endpoint : {"dlt", "expansion"}
        Of ``dlt`` too many stop the study, of ``expansion`` too few.
    prior : (float, float)
        a and b of the beta prior of its rate.
    limit : float
        Rate that must not be exceeded, or that must be reached.
    probability : float
        Stop where the rate is on the wrong side of the limit with a probability above this.
    first_look, patients : int
        Patients at the first look, and planned in all.
    """

    endpoint: MonitoredEndpoint
    prior: tuple[float, float]
    limit: float
    probability: float
    first_look: int
    patients: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A staining panel.

    Parameters
    ----------
    id : str
        As files.csv names it.
    gates : str
        Gating-ML, a FlowJo workspace or a template, relative to the study folder, as are the two below.
    compat : str
        ``flowjo``: reproduce FlowJo's own counts of a workspace; empty: exact.
    markers, overrides : str
        Of a template: the panel file and the gates set by hand; empty where there are none.
    """

    id: str
    gates: str
    compat: Literal["", "flowjo"] = ""
    markers: str = ""
    overrides: str = ""

    @property
    def files(self) -> dict[str, str]:
        """The files that the panel names, by their key in study.toml."""
        named = {"gates": self.gates, "markers": self.markers, "overrides": self.overrides}
        return {key: path for key, path in named.items() if path}


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """study.toml as nouns. ``kits`` maps a kit's id to its name; ``criteria`` a diagnosis to a rule.

    An endpoint that study.toml does not ask for is None; ``monitoring`` is empty where it has no rule for stopping.
    """

    study_id: str
    title: str
    schema: str
    day0: str
    expansion: ExpansionRule
    panels: Mapping[str, Panel]
    kits: Mapping[str, str]
    criteria: Mapping[str, str]
    safety: SafetyRule | None = None
    response: ResponseRule | None = None
    times: TimesRule | None = None
    treg: TregRule | None = None
    il2: Il2Rule | None = None
    monitoring: tuple[MonitoringPlan, ...] = ()

    @property
    def nk_panels(self) -> frozenset[str]:
        """The panels whose files give the NK fraction: the one named, else all but that of the Treg, if there are."""
        if self.expansion.panel:
            return frozenset({self.expansion.panel})
        others = frozenset(self.panels) - ({self.treg.panel} if self.treg is not None else frozenset())
        return others or frozenset(self.panels)


@dataclass(frozen=True, slots=True)
class Study:
    """A whole study folder, read and consistent. ``sources``: table -> its bytes; ``warnings``: what was odd.

    A clinical table that the folder does not have is None: no table of adverse events is not the same as no event.
    """

    plan: StudyPlan
    subjects: tuple[Subject, ...]
    donors: tuple[Donor, ...]
    transplants: tuple[Transplant, ...]
    infusions: tuple[Infusion, ...]
    samples: tuple[Sample, ...]
    files: tuple[FileEntry, ...]
    counts: tuple[Count, ...]
    genotypes: tuple[GenotypeRow, ...] = ()
    chimerism_calls: tuple[ChimerismCall, ...] = ()
    medications: tuple[Medication, ...] | None = None
    adverse_events: tuple[AdverseEvent, ...] | None = None
    gvhd: tuple[Gvhd, ...] | None = None
    assessments: tuple[Assessment, ...] | None = None
    followup: tuple[FollowUp, ...] | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    warnings: tuple[Issue, ...] = ()
