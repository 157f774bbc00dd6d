"""The commands, and the one place where errors become sentences and exit codes."""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from apdu.cli.failures import Exit, NotGenuine, exit_code, sentence
from apdu.cli.output import visible
from apdu.cli.pin_command import pin
from apdu.cli.raw import atr, send
from apdu.cli.reader_list import readers
from apdu.cli.reading import read
from apdu.cli.tracing import trace
from apdu.cli.verifying import verify
from apdu.errors import ApduError


class Root(click.Group):
    """Whatever goes wrong in a command ends here, once."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ApduError as error:
            _end(ctx, exit_code(error), f"Error: {visible(sentence(error))}.")
        except NotGenuine as error:
            _end(ctx, Exit.NOT_AUTHENTIC, f"Error: {error}")
        except (KeyboardInterrupt, click.Abort):
            _end(ctx, Exit.STOPPED, "\nStopped.")
        except BrokenPipeError:  # `apdu trace FILE | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(Exit.OUTPUT_CLOSED)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            # Its text may quote what was read: kind and place are enough to find it.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            _end(ctx, Exit.FAULT, f"Error: a fault of this program, {where}; please report it.")


def _end(ctx: click.Context, code: Exit, text: str) -> None:
    click.echo(text, err=True)
    ctx.exit(code)


@click.group(
    cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="issuance-station")
def main() -> None:
    """Talk to chip cards in readers and to virtual ones.

    The result is on standard output, all else on standard error. Exit codes: 0 done, 1 a fault
    of this program, 2 wrong usage, 3 no reader or card, 4 the card refused, 5 not authentic,
    130 stopped by Ctrl-C, 141 nobody reads the output.
    """


for command in (readers, atr, send, read, pin, verify, trace):
    main.add_command(command)
