"""nktrial str mixture: contributor shares with intervals, from peak tables and reference genotypes."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from nktrial.chimerism.genotype import reference_genotype
from nktrial.chimerism.locus_share import with_locus_shares
from nktrial.chimerism.mixture import MixtureFit, fit_mixture
from nktrial.chimerism.reference_evidence import ReferenceEvidence, reference_evidence
from nktrial.cli.new_files import write_new_files
from nktrial.core.errors import MethodError, NkTrialError, PlanError
from nktrial.figures.forest import forest_spec
from nktrial.figures.render import render_svg, svg_to_png
from nktrial.formats.genotypes import ContributorRow, read_contributors, read_genotypes
from nktrial.formats.kits import load_kit
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window, open_source, printable
from nktrial.model.kit import Kit
from nktrial.model.origin import Finding
from nktrial.model.results import ChimerismView, ContributorShare
from nktrial.model.trace import Genotype, PeakProfile

__all__ = ["mixture", "persons_of", "references_of"]

SOME_FAILED: Final = 4
PICTURES: Final = frozenset({".svg", ".png"})
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One sample: its fit, or the findings that say why there is none."""

    sample: str
    fit: MixtureFit | None
    findings: tuple[Finding, ...]


class _Taught:
    """The persons' genotypes, and what their references teach of each group of contributors, worked out once."""

    def __init__(
        self, references: Sequence[tuple[str, PeakProfile]], persons: dict[str, Genotype], kit: Kit | None
    ) -> None:
        self.references, self.persons, self.kit = dict(references), persons, kit
        self._found: dict[tuple[str, ...], ReferenceEvidence] = {}

    def evidence(self, own: Sequence[Genotype]) -> ReferenceEvidence:
        """Return what the references of a sample's contributors teach."""
        key = tuple(genotype.person for genotype in own)
        if key not in self._found:
            self._found[key] = reference_evidence(self.references, own, self.kit)
        return self._found[key]


