"""A click group whose commands are loaded when they are called."""

import gc
import importlib
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """A group that imports a command's module when it is called, so that --help stays fast.

    Parameters
    ----------
    commands : mapping
        Command name -> (``module:function``, its line of help), in the order of the help. Commands that are added
        later come after them.
    """

    def __init__(self, *, commands: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(**settings)
        self._commands = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in their order."""
        return [*self._commands, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self._commands:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._commands[cmd_name][0].partition(":")
        gc.disable()  # modules leave no garbage, and looking for it takes a tenth of the time of loading them
        try:
            command = getattr(importlib.import_module(module), name)
        finally:
            gc.enable()
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        added = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([*((name, text) for name, (_, text) in self._commands.items()), *added])
