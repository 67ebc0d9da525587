"""The nktrial command: one lazily loaded module a command, one place where errors become exit codes.

Exit codes: 0 ok, 1 bug, 2 usage, 3 input invalid, 4 done with quarantined samples, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

import click

import nktrial
from nktrial.cli.lazy import LazyGroup
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


@click.group(cls=LazyGroup, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nktrial.__version__, prog_name="nktrial")
def cli() -> None:
    """From raw flow cytometry and STR files to the endpoints of an NK-cell therapy study."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code of the outcome."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small; starting numpy's threads takes 30 to 60 ms
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
