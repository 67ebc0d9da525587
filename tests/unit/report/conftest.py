"""A made-up study: three infants, one success, one not, one not evaluable, one quarantined file."""

import base64
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from nktrial.core.digest import Json, digest
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record, Source, new_record
from nktrial.model.results import (
    Baseline,
    ChimerismView,
    ContributorShare,
    DonorNk,
    ExpansionResult,
    FactorValue,
    FileFault,
    GateView,
    LocusView,
    Sensitivity,
    SeriesPoint,
    StudyResults,
    SubjectResults,
    TraceView,
)

METHODS = {
    "fcs.events": Method("formats.fcs", 1, "ISAC FCS 3.1, Spidlen 2010"),
    "population": Method("cytometry.strategy", 1, "Gating-ML 2.0, Spidlen 2015"),
    "nk_fraction": Method("cytometry.fraction", 1, "Clopper and Pearson 1934; nktrial"),
    "alc": Method("blood.lymphocytes", 1, "nktrial"),
    "donor_fraction": Method("chimerism.mixture", 1, "Bleka 2016; nktrial"),
    "donor_nk": Method("endpoints.expansion", 1, "Bachanova 2014, Blood 123:3855"),
    "expansion": Method("endpoints.expansion", 1, "Bachanova 2014, Blood 123:3855"),
    "row": Method("formats.table", 1, "nktrial"),
    "peaks": Method("chimerism.calls", 1, "nktrial"),
}
YES, NO = True, False
MARKERS = ("D3S1358", "TH01", "D21S11", "D18S51", "Penta E", "D5S818", "D13S317", "D7S820", "D16S539", "CSF1PO")


