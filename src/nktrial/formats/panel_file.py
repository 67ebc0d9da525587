"""Panel files: which channel measures which marker, where the FCS file does not say.

Definition
    A table ``channel,marker[,fluorochrome]``, one channel a row; ``channel`` is the file's ``$PnN``. A row without a
    marker leaves the channel as the file names it.

Not decided here
    Whether a file of events has the channels.
"""

from nktrial.formats.export_table import read_table, refuse
from nktrial.formats.window import Window, printable

__all__ = ["read_panel"]


def read_panel(window: Window) -> dict[str, str]:
    """Read a panel file: ``$PnN`` -> marker, in file order.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-10 the table; NK-TPL-13 the columns, or a channel that stands twice.
    """
    table = read_table(window)
    if "channel" not in table.columns or "marker" not in table.columns:
        found = ", ".join(printable(heading, 30) for heading in table.headings[:12])
        refuse(
            "NK-TPL-13",
            f"expected columns channel and marker; found {found}.",
            name=window.name,
            line=1,
            remedy="Write channel,marker or channel,marker,fluorochrome.",
        )
    panel: dict[str, str] = {}
    seen: dict[str, int] = {}
    for row in table.rows:
        channel, marker = table.cell(row, "channel"), table.cell(row, "marker")
        if not channel or channel in seen:
            problem = (
                f"channel {printable(channel, 60)!r} stands on line {seen[channel]} too." if channel else "no channel."
            )
            refuse("NK-TPL-13", problem, name=window.name, line=row.line, remedy="Write each channel once.")
        seen[channel] = row.line
        if marker:
            panel[channel] = marker
    return panel
