# SPDX-License-Identifier: MIT
"""tour and self-test: the commands that need Qt."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from pathlib import Path, PurePath

from jit_desktop.commands.exit_codes import ExitCode, exit_code_for
from jit_desktop.commands.output import Output
from jit_desktop.commands.wording import counted
from jit_desktop.elevation.errors import JitError
from jit_desktop.platform.screen import has_screen
from jit_desktop.resources import resource_path


def run_showing(args: Namespace) -> int:
    """Carry out ``tour`` or ``self-test``."""
    _prefer_no_screen()
    output = Output(as_json=getattr(args, "json", False))
    try:
        return _tour(args, output) if args.command == "tour" else _self_test(output)
    except JitError as error:
        output.error(error)
        return exit_code_for(error)


def _prefer_no_screen() -> None:
    if not has_screen():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = no_screen(resource_path("offscreen.json"), Path.cwd())


def no_screen(file: PurePath, here: PurePath) -> str:
    """Qt's platform without a screen, as large as ``file`` says and not 800 by 800 pixels."""
    # Qt ends every option at a colon: a drive can't be named, only left out where we are on it.
    if ":" not in file.drive:
        return f"offscreen:configfile={file}"
    if file.drive.lower() == here.drive.lower():
        return f"offscreen:configfile={str(file)[len(file.drive) :]}"
    return "offscreen"


def _tour(args: Namespace, output: Output) -> ExitCode:
    # After the platform is chosen.
    from jit_desktop.tour.run import walk

    schemes = ("light", "dark") if args.scheme == "both" else (args.scheme,)
    pictures: list[Path] = []
    for scheme in schemes:
        folder = args.out / scheme if len(schemes) > 1 else args.out
        with tempfile.TemporaryDirectory(prefix="jit-tour-", ignore_cleanup_errors=True) as data_dir:
            pictures += walk(Path(data_dir), folder, scheme, output.note)
    output.note(f"{counted(len(pictures), 'picture')} in {args.out.absolute()}")
    return ExitCode.DONE


def _self_test(output: Output) -> ExitCode:
    from jit_desktop.tour.self_test import self_test

    findings = self_test()
    good = all(finding.good for finding in findings)
    output.result(
        {"good": good, "checks": [{"name": f.name, "good": f.good, "found": f.found} for f in findings]},
        [f"{'✓' if f.good else '✗'} {f.name}: {f.found}" for f in findings],
    )
    return ExitCode.DONE if good else ExitCode.FAULT
