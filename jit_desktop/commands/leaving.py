# SPDX-License-Identifier: MIT
"""No command leaves in silence what should have ended: whatever broke it off, that is said, and is the exit
code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.output import Output, error_document
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import Elevation

_LOG = logging.getLogger(__name__)

FAULT: Final = "A fault of the program; the log has the details."

Result = tuple[dict[str, Any], Sequence[str]]
"""A document, and the same in lines for people."""


def carry_out(
    work: Callable[[], ExitCode],
    output: Output,
    *,
    alarms: Callable[[], Sequence[Elevation]],
    in_words: Callable[[Sequence[Elevation]], Result],
) -> ExitCode:
    """Do ``work``. Where it breaks off and one of ``alarms`` is left behind, say what went wrong and, by
    ``in_words``, what is left: :attr:`ExitCode.NOT_ENDED`. Else what broke it off goes on its way."""
    try:
        return work()
    except (Exception, KeyboardInterrupt) as error:
        left = alarms()
        if not left:
            raise
        document, lines = in_words(left)
        output.result({"error": _said(error, output), **document}, lines)
        return ExitCode.NOT_ENDED


def _said(error: BaseException, output: Output) -> dict[str, str]:
    if isinstance(error, JitError):
        _LOG.info("Broken off: %s", error)
        output.complain(error)
        return error_document(error)
    if isinstance(error, KeyboardInterrupt):
        output.note("Stopped.")
        return {"code": "interrupted", "message": "Stopped.", "subject": "", "remedy": ""}
    # No thread can be had, no memory: logged whole.
    _LOG.exception("A fault of the program broke it off")
    output.note(FAULT)
    return {"code": "fault", "message": FAULT, "subject": "", "remedy": ""}
