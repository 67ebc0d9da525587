"""nktrial inspect: what is in a file.

Definition
    The kind is told by the content, never by the name. What is shown names no person: of an FCS file only a fixed
    list of keywords. Of an FCS file one data set is shown, the first unless another is named, and all are listed.

Not decided here
    How each kind is read (`nktrial.formats`) and shown (`nktrial.cli.contents`).
"""

import json
from pathlib import Path

import click

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.core.errors import SourceError
from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff
from nktrial.formats.window import Window, open_source

__all__ = ["inspect"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@fcs_options
def inspect(file: Path, as_json: bool, reading: FcsChoice) -> None:
    """Tell what an FCS, ABIF, Gating-ML, .wsp, peak-table or genotype file holds."""
    _, window = open_source(file, name=str(file), kind="unknown")
    contents = _contents(window, reading)
    if as_json:
        click.echo(json.dumps({"file": window.name, **contents}, allow_nan=False))
        return
    from nktrial.cli.contents import show  # noqa: PLC0415 (rich takes 0.1 s)

    show(window.name, contents)


def _contents(window: Window, reading: FcsChoice) -> dict[str, object]:
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
        return contents.fcs_contents(window, reading.tolerate, reading.data_set)
    if reading.data_set != 1:
        raise click.UsageError("--data-set is for FCS files, which this is not.")
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
