# SPDX-License-Identifier: MIT
"""The *Connection* page: which domain, how protected, who signs in, what makes the certificate good."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton, QWidget

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import Clock
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionMethod, ConnectionSettings, SignIn
from jit_desktop.ui.settings.certificate_dialog import CertificateDialog
from jit_desktop.ui.settings.connection_probe_panel import ConnectionProbePanel
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.edits import with_connection
from jit_desktop.ui.settings.page import SettingsPage, hug, in_a_row
from jit_desktop.ui.settings.reach import Reach
from jit_desktop.ui.settings.steady_inputs import EnumCombo, SteadySpinBox
from jit_desktop.ui.theme import pad_spin_box
from jit_desktop.ui.widgets import Field, FileChooser, Form, PasswordField, PathField

_PORT_WIDTH = 144


class ConnectionPage(SettingsPage):
    """Object names: ``settings.name``, ``settings.server``, ``settings.method``, ``settings.port``,
    ``settings.sign-in``, ``settings.bind-as``, ``settings.password``, ``settings.keep-password``,
    ``settings.trust``, ``settings.ca-file`` (inside: ``path``, ``browse``), ``settings.fingerprint``,
    ``settings.show-certificate``, ``settings.test-connection``, ``settings.test-verdict``,
    ``settings.test-steps``.
    """

    tested = Signal(bool)
    """*Test connection* ended; whether the connection stands (something may be missing all the same)."""

    def __init__(
        self, reach: Reach, clock: Clock, chooser: FileChooser | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = self.tr("Connection")
        self._reach = reach
        self._shown_id: ProviderId | None = None
        self._form = Form()
        self._add_server_fields()
        self._add_sign_in_fields()
        self._add_certificate_fields(chooser)
        self._probe = ConnectionProbePanel(reach, clock, lambda: self.draft)
        self.body.addWidget(self._form)
        self._probe.finished.connect(self.tested)
        self._probe.grew.connect(self._on_probe_grew)
        self.body.addWidget(self._probe)
        self.body.addStretch(1)

    def set_can_keep(self, *, can_keep: bool) -> None:
        """Whether there is a credential store that outlives the program; the answer comes from a worker."""
        self._keep.setEnabled(can_keep)
        if not can_keep:
            with self._showing():
                self._keep.setChecked(False)
            self._keep_field.set_help(
                self.tr("This computer offers no credential store: the password is asked for at each start.")
            )

    def test(self) -> None:
        """Do what the button does; `tested` tells how it ended."""
        self._probe.start()

    def stop(self) -> None:
        """Break off a test that is under way."""
        self._probe.clear()

    # --- the fields --------------------------------------------------------------------------------------

    def _add_server_fields(self) -> None:
        self._name = QLineEdit()
        self._name.textEdited.connect(self._on_name_text_edited)
        self._place("name", self._form.add_field(self.tr("&Name"), self._name, name="settings.name"))
        self._server = QLineEdit()
        self._server.setPlaceholderText("corp.example.com")
        self._server.textEdited.connect(self._on_server_text_edited)
        self._server_field = self._form.add_field(
            self.tr("D&omain or server"),
            self._server,
            name="settings.server",
            help_text=self.tr("The DNS name of the domain, or of one domain controller."),
        )
        self._place("connection.server", self._server_field)
        self._method = EnumCombo({
            ConnectionMethod.LDAPS: self.tr("LDAPS: TLS from the first byte"),
            ConnectionMethod.STARTTLS: self.tr("StartTLS: TLS before anything is said"),
            ConnectionMethod.SEALED: self.tr("Kerberos: signed and sealed"),
        })  # fmt: skip
        self._method.activated.connect(self._on_method_activated)
        self._method.setObjectName("settings.method")
        self._method.setAccessibleName(self.tr("Protection"))
        self._port = SteadySpinBox()
        self._port.setObjectName("settings.port")
        self._port.setAccessibleName(self.tr("Port"))
        self._port.setRange(0, 65535)
        self._port.setFixedWidth(_PORT_WIDTH)
        pad_spin_box(self._port)
        self._port.valueChanged.connect(self._on_port_value_changed)
        port_label = QLabel(self.tr("Po&rt"))
        port_label.setBuddy(self._port)
        protection = in_a_row(self._method, port_label, self._port)
        self._method_field = self._form.add_field(self.tr("&Protection"), protection)
        self._place("connection.method", self._method_field)
        self._problem_places["connection.port"] = (self._method_field.set_problem, self._port)

    def _add_sign_in_fields(self) -> None:
        self._sign_in_header = self._form.add_section(self.tr("Sign in"))
        self._sign_in = EnumCombo({
            SignIn.PASSWORD: self.tr("With a name and a password"),
            SignIn.KERBEROS: self.tr("As whoever is logged on (Kerberos)"),
        })  # fmt: skip
        self._sign_in.activated.connect(self._on_sign_in_activated)
        self._sign_in_field = self._form.add_field(
            self.tr("Si&gn in"), self._sign_in, name="settings.sign-in"
        )
        self._bind_as = QLineEdit()
        self._bind_as.setPlaceholderText(r"CORP\svc-jit")
        self._bind_as.textEdited.connect(self._on_bind_as_text_edited)
        self._bind_as_field = self._form.add_field(
            self.tr("Sign in &as"),
            self._bind_as,
            name="settings.bind-as",
            help_text=self.tr(r"user@domain, DOMAIN\user, or a distinguished name."),
        )
        self._place("connection.bind_as", self._bind_as_field)
        self._password = PasswordField()
        self._password.textEdited.connect(self._on_password_edited)
        self._password_field = self._form.add_field(
            self.tr("Pass&word"), self._password, name="settings.password"
        )
        self._keep = QCheckBox(self.tr("&Keep in the credential store of this computer"))
        self._keep.setChecked(True)
        self._keep.toggled.connect(self._on_password_edited)
        self._keep_field = self._form.add_field("", self._keep, name="settings.keep-password")
        hug(self._keep_field)

    def _add_certificate_fields(self, chooser: FileChooser | None) -> None:
        self._trust_header = self._form.add_section(self.tr("Certificate of the server"))
        self._trust = EnumCombo({
            CertificateTrust.SYSTEM: self.tr("Trusted by this computer"),
            CertificateTrust.CA_FILE: self.tr("Signed by an authority in a file"),
            CertificateTrust.PINNED: self.tr("Exactly one certificate"),
        })  # fmt: skip
        self._trust.activated.connect(self._on_trust_activated)
        self._trust_field = self._form.add_field(self.tr("&Trust it if"), self._trust, name="settings.trust")
        words = self.tr("Certificates of the authority")
        self._ca_file = PathField(
            words, name_filter=self.tr("Certificates (*.pem *.crt *.cer);;All files (*)"), chooser=chooser
        )
        self._ca_file.path_changed.connect(self._on_ca_file_path_changed)
        self._ca_file_field = self._form.add_field(
            self.tr("A&uthority file"), self._ca_file, name="settings.ca-file"
        )
        self._place("connection.ca_file", self._ca_file_field)
        self._fingerprint = QLineEdit()
        self._fingerprint.setObjectName("settings.fingerprint")
        self._fingerprint.setAccessibleName(self.tr("SHA-256 fingerprint"))
        self._fingerprint.textEdited.connect(self._on_fingerprint_text_edited)
        self._show_certificate = QPushButton(self.tr("Show &certificate…"))
        self._show_certificate.setObjectName("settings.show-certificate")
        self._show_certificate.setAutoDefault(False)
        self._show_certificate.clicked.connect(self._on_show_certificate_clicked)
        pinned = in_a_row(self._fingerprint, self._show_certificate)
        self._fingerprint_field = self._form.add_field(self.tr("&Fingerprint"), pinned)
        self._place("connection.fingerprint", self._fingerprint_field)

    def _place(self, name: str, field: Field) -> None:
        self._problem_places[name] = (field.set_problem, field.editor)

    # --- showing -----------------------------------------------------------------------------------------

    def _show(self, draft: ProviderDraft) -> None:
        connection = draft.provider.connection
        _set_text(self._name, draft.provider.name)
        _set_text(self._server, connection.server)
        self._port.setValue(connection.port)
        _set_text(self._bind_as, connection.bind_as)
        if self._keep.isEnabled():
            self._keep.setChecked(draft.keep_password)
        if self._ca_file.path() != connection.ca_file:
            self._ca_file.set_path(connection.ca_file)
        _set_text(self._fingerprint, connection.fingerprint)
        self._trust.set_value(connection.trust)
        self._sign_in.set_value(connection.sign_in)
        if not draft.provider.is_demo:
            self._method.set_value(connection.method)
        self._show_password(draft)
        self._show_what_applies(draft)
        self._probe.clear()

    def _show_password(self, draft: ProviderDraft) -> None:
        """Whether there is one; never the password itself, which only the directory reveals."""
        if draft.provider.id != self._shown_id:
            self._shown_id = draft.provider.id
            self._password.clear()
        if draft.password is not None:
            self._password.setPlaceholderText(self.tr("Entered, not saved yet"))
        elif draft.saved is not None:
            self._password.setPlaceholderText(self.tr("Leave empty to use the known one"))
        else:
            self._password.setPlaceholderText("")

    def _show_what_applies(self, draft: ProviderDraft) -> None:
        connection, is_demo = draft.provider.connection, draft.provider.is_demo
        is_sealed = connection.method is ConnectionMethod.SEALED
        has_password = connection.sign_in is SignIn.PASSWORD and not is_demo
        has_certificate = not is_sealed and not is_demo
        usual = 636 if connection.method is ConnectionMethod.LDAPS else 389
        self._port.setSpecialValueText(self.tr("{} (usual)").format(usual))
        self._server_field.set_help(
            self.tr("The embedded demo domain: no network, no password, nothing can break.")
            if is_demo
            else self.tr("The DNS name of the domain, or of one domain controller.")
        )
        self._server.setEnabled(not is_demo)
        self._sign_in.setEnabled(not is_sealed)
        self._sign_in_field.set_help(self.tr("A password is never sent without TLS.") if is_sealed else "")
        for field in (self._method_field, self._sign_in_field):
            _show_field(field, shown=not is_demo)
        for field in (self._bind_as_field, self._password_field, self._keep_field):
            _show_field(field, shown=has_password)
        self._sign_in_header.setVisible(not is_demo)
        self._trust_header.setVisible(has_certificate)
        _show_field(self._trust_field, shown=has_certificate)
        is_file = connection.trust is CertificateTrust.CA_FILE
        is_pinned = connection.trust is CertificateTrust.PINNED
        _show_field(self._ca_file_field, shown=has_certificate and is_file)
        _show_field(self._fingerprint_field, shown=has_certificate and is_pinned)

    # --- editing -----------------------------------------------------------------------------------------

    def _edit_connection(self, connection: ConnectionSettings, field: str) -> None:
        if self._is_showing:
            return
        self._edit(with_connection(self.draft.provider, connection), field)
        with self._showing():
            self._sign_in.set_value(self.draft.provider.connection.sign_in)
            self._show_what_applies(self.draft)
        self._probe.clear()

    @Slot()
    def _on_probe_grew(self) -> None:
        # Only after the layout has made room for it can it be scrolled to.
        QTimer.singleShot(0, self._probe, lambda: self.ensureWidgetVisible(self._probe))

    @Slot(str)
    def _on_name_text_edited(self, text: str) -> None:
        self._edit(replace(self.draft.provider, name=text), "name")

    @Slot(str)
    def _on_server_text_edited(self, text: str) -> None:
        self._edit_connection(
            replace(self.draft.provider.connection, server=text.strip()), "connection.server"
        )

    @Slot()
    def _on_method_activated(self) -> None:
        connection = replace(self.draft.provider.connection, method=self._method.value())
        self._edit_connection(connection, "connection.method")

    @Slot(int)
    def _on_port_value_changed(self, port: int) -> None:
        if not self._is_showing:
            self._edit_connection(replace(self.draft.provider.connection, port=port), "connection.port")

    @Slot()
    def _on_sign_in_activated(self) -> None:
        connection = replace(self.draft.provider.connection, sign_in=self._sign_in.value())
        self._edit_connection(connection, "connection.sign_in")

    @Slot(str)
    def _on_bind_as_text_edited(self, text: str) -> None:
        self._edit_connection(
            replace(self.draft.provider.connection, bind_as=text.strip()), "connection.bind_as"
        )

    @Slot()
    def _on_password_edited(self) -> None:
        if self._is_showing:
            return
        password = Secret(self._password.text()) if self._password.text() else None
        keep = self._keep.isChecked()
        self._edit_draft(replace(self.draft, password=password, keep_password=keep), "connection.password")
        self._probe.clear()

    @Slot()
    def _on_trust_activated(self) -> None:
        connection = replace(self.draft.provider.connection, trust=self._trust.value())
        self._edit_connection(connection, "connection.trust")

    @Slot(str)
    def _on_ca_file_path_changed(self, path: str) -> None:
        if not self._is_showing:
            connection = replace(self.draft.provider.connection, ca_file=path.strip())
            self._edit_connection(connection, "connection.ca_file")

    @Slot(str)
    def _on_fingerprint_text_edited(self, text: str) -> None:
        self._trust_fingerprint(text)

    @Slot()
    def _on_show_certificate_clicked(self) -> None:
        dialog = CertificateDialog(self._reach, self.draft.provider.connection, self)
        dialog.trusted.connect(self._on_certificate_dialog_trusted)
        dialog.open()

    @Slot(str)
    def _on_certificate_dialog_trusted(self, fingerprint: str) -> None:
        self._fingerprint.setText(fingerprint)
        self._trust_fingerprint(fingerprint)

    def _trust_fingerprint(self, text: str) -> None:
        digits = text.replace(":", "").replace(" ", "").lower()
        connection = replace(self.draft.provider.connection, fingerprint=digits)
        self._edit_connection(connection, "connection.fingerprint")


def _set_text(edit: QLineEdit, text: str) -> None:
    # The same text set again would move the cursor of somebody who is typing.
    if edit.text() != text:
        edit.setText(text)


def _show_field(field: Field, *, shown: bool) -> None:
    field.setVisible(shown)
    if field.label is not None:
        field.label.setVisible(shown)
