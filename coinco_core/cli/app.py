"""`coinco`: the commands gathered, and what becomes of an error: one sentence on standard error and an exit code.

Exit codes: 0 done, 1 a check failed, 2 the call was wrong, 3 data or weights are missing, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points

import typer
from typer.main import get_command

import coinco_core
from coinco_core.cli import (
    batch,
    classify,
    data,
    distill,
    labelling,
    labels,
    latents,
    objects,
    shortcut,
    verdicts,
)
from coinco_core.errors import CoincoError

# Typer's errors about a call share this ancestor, whose home differs between versions of Typer and Click.
_CallError = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT
COMMANDS = "coinco.commands"  # entry points: functions that put further commands into the program
_ABOUT = "The COinCO companion: is an object in or out of context, and why?"

app = typer.Typer(
    help=_ABOUT, add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
for part in (labelling, labels, distill, classify, objects, verdicts, shortcut):
    part.add_commands(app)
app.add_typer(batch.app, name="batch")
app.add_typer(data.app, name="data")
app.add_typer(latents.app, name="latents")
_OWN = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error; anywhere in the call."),
) -> None:
    if version:
        print(coinco_core.__version__)
    elif context.invoked_subcommand is None:
        print(context.get_help())


def run() -> None:
    """Run `coinco` with the program's arguments and leave with its exit code."""
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one call of `coinco`; `arguments` are those after the program's name."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    try:
        code = get_command(_program(given)).main(args=given, prog_name="coinco", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # what Typer makes of Ctrl-C
            print("coinco: Interrupted. What was finished is kept; the same command resumes.", file=sys.stderr)
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has gone; keep Python from complaining again at exit. Typer's code is 1 too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(f"coinco: {_sentence(error, debug)}", file=sys.stderr)
        return _exit_code(error)


def _program(arguments: Sequence[str]) -> typer.Typer:
    """The program with the commands that other installed packages add, unless the call is of one of core's own.

    They are found by entry points of the group COMMANDS, so that core runs without the book's machinery.
    """
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    if called not in _OWN:
        _add_the_others()
    return app


@cache
def _add_the_others() -> None:
    for point in entry_points(group=COMMANDS):
        point.load()(app)


def _sentence(error: Exception, debug: bool) -> str:
    """The error in one line for the user."""
    if isinstance(error, CoincoError):
        text = str(error)
    elif isinstance(error, _CallError):
        text = f"{error.format_message().rstrip('.')}. `coinco --help` lists what there is."  # type: ignore[attr-defined]
    elif isinstance(error, OSError):
        text = _of_the_system(error)
    else:
        hint = "" if debug else " Run it again with --debug to see where."
        text = f"An unexpected error, {type(error).__name__}: {error}.{hint}"
    return " ".join(text.split())


def _of_the_system(error: OSError) -> str:
    """What the operating system refused, and where: a folder in the place of a file, no permission, a full disk."""
    path = error.filename2 or error.filename
    reason = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    return f"{path} cannot be used: {reason}." if path else f"The system refused: {reason}."


def _exit_code(error: Exception) -> int:
    known = isinstance(error, CoincoError | _CallError)
    return int(getattr(error, "exit_code", 1)) if known else 2 if isinstance(error, OSError) else 1
