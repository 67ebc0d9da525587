"""A click group whose commands are loaded when they are called."""

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
        Command name -> (``module:function``, its line of help), in the order of the help.
    """

    def __init__(self, *, commands: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(**settings)
        self._commands = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in their order."""
        del ctx
        return list(self._commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in self._commands:
            return None
        module, _, name = self._commands[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._commands.items()])
