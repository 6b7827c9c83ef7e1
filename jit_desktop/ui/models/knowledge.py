# SPDX-License-Identifier: MIT
"""What can be said where no elevation is known: nothing is elevated, or nobody has looked."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.errors import CertificateRejected, JitError, PasswordNeeded, SignInFailed
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import SweepReport
from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.ui.models.board import Board, Reading, keeps_us_out

_MOST_NAMED: Final = 3


def _tr(text: str) -> str:
    return QCoreApplication.translate("Knowledge", text)


def nothing_words(board: Board) -> str:
    """In a few words, for the status bar: *Nothing is elevated* only where every domain was read and no group
    gives rights besides."""
    if board.alarm_count:
        return _tr("Altered groups still give rights")
    if board.giving:
        return _tr("Altered groups give rights")
    if not board.unread:
        return _tr("Nothing is elevated")
    troubles = [(p.name, t) for p in board.unread if (t := board.status(p.id).trouble) is not None]
    if not troubles:
        is_in_part = all(board.reading(p.id) is Reading.IN_PART for p in board.unread)
        return _tr("Not known: not searched everywhere") if is_in_part else _tr("Not known: not read yet")
    words = {_short_words(trouble) for _, trouble in troubles}
    what = words.pop() if len(words) == 1 else _tr("could not be read")
    if len(board.providers) == 1:
        return _tr("Not known: {what}").format(what=what)
    names = in_a_row([name for name, _ in troubles])
    return _tr("Not known: {names} {what}").format(names=names, what=what)


def trouble_words(trouble: JitError) -> str:
    """Why a domain is not read, in as few words as there are: *Not connected* only where it is that."""
    words = _short_words(trouble)
    return words[:1].upper() + words[1:] if keeps_us_out(trouble) else trouble.message


def _short_words(trouble: JitError) -> str:
    """To follow the name of a domain, or ``Not known:``."""
    if not keeps_us_out(trouble):
        return _tr("could not be read")
    match trouble:
        case PasswordNeeded():
            return _tr("waiting for its password")
        case SignInFailed():
            return _tr("not signed in")
        case CertificateRejected():
            return _tr("certificate not trusted")
        case _:
            return _tr("not connected")


def _in_part_words(board: Board, name: str, sweep: SweepReport, provider_id: ProviderId) -> str:
    lines = []
    unconfirmed = board.unconfirmed_on(provider_id)
    if unsearched := [host for host, _ in sweep.unsearched if host not in unconfirmed]:
        hosts = in_a_row(unsearched)
        lines.append(
            _tr("{name} could not be searched everywhere: not {hosts}.").format(name=name, hosts=hosts)
        )
    if unconfirmed:
        hosts = in_a_row(unconfirmed)
        lines.append(
            _tr("What has ended in {name} may still be given by {hosts}, which could not be asked.").format(
                name=name, hosts=hosts
            )
        )
    return " ".join(lines)


def doubt_words(board: Board) -> str:
    """Why nobody can say that nothing is elevated, in sentences: which altered groups give rights, and which
    domains were not read. Empty where no open elevation means that nothing is."""
    return "\n".join(part for part in (_giving_words(board), unread_words(board)) if part)


def _giving_words(board: Board) -> str:
    lines = []
    for key, groups in board.giving.items():
        provider = board.provider(key)
        lines += [
            _tr("{domain}: {name} was altered ({reason}) and gives {gives}.").format(
                domain=provider.name if provider is not None else key,
                name=group.name,
                reason=group.reason,
                gives=in_a_row(group.gives) or _tr("rights"),
            )
            for group in groups[:_MOST_NAMED]
        ]
        if (more := len(groups) - _MOST_NAMED) > 0:
            lines.append(_tr("And {n} more do.").format(n=more))
    return "\n".join(lines)


def unread_words(board: Board) -> str:
    """Which domains were not read, and why, in sentences."""
    lines = []
    for provider in board.unread:
        status = board.status(provider.id)
        trouble, sweep = status.trouble, status.last_sweep
        if sweep is not None and board.reading(provider.id) is Reading.IN_PART:
            line = _in_part_words(board, provider.name, sweep, provider.id)
        elif trouble is not None:
            line = _tr("{name} can't be read: {why}").format(name=provider.name, why=trouble.message)
        else:
            line = _tr("{name} has not been read yet.").format(name=provider.name)
        lines.append(line)
    return "\n".join(lines)
