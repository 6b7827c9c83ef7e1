# SPDX-License-Identifier: MIT
"""What is asked for: account, privileges, how long, why; and the sentence that says what will happen."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.elevation.model import CheckoutRequest
from jit_desktop.elevation.rules import checkout_sentence, request_problems
from jit_desktop.elevation.settings import CheckoutPolicy, DomainProvider, FieldMode
from jit_desktop.ui.checkout.account_chooser import AccountChooser
from jit_desktop.ui.checkout.privilege_chooser import PrivilegeChooser
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.account_table import AccountRow, Availability
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_WIDE, MARGIN, Role, set_role
from jit_desktop.ui.widgets import DurationPicker, Field, Form, IconView, format_moment, plain_label

_LEFT_WIDTH = 360
_RIGHT_WIDTH = 452
"""Room for all presets of the duration picker, so that nothing moves when the account is chosen."""


class CheckoutForm(QWidget):
    """Object names: ``checkout.account``, ``checkout.privilege_search``, ``checkout.privileges``,
    ``checkout.duration`` (inside it those of the duration picker), ``checkout.reason``, ``checkout.ticket``,
    ``checkout.sentence``."""

    changed = Signal()
    """Something that the request consists of was changed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._provider: DomainProvider | None = None
        self._is_checked = False
        self._build()
        self._account.account_chosen.connect(self._on_account_account_chosen)
        self._privileges.model.choice_changed.connect(self._on_input_changed)
        self._duration.duration_changed.connect(self._on_duration_duration_changed)
        self._reason.textChanged.connect(self._on_input_changed)
        self._ticket.textChanged.connect(self._on_input_changed)
        self._desk.board.provider_status_changed.connect(self._on_board_provider_status_changed)
        self._account.choose_only()
        self._on_account_account_chosen(self._account.chosen)

    def _build(self) -> None:
        policy = CheckoutPolicy()
        self._account = AccountChooser(self._desk)
        self._privileges = PrivilegeChooser()
        self._duration = DurationPicker(
            policy.minimum_seconds, policy.maximum_seconds, policy.default_seconds, self._now
        )
        self._reason = QPlainTextEdit()
        self._reason.setTabChangesFocus(True)
        self._reason.setFixedHeight(2 * CONTROL_HEIGHT)
        self._ticket = QLineEdit()

        left = Form(stacked=True)
        self._account_field = left.add_field(self.tr("&Account"), self._account, name="checkout.account")
        self._privileges_field = left.add_field(self.tr("&Privileges"), self._privileges)
        self._privileges.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        right = Form(stacked=True)
        self._duration_field = right.add_field(self.tr("&How long"), self._duration, name="checkout.duration")
        self._reason_field = right.add_field(self.tr("&Reason"), self._reason, name="checkout.reason")
        self._ticket_field = right.add_field(self.tr("&Ticket number"), self._ticket, name="checkout.ticket")
        self._forms = (left, right)

        column = QVBoxLayout()
        column.addWidget(right)
        column.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(MARGIN)
        left.setMinimumWidth(_LEFT_WIDTH)
        right.setMinimumWidth(_RIGHT_WIDTH)
        columns.addWidget(left, _LEFT_WIDTH)
        columns.addLayout(column, _RIGHT_WIDTH)

        card = QFrame()
        set_role(card, Role.CARD)
        self._sentence = plain_label(wrap=True)
        self._sentence.setObjectName("checkout.sentence")
        self._sentence.setMinimumHeight(3 * self._sentence.fontMetrics().lineSpacing())
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(card)
        row.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP)
        row.setSpacing(GAP)
        row.addWidget(IconView("info"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._sentence, 1)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(columns, 1)
        layout.addWidget(card)

    def _now(self) -> datetime:
        return self._desk.now(self._provider.id) if self._provider else self._desk.context.clock.utc_now()

    # --- what is asked for -----------------------------------------------------------------------------

    def choose_account(self, provider_id: ProviderId | None, account: ObjectGuid) -> None:
        """Choose an account beforehand; the privileges are next."""
        self._account.choose(provider_id, account)
        self._privileges.setFocus()

    def focus_first(self) -> None:
        """Put the focus where something is to be done next."""
        (self._privileges if self._account.chosen else self._account).setFocus()

    def request(self) -> CheckoutRequest | None:
        """What is asked for; ``None`` while no account is chosen."""
        row = self._account.chosen
        if row is None:
            return None
        policy = row.provider.policy
        return CheckoutRequest(
            provider_id=row.provider.id,
            account=row.account.account.guid,
            privileges=tuple(p.group.guid for p in self._privileges.model.chosen),
            duration_seconds=self._duration.duration_seconds(),
            requested_by=self._desk.context.actor,
            reason="" if policy.reason is FieldMode.HIDDEN else self._reason.toPlainText().strip(),
            ticket="" if policy.ticket is FieldMode.HIDDEN else self._ticket.text().strip(),
            until=self._duration.end(),
        )

    def check(self) -> CheckoutRequest | None:
        """The request if nothing is wrong with it; else every problem stands beside its field and the first
        of these fields has the focus."""
        self._is_checked = True
        self._show_problems()
        if any(form.focus_first_problem() for form in self._forms):
            return None
        if self._duration.problem() is not None:
            self._duration.setFocus()
            return None
        return self.request()

    def _problems(self) -> dict[str, str]:
        request, row = self.request(), self._account.chosen
        if request is None or row is None:
            return {"account": self.tr("Choose an account.")}
        problems = request_problems(row.provider, request)
        if row.availability is Availability.CHECKED_OUT and row.elevation is not None:
            until = format_moment(row.elevation.deadline, self._desk.now(row.provider.id))
            problems["account"] = self.tr("Checked out by {who} until {time}.").format(
                who=row.elevation.requested_by, time=until
            )
        elif row.availability is Availability.DISABLED:
            problems["account"] = self.tr("The account is disabled in Active Directory.")
        elif row.availability is Availability.EXPIRED:
            problems["account"] = self.tr("The account has expired in Active Directory.")
        elif row.availability is Availability.MISSING:
            problems["account"] = self.tr("Active Directory has no such account any more.")
        return problems

    def _show_problems(self) -> None:
        """Before *Check out* was pressed, only what is wrong by itself is said, not what is still empty."""
        problems = self._problems()
        fields: dict[str, Field] = {
            "account": self._account_field,
            "privileges": self._privileges_field,
            "reason": self._reason_field,
            "ticket": self._ticket_field,
        }
        for name, field in fields.items():
            field.set_problem(problems.get(name) if self._is_checked else None)

    def _show_sentence(self) -> None:
        row, chosen = self._account.chosen, self._privileges.model.chosen
        if row is None:
            self._sentence.setText(self.tr("Choose an account and what it is to be allowed."))
        elif not chosen:
            self._sentence.setText(
                self.tr("Choose what {account} is to be allowed.").format(account=row.account.label)
            )
        else:
            seconds = max(self._duration.duration_seconds(), 0)
            words = checkout_sentence(row.provider, row.account, chosen, seconds)
            info = self._desk.board.status(row.provider.id).info
            if info is not None:
                words += " " + wording.promise_words(info.abilities, seconds)
            self._sentence.setText(words)

    # --- slots ---

    @Slot(object)
    def _on_account_account_chosen(self, row: AccountRow | None) -> None:
        provider = row.provider if row is not None else None
        if provider is not None and provider != self._provider:
            self._take_policy(provider)
        self._privileges.set_offer(provider, row.account.account.guid if row else None)

    def _take_policy(self, provider: DomainProvider) -> None:
        is_first = self._provider is None or self._provider.policy != provider.policy
        self._provider = provider
        policy = provider.policy
        if is_first:
            with QSignalBlocker(self._duration):
                self._duration.set_limits(
                    policy.minimum_seconds, policy.maximum_seconds, policy.default_seconds
                )
        for field, mode in ((self._reason_field, policy.reason), (self._ticket_field, policy.ticket)):
            shown = mode is not FieldMode.HIDDEN
            field.setVisible(shown)
            if field.label is not None:
                field.label.setVisible(shown)
            field.set_help(self.tr("Optional") if mode is FieldMode.OPTIONAL else "")

    @Slot()
    def _on_input_changed(self) -> None:
        self._show_problems()
        self._show_sentence()
        self.changed.emit()

    @Slot(str)
    def _on_board_provider_status_changed(self, _provider_id: str) -> None:
        self._show_sentence()  # what the domain can do by itself may be known only now

    @Slot(int)
    def _on_duration_duration_changed(self, _seconds: int) -> None:
        self._on_input_changed()
