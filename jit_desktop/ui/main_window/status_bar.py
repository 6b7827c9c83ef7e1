# SPDX-License-Identifier: MIT
"""Which domain controller answers, who we are to it, how its clock stands, when the last sweep was, and who
keeps the promise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStatusBar, QWidget

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Guarantee
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.board import ProviderStatus, Reading
from jit_desktop.ui.models.knowledge import doubt_words, nothing_words, trouble_words
from jit_desktop.ui.theme import GAP, GAP_TIGHT, GAP_WIDE, Role, Token, set_role
from jit_desktop.ui.widgets import (
    ElidedLabel,
    IconView,
    format_absolute,
    format_moment,
    format_relative,
    plain_tooltip,
)

LARGE_DIFFERENCE_SECONDS = 120
"""From here on the difference of the clocks is worth a warning: Kerberos fails at five minutes."""
UNLIMITED = 16_777_215
"""What Qt calls ``QWIDGETSIZE_MAX``."""
LONGEST_TROUBLE = 280
"""Pixels for a sentence that says what is the matter: the rest of the bar must stay readable."""


class _Part(QWidget):
    """An icon with one short text."""

    def __init__(self, name: str, icon_name: str) -> None:
        super().__init__()
        self.setObjectName(f"status.{name}")
        self._icon_name = icon_name
        self._icon = IconView(icon_name, Token.TEXT_MUTED)
        self._text = ElidedLabel(role=Role.CAPTION)
        self._text.setObjectName(f"status.{name}.text")
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 2, GAP, 2)
        row.setSpacing(GAP_TIGHT)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, tool_tip: str, token: Token = Token.TEXT_MUTED) -> None:
        self.setVisible(bool(text))
        self._text.setText(text)
        self._icon.set_icon("warning" if token is Token.WARNING else self._icon_name, token)
        self.setToolTip(plain_tooltip(tool_tip))
        self.setAccessibleName(f"{tool_tip}: {text}" if tool_tip else text)

    @property
    def text(self) -> str:
        return self._text.text()


class StatusBar(QStatusBar):
    """Object names: ``status.controller``, ``status.identity``, ``status.clock``, ``status.sweep``,
    ``status.guarantee`` with the button ``status.promise``; the text in each is a label ``….text``. The
    button ``status.left_alone`` counts the groups that were altered or are not ours.

    With several providers it tells of the one that the selection belongs to, else of the first one.
    """

    promise_requested = Signal()
    """Somebody wants the promise kept while the program is closed."""
    left_alone_requested = Signal(str)
    """Somebody wants to see the groups left alone of the provider with this id."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._provider_id: ProviderId | None = None
        self._controller = _Part("controller", "server")
        self._identity = _Part("identity", "user")
        self._clock = _Part("clock", "clock")
        self._sweep = _Part("sweep", "refresh")
        self._guarantee = _Part("guarantee", "shield")
        self.setSizeGripEnabled(False)
        self.setContentsMargins(GAP, 0, GAP_WIDE, 0)
        for part in (self._controller, self._identity, self._clock, self._sweep):
            self.addWidget(part)
        self._left_alone = QPushButton()
        self._left_alone.setObjectName("status.left_alone")
        self._left_alone.setToolTip(self.tr("Groups that were altered, or are not ours"))
        set_role(self._left_alone, Role.QUIET)
        self._left_alone.clicked.connect(self._on_left_alone_clicked)
        self._left_alone.hide()
        self.addWidget(self._left_alone)
        self.addPermanentWidget(self._guarantee)
        self._promise = QPushButton(self.tr("Set up a sweep…"))
        self._promise.setObjectName("status.promise")
        self._promise.setToolTip(self.tr("Keep the promise when the program is closed"))
        set_role(self._promise, Role.QUIET)
        self._promise.clicked.connect(self.promise_requested)
        self._promise.hide()
        self.addPermanentWidget(self._promise)
        desk.schedule.changed.connect(self.refresh)
        desk.board.providers_changed.connect(self.refresh)
        desk.board.provider_status_changed.connect(self._on_board_provider_status_changed)
        desk.board.elevation_changed.connect(self._on_board_elevation_changed)
        desk.board.elevation_ended.connect(self._on_board_elevation_changed)
        desk.board.knowledge_changed.connect(self.refresh)
        desk.heartbeat.ticked.connect(self.refresh)
        self.refresh()

    def show_provider(self, provider_id: ProviderId | None) -> None:
        """Tell of this provider from now on."""
        if provider_id != self._provider_id:
            self._provider_id = provider_id
            self.refresh()

    def _provider(self) -> DomainProvider | None:
        board = self._desk.board
        chosen = board.provider(self._provider_id) if self._provider_id is not None else None
        return chosen or next(iter(board.providers), None)

    @Slot()
    def refresh(self) -> None:
        """Say everything anew; only memory is read."""
        provider = self._provider()
        if provider is None:
            for part in (self._controller, self._identity, self._clock, self._sweep, self._guarantee):
                part.hide()
            self._promise.hide()
            self._left_alone.hide()
            return
        self._show_connection(provider)
        self._show_clock(provider)
        self._show_sweep(provider)
        self._show_guarantee()

    def _show_connection(self, provider: DomainProvider) -> None:
        status = self._desk.board.status(provider.id)
        info = status.info
        self._controller.setMaximumWidth(UNLIMITED if status.problem is None else LONGEST_TROUBLE)
        if status.problem is not None:
            tip = f"{provider.name}\n{status.problem}"
            self._controller.show_text(trouble_words(status.problem), tip, Token.WARNING)
        elif info is None:
            self._controller.show_text(self.tr("Connecting…"), provider.name)
        else:
            tip = f"{self.tr('Domain controller')}\n{info.dns_name}\n{info.encryption}"
            self._controller.show_text(info.controller + self._read_words(provider, status), tip)
        self._identity.show_text(info.identity if info else "", self.tr("Signed in as"))

    def _read_words(self, provider: DomainProvider, status: ProviderStatus) -> str:
        """When the directory was read, where that is long ago."""
        board, sweep = self._desk.board, status.last_sweep
        if sweep is None or sweep.problem or board.reading(provider.id) in (Reading.READ, Reading.IN_PART):
            return ""
        when = format_moment(sweep.at, self._desk.now(provider.id))
        return " · " + self.tr("as of {time}").format(time=when)

    def _show_clock(self, provider: DomainProvider) -> None:
        difference = self._desk.context.service.clock_difference(provider.id)
        if difference is None:
            self._clock.show_text("", "")
            return
        is_large = abs(difference.total_seconds()) >= LARGE_DIFFERENCE_SECONDS
        self._clock.show_text(
            self.tr("Clock: {difference}").format(difference=wording.clock_difference_words(difference)),
            self.tr("The domain controller's clock compared with this computer's. Deadlines count by it."),
            Token.WARNING if is_large else Token.TEXT_MUTED,
        )

    def _show_sweep(self, provider: DomainProvider) -> None:
        sweep = self._desk.board.status(provider.id).last_sweep
        suspects = len(sweep.suspects) if sweep is not None else 0
        foreign = sum(group.count for group in sweep.foreign) if sweep is not None else 0
        self._left_alone.setText(self._left_alone_words(suspects, foreign))
        self._left_alone.setVisible(suspects + foreign > 0)
        if sweep is None:
            self._sweep.show_text(self.tr("No sweep yet"), self.tr("Last sweep"))
            return
        when = format_relative(sweep.at, self._desk.now(provider.id))
        tip = [self.tr("Last sweep of the creation location"), format_absolute(sweep.at)]
        if sweep.problem:
            tip.append(sweep.problem)
        token = Token.WARNING if sweep.problem else Token.TEXT_MUTED
        text = self.tr("Sweep failed {when}") if sweep.problem else self.tr("Swept {when}")
        ending = sum(
            e.state is State.ENDING and e.provider_id == provider.id for e in self._desk.board.elevations
        )
        words = text.format(when=when)
        if ending:
            words += " · " + self.tr("{n} ending").format(n=ending)
        self._sweep.show_text(words, "\n".join(tip), token)

    def _left_alone_words(self, suspects: int, foreign: int) -> str:
        if not suspects:
            return (
                self.tr("1 group left alone…")
                if foreign == 1
                else self.tr("{n} groups left alone…").format(n=foreign)
            )
        altered = self.tr("{n} altered")
        left = self.tr(", {n} left alone") if foreign else ""
        return altered.format(n=suspects) + left.format(n=foreign) + "…"

    def _show_guarantee(self) -> None:
        elevations = self._desk.board.elevations
        by_program = [e for e in elevations if e.guarantee is Guarantee.PROGRAM]
        is_needed = any(wording.needs_us(e) for e in elevations)
        self._promise.setVisible(is_needed and self._desk.schedule.is_offered)
        if not elevations:
            doubt = doubt_words(self._desk.board)
            token = Token.WARNING if doubt else Token.TEXT_MUTED
            self._guarantee.show_text(nothing_words(self._desk.board), doubt, token)
            return
        lines = [self.tr("Who ends the open elevations if nothing of this program runs any more")]
        lines += [
            f"{e.account.name}: {wording.guarantee_of(e, self._desk.now(e.provider_id))}" for e in elevations
        ]
        state = self._desk.schedule.state
        if state is not None:
            lines.append(wording.schedule_words(state))
        token = Token.WARNING if self._desk.board.overdue else Token.TEXT_MUTED
        self._guarantee.show_text(self._guarantee_words(elevations, by_program), "\n".join(lines[:12]), token)

    def _guarantee_words(self, elevations: Sequence[Elevation], by_program: Sequence[Elevation]) -> str:
        state = self._desk.schedule.state
        if overdue := len(self._desk.board.overdue):
            if any(self._desk.board.status(p.id).problem for p in self._desk.board.providers):
                return self.tr("{n} overdue, and can't be ended right now").format(n=overdue)
            if any(e.provider_id in self._desk.heartbeat.late for e in self._desk.board.overdue):
                return self.tr("{n} overdue, the sweep has not come to its end").format(n=overdue)
            return self.tr("{n} overdue, tried again until the end is confirmed").format(n=overdue)
        if not by_program:
            if any(wording.ends_late(e) for e in elevations):
                return self.tr("This program ends them on time; Active Directory later")
            return wording.guarantee_words(Guarantee.DIRECTORY)
        if state is not None and state.installed:
            return self.tr("Ends while this program or the sweep every {time} runs").format(
                time=wording.every_words(state.every_seconds)
            )
        if len(by_program) < len(elevations):
            return self.tr("{n} of {all} end only while this program or a sweep runs").format(
                n=len(by_program), all=len(elevations)
            )
        return wording.guarantee_words(Guarantee.PROGRAM)

    @Slot()
    def _on_left_alone_clicked(self) -> None:
        if (provider := self._provider()) is not None:
            self.left_alone_requested.emit(provider.id)

    @Slot(str)
    def _on_board_provider_status_changed(self, _provider_id: str) -> None:
        self.refresh()

    @Slot(object)
    def _on_board_elevation_changed(self, _elevation: object) -> None:
        self.refresh()
