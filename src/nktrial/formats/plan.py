"""study.toml: the protocol, read strictly.

Definition
    Every key is known or refused, with the key that was probably meant. Nothing has a silent default but the
    optional keys of the endpoints and of [design] that docs/study-folder.md names. The table [visits] is accepted
    and not read yet.

Not decided here
    Whether the gates file exists (``raw_files``), and whether a gate path exists in it.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, ValidationError

from nktrial.formats.issues import CellError, IssueLog, suggestion
from nktrial.formats.plan_clinical import (
    CLINICAL_SECTIONS,
    ResponseSection,
    SafetySection,
    TimesSection,
    clinical_faults,
    response_rule,
    safety_rule,
    times_rule,
)
from nktrial.formats.plan_design import (
    DESIGN_SECTIONS,
    DESIGN_TAGS,
    DesignSection,
    design_faults,
    monitoring_plans,
)
from nktrial.formats.plan_endpoints import Il2Section, TregSection, il2_rule, treg_rule
from nktrial.formats.plan_rules import plan_faults
from nktrial.formats.plan_text import line_of_key, parsed_toml
from nktrial.formats.plan_types import DayNumber, Name, Number, Section, Word
from nktrial.formats.table_text import table_text
from nktrial.model.plan import ExpansionRule, LodRule, MissingRule, Panel, Pick, StudyPlan

__all__ = ["MAX_PLAN_BYTES", "PLAN_FILE", "SCHEMA", "read_plan"]

PLAN_FILE: Final = "study.toml"
SCHEMA: Final = "nktrial/1"
MAX_PLAN_BYTES: Final = 1024**2
MAX_LISTED: Final = 100
NOT_KEYS: Final = frozenset(
    {"float", "int", "[key]", "schema_", *DESIGN_TAGS}
)  # pydantic's names of branches, and of our field


class _StudySection(Section):
    id: Name
    title: Word
    day0: Literal["first_nk_infusion"]


class _Expansion(Section):
    day: DayNumber
    window: Annotated[list[DayNumber], Field(min_length=2, max_length=2)]
    pick: Pick
    threshold_per_ul: Number
    comparison: Literal[">", ">="]
    lymphocytes: Word
    nk_cells: Word
    chimerism: Annotated[list[Word], Field(min_length=1, max_length=50)]
    missing: MissingRule
    below_lod: LodRule = "report_estimate"
    alc_cv: Annotated[Number, Field(ge=0, le=1)] = 0.05
    panel: Word | None = None


class _Endpoints(Section):
    expansion: _Expansion
    treg: TregSection | None = None
    il2: Il2Section | None = None
    safety: SafetySection | None = None
    response: ResponseSection | None = None
    times: TimesSection | None = None


class _PanelSection(Section):
    gates: Word
    compat: Literal["flowjo"] | None = None
    markers: Word | None = None
    overrides: Word | None = None


class _KitSection(Section):
    name: Word


class _PlanFile(Section):
    schema_: Annotated[Word, Field(alias="schema")]
    study: _StudySection
    endpoint: _Endpoints
    panels: dict[Name, _PanelSection] = Field(default_factory=dict)
    kits: dict[Name, _KitSection] = Field(default_factory=dict)
    criteria: dict[Name, Word] = Field(default_factory=dict)
    design: DesignSection | None = None
    visits: dict[str, Any] | list[dict[str, Any]] = Field(default_factory=dict)


def read_plan(data: bytes, log: IssueLog, own_kits: Collection[str] = ()) -> StudyPlan | None:
    """Read study.toml.

    Parameters
    ----------
    data : bytes
        The whole file.
    log : IssueLog
        Takes every problem: NK-TAB-02 to NK-TAB-07 for what is no text, NK-PLAN-02 to NK-PLAN-14,
        NK-PLAN-70 to NK-PLAN-74, NK-PLAN-80 to NK-PLAN-82.
    own_kits : collection of str
        Ids of the kits that the study folder brings itself in kits/.

    Returns
    -------
    StudyPlan or None
        None where the protocol cannot be used.
    """
    try:
        text, _ = table_text(data)
        document = parsed_toml(text)
    except CellError as refused:
        log.add_fault(refused, PLAN_FILE, None, "", "")
        return None
    version = document.get("schema")
    if isinstance(version, str) and version != SCHEMA:
        log.add(
            "NK-PLAN-07",
            PLAN_FILE,
            f"the folder follows schema {version!r}, this nktrial reads {SCHEMA!r}.",
            "Install the nktrial that the folder was written for, or correct the line.",
            row=line_of_key(text, ("schema",)),
            column="schema",
            value=version,
        )
        return None
    try:
        parsed = _PlanFile.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False)
        for problem in found[:MAX_LISTED]:
            _note(problem, text, log)
        if len(found) > MAX_LISTED:
            message = f"{len(found) - MAX_LISTED:,} more problems are not listed."
            log.add("NK-TAB-40", PLAN_FILE, message, "Repair the listed ones first.", severity="warning")
        return None
    plan = _plan(parsed)
    faults = [*plan_faults(plan, own_kits), *clinical_faults(plan), *design_faults(plan)]
    for path, value, fault in faults[:MAX_LISTED]:
        log.add_fault(fault, PLAN_FILE, line_of_key(text, path), ".".join(path), value)
    return None if faults else plan


def _note(problem: Mapping[str, Any], text: str, log: IssueLog) -> None:
    """Turn one finding of pydantic into an issue."""
    names = tuple(map(str, problem["loc"]))
    unknown = names[-1:] if problem["type"] == "extra_forbidden" else ()  # as written, be it called "int"
    path = (*(name for name in names[: len(names) - len(unknown)] if name not in NOT_KEYS), *unknown)
    key = ".".join(path)
    row = line_of_key(text, path)
    if problem["type"] == "extra_forbidden":
        meant = suggestion(path[-1], _known_keys(path[:-1]))
        hint = f"Did you mean {meant}?" if meant else f"Known here: {', '.join(_known_keys(path[:-1]))}."
        log.add("NK-PLAN-04", PLAN_FILE, f"the key {key!r} is not known.", hint, row=row, column=key)
    elif problem["type"] == "missing":
        log.add(
            "NK-PLAN-05", PLAN_FILE, f"the key {key!r} is missing.", "Add it; see docs/study-folder.md.", column=key
        )
    else:
        message = f"{str(problem['msg'])[:1].lower()}{str(problem['msg'])[1:]}."
        shown = str(problem.get("input", ""))[:100]
        message = message if shown else "the value is empty."
        hint = "Write a value of the kind that docs/study-folder.md gives for this key."
        log.add("NK-PLAN-06", PLAN_FILE, message, hint, row=row, column=key, value=shown)


def _known_keys(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that may stand in a table of study.toml."""
    sections: dict[tuple[str, ...], type[BaseModel]] = {
        (): _PlanFile,
        ("study",): _StudySection,
        ("endpoint",): _Endpoints,
        ("endpoint", "expansion"): _Expansion,
        ("endpoint", "treg"): TregSection,
        ("endpoint", "il2"): Il2Section,
        **CLINICAL_SECTIONS,
        **DESIGN_SECTIONS,
    }
    path = tuple(part for part in path if not part.isdigit())  # the position in a list of tables
    if len(path) == 2 and path[0] in {"panels", "kits"}:
        model: type[BaseModel] = _PanelSection if path[0] == "panels" else _KitSection
    else:
        model = sections.get(path, _PlanFile)
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _plan(parsed: _PlanFile) -> StudyPlan:
    """Make the nouns."""
    rule = parsed.endpoint.expansion
    expansion = ExpansionRule(
        day=rule.day,
        window=(rule.window[0], rule.window[1]),
        pick=rule.pick,
        threshold_per_ul=float(rule.threshold_per_ul),
        comparison=rule.comparison,
        lymphocytes=rule.lymphocytes,
        nk_cells=rule.nk_cells,
        chimerism=tuple(rule.chimerism),
        missing=rule.missing,
        below_lod=rule.below_lod,
        alc_cv=float(rule.alc_cv),
        panel=rule.panel or "",
    )
    return StudyPlan(
        study_id=parsed.study.id,
        title=parsed.study.title,
        schema=parsed.schema_,
        day0=parsed.study.day0,
        expansion=expansion,
        panels={
            name: Panel(name, panel.gates, panel.compat or "", panel.markers or "", panel.overrides or "")
            for name, panel in parsed.panels.items()
        },
        kits={name: kit.name for name, kit in parsed.kits.items()},
        criteria=dict(parsed.criteria),
        treg=treg_rule(parsed.endpoint.treg, expansion),
        il2=il2_rule(parsed.endpoint.il2),
        safety=safety_rule(parsed.endpoint.safety),
        response=response_rule(parsed.endpoint.response),
        times=times_rule(parsed.endpoint.times),
        monitoring=monitoring_plans(parsed.design),
    )
