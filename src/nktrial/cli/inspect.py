"""nktrial inspect: what is in a file.

Definition
    The kind is told by the content, never by the name. What is shown names no person: of an FCS file only a fixed
    list of keywords.

Not decided here
    How each kind is read (`nktrial.formats`) and shown (`nktrial.cli.contents`).
"""

import json
from pathlib import Path

import click

from nktrial.core.errors import SourceError
from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff
from nktrial.formats.window import Window, open_source

__all__ = ["inspect"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--tolerate", multiple=True, metavar="CODE", help="Read on where this error would stop; repeatable.")
def inspect(file: Path, as_json: bool, tolerate: tuple[str, ...]) -> None:
    """Tell what an FCS, ABIF, Gating-ML, .wsp, peak-table or genotype file holds."""
    _, window = open_source(file, name=str(file), kind="unknown")
    contents = _contents(window, frozenset(tolerate))
    if as_json:
        click.echo(json.dumps({"file": window.name, **contents}, allow_nan=False))
        return
    from nktrial.cli.contents import show  # noqa: PLC0415 (rich takes 0.1 s)

    show(window.name, contents)


def _contents(window: Window, tolerate: frozenset[str]) -> dict[str, object]:
    """Read the file by its kind."""
    from nktrial.cli import contents  # noqa: PLC0415

    head = bytes(window.take(0, min(window.size, HEAD_BYTES), "first bytes"))
    readers = {
        "abif": contents.abif_contents,
        "gatingml": contents.gating_contents,
        "wsp": contents.workspace_contents,
        "peaks": contents.peaks_contents,
        "genotypes": contents.genotypes_contents,
    }
    kind = sniff(head)
    if kind == "fcs":
        return contents.fcs_contents(window, tolerate)
    if kind in readers:
        return readers[kind](window)
    if kind == "empty":
        raise SourceError("NK-SNF-02", "the file is empty.", where=window.name, remedy="Copy or export it again.")
    raise SourceError(
        "NK-SNF-01",
        "expected an FCS, ABIF or Gating-ML file, a FlowJo workspace, a peak table or a genotype table, found "
        f"{looks_like(head)}.",
        where=window.name,
        remedy="Give the file that the instrument or its software exported; unpack archives first.",
    )
