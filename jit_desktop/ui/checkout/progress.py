# SPDX-License-Identifier: MIT
"""What happens after *Check out*: the steps, the wait for replication, and how it came out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from jit_desktop.elevation.errors import Cancelled, JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, StepReport
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode
from jit_desktop.ui.controller_answers import show_answers
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.standing import is_past, remains_words
from jit_desktop.ui.models.step_summary import GRANT_STEPS, StepSummary
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, set_role
from jit_desktop.ui.widgets import (
    Banner,
    SectionHeader,
    Severity,
    StepList,
    StepState,
    format_duration,
    format_moment,
    plain_label,
)


class CheckoutProgress(QWidget):
    """Object names: ``progress.banner``, ``progress.steps``, ``progress.wait``, ``progress.countdown``,
    ``progress.controllers``."""

    state_changed = Signal()
    """The elevation became active, or ended."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._provider: DomainProvider | None = None
        self._elevation: Elevation | None = None
        self._summary = StepSummary()
        self._build()
        desk.heartbeat.ticked.connect(self._on_heartbeat_ticked)
        desk.board.step_reported.connect(self._on_board_step_reported)
        desk.board.elevation_changed.connect(self._on_board_elevation_changed)
        desk.board.elevation_ended.connect(self._on_board_elevation_changed)

    def _build(self) -> None:
        self._banner = Banner()
        self._banner.setObjectName("progress.banner")
        self._steps = StepList()
        self._steps.setObjectName("progress.steps")
        self._wait = QFrame()
        self._wait.setObjectName("progress.wait")
        set_role(self._wait, Role.CARD)
        self._countdown = plain_label(wrap=True)
        self._countdown.setObjectName("progress.countdown")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Replication wait"))
        self._controllers = StepList()
        self._controllers.setObjectName("progress.controllers")
        wait = QVBoxLayout(self._wait)
        wait.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        wait.setSpacing(GAP)
        wait.addWidget(SectionHeader(self.tr("Replication")))
        wait.addWidget(self._countdown)
        wait.addWidget(self._bar)
        wait.addWidget(self._controllers)
        wait.addStretch(1)
        content = QWidget()
        set_role(content, Role.CONTENT)
        columns = QHBoxLayout(content)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(MARGIN)
        columns.addWidget(self._steps, 3)
        columns.addWidget(self._wait, 2, Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_WIDE)
        layout.addWidget(self._banner)
        layout.addWidget(self._scroll, 1)

    # --- what is shown ---------------------------------------------------------------------------------

    @property
    def elevation(self) -> Elevation | None:
        """The elevation as it stands; ``None`` before it was recorded."""
        return self._elevation

    def begin(self, provider: DomainProvider) -> None:
        """A checkout was sent off: show all of its steps as still to come."""
        self._provider = provider
        self._elevation = None
        self._summary = StepSummary()
        self._banner.clear()
        self._steps.set_steps([(step.value, wording.step_words(step)) for step in GRANT_STEPS])
        self._controllers.set_steps(())
        self._show_wait()

    def take_elevation(self, elevation: Elevation) -> None:
        """The elevation was recorded or has changed."""
        before = self._elevation.state if self._elevation is not None else None
        self._elevation = elevation
        self._summary.settle(elevation)
        self._show_steps()
        self._show_wait()
        if self._is_alarm(elevation):
            self._show_alarm(elevation)
        elif elevation.state is State.ACTIVE:
            self._show_success(elevation)
        elif elevation.state is State.ENDED:
            reason = wording.end_reason_words(elevation.end_reason) or self.tr("It has ended")
            left = self._left_words()
            severity = Severity.WARNING if left else Severity.INFO
            text = f"{reason}. {left or self.tr('Nothing is left granted.')}"
            self._banner.show_message(text, severity, dismissible=False)
        if before is not elevation.state:
            self.state_changed.emit()

    def take_step(self, report: StepReport) -> None:
        """A step of the checkout began or has its result."""
        self._summary.add(report)
        self._show_steps()

    def show_failure(self, error: JitError) -> None:
        """Say what happened, to which object, and what can be done."""
        is_open = self._elevation is not None and self._elevation.is_open
        left = self._left_words()
        if isinstance(error, Cancelled) and not is_open and not left:
            self._banner.show_message(
                self.tr("Cancelled. Nothing is left granted."), Severity.INFO, dismissible=False
            )
        else:
            parts = [error.message]
            if error.subject and error.subject not in error.message:
                parts.append(error.subject)
            if error.remedy:
                parts.append(error.remedy)
            if not is_open:
                parts.append(left or self.tr("Nothing is left granted."))
            text = "\n".join(part for part in parts if part)
            self._banner.show_message(text, Severity.ERROR, dismissible=False)
        for key in self._steps.keys():  # noqa: SIM118 - not a dictionary
            if self._steps.state(key) is StepState.PENDING:
                self._steps.update_step(key, StepState.SKIPPED)
        self._wait.hide()

    def _left_words(self) -> str:
        """What the account still has, or may have, after an end; empty where nothing is left."""
        if self._elevation is None:
            return ""
        parts = (remains_words(self._elevation), wording.unconfirmed_words(self._elevation))
        return " ".join(part for part in parts if part)

    def show_cancelling(self) -> None:
        """A cancel was asked for and takes until the running request has its answer."""
        self._banner.show_message(
            self.tr("Cancelling: the running step is finished first, then everything is taken back."),
            Severity.INFO,
            dismissible=False,
        )

    def _show_success(self, elevation: Elevation) -> None:
        until = format_moment(elevation.deadline, self._desk.now(elevation.provider_id))
        text = self.tr("{account} is a member of {privileges} until {time}.")
        self._banner.show_message(
            text.format(account=elevation.account.name, privileges=elevation.label, time=until),
            Severity.SUCCESS,
            dismissible=False,
        )

    def _is_alarm(self, elevation: Elevation) -> bool:
        return self._desk.board.is_alarm(elevation)

    def _show_alarm(self, elevation: Elevation) -> None:
        text = (
            self.tr("It could not be taken back yet; this is tried again until it is confirmed.")
            if elevation.state is State.OVERDUE
            else self.tr("Its deadline has passed and its end is not confirmed: it may still be in force.")
        )
        if elevation.ends_late(self._desk.now(elevation.provider_id)) and elevation.failure:
            text += " " + elevation.failure
        self._banner.show_message(text, Severity.ERROR, dismissible=False)

    def _show_steps(self) -> None:
        known = set(self._steps.keys())
        for line in self._summary.lines:
            if line.key not in known:
                self._steps.add_step(line.key, line.title)
            self._steps.update_step(
                line.key, line.state, wording.breakable(line.detail), line.elapsed_seconds
            )
            if line.state is StepState.RUNNING:
                row = self._steps.findChild(QWidget, f"step-{line.key}")
                if row is not None:
                    self._scroll.ensureWidgetVisible(row, 0, GAP)
        show_answers(self._controllers, self._summary.answers)

    def _show_wait(self) -> None:
        elevation, provider = self._elevation, self._provider
        is_waiting = elevation is not None and elevation.state is State.PROPAGATING
        answered = bool(self._summary.answers) and not self._has_failed()
        self._wait.setVisible(is_waiting or answered)
        self._bar.setVisible(is_waiting)
        self._countdown.setVisible(is_waiting)
        if elevation is None or provider is None or not is_waiting or elevation.ready_at is None:
            return
        total = max(provider.jit.replication_latency_seconds, 1)
        left = max((elevation.ready_at - self._desk.now(provider.id)).total_seconds(), 0.0)
        self._bar.setRange(0, total * 10)
        self._bar.setValue(round((total - min(left, total)) * 10))
        if left <= 0:
            text = self.tr("Any moment now.")
        elif provider.jit.replication_mode is ReplicationMode.CONFIRMED:
            text = self.tr("Active when every domain controller has it, at the latest in {time}.")
        else:
            text = self.tr("Active in {time}.")
        self._countdown.setText(text.format(time=format_duration(max(round(left), 1))))

    def _has_failed(self) -> bool:
        return self._elevation is not None and self._elevation.state in (State.FAILED, State.ENDED)

    # --- slots ---

    @Slot()
    def _on_heartbeat_ticked(self) -> None:
        if self.isVisible():
            self._show_wait()
            # What was said of it when it became active must not stand there when its time is over.
            elevation = self._elevation
            said = self._banner.severity
            if elevation is None or said is Severity.ERROR:
                return
            if self._is_alarm(elevation):
                self._show_alarm(elevation)
            elif said is Severity.SUCCESS and is_past(elevation, self._desk.now(elevation.provider_id)):
                text = self.tr("Its deadline has come: it is being ended.")
                self._banner.show_message(text, Severity.WARNING, dismissible=False)

    @Slot(object)
    def _on_board_step_reported(self, report: StepReport) -> None:
        if self._elevation is not None and report.elevation_id == self._elevation.id:
            self.take_step(report)

    @Slot(object)
    def _on_board_elevation_changed(self, elevation: Elevation) -> None:
        if self._elevation is not None and elevation.id == self._elevation.id:
            self.take_elevation(elevation)
