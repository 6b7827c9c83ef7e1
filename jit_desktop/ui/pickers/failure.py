# SPDX-License-Identifier: MIT
"""Says in words why the directory or the store gave no answer."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.errors import JitError


def failure_words(error: BaseException) -> str:
    """What happened and what to do; of a fault of our own only that it is one: the worker logged it."""
    if isinstance(error, JitError):
        return str(error)
    return QCoreApplication.translate(
        "Failure", "The program made a mistake ({}). The log has the details."
    ).format(type(error).__name__)
