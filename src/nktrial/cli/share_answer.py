"""Measured shares as JSON and as text: one form for every technique of str ngs and str dpcr."""

from collections.abc import Sequence
from typing import Any

from nktrial.formats.window import printable
from nktrial.model.origin import Finding
from nktrial.model.shares import ShareMeasurement

__all__ = ["contributors", "findings_json", "share_lines"]


def contributors(measurement: ShareMeasurement) -> list[dict[str, Any]]:
    """Return the persons' shares as JSON."""
    return [
        {
            "person": item.person,
            "fraction": item.share.value,
            "ci95": list(item.share.interval()),
            "lob": item.lob,
            "lod": item.lod,
            "below_lod": item.below_lod,
        }
        for item in measurement.persons
    ]


def findings_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON."""
    return [{"code": f.code, "severity": f.severity, "subject": f.subject, "message": f.message} for f in findings]


def share_lines(measurement: ShareMeasurement, findings: Sequence[Finding]) -> list[str]:
    """Return the shares and the warnings for a reader."""
    lines: list[str] = []
    for item in measurement.persons:
        low, high = item.share.interval()
        note = f"  below the limit of detection ({item.lod:.3%})" if item.below_lod else ""
        lines.append(
            f"  {printable(item.person, 30):30s} {item.share.value:8.3%}   95 % {low:8.3%} to {high:8.3%}{note}"
        )
    return lines + [f"  {f.code} {printable(f.message, 400)}" for f in findings if f.severity != "info"]
