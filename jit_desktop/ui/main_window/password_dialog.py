# SPDX-License-Identifier: MIT
"""Asks for the password of a provider, tries it, and remembers it for this run or in the credential store."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.errors import JitError, SignInFailed
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Control, Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.fit import fit_height
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, set_role
from jit_desktop.ui.widgets import Banner, BusyLine, Form, PasswordField, Severity, plain_label

_WIDTH = 460


class PasswordDialog(QDialog):
    """Object names: ``password`` (the dialog), ``password.value``, ``password.keep``, ``password.sign_in``,
    ``password.cancel``, ``password.banner``."""

    signed_in = Signal(str)
    """The id of the provider whose password is known now."""

    def __init__(self, context: UiContext, provider: DomainProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("password")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Password for {name}").format(name=provider.name))
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self._provider = provider
        self._scope = Scope(self)
        self._build()
        # Asking a credential store may take its time; until it answers, keeping is not offered.
        secrets = context.secrets
        context.workers["secrets"].submit(
            lambda _control: secrets.can_keep, scope=self._scope, on_done=self._on_secrets_can_keep
        )

    def _build(self) -> None:
        connection = self._provider.connection
        self._busy = BusyLine()
        self._banner = Banner()
        self._banner.setObjectName("password.banner")
        text = self.tr("{who} signs in to {server}. The password is sent only over an encrypted connection.")
        heading = plain_label(self.windowTitle(), Role.HEADING, wrap=True)
        sentence = plain_label(
            text.format(who=connection.bind_as, server=connection.server), Role.MUTED, wrap=True
        )
        form = Form(stacked=True)
        self._value = PasswordField()
        self._field = form.add_field(self.tr("&Password"), self._value, name="password.value")
        self._keep = QCheckBox(self.tr("&Keep it in this computer's credential store"))
        self._keep.setEnabled(False)
        form.add_field(
            "",
            self._keep,
            help_text=self.tr("Otherwise it is forgotten when the program ends."),
            name="password.keep",
        )
        self._sign_in = QPushButton(self.tr("Sign in"))
        self._sign_in.setObjectName("password.sign_in")
        self._sign_in.setDefault(True)
        self._sign_in.setEnabled(False)
        set_role(self._sign_in, Role.PRIMARY)
        self._sign_in.clicked.connect(self._on_sign_in_clicked)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setObjectName("password.cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._value.textChanged.connect(self._on_value_text_changed)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._sign_in)
        inner = QVBoxLayout()
        inner.setContentsMargins(MARGIN, MARGIN - 2, MARGIN, MARGIN)
        inner.setSpacing(GAP_WIDE)
        inner.addWidget(heading)
        inner.addWidget(sentence)
        inner.addWidget(self._banner)
        inner.addWidget(form)
        inner.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._busy)
        layout.addLayout(inner)
        self._value.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy.set_busy(busy)
        self._value.setReadOnly(busy)
        self._sign_in.setEnabled(not busy and bool(self._value.text()))

    def _on_secrets_can_keep(self, can_keep: bool) -> None:  # noqa: FBT001 - the answer of the port
        self._keep.setEnabled(can_keep)
        if not can_keep:
            self._keep.setToolTip(self.tr("This computer offers no credential store."))

    @Slot(str)
    def _on_value_text_changed(self, text: str) -> None:
        self._field.set_problem(None)
        self._sign_in.setEnabled(bool(text))

    @Slot()
    def _on_sign_in_clicked(self) -> None:
        self._banner.clear()
        self._set_busy(busy=True)
        secret, keep = Secret(self._value.text()), self._keep.isChecked()
        context, provider = self._context, self._provider

        def work(_control: Control) -> None:
            # Tried first: a wrong password that was kept would lock the account out over the night.
            context.connector.connect(provider.connection, secret).close()
            context.secrets.remember(provider.id, secret, keep=keep)

        # On no worker that waits for the domain: what hangs there may want this very password.
        context.workers[f"password:{provider.id}"].submit(
            work, scope=self._scope, on_done=self._on_sign_in_done, on_error=self._on_sign_in_failed
        )

    def _on_sign_in_done(self, _nothing: None) -> None:
        self._value.clear()
        self.signed_in.emit(self._provider.id)
        self.accept()

    def _on_sign_in_failed(self, error: BaseException) -> None:
        self._set_busy(busy=False)
        if isinstance(error, SignInFailed):
            self._field.set_problem(str(error))
            self._value.selectAll()
            self._value.setFocus()
        else:
            fault = self.tr("A fault in the program; see its log.")
            self._banner.show_message(str(error) if isinstance(error, JitError) else fault, Severity.ERROR)
        # The words may need more lines than the dialog was opened with.
        fit_height(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._value.clear()
        super().closeEvent(event)
