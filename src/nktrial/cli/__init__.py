"""The nktrial command: one lazily loaded module a command, one place where errors become exit codes.

Exit codes: 0 ok, 1 bug, 2 usage, 3 input invalid, 4 done with quarantined samples, 130 interrupted, 141 nobody reads
the output any more.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import click

import nktrial
from nktrial.cli.lazy import LazyGroup
from nktrial.core.errors import NkTrialError, StoreError
from nktrial.formats.window import printable

__all__ = ["COMMANDS", "cli", "main"]

PIPE_CLOSED: Final = 141  # as a shell reports a command that SIGPIPE has ended
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("nktrial.cli.demo:demo", "Simulate a study of two infants with known truth, run it, print five lines."),
    "init": ("nktrial.cli.init:init", "Write a commented study folder to fill in; --scan RAW proposes files.csv."),
    "check": ("nktrial.cli.check:check", "List every input problem of a study folder."),
    "run": ("nktrial.cli.run:run", "Compute a study's endpoints from its raw files."),
    "trace": ("nktrial.cli.trace:trace", "Walk from a number to the bytes of its files."),
    "inspect": ("nktrial.cli.inspect:inspect", "Tell what an FCS, ABIF, Gating-ML or peak-table file holds."),
    "flow": ("nktrial.cli.flow:flow", "Flow cytometry on single files: count the gates' events."),
    "assess": ("nktrial.cli.assess:assess", "Apply a published rule (response, toxicity, GVHD ...) to a table."),
    "design": ("nktrial.cli.design:design", "Design a small trial: Simon, monitoring, BOIN, 3+3."),
    "str": ("nktrial.cli.str_typing:str_typing", "STR typing on single files: call a trace, fit a mixture."),
}


@click.group(cls=LazyGroup, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nktrial.__version__, prog_name="nktrial")
def cli() -> None:
    """From raw flow cytometry and STR files to the endpoints of an NK-cell therapy study."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code of the outcome."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small; starting numpy's threads takes 30 to 60 ms
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file name need not be text: it is shown, never a reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
        sys.stdout.flush()  # a full disk or a closed pipe often shows only here
    except NkTrialError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; nothing half-written is left behind.")
        sys.exit(130)
    except SystemExit as left:  # click and rich leave with 1 where nobody reads on, as in nktrial ... | head
        _forget_output()
        sys.exit(PIPE_CLOSED if left.code == 1 else left.code)
    except BrokenPipeError:
        _forget_output()
        sys.exit(PIPE_CLOSED)
    except OSError as error:
        _forget_output()
        refused = _refused(error)
        _say(f"error: {refused}")
        sys.exit(refused.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _refused(error: OSError) -> StoreError:
    """Return what the operating system refuses as an error of the family; without a file's name it is the output."""
    named = isinstance(error.filename, str)
    return StoreError(
        "NK-EXT-03",
        f"the operating system refuses: {error.strerror or error}.",
        where=printable(error.filename) if named else "the command's output",
        remedy="Check the file." if named else "Free space, or send the output elsewhere.",
    )


def _say(message: str) -> None:
    """Write one line on standard error, where there is room for it."""
    with suppress(OSError):
        click.echo(message, err=True)


def _forget_output() -> None:
    """Let what is left in the buffers go nowhere, so that the interpreter does not fail on it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
