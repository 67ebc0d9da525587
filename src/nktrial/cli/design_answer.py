"""How the commands of nktrial design answer: a table or JSON, and a figure where one is asked for."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from nktrial.cli.new_files import check_new, write_new_files
from nktrial.figures.theme import Spec
from nktrial.formats.window import printable
from nktrial.model.method import Method

__all__ = ["Rates", "answer", "check_figure", "figure_options", "table_lines"]

FORMATS: Final = (".svg", ".png")
MOST_RATES: Final = 50
Command = TypeVar("Command", bound=Callable[..., Any])


class Rates(click.ParamType[tuple[float, ...]]):
    """Rates from 0 to 1, separated by commas."""

    name = "rates"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Read the rates."""
        if isinstance(value, tuple):
            return value
        try:
            rates = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            rates = (-1.0,)
        if not 1 <= len(rates) <= MOST_RATES or any(not 0.0 <= rate <= 1.0 for rate in rates):
            self.fail(
                f"{printable(str(value), 60)!r}: write rates from 0 to 1 with commas, e.g. 0.1,0.2,0.3.", param, ctx
            )
        return rates


def figure_options(command: Command) -> Command:
    """Add --json and --out."""
    out = click.option("--out", type=click.Path(path_type=Path), help="Draw the design: a new file, .svg or .png.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    return out(as_json(command))


def check_figure(out: Path | None) -> None:
    """Refuse a figure's name before any work is done.

    Raises
    ------
    click.UsageError
        It exists, or ends in neither .svg nor .png.
    """
    if out is None:
        return
    if out.suffix.lower() not in FORMATS:
        raise click.UsageError(f"--out must end in .svg or .png, found {printable(out.name, 60)!r}.")
    check_new(out)


def answer(
    lines: Sequence[str],
    document: Mapping[str, Any],
    method: Method,
    *,
    as_json: bool,
    figure: tuple[Path | None, Spec],
) -> None:
    """Print the table or the JSON, each with its source, and write the figure."""
    if as_json:
        body = {"method": method.label, "source": method.source, **document}
        click.echo(json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join([*lines, f"source: {method.label}, {method.source}"]))
    out, spec = figure
    if out is None:
        return
    from nktrial.figures.render import render_svg, svg_to_png  # noqa: PLC0415 - only who draws pays for it

    svg = render_svg(spec, name="design")
    picture = svg_to_png(svg) if out.suffix.lower() == ".png" else (svg + os.linesep).encode("utf-8")
    write_new_files({out: [picture]})
    click.echo(printable(str(out)), err=as_json)


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table with columns that stand under each other, right-aligned."""
    widths = [max(len(row[at]) for row in (header, *rows)) for at in range(len(header))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows)]
