"""nktrial str: STR typing on single files, without a study folder."""

import importlib
from typing import Final

import click

__all__ = ["str_typing"]

COMMANDS: Final = {
    "call": ("nktrial.cli.str_call:call", "Size and call the peaks of ABIF traces."),
    "mixture": ("nktrial.cli.str_mixture:mixture", "Fit the shares of known persons to peak tables."),
}


class _LazyGroup(click.Group):
    """A group that imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are used."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(name="str", cls=_LazyGroup)
def str_typing() -> None:
    """STR typing on single files: call a trace, fit a mixture."""
