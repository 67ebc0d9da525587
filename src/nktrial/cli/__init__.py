"""The nktrial command: one lazily loaded module a command, one place where errors become exit codes.

Exit codes: 0 ok, 1 bug, 2 usage, 3 input invalid, 4 done with quarantined samples, 130 interrupted.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import click

import nktrial
from nktrial.core.errors import NkTrialError

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("nktrial.cli.demo:demo", "Simulate a study of two infants with known truth, run it, print five lines."),
    "init": ("nktrial.cli.init:init", "Write a commented study folder to fill in; --scan RAW proposes files.csv."),
    "check": ("nktrial.cli.check:check", "List every input problem of a study folder."),
    "run": ("nktrial.cli.run:run", "Compute a study's endpoints from its raw files."),
    "trace": ("nktrial.cli.trace:trace", "Walk from a number to the bytes of its files."),
    "inspect": ("nktrial.cli.inspect:inspect", "Tell what an FCS, ABIF, Gating-ML or peak-table file holds."),
    "flow": ("nktrial.cli.flow:flow", "Flow cytometry on single files: count the gates' events."),
    "str": ("nktrial.cli.str_typing:str_typing", "STR typing on single files: call a trace, fit a mixture."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when it is called, so that --help stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the README."""
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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nktrial.__version__, prog_name="nktrial")
def cli() -> None:
    """From raw flow cytometry and STR files to the endpoints of an NK-cell therapy study."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code of the outcome."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except NkTrialError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing half-written is left behind.", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
