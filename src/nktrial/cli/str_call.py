"""nktrial str call: sized, called peaks of ABIF lanes."""

import json
from pathlib import Path
from typing import Any

import click

from nktrial.core.errors import NkTrialError

__all__ = ["call", "kit_by_name", "lane_of"]

QUARANTINED = 4


@click.command(name="call")
@click.argument("traces", nargs=-1, required=True, metavar="ABIF...", type=click.Path(path_type=Path))
@click.option("--kit", "kit_id", required=True, help="Kit id, e.g. identifiler; or a kit file (.toml).")
@click.option("--ladder", type=click.Path(path_type=Path), help="Ladder lane of the same run.")
@click.option("--analysed", is_flag=True, help="Take the software's separated, baselined arrays, not the raw ones.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def call(traces: tuple[Path, ...], kit_id: str, ladder: Path | None, analysed: bool, as_json: bool) -> int:
    """Size the peaks of ABIF lanes and call their alleles.

    Exit code 3 where a single lane is refused or its alleles cannot be called, 4 where some of several are.
    """
    from nktrial.chimerism.ladder import align_ladder  # noqa: PLC0415  # numpy only when a lane is read

    kit = kit_by_name(kit_id)
    bins = None if ladder is None else align_ladder(lane_of(ladder, analysed=analysed), kit)
    samples: list[dict[str, Any]] = []
    refused: list[dict[str, str]] = []
    for path in traces:
        try:
            samples.append(_sample(path, kit, bins, analysed))
        except NkTrialError as error:
            if len(traces) == 1:
                raise
            refused.append({"file": path.name, "code": error.code, "message": str(error)})
            click.echo(f"error: {path.name}: {error}", err=True)
    if as_json:
        click.echo(json.dumps({"samples": samples, "quarantine": refused}, indent=1, allow_nan=False))
    else:
        _show(samples)
    if not refused and not any(_uncalled(sample) for sample in samples):
        return 0
    return NkTrialError.exit_code if len(traces) == 1 else QUARANTINED


def _uncalled(sample: dict[str, Any]) -> bool:
    """Tell whether a finding of a lane is an error: its alleles are not called."""
    return any(finding["severity"] == "error" for finding in sample["findings"])


def kit_by_name(kit_id: str) -> Any:
    """Return a shipped kit by id, or the kit of a file."""
    from nktrial.formats.kits import load_kit, read_kit  # noqa: PLC0415
    from nktrial.formats.window import open_source  # noqa: PLC0415

    if kit_id.endswith(".toml"):
        return read_kit(open_source(Path(kit_id), name=kit_id, kind="kit", max_bytes=1_000_000)[1])
    return load_kit(kit_id)


def lane_of(path: Path, *, analysed: bool) -> Any:
    """Read one lane."""
    from nktrial.formats.abif import read_abif  # noqa: PLC0415
    from nktrial.formats.window import open_source  # noqa: PLC0415

    return read_abif(open_source(path, name=path.name, kind="abif", max_bytes=256 * 1024**2)[1], analysed=analysed)


def _sample(path: Path, kit: Any, bins: Any, analysed: bool) -> dict[str, Any]:
    """Call one lane and return its JSON."""
    from nktrial.chimerism.calls import call_trace  # noqa: PLC0415

    calls = call_trace(lane_of(path, analysed=analysed), kit, ladder=bins)
    standard = calls.size_standard
    peaks = calls.profile.peaks
    return {
        "file": path.name,
        "sample": calls.profile.sample,
        "kit": kit.id,
        "size_standard": {
            "name": standard.name,
            "rms_bp": round(standard.rms_bp, 3),
            "found": standard.found,
            "expected": standard.expected,
        },
        "loci": [
            {
                "marker": locus.name,
                "alleles": list(calls.alleles[locus.name]),
                "peaks": [_peak(peak) for peak in peaks if peak.marker == locus.name],
            }
            for locus in kit.loci
        ],
        "findings": [
            {"code": f.code, "severity": f.severity, "message": f.message, "evidence": dict(f.evidence)}
            for f in calls.findings
        ],
    }


def _peak(peak: Any) -> dict[str, Any]:
    """Return the JSON of one peak."""
    return {
        "allele": peak.allele,
        "size_bp": round(peak.size_bp, 2),
        "height_rfu": round(peak.height_rfu, 1),
        "area": round(peak.area, 1),
        "flags": list(peak.flags),
    }


def _show(samples: list[dict[str, Any]]) -> None:
    """Write the calls as text, a line a locus."""
    for sample in samples:
        standard = sample["size_standard"]
        click.echo(
            f"{sample['file']}  {sample['kit']}  {standard['name']} {standard['found']}/{standard['expected']} "
            f"fragments, rms {standard['rms_bp']:.2f} bp"
        )
        for locus in sample["loci"]:
            heights = [
                f"{p['allele']} ({p['height_rfu']:.0f})" for p in locus["peaks"] if p["allele"] in locus["alleles"]
            ]
            click.echo(f"  {locus['marker']:<10} {', '.join(heights) or '-'}")
        for finding in sample["findings"]:
            click.echo(f"  {finding['severity']}: {finding['code']} {finding['message']}")