@click.command()
@click.argument("peaks", type=click.Path(path_type=Path))
@click.option("--genotypes", type=click.Path(path_type=Path), help="Table person,marker,allele1,allele2.")
@click.option(
    "--contributors", type=click.Path(path_type=Path), help="Table sample,contributors; persons joined by ';'."
)
@click.option("--reference", "references", multiple=True, metavar="PERSON=FILE", help="A person's peak table; repeat.")
@click.option("--of-interest", help="Person whose classical share stands beside the fit.")
@click.option("--kit", "kit_id", help="Kit id, e.g. powerplex16, for its stutter.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help="Folder, or a file .svg or .png for one sample: shares locus by locus beside the joint fit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def mixture(
    peaks: Path,
    genotypes: Path | None,
    contributors: Path | None,
    references: tuple[str, ...],
    of_interest: str | None,
    kit_id: str | None,
    plot: Path | None,
    as_json: bool,
) -> int:
    """Fit the shares of known persons to the samples of a peak table."""
    if genotypes is None and not references:
        raise click.UsageError("give the persons' genotypes: --genotypes FILE, or --reference PERSON=FILE for each.")
    if contributors is None and not references:
        raise click.UsageError("give --contributors FILE, which says whose DNA each sample may hold.")
    kit = load_kit(kit_id) if kit_id is not None else None
    profiles = read_peaks(_window(peaks, "peaks"))
    of_references = references_of(references)
    persons = persons_of(genotypes, of_references, kit)
    if contributors is not None:
        rows: Sequence[ContributorRow] = read_contributors(_window(contributors, "table"))
    else:
        rows = [ContributorRow(profile.sample, tuple(persons), 0) for profile in profiles]
    by_sample = {profile.sample: profile for profile in profiles}
    taught = _Taught(of_references, persons, kit)
    outcomes = [_outcome(row, by_sample.get(row.sample), taught, of_interest) for row in rows]
    if plot is not None:
        _draw(outcomes, plot)
    unused = sorted(set(by_sample) - {row.sample for row in rows})
    click.echo(_as_json(outcomes, unused) if as_json else _as_text(outcomes, unused))
    failed = sum(outcome.fit is None for outcome in outcomes)
    if failed == 0:
        return 0
    return SOME_FAILED if failed < len(outcomes) else NkTrialError.exit_code


def _window(path: Path, kind: str) -> Window:
    """Open one file."""
    return open_source(path, name=str(path), kind=kind)[1]


def references_of(references: Sequence[str]) -> list[tuple[str, PeakProfile]]:
    """Return person and profile of each reference."""
    found = []
    for reference in references:
        person, _, file = reference.partition("=")
        if not person or not file:
            raise click.UsageError(f"--reference {printable(reference, 60)}: expected PERSON=FILE.")
        profiles = read_peaks(_window(Path(file), "peaks"))
        if len(profiles) != 1:
            raise PlanError(
                "NK-MIX-11",
                f"the reference holds {len(profiles)} samples, expected one.",
                where=printable(file),
                remedy="Export each person's reference to a file of its own.",
            )
        found.append((person, profiles[0]))
    return found


def persons_of(
    genotypes: Path | None, references: Sequence[tuple[str, PeakProfile]], kit: Kit | None
) -> dict[str, Genotype]:
    """Return the genotypes of all persons, from a table and from reference profiles."""
    found: list[Genotype] = list(read_genotypes(_window(genotypes, "table"))) if genotypes is not None else []
    found += [reference_genotype(profile, person=person, kit=kit) for person, profile in references]
    persons = {genotype.person: genotype for genotype in found}
    if len(persons) < len(found):
        raise PlanError(
            "NK-MIX-12", "a person has two genotypes.", remedy="Give each person one genotype or reference."
        )
    return persons


def _outcome(
    row: ContributorRow,
    profile: PeakProfile | None,
    taught: _Taught,
    of_interest: str | None,
) -> _Outcome:
    """Fit one sample, or say why it cannot be fitted."""
    try:
        own = _contributors(row, profile, taught.persons)
        interest = of_interest if of_interest in row.persons else None
        peaks = profile or PeakProfile(row.sample, ())
        fit = fit_mixture(peaks, own, kit=taught.kit, of_interest=interest, evidence=taught.evidence(own))
        fit = with_locus_shares(fit, peaks, own, kit=taught.kit)
    except MethodError as error:
        message = f"{error.problem} {error.remedy}".strip()
        reason = Finding(error.code, "error", row.sample, message)
        return _Outcome(row.sample, None, (*(profile.findings if profile is not None else ()), reason))
    from_references = tuple(finding for genotype in own for finding in genotype.findings)
    of_table = profile.findings if profile is not None else ()
    return _Outcome(row.sample, fit, (*of_table, *from_references, *fit.findings))


def _contributors(row: ContributorRow, profile: PeakProfile | None, persons: dict[str, Genotype]) -> list[Genotype]:
    """Return the genotypes of a sample's contributors; refuse a sample without peaks, a person without genotype."""
    if profile is None:
        raise MethodError(
            "NK-MIX-09",
            "the peak table holds no peak of this sample.",
            where=printable(row.sample),
            remedy="Check the sample's spelling in both tables.",
        )
    unknown = [person for person in row.persons if person not in persons]
    if unknown:
        raise MethodError(
            "NK-MIX-10",
            f"no genotype of {printable(', '.join(unknown))}.",
            where=printable(row.sample),
            remedy="Add the person to the genotypes, or correct the contributors.",
        )
    return [persons[person] for person in row.persons]


def _draw(outcomes: Sequence[_Outcome], place: Path) -> None:
    """Draw the loci of every fit: into one picture, or into a folder with a picture a sample."""
    fits = [outcome.fit for outcome in outcomes if outcome.fit is not None]
    alone = place.suffix.lower() in PICTURES
    if alone and len(outcomes) != 1:
        raise click.UsageError(f"--plot: {len(outcomes)} samples; give a folder.")
    names = [UNSAFE.sub("_", fit.sample).lstrip(".-") or "sample" for fit in fits]
    pictures: dict[Path, list[bytes]] = {}
    for fit, name in zip(fits, names, strict=True):
        view = _view(fit)
        target = place if alone else place / f"{name}-loci.svg"
        if target in pictures or os.path.lexists(target):
            raise click.UsageError(f"--plot: {printable(str(target))} exists, or two samples share it; name another.")
        svg = render_svg(forest_spec(view), name="loci")
        pictures[target] = [svg_to_png(svg) if target.suffix.lower() == ".png" else svg.encode("utf-8")]
    write_new_files(pictures)


def _view(fit: MixtureFit) -> ChimerismView:
    """Return what is drawn of a fit."""
    shares = tuple(ContributorShare(item.person, "", item.share.value, *item.share.interval()) for item in fit.shares)
    return ChimerismView(
        sample_id=fit.sample,
        day=0,
        fraction_typed="",
        file="",
        chosen=False,
        contributors=shares,
        classical_share=None,
        lod=None,
        loci_used=fit.loci_used,
        loci=fit.loci,
        trace=None,
        findings=fit.findings,
        record="",
    )


def _as_json(outcomes: Sequence[_Outcome], unused: Sequence[str]) -> str:
    """Return the outcomes as JSON."""
    body = {"samples": [_sample(outcome) for outcome in outcomes], "samples_without_contributors": list(unused)}
    return json.dumps(body, indent=2, allow_nan=False)


def _sample(outcome: _Outcome) -> dict[str, Any]:
    """Return one sample as JSON; without a fit its contributors are empty and the findings say why."""
    findings = [
        {"code": f.code, "severity": f.severity, "subject": f.subject, "message": f.message} for f in outcome.findings
    ]
    fit = outcome.fit
    if fit is None:
        return {"sample": outcome.sample, "contributors": [], "loci_used": 0, "loci": [], "findings": findings}
    classical = fit.classical
    return {
        "sample": outcome.sample,
        "contributors": [
            {
                "person": share.person,
                "fraction": share.share.value,
                "ci95": list(share.share.interval()),
                "lod": fit.lod.get(share.person),
                "lod_model": fit.model_lod.get(share.person),
                "blanks": dict(fit.evidence.blanks.get(share.person, {})),
                "below_lod": fit.below_lod(share.person),
            }
            for share in fit.shares
        ],
        "loci_used": fit.loci_used,
        "classical": None
        if classical is None
        else {"person": classical.person, "mean": classical.mean, "sd": classical.sd, "cv": classical.cv},
        "detection_limit_rfu": fit.limit_rfu,
        "loci": [
            {
                "marker": locus.marker,
                "informative": locus.informative,
                "alleles": list(locus.alleles),
                "observed_rfu": list(locus.observed_rfu),
                "expected_rfu": [round(height, 1) for height in locus.expected_rfu],
                "classical_share": locus.classical_share,
                "used": locus.used,
                "note": locus.note,
                "shares": [
                    {
                        "person": item.person,
                        "share": item.share,
                        "ci95": None if item.low is None else [item.low, item.high],
                        "state": item.state,
                        "note": item.note,
                    }
                    for item in locus.shares
                ],
            }
            for locus in fit.loci
        ],
        "findings": findings,
    }


def _as_text(outcomes: Sequence[_Outcome], unused: Sequence[str]) -> str:
    """Return the outcomes for a reader."""
    lines: list[str] = []
    for outcome in outcomes:
        fit = outcome.fit
        lines.append(printable(outcome.sample) + (f"  ({fit.loci_used} loci)" if fit is not None else "  not fitted"))
        for share in fit.shares if fit is not None else ():
            low, high = share.share.interval()
            note = "  below the limit of detection" if fit is not None and fit.below_lod(share.person) else ""
            lines.append(
                f"  {printable(share.person, 30):30s} {share.share.value:6.1%}   95 % {low:6.1%} to {high:6.1%}{note}"
            )
        if fit is not None and fit.classical is not None and fit.classical.mean is not None:
            lines.append(f"  classical locus mean of {printable(fit.of_interest, 30)}: {fit.classical.mean:.1%}")
        lines += [f"  {f.code} {printable(f.message, 400)}" for f in outcome.findings if f.severity != "info"]
    lines += [f"{printable(sample)}  no contributors declared, not fitted" for sample in unused]
    return "\n".join(lines)
