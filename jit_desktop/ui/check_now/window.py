# SPDX-License-Identifier: MIT
"""The window that *Check now* opens: it asks on a worker, and stands in nobody's way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from jit_desktop.elevation.errors import PasswordNeeded
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.inspection import Advice, AdviceKind, Inspection
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.check_now.answers import as_text, questions, severity_of
from jit_desktop.ui.check_now.table import AnswerTable, AnswerView
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.theme import GAP, GAP_TIGHT, GAP_WIDE, MARGIN, Role, app_icon, bind_icon, set_role
from jit_desktop.ui.widgets import (
    Banner,
    BusyLine,
    ElidedLabel,
    IconView,
    SectionHeader,
    Severity,
    format_absolute,
    plain_label,
)

SIZE = (880, 680)
_ADVICE_HEIGHT = 168
_REMARKS = (AdviceKind.NEW_LOGON, AdviceKind.PURGE_TICKETS)


class CheckNowWindow(QWidget):
    """See the package for the object names."""

    password_requested = Signal(str)
    """The password of this provider is not known."""
    inspected = Signal(object)
    """An :class:`Inspection`: the answer has come."""
    failed = Signal(object)
    """The exception: nobody could be asked."""
    closed = Signal(object)
    """This window was closed."""

    def __init__(self, context: UiContext, elevation: Elevation, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("check_now")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Check now: {account}").format(account=elevation.account.name))
        self.setWindowIcon(app_icon())
        self.resize(*SIZE)
        self._context = context
        self._elevation = elevation
        self._scope = Scope(self)
        self._inspection: Inspection | None = None
        self._misses_password = False
        self._build()
        self.check()

    # --- what it looks like ----------------------------------------------------------------------------

    def _build(self) -> None:
        self._busy = BusyLine()
        title = ElidedLabel(self._elevation.account.name, Role.TITLE)
        title.setObjectName("check_now.title")
        self._subtitle = ElidedLabel(self._elevation.label, Role.MUTED)
        self._banner = Banner()
        self._banner.setObjectName("check_now.banner")
        self._banner.action_requested.connect(self._on_banner_action_requested)
        self._waiting = plain_label(self.tr("Asking each domain controller…"), Role.MUTED)
        self._waiting.setObjectName("check_now.waiting")
        self._model = AnswerTable(self)
        self._table = AnswerView(self._model)
        self._table.setObjectName("check_now.table")
        self._table.setAccessibleName(self.tr("What each domain controller says"))
        inner = QVBoxLayout()
        inner.setContentsMargins(MARGIN, GAP_WIDE, MARGIN, GAP_WIDE)
        inner.setSpacing(GAP)
        inner.addWidget(title)
        inner.addWidget(self._subtitle)
        inner.addSpacing(GAP_TIGHT)
        inner.addWidget(self._banner)
        inner.addWidget(self._waiting)
        inner.addWidget(self._table, 1)
        inner.addWidget(self._build_advice())
        inner.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._busy)
        layout.addLayout(inner, 1)
        layout.addLayout(self._build_buttons())

    def _build_advice(self) -> QWidget:
        self._advice = QVBoxLayout()
        self._advice.setContentsMargins(0, 0, GAP, 0)
        self._advice.setSpacing(GAP)
        lines = QWidget()
        lines.setObjectName("check_now.advice")
        set_role(lines, Role.CONTENT)
        column = QVBoxLayout(lines)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._advice)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(lines)
        self._advice_scroll, self._advice_lines = scroll, lines
        self._advice_part = QWidget()
        part = QVBoxLayout(self._advice_part)
        part.setContentsMargins(0, GAP, 0, 0)
        part.setSpacing(0)
        part.addWidget(SectionHeader(self.tr("What to know and to do")))
        part.addWidget(scroll)
        return self._advice_part

    def _build_buttons(self) -> QHBoxLayout:
        self._copy = QPushButton(self.tr("Copy as text"))
        self._copy.setObjectName("check_now.copy")
        bind_icon(self._copy, "copy")
        self._copy.clicked.connect(self._on_copy_clicked)
        self._again = QPushButton(self.tr("Check again"))
        self._again.setObjectName("check_now.again")
        bind_icon(self._again, "refresh")
        self._again.clicked.connect(self.check)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("check_now.close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(MARGIN, 0, MARGIN, GAP_WIDE)
        buttons.setSpacing(GAP)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        buttons.addWidget(self._again)
        buttons.addWidget(close)
        return buttons

    # --- asking ----------------------------------------------------------------------------------------

    @Slot()
    def check(self) -> None:
        """Ask every domain controller; what was known before stays until the answer comes."""
        examiner, elevation_id = self._context.examiner, self._elevation.id
        self._scope.renew()
        self._set_busy(busy=True)
        self._context.workers["examine"].submit(
            lambda _control: examiner.check_now(elevation_id),
            scope=self._scope,
            on_done=self._on_check_done,
            on_error=self._on_check_failed,
        )

    def retry_after_sign_in(self, provider_id: ProviderId) -> None:
        """The password that was missing is known now."""
        if self._misses_password and self._elevation.provider_id == provider_id:
            self.check()

    def _set_busy(self, *, busy: bool) -> None:
        self._busy.set_busy(busy)
        self._again.setEnabled(not busy)
        self._show_parts(is_busy=busy)

    def _show_parts(self, *, is_busy: bool) -> None:
        is_known = self._inspection is not None
        self._waiting.setVisible(is_busy and not is_known)
        self._table.setVisible(is_known)
        self._advice_part.setVisible(self._inspection is not None and bool(self._inspection.advice))
        self._copy.setEnabled(is_known)

    def _on_check_done(self, inspection: Inspection) -> None:
        self._misses_password = False
        self._inspection = inspection
        self._model.show_answers(tuple(t.host for t in inspection.controllers), questions(inspection))
        moment = format_absolute(inspection.at)
        self._subtitle.setText(f"{inspection.elevation.label} · {moment.splitlines()[0]}")
        self._subtitle.setToolTip(moment)
        self._banner.show_message(inspection.in_words, severity_of(inspection), dismissible=False)
        self._show_advice(inspection.advice)
        self._set_busy(busy=False)
        self.inspected.emit(inspection)
        if not self._table.currentIndex().isValid():
            self._table.setFocus()

    def _on_check_failed(self, error: BaseException) -> None:
        # Old answers beside a new failure would be taken for the present truth.
        self._inspection = None
        self._misses_password = isinstance(error, PasswordNeeded)
        action = self.tr("Enter password…") if self._misses_password else ""
        self._banner.show_message(failure_words(error), Severity.ERROR, action=action, dismissible=False)
        self._set_busy(busy=False)
        self.failed.emit(error)

    def _show_advice(self, advice: tuple[Advice, ...]) -> None:
        while (item := self._advice.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for one in advice:
            self._advice.addWidget(_advice_line(one))
        self._fit_advice()

    def _fit_advice(self) -> None:
        """No higher than its words, and never so high that nothing is left of the table."""
        layout = self._advice_lines.layout()
        assert layout is not None
        width = self.width() - 2 * MARGIN
        self._advice_scroll.setFixedHeight(max(min(layout.totalHeightForWidth(width), _ADVICE_HEIGHT), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_advice()

    # --- slots -----------------------------------------------------------------------------------------

    @Slot()
    def _on_banner_action_requested(self) -> None:
        self.password_requested.emit(self._elevation.provider_id)

    @Slot()
    def _on_copy_clicked(self) -> None:
        if self._inspection is not None:
            QGuiApplication.clipboard().setText(as_text(self._inspection))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._scope.renew()
        event.accept()
        self.closed.emit(self)


def _advice_line(advice: Advice) -> QWidget:
    severity = Severity.ERROR if advice.is_alarm else Severity.WARNING
    if advice.kind in _REMARKS:
        severity = Severity.INFO
    line = QWidget()
    line.setObjectName(f"advice-{advice.kind}")
    text = plain_label(advice.text, wrap=True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    line.setAccessibleName(advice.text)
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    row.addWidget(IconView(severity.icon_name, severity.token), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(text, 1)
    return line
