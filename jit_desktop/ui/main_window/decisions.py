# SPDX-License-Identifier: MIT
"""The questions that the main window asks, word for word."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from jit_desktop.elevation.identity import ElevationId
from jit_desktop.elevation.model import Elevation, Guarantee
from jit_desktop.ui.decision_dialog import Choice, DecisionDialog
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.knowledge import doubt_words, nothing_words
from jit_desktop.ui.theme import Role


def _tr(text: str) -> str:
    return QCoreApplication.translate("Decisions", text)


def ask_about_check_in(
    elevation: Elevation, desk: Desk, parent: QWidget, check_in: Callable[[ElevationId], None]
) -> DecisionDialog:
    """Whether an elevation really is to end now: choices ``check_in`` and ``cancel``."""
    is_alarm = desk.board.is_alarm(elevation)
    left = wording.time_left(elevation, desk.now(elevation.provider_id), is_alarm=is_alarm)
    text = _tr("{account} loses {privileges} now.").format(
        account=elevation.account.name, privileges=elevation.label
    )
    if left is not None and left.left_seconds > 0:
        text += " " + _tr("{time} would be left.").format(time=left.text)
    text += "\n" + _tr("Sessions that are open may keep their rights until they are closed.")
    dialog = DecisionDialog(
        _tr("Check in {account}?").format(account=elevation.account.name),
        text,
        (Choice("cancel", _tr("Keep it")), Choice("check_in", _tr("Check in"), Role.PRIMARY)),
        default_key="check_in",
        dismiss_key="cancel",
        parent=parent,
    )

    def on_chosen(key: str) -> None:
        if key == "check_in":
            check_in(elevation.id)

    dialog.chosen.connect(on_chosen)
    dialog.open()
    return dialog


def ask_about_closing(
    desk: Desk, parent: QWidget, decided: Callable[[str], None], *, can_hide: bool
) -> DecisionDialog:
    """What closing the window means while elevations are open: choices ``stay``, ``quit``, ``cancel``, and
    ``promise`` where the sweep that would keep the promise could be set up."""
    title, text = closing_words(desk)
    offers = desk.schedule.is_offered and any(wording.needs_us(e) for e in desk.board.elevations)
    stay = _tr("Keep running in the tray") if can_hide else _tr("Keep running, minimised")
    dialog = DecisionDialog(
        title,
        text,
        (
            Choice("cancel", _tr("Cancel")),
            Choice("quit", _tr("Quit"), Role.DANGER),
            Choice("stay", stay, Role.PRIMARY),
        ),
        default_key="stay",
        dismiss_key="cancel",
        link=Choice("promise", _tr("Keep the promise when the program is closed…")) if offers else None,
        parent=parent,
    )

    def refresh(*_about: object) -> None:
        dialog.set_words(*closing_words(desk))

    board = desk.board
    # What the question says stays true while somebody thinks.
    for signal in (
        board.elevation_changed,
        board.elevation_ended,
        board.provider_status_changed,
        board.knowledge_changed,
        desk.errands.ended,
    ):
        connection = signal.connect(refresh)
        dialog.finished.connect(lambda _result, s=signal, c=connection: s.disconnect(c))
    dialog.chosen.connect(decided)
    dialog.open()
    return dialog


def closing_words(desk: Desk) -> tuple[str, str]:
    """Title and text of the question: what is open, and who ends it when nobody is left here."""
    elevations = desk.board.elevations
    count = len(elevations)
    if not count and not desk.errands.open and (doubt := doubt_words(desk.board)):
        title = nothing_words(desk.board) if desk.board.giving else _tr("None is known any more")
        return title, wording.breakable(doubt)
    if not count and not desk.errands.open:
        return _tr("Nothing is elevated any more"), _tr("Everything has ended; the program can be closed.")
    if not count:
        title = _tr("Something is still being done")
        return title, _tr("It is finished before the program ends.")
    title = _tr("1 elevation is open") if count == 1 else _tr("{n} elevations are open").format(n=count)
    text = "\n".join(part for part in (_by_directory(desk), _by_program(desk)) if part)
    names = [f"•  {e.account.name}: {e.label}" for e in elevations[:5]]
    if count > 5:
        names.append(_tr("•  and {n} more").format(n=count - 5))
    return title, "\n".join((*names, "", text))


def _by_directory(desk: Desk) -> str:
    elevations, state = desk.board.elevations, desk.schedule.state
    by_directory = [e for e in elevations if e.guarantee is Guarantee.DIRECTORY]
    late = [e for e in by_directory if wording.ends_late(e)]
    if not by_directory:
        return ""
    if late:
        last = max(e.directory_ends_at for e in late if e.directory_ends_at is not None)
        when = wording.at_moment(last, desk.now(late[0].provider_id))
        if state is not None and state.installed:
            return _tr(
                "The sweep that runs every {time} on this computer ends {n} of them on time, Active "
                "Directory at the latest {when}."
            ).format(time=wording.every_words(state.every_seconds), n=len(late), when=when)
        return _tr(
            "Active Directory ends {n} of them by itself, but not on time: at the latest {when}."
        ).format(n=len(by_directory), when=when)
    if len(by_directory) == len(elevations):
        return _tr("Active Directory ends all of them on time, whether this program runs or not.")
    return _tr("Active Directory ends {n} of them, whether this program runs or not.").format(
        n=len(by_directory)
    )


def _by_program(desk: Desk) -> str:
    count = sum(e.guarantee is Guarantee.PROGRAM for e in desk.board.elevations)
    state = desk.schedule.state
    if not count:
        return ""
    if state is not None and state.installed:
        return _tr("The sweep that runs every {time} on this computer ends {n} of them.").format(
            time=wording.every_words(state.every_seconds), n=count
        )
    if count == 1:
        return _tr("If you quit, 1 elevation will end only when a sweep or another copy of the program runs.")
    return _tr(
        "If you quit, {n} elevations will end only when a sweep or another copy of the program runs."
    ).format(n=count)
