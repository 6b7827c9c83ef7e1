# SPDX-License-Identifier: MIT
"""The tray icon: the next deadline first, and a warning before each end; the program works without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from jit_desktop.elevation.identity import ElevationId, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.board import Board
from jit_desktop.ui.models.knowledge import doubt_words, nothing_words
from jit_desktop.ui.models.standing import Standing, remains_words, standing_on
from jit_desktop.ui.theme import Token, app_icon, icon
from jit_desktop.ui.widgets import Severity, format_duration

MOST_LISTED = 8
"""Elevations in the menu; the window shows all."""
MESSAGE_MILLISECONDS = 15_000


class Tray(QObject):
    """Icon, menu and messages. Where the desktop has no tray it still emits its signals and shows nothing.

    Object names of the menu's actions: ``tray.open``, ``tray.check_out``, ``tray.quit`` and
    ``tray.elevation`` (one per elevation, ``data()`` is its id).
    """

    open_requested = Signal()
    elevation_requested = Signal(object)
    """The id of the elevation that was chosen in the menu."""
    check_out_requested = Signal()
    extend_requested = Signal(object)
    """The id of the elevation whose warning was clicked."""
    quit_requested = Signal()
    message_shown = Signal(str, str)
    """Title and text of an alarm or a warning that was shown, where there is a tray."""
    end_announced = Signal(object)
    """An :class:`Elevation` that is in its last minutes; once for each deadline that it has."""

    def __init__(
        self, board: Board, now_of: Callable[[ProviderId], datetime], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._board = board
        self._now_of = now_of
        self._warned: dict[ElevationId, datetime] = {}
        self._message_about: ElevationId | None = None
        self._is_wanted = False
        self._told: frozenset[tuple[ProviderId, str]] = frozenset()
        self._menu = QMenu()
        self._menu.setObjectName("tray.menu")
        self._menu.aboutToShow.connect(self.refresh_menu)
        self._icon = QSystemTrayIcon(app_icon(), self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_icon_activated)
        self._icon.messageClicked.connect(self._on_icon_message_clicked)
        board.elevation_changed.connect(self._on_board_changed)
        board.elevation_ended.connect(self._on_board_elevation_ended)
        board.overdue_found.connect(self._on_board_overdue_found)
        board.alarms_changed.connect(self._on_board_alarms_changed)
        board.provider_status_changed.connect(self._on_board_alarms_changed)
        self.refresh_menu()

    @property
    def is_available(self) -> bool:
        """Whether the icon is in a tray; without one, closing the window can't mean going on there."""
        return self._icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def menu(self) -> QMenu:
        """The menu as it was last made."""
        return self._menu

    @property
    def tool_tip(self) -> str:
        """What pointing at the icon tells."""
        return self._icon.toolTip()

    def show(self) -> None:
        """Show the icon, at once or as soon as there is a tray: after a sign-in that may come up later."""
        self._is_wanted = True
        self._show_where_there_is_a_tray()

    def _show_where_there_is_a_tray(self) -> None:
        if self._is_wanted and not self._icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable():
            self._icon.show()

    def close(self) -> None:
        """Take the icon away, before the program ends."""
        self._is_wanted = False
        self._icon.hide()

    @Slot()
    def tick(self) -> None:
        """Once a second: warn where an end comes near."""
        self._show_where_there_is_a_tray()
        for elevation in self._board.elevations:
            if elevation.state is not State.ACTIVE or self._warned.get(elevation.id) == elevation.deadline:
                continue
            left = elevation.remaining(self._now_of(elevation.provider_id)).total_seconds()
            if 0 < left <= wording.warning_seconds(elevation):
                self._warned[elevation.id] = elevation.deadline
                self._announce_end(elevation, left)
        self._update_tool_tip()

    def _announce_end(self, elevation: Elevation, seconds: float) -> None:
        self._message_about = elevation.id
        self._icon.showMessage(
            self.tr("{account} ends in {time}").format(
                account=elevation.account.name, time=format_duration(round(seconds))
            ),
            self.tr("{privileges}\nClick to extend it.").format(privileges=elevation.label),
            QSystemTrayIcon.MessageIcon.Warning,
            MESSAGE_MILLISECONDS,
        )
        self.end_announced.emit(elevation)

    # --- the menu ---

    @Slot()
    def refresh_menu(self) -> None:
        """Make the menu anew: overdue first, then the next deadline."""
        self._menu.clear()
        overdue = {e.id for e in self._board.overdue}
        by_deadline = sorted(self._board.elevations, key=lambda e: (e.id not in overdue, e.deadline))
        for elevation in by_deadline[:MOST_LISTED]:
            look = self._standing(elevation).look
            action = self._add("tray.elevation", self._line(elevation))
            action.setIcon(icon(look.icon, look.token))
            action.setData(elevation.id)
            action.triggered.connect(self._on_elevation_triggered)
        if len(by_deadline) > MOST_LISTED:
            more = self.tr("{n} more…").format(n=len(by_deadline) - MOST_LISTED)
            self._add("tray.more", more).triggered.connect(self.open_requested)
        if not by_deadline:
            self._add("tray.none", self._none_words()).setEnabled(False)
        self._menu.addSeparator()
        opened = self._add("tray.open", self.tr("Open JIT Desktop"))
        opened.triggered.connect(self.open_requested)
        self._menu.setDefaultAction(opened)
        self._add("tray.check_out", self.tr("Check out…")).triggered.connect(self.check_out_requested)
        self._menu.addSeparator()
        self._add("tray.quit", self.tr("Quit")).triggered.connect(self.quit_requested)

    def _add(self, name: str, text: str) -> QAction:
        # An ampersand of an account or group would become a mnemonic.
        action = self._menu.addAction(text.replace("&", "&&"))
        action.setObjectName(name)
        return action

    def _line(self, elevation: Elevation) -> str:
        is_alarm = self._board.is_alarm(elevation)
        time = wording.time_left_words(elevation, self._now_of(elevation.provider_id), is_alarm=is_alarm)
        parts = [elevation.account.name, time]
        standing = self._standing(elevation)
        if standing.look.severity is Severity.WARNING:
            parts.append(standing.look.word)
        if standing.caption:
            parts.append(standing.caption)
        return " · ".join(parts)

    def _standing(self, elevation: Elevation) -> Standing:
        return standing_on(self._board, elevation)

    def _none_words(self) -> str:
        if not self._board.providers_are_known:
            return self.tr("Not known")
        if doubt_words(self._board):
            return nothing_words(self._board)
        return self.tr("No open elevations")

    def _update_tool_tip(self) -> None:
        overdue = self._board.overdue
        if overdue:
            names = ", ".join(e.account.name for e in overdue[:3])
            text = self.tr("Overdue: {names}").format(names=names)
        elif self._board.elevations:
            text = self._line(min(self._board.elevations, key=lambda e: e.deadline))
        else:
            text = self._none_words()
        tip = f"JIT Desktop\n{text}"
        if tip != self._icon.toolTip():
            self._icon.setToolTip(tip)

    def _update_icon(self) -> None:
        self._icon.setIcon(icon("overdue", Token.DANGER) if self._board.alarm_count else app_icon())

    # --- slots ---

    @Slot(object)
    def _on_board_changed(self, _elevation: Elevation) -> None:
        self._update_icon()
        self._update_tool_tip()

    @Slot(object)
    def _on_board_elevation_ended(self, elevation: Elevation) -> None:
        self._warned.pop(elevation.id, None)
        if elevation.remains:
            title = self.tr("{account} keeps rights after its end").format(account=elevation.account.name)
            self._say(title, remains_words(elevation), QSystemTrayIcon.MessageIcon.Warning)
        self._update_icon()
        self._update_tool_tip()

    @Slot()
    def _on_board_alarms_changed(self) -> None:
        self._update_icon()
        self._update_tool_tip()
        found = self._board.suspects
        alarms = {(key, group.name) for key, groups in found.items() for group in groups if group.is_alarm}
        fresh = sorted(alarms - self._told)
        self._told = frozenset(alarms)
        if fresh:
            title = self.tr("An altered group still gives rights")
            names = ", ".join(name for _, name in fresh[:3])
            text = self.tr("{names}. This may be an elevation that outlives its deadline.").format(
                names=names
            )
            self._say(title, text, QSystemTrayIcon.MessageIcon.Critical)

    @Slot(object)
    def _on_board_overdue_found(self, elevation: Elevation) -> None:
        others = len(self._board.overdue) - 1
        title = (
            self.tr("{account} could not be ended")
            if elevation.state is State.OVERDUE
            else self.tr("{account} is past its deadline")
            if self._board.now(elevation.provider_id) >= elevation.deadline
            else self.tr("{account} may be past its deadline")
        ).format(account=elevation.account.name)
        text = self.tr("It may still hold {privileges}.").format(privileges=elevation.label)
        if others > 0:
            text += " " + self.tr("So may {n} others that are overdue.").format(n=others)
        self._say(title, text, QSystemTrayIcon.MessageIcon.Critical)

    def _say(self, title: str, text: str, kind: QSystemTrayIcon.MessageIcon) -> None:
        """A message that is about no elevation that could be extended."""
        self._message_about = None
        self._icon.showMessage(title, text, kind, MESSAGE_MILLISECONDS)
        self.message_shown.emit(title, text)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_icon_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.open_requested.emit()

    @Slot()
    def _on_icon_message_clicked(self) -> None:
        if self._message_about is None:
            self.open_requested.emit()
        else:
            self.extend_requested.emit(self._message_about)

    @Slot()
    def _on_elevation_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.elevation_requested.emit(action.data())
