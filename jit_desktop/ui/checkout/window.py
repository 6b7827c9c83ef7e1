# SPDX-License-Identifier: MIT
"""One checkout from the question to the result, in one window that stands in nobody's way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from jit_desktop.elevation.errors import JitError, PasswordNeeded
from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import CheckoutRequest, Elevation, StepReport
from jit_desktop.ui.checkout.form import CheckoutForm
from jit_desktop.ui.checkout.progress import CheckoutProgress
from jit_desktop.ui.decision_dialog import Choice, DecisionDialog
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.errands import Errand
from jit_desktop.ui.models import wording
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, Token, app_icon, bind_icon, set_role
from jit_desktop.ui.widgets import BusyLine, SearchField, plain_label

SIZE = (888, 600)


class CheckoutWindow(QWidget):
    """Object names: ``checkout`` (the window), ``checkout.title``, ``checkout.submit``, ``checkout.cancel``,
    ``checkout.back``, ``checkout.try_again``, ``checkout.open_session``, ``checkout.close``; the rest in
    :class:`CheckoutForm` and :class:`CheckoutProgress`."""

    session_requested = Signal(object)
    """Open a session for this :class:`Elevation`."""
    closed = Signal(object)
    """This window was closed."""
    password_requested = Signal(str)
    """The checkout failed because the password of this provider is not known."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("checkout")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Check out an account"))
        self.setWindowIcon(app_icon())
        self.resize(*SIZE)
        self._desk = desk
        self._request: CheckoutRequest | None = None
        self._label = ""
        self._errand: Errand | None = None
        self._has_failed = False
        self._misses_password = False
        self._was_active = False
        self._may_close = False
        self._question: DecisionDialog | None = None
        self._build()
        self._show_form()

    def _build(self) -> None:
        self._busy = BusyLine()
        self._title = plain_label(role=Role.TITLE)
        self._title.setObjectName("checkout.title")
        self._form = CheckoutForm(self._desk)
        self._progress = CheckoutProgress(self._desk)
        self._progress.state_changed.connect(self._refresh)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._form)
        self._pages.addWidget(self._progress)
        self._cancel = self._button("cancel", self.tr("Cancel"))
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self._back = self._button("back", self.tr("Change the request"))
        self._back.clicked.connect(self._show_form)
        self._close = self._button("close", self.tr("Close"))
        self._close.clicked.connect(self.close)
        self._submit = self._button("submit", self.tr("Check out"), Role.PRIMARY)
        self._submit.clicked.connect(self._on_submit_clicked)
        self._try_again = self._button("try_again", self.tr("Try again"), Role.PRIMARY)
        self._try_again.clicked.connect(self._on_try_again_clicked)
        self._session = self._button("open_session", self.tr("Open session"), Role.PRIMARY)
        bind_icon(self._session, "open-session", Token.ON_ACCENT)
        self._session.clicked.connect(self._on_session_clicked)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(MARGIN, GAP_WIDE, MARGIN, GAP_WIDE)
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        for button in (
            self._cancel,
            self._back,
            self._close,
            self._submit,
            self._try_again,
            self._session,
        ):
            buttons.addWidget(button)
        inner = QVBoxLayout()
        inner.setContentsMargins(MARGIN, GAP_WIDE, MARGIN, GAP_WIDE)
        inner.setSpacing(GAP_WIDE)
        inner.addWidget(self._title)
        inner.addWidget(self._pages, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._busy)
        layout.addLayout(inner, 1)
        layout.addLayout(buttons)

    def _button(self, name: str, text: str, role: Role = Role.PLAIN) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"checkout.{name}")
        set_role(button, role)
        return button

    # --- what is shown ---------------------------------------------------------------------------------

    def choose_account(self, provider_id: ProviderId | None, account: ObjectGuid) -> None:
        """Open with an account chosen already."""
        self._form.choose_account(provider_id, account)

    @property
    def elevation(self) -> Elevation | None:
        """The elevation that this window has brought about, as it stands."""
        return self._progress.elevation

    @Slot()
    def _show_form(self) -> None:
        self._has_failed = False
        self._pages.setCurrentWidget(self._form)
        self._title.setText(self.tr("Check out an account"))
        self._refresh()
        self._form.focus_first()

    @Slot()
    def _refresh(self) -> None:
        """Offer the buttons that fit what is going on, the primary one being the next step."""
        is_form = self._pages.currentWidget() is self._form
        is_granting = self._errand is not None
        elevation = self._progress.elevation
        state = elevation.state if elevation is not None and not is_form else None
        is_waiting = state is State.PROPAGATING
        is_active = state is State.ACTIVE and not self._has_failed
        self._busy.set_busy(is_granting or is_waiting, at_once=False)
        self._submit.setVisible(is_form)
        can_cancel = is_form or (is_granting and not self._has_failed) or is_waiting
        self._cancel.setVisible(can_cancel)
        self._cancel.setEnabled(not (self._errand is not None and self._errand.cancel_requested))
        self._back.setVisible(not is_form and self._has_failed and not is_granting)
        self._try_again.setVisible(not is_form and self._has_failed and not is_granting)
        self._close.setVisible(not is_form and not is_granting)
        is_news = is_active and not self._was_active
        self._was_active = is_active
        self._session.hide()
        if is_active and elevation is not None:
            self._title.setText(self.tr("{account} is elevated").format(account=self._label))
            provider = self._desk.provider_of(elevation)
            has_command = provider is not None and bool(provider.policy.session_command)
            self._session.setVisible(has_command)
            if is_news:
                (self._session if has_command else self._close).setFocus()

    def _send(self, request: CheckoutRequest) -> None:
        provider = self._desk.board.provider(request.provider_id)
        assert provider is not None
        account = next(a for a in provider.accounts if a.account.guid == request.account)
        self._request = request
        self._has_failed = False
        self._label = wording.account_words(account)
        self._title.setText(self.tr("Checking out {account}").format(account=self._label))
        self._progress.begin(provider)
        self._pages.setCurrentWidget(self._progress)
        errand = self._desk.errands.check_out(request)
        errand.step_reported.connect(self._on_errand_step_reported)
        errand.elevation_changed.connect(self._progress.take_elevation)
        errand.finished.connect(self._on_errand_finished)
        errand.failed.connect(self._on_errand_failed)
        self._errand = errand
        self._refresh()
        self._cancel.setFocus()

    # --- slots -----------------------------------------------------------------------------------------

    @Slot()
    def _on_submit_clicked(self) -> None:
        request = self._form.check()
        if request is not None:
            self._send(request)

    @Slot()
    def _on_try_again_clicked(self) -> None:
        if self._request is not None and self._desk.board.provider(self._request.provider_id) is not None:
            self._send(self._request)
        else:
            self._show_form()

    @Slot()
    def _on_session_clicked(self) -> None:
        if self._progress.elevation is not None:
            self.session_requested.emit(self._progress.elevation)

    @Slot()
    def _on_cancel_clicked(self) -> None:
        if self._pages.currentWidget() is self._form:
            self._leave()
        else:
            self._take_back()

    def _take_back(self) -> None:
        """Before the grant is complete it is cancelled; afterwards giving it back is a check-in."""
        elevation = self._progress.elevation
        if self._errand is not None:
            self._errand.cancel()
            if self._errand is not None:
                self._progress.show_cancelling()
        elif elevation is not None and not self._desk.errands.is_busy_with(elevation.id):
            errand = self._desk.errands.check_in(elevation)
            errand.finished.connect(self._on_errand_finished)
            errand.failed.connect(self._on_errand_failed)
            self._errand = errand
            self._progress.show_cancelling()
        self._refresh()

    @Slot(object)
    def _on_errand_step_reported(self, report: StepReport) -> None:
        # From its second step on the board tells the same; the first ones come before the id is known there.
        if self._progress.elevation is None:
            self._progress.take_step(report)

    @Slot(object)
    def _on_errand_finished(self, elevation: Elevation) -> None:
        self._errand = None
        self._progress.take_elevation(elevation)
        self._refresh()

    @Slot(object)
    def _on_errand_failed(self, error: JitError) -> None:
        self._errand = None
        self._has_failed = True
        self._misses_password = isinstance(error, PasswordNeeded)
        self._title.setText(self.tr("{account} is not checked out").format(account=self._label))
        self._progress.show_failure(error)
        self._refresh()
        self._try_again.setFocus()
        if isinstance(error, PasswordNeeded) and self._request is not None:
            self.password_requested.emit(self._request.provider_id)

    def retry_after_sign_in(self, provider_id: ProviderId) -> None:
        """The password that was missing is known now: go on with what was asked for."""
        waits = self._has_failed and self._misses_password and self._errand is None
        if waits and self._request is not None and self._request.provider_id == provider_id:
            self._on_try_again_clicked()

    # --- leaving ---------------------------------------------------------------------------------------

    def close_without_asking(self) -> None:
        """Close; a grant that is under way goes on and the main window shows it."""
        self._leave()

    def _leave(self) -> None:
        self._may_close = True
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves like the window's cross; Return is the primary button of the moment."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(self.focusWidget(), SearchField):
                return  # there it means to search at once
            for button in (self._submit, self._try_again, self._session):
                if button.isVisible() and button.isEnabled():
                    button.click()
                    break
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close or self._errand is None:
            event.accept()
            self.closed.emit(self)
            return
        event.ignore()
        if self._question is None:
            self._ask()

    def _ask(self) -> None:
        question = DecisionDialog(
            self.tr("The checkout is under way"),
            self.tr("Close the window and let it go on? The main window shows how it comes out."),
            (
                Choice("stay", self.tr("Keep the window")),
                Choice("take_back", self.tr("Cancel the checkout"), Role.DANGER),
                Choice("go_on", self.tr("Let it go on"), Role.PRIMARY),
            ),
            default_key="go_on",
            dismiss_key="stay",
            parent=self,
        )
        question.chosen.connect(self._on_question_chosen)
        self._question = question
        question.open()

    @Slot(str)
    def _on_question_chosen(self, key: str) -> None:
        self._question = None
        if key == "go_on":
            self._leave()
        elif key == "take_back":
            self._take_back()
