# SPDX-License-Identifier: MIT
"""Shows the certificate of a server by its fingerprint before anybody trusts it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from jit_desktop.elevation.settings import ConnectionSettings
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.settings.reach import Reach
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, code_font, set_role
from jit_desktop.ui.widgets import Banner, BusyLine, Severity, plain_label

_WIDTH = 560
_ANSWER_HEIGHT = 72
_GROUP = 4
_GROUPS_PER_LINE = 8


def grouped_fingerprint(fingerprint: str) -> str:
    """64 hexadecimal digits as people compare them: in fours, eight of them to a line."""
    digits = fingerprint.upper()
    fours = [digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP)]
    lines = [fours[start : start + _GROUPS_PER_LINE] for start in range(0, len(fours), _GROUPS_PER_LINE)]
    return "\n".join(" ".join(line) for line in lines)


class CertificateDialog(QDialog):
    """Asks the server for its certificate, without signing in; show it with `open`.

    Object names: ``certificate`` (the dialog), ``certificate.fingerprint``, ``certificate.trust``,
    ``certificate.cancel``.
    """

    trusted = Signal(str)
    """The fingerprint that somebody decided to trust."""

    def __init__(self, reach: Reach, connection: ConnectionSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("certificate")
        self.setWindowTitle(self.tr("Certificate of {}").format(connection.server))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._fingerprint = ""
        words = plain_label(
            self.tr(
                "The server shows the certificate with this SHA-256 fingerprint. Compare it with the one "
                "that the administrator of the domain controller tells you in another way. If they differ, "
                "somebody may be listening: do not trust it."
            ),
            wrap=True,
        )
        self._digits = plain_label(self.tr("Asking {}…").format(connection.server))
        self._digits.setObjectName("certificate.fingerprint")
        self._digits.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._digits.setFont(code_font())
        self._digits.setAccessibleName(self.tr("SHA-256 fingerprint"))
        self._busy = BusyLine()
        self._banner = Banner()
        # One of the two fills the place, which is as high from the beginning: nothing moves.
        self._answer = QStackedWidget()
        self._answer.addWidget(self._digits)
        self._answer.addWidget(self._banner)
        self._answer.setFixedHeight(_ANSWER_HEIGHT)
        self._trust = QPushButton(self.tr("Trust this certificate"))
        self._trust.setObjectName("certificate.trust")
        self._trust.setEnabled(False)
        self._trust.setAutoDefault(False)
        self._trust.clicked.connect(self._on_trust_clicked)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setObjectName("certificate.cancel")
        cancel.setDefault(True)
        cancel.clicked.connect(self.reject)
        set_role(self._trust, Role.PRIMARY)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._trust)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP_WIDE)
        layout.addWidget(words)
        layout.addWidget(self._busy)
        layout.addWidget(self._answer)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self._busy.set_busy(busy=True)
        connector = reach.connector
        reach.testing.submit(
            lambda control: connector.certificate_fingerprint(connection),
            scope=Scope(self),
            on_done=self._on_fingerprint_done,
            on_error=self._on_fingerprint_failed,
        )

    def _on_fingerprint_done(self, fingerprint: str) -> None:
        self._busy.set_busy(busy=False)
        if not fingerprint:
            self._say(self.tr("The server showed no certificate."))
            return
        self._fingerprint = fingerprint
        self._digits.setText(grouped_fingerprint(fingerprint))
        self._trust.setEnabled(True)

    def _on_fingerprint_failed(self, error: BaseException) -> None:
        self._busy.set_busy(busy=False)
        self._say(failure_words(error))

    def _say(self, problem: str) -> None:
        self._banner.show_message(problem, Severity.ERROR, dismissible=False)
        self._answer.setCurrentWidget(self._banner)

    @Slot()
    def _on_trust_clicked(self) -> None:
        self.trusted.emit(self._fingerprint)
        self.accept()
