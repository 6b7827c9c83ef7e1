# SPDX-License-Identifier: MIT
"""What can be done with the selected elevation, and why not: one set of actions for all windows and keys."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence

from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.models.standing import is_past


class ElevationActions(QObject):
    """``check_out``, ``check_in``, ``extend`` and ``open_session``; they follow the selection and the board.

    The actions carry object names ``action.check_out`` and so on; whoever shows them connects ``triggered``.
    """

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._elevation: Elevation | None = None
        self._was_past = False
        self.check_out = self._action("check_out", self.tr("Check out…"), "Ctrl+N")
        self.check_in = self._action("check_in", self.tr("Check in"), "Ctrl+I")
        self.extend = self._action("extend", self.tr("Extend…"), "Ctrl+E")
        self.open_session = self._action("open_session", self.tr("Open session"), "Ctrl+O")
        desk.board.elevation_changed.connect(self._on_board_elevation_changed)
        desk.board.elevation_ended.connect(self._on_board_elevation_changed)
        desk.board.providers_changed.connect(self.refresh)
        desk.errands.began.connect(self._on_errands_changed)
        desk.errands.ended.connect(self._on_errands_changed)
        desk.heartbeat.ticked.connect(self._on_heartbeat_ticked)
        self.refresh()

    def _action(self, name: str, text: str, shortcut: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action.{name}")
        action.setShortcut(QKeySequence(shortcut))
        return action

    def all(self) -> list[QAction]:
        """Every action, for the window that their keys are to work in."""
        return [self.check_out, self.check_in, self.extend, self.open_session]

    @property
    def elevation(self) -> Elevation | None:
        """What the actions are about."""
        return self._elevation

    def set_elevation(self, elevation: Elevation | None) -> None:
        """Make the actions be about another elevation."""
        self._elevation = elevation
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say anew what can be done, and in each tooltip why not."""
        self._was_past = self._is_past()
        self._allow(self.check_out, self._why_no_check_out())
        self._allow(self.check_in, self._why_no_check_in())
        self._allow(self.extend, self._why_no_extend())
        self._allow(self.open_session, self._why_no_session())

    def _allow(self, action: QAction, why_not: str) -> None:
        action.setEnabled(not why_not)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(why_not or f"{action.text().rstrip('…')} ({keys})")

    def _why_no_check_out(self) -> str:
        if any(provider.accounts for provider in self._desk.board.providers):
            return ""
        return self.tr("Add a domain provider with accounts in the settings first.")

    def _why_not(self) -> str:
        elevation = self._elevation
        if elevation is None:
            return self.tr("Select an elevation first.")
        if not elevation.is_open:
            return self.tr("This elevation has ended.")
        if self._desk.errands.is_busy_with(elevation.id):
            return self.tr("Something is being done about it right now.")
        return ""

    def _why_no_check_in(self) -> str:
        return self._why_not()

    def _why_no_extend(self) -> str:
        if why := self._why_not():
            return why
        assert self._elevation is not None
        provider = self._desk.provider_of(self._elevation)
        if provider is not None and not provider.policy.extension_allowed:
            return self.tr("The checkout policy does not allow extensions.")
        if not self._elevation.is_granted:
            return self.tr("Only an elevation that is active can be extended.")
        if self._is_past():
            return self.tr("Its deadline has passed: it is to end, and can't be extended any more.")
        if self._desk.room_to_extend(self._elevation) < 1:
            return self.tr("It has the longest duration that the checkout policy allows.")
        return ""

    def _why_no_session(self) -> str:
        if why := self._why_not():
            return why
        assert self._elevation is not None
        if self._elevation.state is not State.ACTIVE:
            return self.tr("A session can be opened as soon as the elevation is active.")
        if self._is_past():
            return self.tr("Its deadline has passed.")
        provider = self._desk.provider_of(self._elevation)
        if provider is None or not provider.policy.session_command:
            return self.tr("No command for it is set; see the checkout policy page of the settings.")
        return ""

    def _is_past(self) -> bool:
        elevation = self._elevation
        return elevation is not None and is_past(elevation, self._desk.now(elevation.provider_id))

    @Slot()
    def _on_heartbeat_ticked(self) -> None:
        if self._is_past() != self._was_past:
            self.refresh()

    @Slot(object)
    def _on_board_elevation_changed(self, elevation: Elevation) -> None:
        if self._elevation is not None and elevation.id == self._elevation.id:
            self._elevation = elevation
            self.refresh()

    @Slot(object)
    def _on_errands_changed(self, _errand: object) -> None:
        self.refresh()