class Ledger:
    """Records and sources, as the pipeline would keep them."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.sources: dict[str, Source] = {}

    def source(self, name: str, kind: str, size: int) -> str:
        sha = digest([name, size])
        self.sources[sha] = Source(sha, size, kind, name)
        return sha

    def record(
        self, kind: str, parents: Sequence[str], value: Json, findings: tuple[Finding, ...] = (), **how: Json
    ) -> str:
        record = new_record(kind, METHODS[kind], how, tuple(parents), value, findings)
        self.records[record.id] = record
        return record.id


def packed(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array, dtype=dtype).tobytes())).decode("ascii")


def cloud(rng: np.random.Generator, blobs: Sequence[tuple[float, float, float, float, int]], bins: int = 128) -> str:
    """Counts of normal clouds (x, y, sd x, sd y, events) on the unit square."""
    parts = [np.column_stack([rng.normal(x, sx, events), rng.normal(y, sy, events)]) for x, y, sx, sy, events in blobs]
    xy = np.clip(np.concatenate(parts), 0.001, 0.999)
    grid, _, _ = np.histogram2d(xy[:, 1], xy[:, 0], bins=bins, range=((0, 1), (0, 1)))
    return packed(grid, "<u4")


LOGICLE_TICKS = ((0.22, "0"), (0.42, "10³"), (0.61, "10⁴"), (0.8, "10⁵"), (0.98, "10⁶"))
LINEAR_TICKS = ((0.0, "0"), (0.25, "1M"), (0.5, "2M"), (0.75, "3M"), (1.0, "4M"))


def box(x: float, y: float, w: float, h: float) -> tuple[tuple[float, float], ...]:
    return ((x, y), (x + w, y), (x + w, y + h), (x, y + h))


def gates(ledger: Ledger, rng: np.random.Generator, sample_id: str, file: str, events: str) -> tuple[GateView, ...]:
    """The hierarchy of one FCS file, eight gates."""
    scatter = [(0.3, 0.25, 0.05, 0.06, 4200), (0.45, 0.55, 0.12, 0.12, 6000), (0.08, 0.05, 0.05, 0.03, 2500)]
    cd3_cd56 = [(0.68, 0.25, 0.04, 0.05, 2000), (0.25, 0.66, 0.05, 0.06, 500), (0.25, 0.22, 0.05, 0.05, 600)]
    plan = (
        ("Singlets", "", "FSC-A", "FSC-H", [(0.4, 0.38, 0.14, 0.13, 9000), (0.7, 0.4, 0.1, 0.08, 500)],
         ((0.03, 0.01), (0.95, 0.78), (0.9, 0.97), (0.02, 0.12)), 8484, 9200, LINEAR_TICKS),
        ("Singlets/Lymphocytes", "Singlets", "FSC-A", "SSC-A", scatter,
         ((0.17, 0.1), (0.4, 0.08), (0.46, 0.32), (0.36, 0.42), (0.18, 0.34)), 3392, 8484, LINEAR_TICKS),
        ("Singlets/Lymphocytes/Live", "Singlets/Lymphocytes", "Viability (LIVE DEAD-A)", "SSC-A",
         [(0.25, 0.4, 0.05, 0.1, 3000), (0.7, 0.5, 0.06, 0.1, 300)], box(0.05, 0.05, 0.4, 0.8),
         3077, 3392, LOGICLE_TICKS),
        ("Singlets/Lymphocytes/Live/NK", "Singlets/Lymphocytes/Live", "CD3 (BV510-A)", "CD56 (BV605-A)", cd3_cd56,
         box(0.08, 0.47, 0.33, 0.48), 439, 3077, LOGICLE_TICKS),
        ("Singlets/Lymphocytes/Live/T", "Singlets/Lymphocytes/Live", "CD3 (BV510-A)", "CD56 (BV605-A)", cd3_cd56,
         box(0.54, 0.05, 0.36, 0.42), 1513, 3077, LOGICLE_TICKS),
        ("Singlets/Lymphocytes/Live/NK/NK_CD16pos", "Singlets/Lymphocytes/Live/NK", "CD16 (APC-A)", "CD56 (BV605-A)",
         [(0.6, 0.6, 0.08, 0.06, 300), (0.25, 0.75, 0.06, 0.06, 130)], box(0.42, 0.3, 0.5, 0.65),
         303, 439, LOGICLE_TICKS),
        ("Singlets/Lymphocytes/Live/T/CD4", "Singlets/Lymphocytes/Live/T", "CD4 (BUV395-A)", "CD8 (BUV805-A)",
         [(0.7, 0.2, 0.05, 0.06, 1072), (0.2, 0.72, 0.06, 0.06, 400)], box(0.5, 0.04, 0.42, 0.4),
         1072, 1513, LOGICLE_TICKS),
        ("Singlets/Lymphocytes/Live/T/CD4/CD25hi_CD127lo", "Singlets/Lymphocytes/Live/T/CD4", "CD127 (PE-A)",
         "CD25 (PE-Cy7-A)", [(0.6, 0.3, 0.1, 0.08, 1050), (0.32, 0.65, 0.06, 0.06, 22)],
         ((0.05, 0.55), (0.5, 0.62), (0.5, 0.95), (0.05, 0.95)), 22, 1072, LOGICLE_TICKS),
    )  # fmt: skip
    grids: dict[tuple[str, str, str], str] = {}
    views = []
    for path, parent, x, y, blobs, outline, count, parent_count, ticks in plan:
        grid = grids.setdefault((parent, x, y), cloud(rng, blobs))
        record = ledger.record("population", [events], {"path": path, "count": count, "parent_count": parent_count})
        views.append(
            GateView(sample_id, file, path, parent, x, y, (0.0, 1.0), (0.0, 1.0), ticks, ticks, grid, (128, 128),
                     outline, count, parent_count, record)
        )  # fmt: skip
    return tuple(views)


def trace(ledger: Ledger, rng: np.random.Generator, file: str, source: str) -> TraceView:
    """Four dyes, three markers a dye, two alleles and a little stutter each."""
    size_bp = np.linspace(75.0, 460.0, 5200)
    peaks, heights = [], []
    for dye in range(4):
        signal = rng.normal(0, 6, size_bp.size) + 12
        for place in range(3):
            for allele, share in ((0, 1.0), (1, 0.85), (2, 0.4)):
                at = 110 + place * 105 + dye * 9 + allele * 13.7
                height = float(900 + 700 * rng.random()) * share
                signal += height * np.exp(-0.5 * ((size_bp - at) / 0.45) ** 2)
                signal += 0.08 * height * np.exp(-0.5 * ((size_bp - at + 4) / 0.45) ** 2)
                peaks.append((dye, at, height, MARKERS[(dye * 3 + place) % 10], f"{11 + allele * 3}"))
        heights.append(packed(np.clip(signal, -32768, 32767), "<i2"))
    record = ledger.record("peaks", [source], {"called": len(peaks)})
    dyes = ("6-FAM", "VIC", "NED", "PET")
    return TraceView(file, dyes, tuple(map(float, size_bp)), tuple(heights), tuple(peaks), record)


def chimerism(
    ledger: Ledger,
    rng: np.random.Generator,
    sample_id: str,
    day: int,
    people: tuple[tuple[str, str, float], ...],
    lane: TraceView | None,
    source: str,
    fraction: str = "CD56",
) -> ChimerismView:
    share = next(share for _, role, share in people if "nk" in role)
    loci = []
    for place, marker in enumerate(MARKERS):
        noisy = float(np.clip(share + rng.normal(0, 0.03), 0, 1)) if place % 4 != 3 else None
        loci.append(
            LocusView(marker, "fully informative" if noisy is not None else "not informative", ("12", "14", "15"),
                      (1210.0, 890.0, 402.0), (1188.0, 905.0, 431.0), noisy, marker != "CSF1PO",
                      "stutter of the recipient's allele lies on the donor's" if marker == "CSF1PO" else "")
        )  # fmt: skip
    finding = Finding(
        "MADE-UP-5", "warning", f"{sample_id} CSF1PO", "One locus was left out: it disagrees with all others."
    )
    record = ledger.record("donor_fraction", [source], share, (finding,), fraction_typed=fraction)
    shares = tuple(ContributorShare(who, role, s, max(0, s - 0.025), min(1, s + 0.025)) for who, role, s in people)
    return ChimerismView(sample_id, day, fraction, f"raw/str/{sample_id}.fsa", fraction == "CD56", shares, share, 0.02,
                         9, tuple(loci), lane, (finding,), record)  # fmt: skip


def point(
    ledger: Ledger,
    sample_id: str,
    day: int,
    numbers: tuple[float, float, float],
    parents: tuple[str, str, str],
    *,
    chosen: bool = False,
    below_lod: bool = False,
) -> SeriesPoint:
    alc, nk, donor = numbers
    product = alc * nk * donor
    ids = [ledger.record("alc", [parents[0]], alc), ledger.record("nk_fraction", [parents[1]], nk)]
    ids.append(ledger.record("donor_fraction", [parents[2]], donor, sample=sample_id))
    whole = ledger.record("donor_nk", ids, product, sample=sample_id)
    donor_nk = DonorNk(product, product * 0.835, product * 1.19, 0.9993 if product > 120 else 0.0004, below_lod,
                       alc * nk * 0.02, whole)  # fmt: skip
    return SeriesPoint(
        sample_id, day, "PB",
        FactorValue(alc, alc * 0.9, alc * 1.1, "ALC of the analyser", ids[0]),
        FactorValue(nk, nk * 0.92, nk * 1.08, "CD56+ CD3- of live lymphocytes", ids[1]),
        FactorValue(donor, max(0.0, donor - 0.025), min(1.0, donor + 0.025), "STR on CD56+ cells, 9 loci", ids[2]),
        donor_nk, "", 12 <= day <= 16, chosen,
    )  # fmt: skip


def empty_point(sample_id: str, day: int, reason: str) -> SeriesPoint:
    return SeriesPoint(sample_id, day, "PB", None, None, None, None, reason, 12 <= day <= 16, chosen=False)


def success(ledger: Ledger, rng: np.random.Generator) -> SubjectResults:
    counts = ledger.source("counts.csv", "table", 812)
    fcs = ledger.source("raw/fcs/INF071.fcs", "fcs", 4_194_304)
    lane = ledger.source("raw/str/S01-D14.fsa", "abif", 302_117)
    row = ledger.record("row", [counts], {"line": 3, "ALC": 1.1, "unit": "10^9/L"})
    events = ledger.record("fcs.events", [fcs], {"events": 9200})
    parents = (row, events, lane)
    days = ((-1, 620, 0.0398, 0.0), (7, 480, 0.09, 0.62), (14, 1100, 0.14267143321416964, 1.0), (28, 1500, 0.11, 0.97))
    series = tuple(
        point(ledger, f"S01-D{day}", day, (alc, nk, donor), parents, chosen=day == 14, below_lod=day < 0)
        for day, alc, nk, donor in days
    )
    chosen = series[2]
    assert chosen.donor_nk
    record = ledger.record("expansion", [chosen.donor_nk.record], {"value_per_ul": chosen.donor_nk.value_per_ul})
    cautions = (
        Finding("MADE-UP-1", "warning", "S01", "The NK donor is the stem-cell donor: NK cells that grew from the graft "
                "count as donor NK cells here. The value is an upper bound of what the infusion gave."),
        Finding("MADE-UP-2", "info", "S01-D14", "Day-14 lymphocytes are within the range of healthy infants "
                "(own NK cells 160 to 1100/µL)."),
    )  # fmt: skip
    expansion = ExpansionResult(
        "evaluable", "", 156.9385765355866, (131.02, 186.31), 0.99931, YES, NO, "S01-D14", 14, "nk_or_hsct_donor",
        1100.0, 0.14267143321416964, 1.0, Baseline("S01-D-1", -1, 0.0, 0.0, 0.49, 156.94, record),
        (Sensitivity("lymphocytes typed instead of CD56+ cells", 150.2, YES, ""),
         Sensitivity("whole blood typed instead of CD56+ cells", None, None, "no whole blood was typed"),
         Sensitivity("sample of day 12 instead of day 14", 98.0, NO, "the first sample of the window")),
        cautions, record,
    )  # fmt: skip
    people = (("S01", "recipient", 0.0), ("S01-D1", "hsct+nk", 1.0))
    views = (
        chimerism(ledger, rng, "S01-D7", 7, (("S01", "recipient", 0.38), ("S01-D1", "hsct+nk", 0.62)), None, lane),
        chimerism(ledger, rng, "S01-D14", 14, people, trace(ledger, rng, "raw/str/S01-D14.fsa", lane), lane),
    )
    pictures = (
        *gates(ledger, rng, "S01-D-1", "raw/fcs/INF179.fcs", events),
        *gates(ledger, rng, "S01-D14", "raw/fcs/INF071.fcs", events),
    )
    facts = (
        ("Diagnosis", "ALL, refractory"), ("Age at transplant", "240 days"), ("Sex", "F"),
        ("Donor", "S01-D1, matched sibling, HLA 10/10, gave stem cells and NK cells"),
        ("Transplant", "day −40, bone marrow"), ("NK infusion", "day 0, 12.0 × 10⁶/kg"),
        ("Systemic IL-2", "none in the medication table"),
    )  # fmt: skip
    finding = Finding(
        "MADE-UP-6", "info", "raw/fcs/INF071.fcs", "The spillover matrix is the identity: the file is unmixed."
    )
    return SubjectResults("S01", "ALL", facts, expansion, series, pictures, views, (finding,))


def failure(ledger: Ledger, rng: np.random.Generator) -> SubjectResults:
    counts = ledger.source("counts.csv", "table", 812)
    fcs = ledger.source("raw/fcs/ND050.fcs", "fcs", 5_194_304)
    lane = ledger.source("raw/str/S02/sdata.txt", "peaks", 8_117)
    row = ledger.record("row", [counts], {"line": 4, "WBC": 2.5, "LYMPH_PCT": 36, "unit": "10^9/L"})
    events = ledger.record("fcs.events", [fcs], {"events": 9600})
    chosen = point(ledger, "S02-D13", 13, (900.0, 0.09079229122055675, 0.303), (row, events, lane), chosen=True)
    series = (
        point(ledger, "S02-D3", 3, (210.0, 0.3, 0.61), (row, events, lane)),
        empty_point("S02-D7", 7, "no FCS file: the only one of this sample is quarantined"),
        chosen,
    )
    assert chosen.donor_nk
    record = ledger.record("expansion", [chosen.donor_nk.record], {"value_per_ul": chosen.donor_nk.value_per_ul})
    words = "STR was typed on whole blood, not on NK cells: granulocytes and T cells enter the donor fraction."
    cautions = (Finding("MADE-UP-3", "warning", "S02-D13", words),)
    expansion = ExpansionResult(
        "evaluable", "", 24.759057815845825, (18.4, 33.0), 0.00004, NO, NO, "S02-D13", 13, "nk_donor",
        900.0, 0.09079229122055675, 0.303, None, (), cautions, record,
    )  # fmt: skip
    people = (("S02", "recipient", 0.118), ("S02-D1", "hsct", 0.579), ("S02-D2", "nk", 0.303))
    views = (
        chimerism(ledger, rng, "S02-D13", 13, people, None, lane),
        chimerism(ledger, rng, "S02-D13", 13, people, None, lane, "WB"),
    )
    facts = (("Diagnosis", "AML, refractory"), ("Age at transplant", "310 days"), ("Sex", "M"))
    pictures = gates(ledger, rng, "S02-D13", "raw/fcs/ND050.fcs", events)
    return SubjectResults("S02", "AML", facts, expansion, series, pictures, views, ())


def not_evaluable(ledger: Ledger) -> SubjectResults:
    samples = ledger.source("samples.csv", "table", 400)
    reason = "no blood sample between day 12 and day 16; the nearest is of day 21"
    finding = Finding("MADE-UP-4", "error", "S03", reason)
    record = ledger.record("expansion", [samples], None, (finding,))
    expansion = ExpansionResult("not_evaluable", reason, None, None, None, None, None, None, None, None, None, None,
                                None, None, (), (), record)  # fmt: skip
    series = (empty_point("S03-D21", 21, "no STR file was given for this sample"),)
    return SubjectResults("S03", "AML", (("Diagnosis", "AML, refractory"),), expansion, series, (), (), (finding,))


def made_up_study(seed: int = 20261123) -> StudyResults:
    """The whole study."""
    rng, ledger = np.random.default_rng(seed), Ledger()
    subjects = (success(ledger, rng), failure(ledger, rng), not_evaluable(ledger))
    words = "data would end at byte 5,242,880 but the file has 4,194,304. The file is truncated; export it again."
    fault = FileFault("raw/fcs/S02_d07.fcs", "S02", "S02-D7", "MADE-UP-8", words)
    rule = (
        ("Endpoint", "donor NK cells per µL blood = lymphocytes/µL × NK fraction × donor fraction"),
        ("Success", "more than 100 per µL on day 14 (days 12 to 16), sample closest to day 14, then the earlier"),
        ("Missing", "a patient without a usable sample is not evaluable"),
    )
    records: Mapping[str, Record] = ledger.records
    findings = (Finding("MADE-UP-7", "info", "medications.csv", "No systemic IL-2 was given to any patient."),)
    sources = tuple(sorted(ledger.sources.values(), key=lambda source: source.name))
    title = "Donor NK cells after allogeneic transplantation in infants"
    return StudyResults(
        "NK-DEMO-01", title, rule, (12, 16), 100.0, subjects, (fault,), findings, records, sources,
        digest(sorted(records)), "0.1.0",
    )  # fmt: skip


@pytest.fixture(scope="session")
def study() -> StudyResults:
    """Return the made-up study."""
    return made_up_study()
