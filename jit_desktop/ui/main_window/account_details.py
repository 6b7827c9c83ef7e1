# SPDX-License-Identifier: MIT
"""Everything about the selected account: whether it is free, what it may have, and *Check out*."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.facts import Fact, FactList
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.account_table import AccountRow, AccountTableModel, Availability
from jit_desktop.ui.theme import Token, bind_icon
from jit_desktop.ui.widgets import (
    Severity,
    SidePane,
    StatusPill,
    format_absolute,
    format_moment,
)

_SEVERITIES = {
    Token.SUCCESS: Severity.SUCCESS,
    Token.DANGER: Severity.ERROR,
    Token.WARNING: Severity.WARNING,
}


class AccountDetails(SidePane):
    """Object names: ``account.state``, ``account.check_out``, ``account.show_elevation`` and the values
    ``fact.<key>`` with the keys ``holder``, ``until``, ``privileges``, ``sets``, ``provider``, ``dn``."""

    check_out_requested = Signal(str, str)
    """Provider id and account GUID."""
    elevation_requested = Signal(object)
    """The id of the elevation that has the account."""

    def __init__(self, desk: Desk, model: AccountTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("account_details")
        self._desk = desk
        self._model = model
        self._row: AccountRow | None = None
        self._state = StatusPill()
        self._state.setObjectName("account.state")
        self._check_out = QPushButton(self.tr("Check out…"))
        self._check_out.setObjectName("account.check_out")
        bind_icon(self._check_out, "check-out")
        self._check_out.clicked.connect(self._on_check_out_clicked)
        self._show_elevation = QPushButton(self.tr("Show the elevation"))
        self._show_elevation.setObjectName("account.show_elevation")
        bind_icon(self._show_elevation, "elevations")
        self._show_elevation.clicked.connect(self._on_show_elevation_clicked)
        buttons = QHBoxLayout()
        buttons.addWidget(self._check_out)
        buttons.addWidget(self._show_elevation)
        buttons.addStretch(1)
        desk.heartbeat.ticked.connect(self._on_heartbeat_ticked)
        self._facts = FactList()
        self.body.addWidget(self._state)
        self.body.addLayout(buttons)
        self.body.addWidget(self._facts)

    def show_account(self, row: AccountRow) -> None:
        """Show an account."""
        self._row = row
        account = row.account
        subtitle = account.account.name if account.account.name != account.label else ""
        self.set_title(account.label, subtitle)
        self._show_state()
        self._check_out.setVisible(row.elevation is None)
        self._check_out.setEnabled(row.availability is Availability.FREE)
        self._show_elevation.setVisible(row.elevation is not None)
        guid = account.account.guid
        may_have = [p.label for p in row.provider.privileges_for(guid)]
        facts = []
        if row.elevation is not None:
            now = self._desk.now(row.provider.id)
            deadline = row.elevation.deadline
            facts += [
                Fact("holder", self.tr("Checked out by"), row.elevation.requested_by),
                Fact("until", self.tr("Until"), format_moment(deadline, now), format_absolute(deadline)),
                Fact("guarantee", self.tr("Guarantee"), wording.guarantee_words(row.elevation.guarantee)),
            ]
        facts += [
            Fact("privileges", self.tr("May have"), "\n".join(may_have) or self.tr("Nothing")),
            Fact("sets", self.tr("Privilege sets"), "\n".join(s.name for s in row.provider.sets_for(guid))),
            Fact("provider", self.tr("Domain provider"), row.provider.name),
            Fact("dn", self.tr("Name in AD"), str(account.account.dn), can_copy=True),
        ]
        self._facts.set_facts(facts)

    @Slot()
    def _show_state(self) -> None:
        if self._row is not None:
            icon_name, token = self._model.status_icon(self._row)
            severity = _SEVERITIES.get(token, Severity.INFO)
            self._state.set_state(self._model.status_words(self._row), severity, icon_name)

    @Slot()
    def _on_heartbeat_ticked(self) -> None:
        if self.isVisible():
            self._show_state()

    @Slot()
    def _on_check_out_clicked(self) -> None:
        if self._row is not None:
            self.check_out_requested.emit(*self._row.key)

    @Slot()
    def _on_show_elevation_clicked(self) -> None:
        if self._row is not None and self._row.elevation is not None:
            self.elevation_requested.emit(self._row.elevation.id)
