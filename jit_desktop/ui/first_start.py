# SPDX-License-Identifier: MIT
"""The first start: find the domain, test it, choose place, groups and accounts; or try the demo domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.ports import FoundDomain
from jit_desktop.ui.bridge import Control, Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.accounts_page import AccountsPage
from jit_desktop.ui.settings.connection_page import ConnectionPage
from jit_desktop.ui.settings.drafts import ProviderDraft, SaveResult, save
from jit_desktop.ui.settings.jit_page import JitPage
from jit_desktop.ui.settings.page import SettingsPage
from jit_desktop.ui.settings.reach import Reach
from jit_desktop.ui.theme import GAP, GAP_WIDE, ICON_LARGE, MARGIN, Role, Token, set_role
from jit_desktop.ui.widgets import Banner, BusyLine, FileChooser, IconView, Severity, plain_label

_SIZE = QSize(820, 680)


class FirstStart(QDialog):
    """A short assistant over the pages of the settings; show it with `open`.

    Object names: ``first-start`` (the dialog), ``first-start.connect``, ``first-start.demo``,
    ``first-start.back``, ``first-start.next``, ``first-start.cancel``, ``first-start.step``,
    ``first-start.banner``; on its pages those of the settings.
    """

    saved = Signal(str)
    """The id of the provider that the store holds now."""

    def __init__(
        self, context: UiContext, *, chooser: FileChooser | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("first-start")
        self.setWindowTitle(self.tr("Set up JIT Desktop"))
        self._context = context
        self._scope = Scope(self)
        reach = Reach(context)
        self._draft = ProviderDraft(provider=edits.new_provider(""))
        self._connection = ConnectionPage(reach, context.clock, chooser)
        self._jit = JitPage(reach, with_sets=False)
        self._accounts = AccountsPage(reach)
        self._steps: tuple[SettingsPage, ...] = (self._connection, self._jit, self._accounts)
        for page in self._steps:
            page.edited.connect(self._on_page_edited)
        self._connection.tested.connect(self._on_connection_tested)
        self._awaits_test = False
        self._build()
        self._show_choice()

    @property
    def draft(self) -> ProviderDraft:
        """The provider as far as it was entered."""
        return self._draft

    # --- what it looks like ------------------------------------------------------------------------------

    def _build(self) -> None:
        self._step = plain_label("", Role.TITLE)
        self._step.setObjectName("first-start.step")
        self._help = plain_label("", Role.MUTED, wrap=True)
        self._banner = Banner()
        self._banner.setObjectName("first-start.banner")
        self._pages = QStackedWidget()
        self._choice = self._build_choice()
        for page in (self._choice, *self._steps):
            self._pages.addWidget(page)
        self._busy = BusyLine()
        self._back = QPushButton(self.tr("Back"))
        self._back.setObjectName("first-start.back")
        self._back.clicked.connect(self._on_back_clicked)
        self._next = QPushButton()
        self._next.setObjectName("first-start.next")
        self._next.setDefault(True)
        self._next.clicked.connect(self._on_next_clicked)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setObjectName("first-start.cancel")
        cancel.clicked.connect(self.reject)
        for button in (self._back, cancel):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        buttons.addWidget(self._back)
        buttons.addWidget(self._next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP_WIDE)
        layout.setSpacing(GAP)
        layout.addWidget(self._step)
        layout.addWidget(self._help)
        layout.addWidget(self._banner)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._busy)
        layout.addLayout(buttons)
        self.resize(_SIZE)

    def _build_choice(self) -> QWidget:
        self._connect = QPushButton(self.tr("Connect to your domain"))
        self._connect.setObjectName("first-start.connect")
        self._connect.clicked.connect(self._on_connect_clicked)
        set_role(self._connect, Role.PRIMARY)
        self._demo = QPushButton(self.tr("Try the demo domain"))
        self._demo.setObjectName("first-start.demo")
        self._demo.clicked.connect(self._on_demo_clicked)
        choice = QWidget()
        column = QVBoxLayout(choice)
        column.setContentsMargins(0, GAP_WIDE, 0, 0)
        column.setSpacing(GAP_WIDE)
        column.addWidget(
            _card(
                "connection",
                self.tr("Your own Active Directory domain"),
                self.tr(
                    "You need the name of the domain, and an account that may create groups in one OU and "
                    "change the members of the groups to be granted."
                ),
                self._connect,
            )
        )
        column.addWidget(
            _card(
                "elevations",
                self.tr("A domain to look around in"),
                self.tr(
                    "The embedded demo domain needs no network and no password. Everything is set up: check "
                    "out an account, watch how it is granted, and see it end."
                ),
                self._demo,
            )
        )
        column.addStretch(1)
        return choice

    # --- going from step to step -------------------------------------------------------------------------

    def _show_choice(self) -> None:
        self._step.setText(self.tr("Welcome to JIT Desktop"))
        self._help.setText(self.tr("It lends Active Directory rights for a time, and takes them back."))
        self._pages.setCurrentWidget(self._choice)
        self._back.hide()
        self._next.hide()
        self._connect.setFocus()

    def _show_step(self, number: int) -> None:
        page = self._steps[number]
        page.show_draft(self._draft)
        page.show_problems({})
        words = (
            (self.tr("The domain"), self.tr("Which domain is it, and who signs in?")),
            (
                self.tr("What may be granted"),
                self.tr("Choose the groups, and the place in which temporary groups are created."),
            ),
            (self.tr("Who may have it"), self.tr("Choose the accounts that people check out.")),
        )[number]
        self._step.setText(self.tr("{0} ({1} of {2})").format(words[0], number + 1, len(self._steps)))
        self._help.setText(words[1])
        self._banner.clear()
        self._pages.setCurrentWidget(page)
        is_last = number == len(self._steps) - 1
        self._next.setText(self.tr("Finish") if is_last else self.tr("Next"))
        set_role(self._next, Role.PRIMARY)
        self._next.show()
        self._back.show()

    @property
    def _number(self) -> int:
        """The step that is shown; -1 for the choice at the beginning."""
        return self._pages.currentIndex() - 1

    @Slot()
    def _on_connect_clicked(self) -> None:
        self._show_step(0)
        self._connection.focus_field("connection.server")
        context = self._context
        context.workers["settings:test"].submit(
            lambda _control: (context.find_domain(), context.secrets.can_keep),
            scope=self._scope,
            on_done=self._on_domain_found,
        )

    def _on_domain_found(self, answer: tuple[FoundDomain, bool]) -> None:
        found, can_keep = answer
        self._connection.set_can_keep(can_keep=can_keep)
        provider = self._draft.provider
        # Nothing that somebody has begun to enter is replaced.
        if provider == edits.new_provider("", provider.id):
            self._draft = replace(self._draft, provider=edits.with_found_domain(provider, found))
            self._connection.show_draft(self._draft)

    @Slot()
    def _on_back_clicked(self) -> None:
        self._connection.stop()
        self._awaits_test = False
        self._next.setEnabled(True)
        if self._number <= 0:
            self._show_choice()
        else:
            self._show_step(self._number - 1)

    @Slot()
    def _on_next_clicked(self) -> None:
        page = self._steps[self._number]
        self._name_after_server()
        problems = {field: words for field, words in self._draft.problems.items() if field in page.fields}
        page.show_problems(problems)
        if problems:
            page.focus_field(next(field for field in page.fields if field in problems))
        elif page is self._connection:
            self._awaits_test = True
            self._next.setEnabled(False)
            self._connection.test()
        elif page is self._steps[-1]:
            self._finish()
        else:
            self._show_step(self._number + 1)

    def _name_after_server(self) -> None:
        """Whoever gave no name means the domain's."""
        provider = self._draft.provider
        if not provider.name.strip() and provider.connection.server:
            self._draft = replace(self._draft, provider=replace(provider, name=provider.connection.server))
            self._connection.show_draft(self._draft)

    @Slot(bool)
    def _on_connection_tested(self, stands: bool) -> None:  # noqa: FBT001 - the signature of the signal
        goes_on, self._awaits_test = self._awaits_test and stands, False
        self._next.setEnabled(True)
        if goes_on:
            self._show_step(1)

    @Slot(object, str)
    def _on_page_edited(self, draft: ProviderDraft, field: str) -> None:
        self._draft = draft
        problem = draft.problems.get(field)
        self._steps[self._number].show_problems({field: problem} if problem else {})

    # --- the end -----------------------------------------------------------------------------------------

    @Slot()
    def _on_demo_clicked(self) -> None:
        demo_provider = self._context.demo_provider
        self._set_busy(busy=True)
        self._save(lambda: ProviderDraft(provider=demo_provider()))

    def _finish(self) -> None:
        draft = self._draft
        self._set_busy(busy=True)
        self._save(lambda: draft)

    def _save(self, make_draft: Callable[[], ProviderDraft]) -> None:
        context = self._context

        def work(_control: Control) -> SaveResult:
            at = context.clock.utc_now()
            return save(context.store, context.secrets, [make_draft()], [], at=at, actor=context.actor)

        context.workers["store"].submit(
            work, scope=self._scope, on_done=self._on_save_done, on_error=self._on_save_failed
        )

    def _on_save_done(self, result: SaveResult) -> None:
        self._set_busy(busy=False)
        if result.problem is not None:
            self._banner.show_message(failure_words(result.problem), Severity.ERROR)
            return
        self.saved.emit(result.saved[0].id)
        self.accept()

    def _on_save_failed(self, error: BaseException) -> None:
        self._set_busy(busy=False)
        self._banner.show_message(failure_words(error), Severity.ERROR)

    def done(self, result: int) -> None:
        """Every way out: what is being asked of the directory is broken off."""
        self._connection.stop()
        super().done(result)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy.set_busy(busy)
        for widget in (self._pages, self._back, self._next):
            widget.setEnabled(not busy)


def _card(icon_name: str, title: str, sentence: str, button: QPushButton) -> QFrame:
    """One of the two ways to begin."""
    card = QFrame()
    set_role(card, Role.CARD)
    words = QVBoxLayout()
    words.setSpacing(GAP)
    words.addWidget(plain_label(title, Role.HEADING))
    words.addWidget(plain_label(sentence, Role.MUTED, wrap=True))
    row = QHBoxLayout()
    row.addWidget(button)
    row.addStretch(1)
    words.addLayout(row)
    layout = QHBoxLayout(card)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    layout.setSpacing(MARGIN)
    layout.addWidget(IconView(icon_name, Token.TEXT_MUTED, ICON_LARGE), 0, Qt.AlignmentFlag.AlignTop)
    layout.addLayout(words, 1)
    return card
