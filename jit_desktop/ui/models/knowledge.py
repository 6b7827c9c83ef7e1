# SPDX-License-Identifier: MIT
"""What can be said where no elevation is known: nothing is elevated, or nobody has looked."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.ui.models.board import Board, Reading


def _tr(text: str) -> str:
    return QCoreApplication.translate("Knowledge", text)


def nothing_words(board: Board) -> str:
    """In a few words, for the status bar: *Nothing is elevated* only where every domain was read and
    no alarm is up."""
    if board.alarm_count:
        return _tr("Altered groups still give rights")
    if not board.unread:
        return _tr("Nothing is elevated")
    silent = [p for p in board.unread if board.reading(p.id) is Reading.NOT_CONNECTED]
    if silent and len(board.providers) == 1:
        return _tr("Not known: not connected")
    if silent:
        return _tr("Not known: {names} not connected").format(names=in_a_row([p.name for p in silent]))
    return _tr("Not known: not read yet")


def unread_words(board: Board) -> str:
    """Which domains were not read, and why, in sentences."""
    lines = []
    for provider in board.unread:
        problem = board.status(provider.id).problem
        if problem is not None:
            line = _tr("{name} can't be read: {why}").format(name=provider.name, why=problem.message)
        else:
            line = _tr("{name} has not been read yet.").format(name=provider.name)
        lines.append(line)
    return "\n".join(lines)
