# SPDX-License-Identifier: MIT
"""Runs one command and turns what went wrong into words and an exit code."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jit_desktop.app import Application, application, data_dir_for
from jit_desktop.commands import audit, check, elevations, schedule, settings, sweeping
from jit_desktop.commands.exit_codes import ExitCode, exit_code_for
from jit_desktop.commands.output import Output
from jit_desktop.elevation.errors import HomeUnknown, JitError, StoreDamaged
from jit_desktop.platform.logging_setup import FILE_NAME

_LOG = logging.getLogger(__name__)

_COMMANDS: dict[str, Callable[[Application, Namespace, Output], ExitCode]] = {
    "list": elevations.list_elevations,
    "checkout": elevations.check_out,
    "checkin": elevations.check_in,
    "extend": elevations.extend,
    "sweep": sweeping.sweep,
    "schedule show": schedule.show,
    "schedule install": schedule.install,
    "schedule remove": schedule.remove,
    "check": check.check,
    "settings import": settings.load,
    "settings export": settings.save,
    "settings forget-passwords": settings.forget_passwords,
    "audit verify": audit.verify,
    "audit export": audit.export,
}

_ENDING = frozenset({"sweep", "checkin", "list", "check"})
"""Commands that go on with whatever can be had, and say that."""
_LOOKING = frozenset({"audit verify", "audit export", "settings forget-passwords"})
"""Those for which the most is opened that can be had, too."""
_MAKING = frozenset({"settings import"})
"""The one that makes a database anew where there was one: a person sets up anew what is lost."""
_READING = frozenset({"checkin", "list"})
"""Those of them that have nothing to say where no database can be read."""


def run_command(args: Namespace) -> ExitCode:
    """Carry out the command that ``args`` names; everything but a fault of ours ends in words."""
    output = Output(as_json=getattr(args, "json", False))
    sub = getattr(args, f"{args.command}_command", "")
    name = f"{args.command} {sub}".strip()
    command = _COMMANDS[name]
    try:
        data_dir = data_dir_for(args.data_dir, demo=args.demo)
    except HomeUnknown as error:
        output.error(error)
        return exit_code_for(error)
    if sub == "remove" and args.all and not args.demo:
        return schedule.remove_every(data_dir, output)
    try:
        with _opened(data_dir, args, name, output) as app:
            try:
                return _code(app, args, command(app, args, output))
            except JitError as error:
                _LOG.info("%s: %s", args.command, error)
                output.error(error)
                return exit_code_for(error)
            except KeyboardInterrupt:
                output.note("Stopped.")
                return ExitCode.INTERRUPTED
            except Exception:  # noqa: BLE001 - the last resort: logged whole, shown without a trace
                _LOG.exception("A fault of the program in the command %s", args.command)
                output.note(f"jit-desktop: a fault of the program; the details are in {data_dir / FILE_NAME}")
                return ExitCode.FAULT
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except JitError as error:
        output.error(error)
        return exit_code_for(error)
    except OSError as error:
        output.note(f"jit-desktop: the folder {data_dir} can't be used: {error.strerror}.")
        return ExitCode.LOCAL


@contextmanager
def _opened(data_dir: Path, args: Namespace, name: str, output: Output) -> Iterator[Application]:
    """The objects of the program. What only ends, or tells, comes up whatever the database is like."""
    for_ending = args.command in _ENDING or name in _LOOKING
    leaves = args.command in _ENDING and getattr(args, "every", None) is None
    with application(
        data_dir, demo=args.demo, for_ending=for_ending, anew=name in _MAKING, touches_apart=leaves
    ) as app:
        problem = app.store_problem
        if problem is not None and args.command not in _ENDING:
            if app.database is not None:  # else what asks for it says so
                output.note(f"jit-desktop: {problem}")
        elif problem is not None:
            if app.database is None and args.command in _READING:
                raise problem
            is_recorded = app.database is not None and app.database.is_writable
            rest = "." if is_recorded else ", and nothing can be recorded."
            # Copies of the settings say where to look, and not what was lent.
            is_whole = app.database is not None and not isinstance(problem, StoreDamaged)
            what = "What is due" if is_whole else "What can still be found"
            output.note(
                f"jit-desktop: {problem.message} {what} is ended all the same{rest}"
                + (f"\n  {problem.remedy}" if problem.remedy else "")
            )
        yield app


def _code(app: Application, args: Namespace, code: ExitCode) -> ExitCode:
    """A sweep without its database is not done well, whatever it found."""
    is_sweep = args.command == "sweep" and args.every is None
    is_without = app.store_problem is not None or app.store.trouble() is not None
    if is_sweep and is_without and code is not ExitCode.NOT_ENDED:
        return max(code, ExitCode.LOCAL)
    return code
