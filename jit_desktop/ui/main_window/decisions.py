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
from jit_desktop.ui.theme import Role


def _tr(text: str) -> str:
    return QCoreApplication.translate("Decisions", text)


def ask_about_check_in(
    elevation: Elevation, desk: Desk, parent: QWidget, check_in: Callable[[ElevationId], None]
) -> DecisionDialog:
    """Whether an elevation really is to end now: choices ``check_in`` and ``cancel``."""
    left = wording.time_left(elevation, desk.now(elevation.provider_id))
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
    """What closing the window means while elevations are open: choices ``stay``, ``quit``, ``cancel``."""
    title, text = closing_words(desk)
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
        parent=parent,
    )
    dialog.chosen.connect(decided)
    dialog.open()
    return dialog


def closing_words(desk: Desk) -> tuple[str, str]:
    """Title and text of the question: what is open, and who ends it when nobody is left here."""
    elevations = desk.board.elevations
    count = len(elevations)
    by_program = sum(e.guarantee is Guarantee.PROGRAM for e in elevations)
    if not count:
        title = _tr("Something is still being done")
        return title, _tr("It is finished before the program ends.")
    title = _tr("1 elevation is open") if count == 1 else _tr("{n} elevations are open").format(n=count)
    if not by_program:
        text = _tr("Active Directory ends all of them on time, whether this program runs or not.")
    elif by_program == 1:
        text = _tr("If you quit, 1 elevation will end only when a sweep or another copy of the program runs.")
    else:
        text = _tr(
            "If you quit, {n} elevations will end only when a sweep or another copy of the program runs."
        ).format(n=by_program)
    names = [f"•  {e.account.name}: {e.label}" for e in elevations[:5]]
    if count > 5:
        names.append(_tr("•  and {n} more").format(n=count - 5))
    return title, "\n".join((*names, "", text))
