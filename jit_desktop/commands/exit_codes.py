# SPDX-License-Identifier: MIT
"""What the exit code of a command means; scripts and the scheduled sweep rely on it."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from jit_desktop.elevation.errors import (
    Cancelled,
    CertificateRejected,
    DirectoryError,
    HomeUnknown,
    JitError,
    Refused,
    ScheduleRefused,
    SecretsUnavailable,
    SettingsFileInvalid,
    SignInFailed,
    StoreError,
)
from jit_desktop.elevation.model import SweepReport


class ExitCode(enum.IntEnum):
    """The exit codes; README.md lists them for users."""

    DONE = 0
    FAULT = 1
    """A fault of the program; its log has the details."""
    USAGE = 2
    """The command line is wrong (as argparse has it)."""
    REFUSED = 3
    """The rules forbid it, nothing was changed; or a check found something that has to be mended."""
    DIRECTORY = 4
    """Active Directory could not be reached, or refused."""
    SIGN_IN = 5
    """Name, password or certificate were not accepted."""
    LOCAL = 6
    """The database, a settings file or the credential store can't be used."""
    NOT_ENDED = 7
    """An alarm: something should have ended and that could not be confirmed."""
    INTERRUPTED = 130
    """Stopped by the user."""


def exit_code_for(error: JitError) -> ExitCode:
    """The exit code that an error leads to."""
    if isinstance(error, Cancelled):
        return ExitCode.INTERRUPTED
    if isinstance(error, SignInFailed | CertificateRejected):
        return ExitCode.SIGN_IN
    if isinstance(error, DirectoryError):
        return ExitCode.DIRECTORY
    if isinstance(
        error, StoreError | SettingsFileInvalid | SecretsUnavailable | ScheduleRefused | HomeUnknown
    ):
        return ExitCode.LOCAL
    if isinstance(error, Refused):
        return ExitCode.REFUSED
    return ExitCode.FAULT


def sweep_exit_code(reports: Iterable[SweepReport]) -> ExitCode:
    """The exit code of one sweep over providers: an alarm before anything else; then that what was done could
    not be recorded; then why a provider could not be swept."""
    code = ExitCode.DONE
    for report in reports:
        if report.is_alarm:
            code = ExitCode.NOT_ENDED
        if report.problem:
            code = max(code, ExitCode.FAULT if report.error is None else exit_code_for(report.error))
        if report.unrecorded:
            code = max(code, ExitCode.LOCAL)
    return code
