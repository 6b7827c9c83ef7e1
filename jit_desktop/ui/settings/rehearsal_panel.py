# SPDX-License-Identifier: MIT
"""*Rehearse*: the steps as they happen, how long each domain controller took, and the setting to propose."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.domain_check import (
    Latency,
    RehearsalNews,
    RehearsalReport,
    RehearsalStep,
    Verdict,
)
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import CancelToken
from jit_desktop.ui.bridge import Scope, Ticket
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, bind_icon
from jit_desktop.ui.widgets import Banner, SectionHeader, Severity, StepList, StepState, plain_label

_STATES = {
    None: StepState.RUNNING,
    Verdict.GOOD: StepState.DONE,
    Verdict.NOTE: StepState.DONE,
    Verdict.WARNING: StepState.WARNING,
    Verdict.BAD: StepState.FAILED,
}
_MOST_ROWS = 8


@dataclass(slots=True)
class _Course:
    """One rehearsal, as far as it came."""

    news: list[RehearsalNews] = field(default_factory=list)
    report: RehearsalReport | None = None
    failure: str = ""
    ticket: Ticket | None = None

    @property
    def is_running(self) -> bool:
        return self.ticket is not None and self.report is None and not self.failure


class RehearsalPanel(QWidget):
    """Object names: ``settings.rehearse`` (a second press stops), ``settings.rehearsal-steps`` (keys: the
    steps), ``settings.rehearsal-banner``, ``settings.rehearsal-latencies``, ``settings.rehearsal-proposal``,
    ``settings.use-latency``."""

    latency_chosen = Signal(int)
    """Seconds that somebody wants as replication latency."""
    grew = Signal()
    """There is more to see."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scope = Scope(self)
        self._courses: dict[ProviderId, _Course] = {}
        self._shown: ProviderId | None = None
        self._build()

    def _build(self) -> None:
        header = SectionHeader(
            self.tr("Rehearsal"),
            self.tr(
                "Walks through an elevation on throw-away groups in the creation location, which give nobody "
                "anything, and measures how long each domain controller takes to hear of it."
            ),
        )
        self._button = QPushButton(self.tr("&Rehearse"))
        self._button.setObjectName("settings.rehearse")
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._on_button_clicked)
        header.add_action_widget(self._button)
        self._banner = Banner()
        self._banner.setObjectName("settings.rehearsal-banner")
        self._steps = StepList()
        self._steps.setObjectName("settings.rehearsal-steps")
        self._table = QTableWidget(0, 3)
        self._table.setObjectName("settings.rehearsal-latencies")
        self._table.setAccessibleName(self.tr("How long each domain controller took"))
        self._table.setHorizontalHeaderLabels(
            [self.tr("Domain controller"), self.tr("Has it after"), self.tr("Has it no more after")]
        )
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setShowGrid(False)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(CONTROL_HEIGHT)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setHighlightSections(False)
        self._table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self._proposal = plain_label(wrap=True)
        self._proposal.setObjectName("settings.rehearsal-proposal")
        self._use = QPushButton()
        self._use.setObjectName("settings.use-latency")
        self._use.setAutoDefault(False)
        bind_icon(self._use, "check")
        self._use.clicked.connect(self._on_use_clicked)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._proposal, 1)
        row.addWidget(self._use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for widget in (header, self._banner, self._steps, self._table):
            layout.addWidget(widget)
        layout.addLayout(row)

    # --- what is shown -----------------------------------------------------------------------------------

    def show_provider(self, provider_id: ProviderId, *, can_start: bool) -> None:
        """Show how far the rehearsal of this provider came; ``can_start`` allows a new one."""
        is_another = provider_id != self._shown
        self._shown = provider_id
        course = self._courses.get(provider_id, _Course())
        self._button.setText(self.tr("S&top") if course.is_running else self.tr("&Rehearse"))
        self._button.setEnabled(can_start or course.is_running)
        if is_another:
            self._show(course)

    def _show(self, course: _Course) -> None:
        self._steps.set_steps(())
        for news in course.news:
            self._show_news(news)
        self._show_result(course)

    def _show_news(self, news: RehearsalNews) -> None:
        key = news.step.value
        known = self._steps.keys()
        if key not in known:
            self._steps.add_step(key, step_words(news.step))
        detail = news.message
        if news.subject and news.subject not in detail:
            detail = f"{news.subject}: {detail}"
        self._steps.update_step(key, _STATES[news.verdict], detail, news.seconds)

    def _show_result(self, course: _Course) -> None:
        report = course.report
        self._steps.setVisible(bool(course.news))
        self._table.setVisible(report is not None and bool(report.latencies))
        proposed = report.proposed_latency_seconds if report is not None else None
        self._proposal.setVisible(proposed is not None)
        self._use.setVisible(proposed is not None)
        self._show_banner(course)
        if report is None:
            return
        self._fill_table(report.latencies)
        if proposed is not None:
            self._proposal.setText(
                self.tr("From what was measured, a replication latency of {n} seconds is enough.").format(
                    n=proposed
                )
            )
            self._use.setText(self.tr("Use {n} seconds").format(n=proposed))
            self._use.setEnabled(True)

    def _show_banner(self, course: _Course) -> None:
        report = course.report
        if course.failure:
            self._banner.show_message(course.failure, Severity.ERROR, dismissible=False)
        elif report is None:
            self._banner.clear()
        elif report.leftovers:
            text = self.tr("Not removed yet, the next sweep or rehearsal does it: {names}.")
            words = " ".join(
                part for part in (report.problem, text.format(names=", ".join(report.leftovers)))
            )
            self._banner.show_message(words.strip(), Severity.WARNING, dismissible=False)
        elif report.problem:
            self._banner.show_message(report.problem, Severity.ERROR, dismissible=False)
        else:
            worst = max((n.verdict for n in report.steps if n.verdict), key=list(Verdict).index, default=None)
            if worst in (Verdict.WARNING, Verdict.BAD):
                text = self.tr("The rehearsal went through, but see the steps below.")
                self._banner.show_message(text, Severity.WARNING, dismissible=False)
            else:
                text = self.tr("The rehearsal went through, and nothing of it is left.")
                self._banner.show_message(text, Severity.SUCCESS, dismissible=False)

    def _fill_table(self, latencies: tuple[Latency, ...]) -> None:
        self._table.setRowCount(len(latencies))
        for row, latency in enumerate(latencies):
            words = (
                latency.host,
                _seconds(latency, latency.appeared_seconds),
                _seconds(latency, latency.gone_seconds),
            )
            for column, word in enumerate(words):
                item = QTableWidgetItem(word)
                item.setToolTip(word)
                self._table.setItem(row, column, item)
        self._table.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            if len(latencies) <= _MOST_ROWS
            else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        )
        header = self._table.horizontalHeader().sizeHint().height()
        self._table.setFixedHeight(header + CONTROL_HEIGHT * min(len(latencies), _MOST_ROWS) + 4)

    # --- running -----------------------------------------------------------------------------------------

    @Slot()
    def _on_button_clicked(self) -> None:
        assert self._shown is not None
        course = self._courses.get(self._shown)
        if course is not None and course.is_running and course.ticket is not None:
            course.ticket.cancel()
            self._button.setEnabled(False)  # until what was made is cleaned up
        else:
            self.start(self._shown)

    def start(self, provider_id: ProviderId) -> None:
        """Rehearse with the settings of this provider as they are saved."""
        course = self._courses[provider_id] = _Course()
        token, examiner = CancelToken(), self._context.examiner
        course.ticket = self._context.workers[f"rehearse:{provider_id}"].submit(
            lambda control: examiner.rehearse(provider_id, control.report, token),
            scope=self._scope,
            on_done=lambda report: self._on_done(provider_id, report),
            on_error=lambda error: self._on_failed(provider_id, error),
            on_progress=lambda news: self._on_news(provider_id, news),
            on_cancelled=lambda: self._on_cancelled(provider_id),
            cancel_hook=token.cancel,
        )
        self._shown = None
        self.show_provider(provider_id, can_start=True)

    def stop(self) -> None:
        """The dialog goes: stop what is under way; the worker still cleans up."""
        for course in self._courses.values():
            if course.ticket is not None:
                course.ticket.cancel()

    def _on_news(self, provider_id: ProviderId, news: RehearsalNews) -> None:
        self._courses[provider_id].news.append(news)
        if provider_id == self._shown:
            self._steps.show()
            self._show_news(news)
            self.grew.emit()

    def _on_done(self, provider_id: ProviderId, report: RehearsalReport) -> None:
        course = self._courses[provider_id]
        course.report = report
        course.news = list(report.steps) or course.news
        self._finish(provider_id)

    def _on_failed(self, provider_id: ProviderId, error: BaseException) -> None:
        self._courses[provider_id].failure = failure_words(error)
        self._finish(provider_id)

    def _on_cancelled(self, provider_id: ProviderId) -> None:
        self._courses[provider_id].failure = self.tr("Stopped.")
        self._finish(provider_id)

    def _finish(self, provider_id: ProviderId) -> None:
        if provider_id == self._shown:
            self._shown = None
            self.show_provider(provider_id, can_start=True)
            self.grew.emit()

    @Slot()
    def _on_use_clicked(self) -> None:
        course = self._courses.get(self._shown) if self._shown is not None else None
        if course is not None and course.report is not None:
            seconds = course.report.proposed_latency_seconds
            if seconds is not None:
                self._use.setEnabled(False)
                self._proposal.setText(
                    self.tr(
                        "The page Just-in-time (JIT) elevation now says {n} seconds; Save keeps it."
                    ).format(n=seconds)
                )
                self.latency_chosen.emit(seconds)


def step_words(step: RehearsalStep) -> str:
    """What is done in a step of a rehearsal, as its heading."""
    words = {
        RehearsalStep.CLEAN_UP_BEFORE: _tr("Remove what an earlier rehearsal left"),
        RehearsalStep.CREATE: _tr("Create the throw-away groups"),
        RehearsalStep.NEST: _tr("Nest one in the other"),
        RehearsalStep.ENDS_BY_ITSELF: _tr("Give it a time to live, and read that back"),
        RehearsalStep.EXTEND: _tr("Extend it"),
        RehearsalStep.REPLICATE: _tr("Wait until every domain controller has it"),
        RehearsalStep.END: _tr("End it"),
        RehearsalStep.REPLICATE_END: _tr("Wait until no domain controller has it any more"),
        RehearsalStep.CLEAN_UP: _tr("Remove everything"),
    }
    return words[step]


def _seconds(latency: Latency, seconds: float | None) -> str:
    if seconds is not None:
        return _tr("{:.1f} s").format(seconds)
    return latency.problem or _tr("not in time")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Rehearsal", text)
