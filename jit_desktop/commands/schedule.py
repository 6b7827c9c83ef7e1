# SPDX-License-Identifier: MIT
"""schedule show, schedule install, schedule remove."""

from __future__ import annotations

from argparse import Namespace

from jit_desktop.app import Application
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.output import Output
from jit_desktop.elevation.durations import duration_words
from jit_desktop.elevation.ports import ScheduleState


def show(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Print whether the operating system sweeps, and what it runs."""
    return _print(app.schedule.state(), output)


def install(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Have the operating system sweep every so often."""
    return _print(app.schedule.install(args.every), output)


def remove(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Have it stop that."""
    return _print(app.schedule.remove(), output)


def _print(state: ScheduleState, output: Output) -> ExitCode:
    document = {
        "kind": state.kind,
        "installed": state.installed,
        "every_seconds": state.every_seconds,
        "command": list(state.command),
        "note": state.note,
    }
    if state.installed:
        lines = [f"{state.kind}: a sweep runs every {duration_words(state.every_seconds)}."]
        lines.append(f"  {' '.join(state.command)}")
    else:
        lines = [f"{state.kind}: none is set up." if state.kind else "None can be set up on this system."]
    output.result({"schedule": document}, [*lines, *([f"  {state.note}"] if state.note else [])])
    return ExitCode.DONE
