# SPDX-License-Identifier: MIT
"""The only entry: arguments in, exit code out."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from jit_desktop.commands.parser import build_parser
from jit_desktop.commands.streams import flush_or_let_go
from jit_desktop.elevation.patience import is_anything_left_behind

FAULT = 1
"""As in ``commands/exit_codes.py``, which imports what the window does not need yet."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with ``argv`` (without its name; ``None``: those of the process)."""
    try:
        args = build_parser().parse_args(argv)
        return _run(args)
    except Exception:
        if sys.stderr is not None:
            raise
        # Packaged without a console, the program would show this in a message box and wait for somebody to
        # close it, be it in a scheduled task.
        logging.getLogger(__name__).critical("A fault of the program", exc_info=True)
        return FAULT
    finally:
        # What the interpreter can't print at its end would become the exit code (120).
        flush_or_let_go(sys.stdout)
        flush_or_let_go(sys.stderr)


def _run(args: Namespace) -> int:
    # Imported when needed: a command must not wait for Qt, nor the window for what only commands use.
    if args.command is None:
        from jit_desktop.window import run_window

        return run_window(args)
    if args.command in ("tour", "self-test"):
        from jit_desktop.commands.showing import run_showing

        return run_showing(args)
    from jit_desktop.commands.run import run_command

    return run_command(args)


def start() -> None:
    """Run the program as a process of its own."""
    code = main()
    if is_anything_left_behind():
        # All that could be was said and recorded. What the interpreter does at its end might wait for the
        # disk, as that thread does.
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    start()
