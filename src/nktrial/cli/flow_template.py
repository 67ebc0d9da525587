"""nktrial flow template: the gating templates that come with nktrial."""

import click

from nktrial.formats.template import load_template, shipped_template, shipped_templates

__all__ = ["template"]


@click.command()
@click.argument("name", required=False)
def template(name: str | None) -> None:
    """List the templates that come with nktrial, or print one: a start for a panel's own."""
    if name is not None:
        click.echo(shipped_template(name), nl=False)
        return
    for known in shipped_templates():
        click.echo(f"{known:<14} {load_template(known).title}")
