# SPDX-License-Identifier: MIT
"""Lets an elevation last longer, within what the policy allows in all."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.errands import Errand
from jit_desktop.ui.fit import fit_height
from jit_desktop.ui.models.standing import is_past
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, set_role
from jit_desktop.ui.widgets import (
    Banner,
    BusyLine,
    DurationPicker,
    Form,
    Severity,
    format_duration,
    format_moment,
    plain_label,
)

_WIDTH = 500
_DEFAULT_SECONDS = 3600
_SHORTEST_SECONDS = 60


class ExtendDialog(QDialog):
    """Object names: ``extend`` (the dialog), ``extend.duration`` (inside it those of the duration picker),
    ``extend.submit``, ``extend.cancel``, ``extend.banner``."""

    def __init__(self, desk: Desk, elevation: Elevation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("extend")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Extend {account}").format(account=elevation.account.name))
        self.setMinimumWidth(_WIDTH)
        self._desk = desk
        self._elevation = elevation
        self._errand: Errand | None = None
        self._room = desk.room_to_extend(elevation)
        self._build()
        desk.board.elevation_changed.connect(self._on_board_elevation_changed)
        desk.board.elevation_ended.connect(self._on_board_elevation_ended)
        desk.heartbeat.ticked.connect(self._on_heartbeat_ticked)
        self._refresh()

    def _build(self) -> None:
        elevation = self._elevation
        self._busy = BusyLine()
        self._banner = Banner()
        self._banner.setObjectName("extend.banner")
        heading = plain_label(self.windowTitle(), Role.HEADING, wrap=True)
        privileges = plain_label(elevation.label, Role.MUTED, wrap=True)
        shortest = min(_SHORTEST_SECONDS, self._room)
        form = Form(stacked=True)
        self._duration = DurationPicker(
            shortest,
            self._room,
            min(_DEFAULT_SECONDS, self._room),
            # The picker's *until* is the new end, so its “now” is the present one.
            lambda: self._elevation.deadline,
            say=self._sentence,
        )
        self._duration.duration_changed.connect(self._on_duration_duration_changed)
        form.add_field(
            self.tr("&Longer by"),
            self._duration,
            help_text=self.tr("The checkout policy leaves room for {time}.").format(
                time=format_duration(self._room)
            ),
            name="extend.duration",
        )
        self._submit = QPushButton(self.tr("Extend"))
        self._submit.setObjectName("extend.submit")
        self._submit.setDefault(True)
        set_role(self._submit, Role.PRIMARY)
        self._submit.clicked.connect(self._on_submit_clicked)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setObjectName("extend.cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._submit)
        inner = QVBoxLayout()
        inner.setContentsMargins(MARGIN, MARGIN - 2, MARGIN, MARGIN)
        inner.setSpacing(GAP_WIDE)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(heading)
        words.addWidget(privileges)
        inner.addLayout(words)
        inner.addWidget(self._banner)
        inner.addWidget(form)
        inner.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._busy)
        layout.addLayout(inner)
        self._duration.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)

    def _sentence(self, seconds: int) -> str:
        now, old = self._desk.now(self._elevation.provider_id), self._elevation.deadline
        new = format_moment(old + timedelta(seconds=seconds), now)
        return self.tr("It ends at {new} instead of {old}.").format(new=new, old=format_moment(old, now))

    def _refresh(self) -> None:
        fits = self._duration.problem() is None
        self._submit.setEnabled(self._errand is None and fits and not self._is_late())

    def _is_late(self) -> bool:
        return is_past(self._elevation, self._desk.now(self._elevation.provider_id))

    @Slot()
    def _on_heartbeat_ticked(self) -> None:
        if self._errand is None and self._submit.isEnabled() and self._is_late():
            text = self.tr("Its deadline has passed: it is to end, and can't be extended any more.")
            self._banner.show_message(text, Severity.WARNING, dismissible=False)
            self._refresh()

    @Slot(int)
    def _on_duration_duration_changed(self, _seconds: int) -> None:
        self._refresh()

    @Slot()
    def _on_submit_clicked(self) -> None:
        if self._duration.problem() is not None:
            return
        self._banner.clear()
        self._busy.set_busy(True)
        self._duration.setEnabled(False)
        self._submit.setEnabled(False)
        self._errand = self._desk.errands.extend(
            self._elevation, self._duration.duration_seconds(), self._duration.end()
        )
        self._errand.finished.connect(self._on_errand_finished)
        self._errand.failed.connect(self._on_errand_failed)

    @Slot(object)
    def _on_errand_finished(self, _elevation: Elevation) -> None:
        self._errand = None
        self.accept()

    @Slot(object)
    def _on_errand_failed(self, error: JitError) -> None:
        self._errand = None
        self._busy.set_busy(False)
        self._duration.setEnabled(True)
        self._banner.show_message(str(error), Severity.ERROR, dismissible=False)
        self._refresh()

    @Slot(object)
    def _on_board_elevation_changed(self, elevation: Elevation) -> None:
        if elevation.id == self._elevation.id:
            self._elevation = elevation
            self._duration.refresh()
            self._refresh()

    @Slot(object)
    def _on_board_elevation_ended(self, elevation: Elevation) -> None:
        if elevation.id == self._elevation.id:
            self.reject()
