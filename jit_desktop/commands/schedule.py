# SPDX-License-Identifier: MIT
"""schedule show, schedule install, schedule remove."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from jit_desktop.app import Application, application
from jit_desktop.commands.exit_codes import ExitCode, exit_code_for
from jit_desktop.commands.output import Output
from jit_desktop.elevation.errors import HomeUnknown, JitError
from jit_desktop.elevation.model import TimeSource
from jit_desktop.elevation.ports import ScheduleState
from jit_desktop.elevation.scheduling import in_words
from jit_desktop.platform.paths import default_data_dir
from jit_desktop.platform.schedule import Found, remove_every_schedule
from jit_desktop.store import FILE_NAME


def show(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Print whether the operating system sweeps, and what it runs."""
    return _print(app.schedule.state(), output)


def install(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Have the operating system sweep every so often."""
    return _print(app.schedule.install(args.every), output)


def remove(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Have it stop that."""
    return _print(app.schedule.remove(), output)


def remove_every(data_dir: Path, output: Output) -> ExitCode:
    """Take away the sweeps of all data folders.

    An uninstaller calls it: it needs no database, makes no folder, and one sweep that stays keeps no other.
    """
    try:
        found = remove_every_schedule(data_dir)
    except JitError as error:
        output.error(error)
        return exit_code_for(error)
    code = ExitCode.DONE
    for one in found:
        if one.removed:
            _audit_removal(one, output)
        elif one.problem is not None:
            output.error(one.problem)
            code = exit_code_for(one.problem)
    document = [{"name": f.name, "command": list(f.command), "removed": f.removed} for f in found]
    lines = [f"{f.name}: {'removed' if f.removed else 'left, it is another program'}." for f in found]
    output.result({"schedules": document}, lines or ["No sweep of this program is set up."])
    return code


def _audit_removal(found: Found, output: Output) -> None:
    """Say it in the audit trail of the folder that was swept, where that can be done.

    Of the usual folder and what lies beside it only: an administrator sees the tasks of everybody, and must
    open nothing that somebody else chose.
    """
    folder = found.data_dir
    try:
        if folder is None or not _is_of_this_user(folder) or not (folder / FILE_NAME).exists():
            return
        with application(folder) as app:
            app.store.add_audit(
                at=app.clock.utc_now(),
                actor=app.actor,
                action="schedule.removed",
                subject=found.name,
                detail={"command": list(found.command), "clock": TimeSource.COMPUTER.value},
            )
    except (JitError, OSError) as error:
        output.note(f"The audit trail in {folder} does not say so: {error}")


def _is_of_this_user(folder: Path) -> bool:
    try:
        own = default_data_dir().parent
    except HomeUnknown:
        return False
    return folder.is_absolute() and ".." not in folder.parts and folder.is_relative_to(own)


def _print(state: ScheduleState, output: Output) -> ExitCode:
    document = {
        "kind": state.kind,
        "installed": state.installed,
        "every_seconds": state.every_seconds,
        "command": list(state.command),
        "note": state.note,
        "was_removed": state.was_removed,
    }
    lines = [in_words(state), *([f"  {' '.join(state.command)}"] if state.installed else [])]
    output.result({"schedule": document}, [*lines, *([f"  {state.note}"] if state.note else [])])
    return ExitCode.DONE
