# SPDX-License-Identifier: MIT
"""The settings: domain providers at the left, the pages of the chosen one at the right, Save and Cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import FoundDomain
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.accounts_page import AccountsPage
from jit_desktop.ui.settings.check_page import CheckPage
from jit_desktop.ui.settings.connection_page import ConnectionPage
from jit_desktop.ui.settings.drafts import Drafts, ProviderDraft, SaveResult, save
from jit_desktop.ui.settings.jit_page import JitPage
from jit_desktop.ui.settings.object_check import ObjectCheck
from jit_desktop.ui.settings.page import SettingsPage
from jit_desktop.ui.settings.policy_page import PolicyPage
from jit_desktop.ui.settings.promise_page import PromisePage
from jit_desktop.ui.settings.provider_list import ProviderList
from jit_desktop.ui.settings.questions import ask_about_changes, ask_about_removal
from jit_desktop.ui.settings.reach import Reach
from jit_desktop.ui.theme import GAP, GAP_WIDE, MARGIN, Role, bind_icon, set_role
from jit_desktop.ui.widgets import Banner, BusyLine, ElidedLabel, EmptyState, FileChooser, Severity

_USUAL_SIZE = QSize(1120, 840)
_SMALLEST_SIZE = QSize(1000, 640)
_LIST_WIDTH = 256
_SCREEN_MARGIN = QSize(64, 96)
_ALL = "*"
"""Among the touched fields of a provider: Save was tried, so every problem is said."""


class SettingsDialog(QDialog):
    """Show it with `open`. Object names: see the package."""

    saved = Signal()
    """The store holds new settings."""
    schedule_changed = Signal(object)
    """A :class:`ScheduleState`: how the promise is kept while the program is closed."""

    def __init__(
        self,
        context: UiContext,
        *,
        provider_id: ProviderId | None = None,
        chooser: FileChooser | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`provider_id` is the one to begin with; `chooser` asks for files (tests bring their own)."""
        super().__init__(parent)
        self.setObjectName("settings")
        self.setWindowTitle(self.tr("Settings"))
        self._context = context
        self._first = provider_id
        self._scope = Scope(self)
        self._drafts = Drafts(self)
        self._reach = Reach(context)
        self._check = ObjectCheck(self._reach, self)
        self._check.found.connect(self._on_check_found)
        self._check.failed.connect(self._on_check_failed)
        self._retry: Callable[[], None] | None = None
        self._touched: dict[ProviderId, set[str]] = {}
        self._is_busy = False
        self._connection = ConnectionPage(self._reach, context.clock, chooser)
        self._jit = JitPage(self._reach)
        self._accounts = AccountsPage(self._reach)
        self._policy = PolicyPage()
        self._examine = CheckPage(context, chooser)
        self._pages: tuple[SettingsPage, ...] = (
            self._connection,
            self._jit,
            self._accounts,
            self._policy,
            self._examine,
        )
        self._build()
        self._load()

    # --- what it looks like ------------------------------------------------------------------------------

    def _build(self) -> None:
        self._list = ProviderList(self._drafts)
        self._list.setFixedWidth(_LIST_WIDTH)
        self._list.chosen.connect(self._on_list_chosen)
        self._list.current_changed.connect(self._on_list_current_changed)
        self._list.add_requested.connect(self._on_list_add_requested)
        self._list.demo_requested.connect(self._on_list_demo_requested)
        self._list.duplicate_requested.connect(self._on_list_duplicate_requested)
        self._list.removal_requested.connect(self._on_list_removal_requested)
        self._banner = Banner()
        self._banner.setObjectName("settings.banner")
        self._banner.action_requested.connect(self._on_banner_action_requested)
        self._title = ElidedLabel("", Role.TITLE)
        self._title.setObjectName("settings.title")
        self._tabs = QTabWidget()
        self._tabs.setObjectName("settings.tabs")
        names = ("connection", "jit", "accounts", "policy", "check")
        for name, page in zip(names, self._pages, strict=True):
            page.setObjectName(f"settings.page-{name}")
            page.edited.connect(self._on_page_edited)
            self._tabs.addTab(page, page.title)
        provider = QWidget()
        column = QVBoxLayout(provider)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._title)
        column.addWidget(self._tabs, 1)
        self._empty = EmptyState(
            "domain",
            self.tr("No domain provider yet"),
            self.tr(
                "A domain provider is one Active Directory domain with everything that is set for it. To "
                "look around first, choose Add, then Try the demo domain."
            ),
            action=self.tr("Add a domain provider"),
        )
        self._empty.setObjectName("settings.empty")
        self._empty.action_requested.connect(self._on_list_add_requested)
        self._right = QStackedWidget()
        self._right.addWidget(self._empty)
        self._right.addWidget(provider)
        self._promise = PromisePage(self._context)
        self._promise.setObjectName("settings.page-promise")
        self._promise.state_changed.connect(self.schedule_changed)
        self._right.addWidget(self._promise)
        self._promise_button = QPushButton(self.tr("When the program is closed"))
        self._promise_button.setObjectName("settings.promise")
        self._promise_button.setAccessibleDescription(self.tr("Keep the promise when the program is closed"))
        self._promise_button.setToolTip(self._promise_button.accessibleDescription())
        self._promise_button.setCheckable(True)
        self._promise_button.setAutoDefault(False)
        set_role(self._promise_button, Role.ENTRY)
        bind_icon(self._promise_button, "shield-check")
        self._promise_button.clicked.connect(self.show_promise)
        self._drafts.list_changed.connect(self._on_drafts_list_changed)
        self._lay_out()

    def _lay_out(self) -> None:
        self._busy = BusyLine()
        self._save = QPushButton(self.tr("Save"))
        self._save.setObjectName("settings.save")
        self._save.setDefault(True)
        self._save.setEnabled(False)
        self._save.clicked.connect(self._on_save_clicked)
        set_role(self._save, Role.PRIMARY)
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setObjectName("settings.cancel")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._save)
        columns = QHBoxLayout()
        columns.setSpacing(MARGIN)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self._list, 1)
        left.addWidget(_line())
        left.addWidget(self._promise_button)
        columns.addLayout(left)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        right.addWidget(self._banner)
        right.addWidget(self._right, 1)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP_WIDE)
        layout.setSpacing(GAP)
        layout.addLayout(columns, 1)
        layout.addWidget(self._busy)
        layout.addLayout(buttons)
        room = self.screen().availableSize() - _SCREEN_MARGIN
        self.resize(_USUAL_SIZE.boundedTo(room).expandedTo(_SMALLEST_SIZE))

    # --- loading -----------------------------------------------------------------------------------------

    def _load(self) -> None:
        store, secrets = self._context.store, self._context.secrets
        self._set_busy(busy=True)
        self._context.workers["store"].submit(
            lambda control: (store.providers(), secrets.can_keep),
            scope=self._scope,
            on_done=self._on_load_done,
            on_error=self._on_load_failed,
        )

    def _on_load_done(self, answer: tuple[Sequence[DomainProvider], bool]) -> None:
        providers, can_keep = answer
        self._set_busy(busy=False)
        self._connection.set_can_keep(can_keep=can_keep)
        is_promise = self._right.currentWidget() is self._promise
        self._drafts.load(providers)
        if self._first is not None and self._first in self._drafts:
            self._list.set_current(self._first)
        if is_promise:
            self.show_promise()
            self._promise_button.setFocus()
        else:
            self._list.setFocus()

    def _on_load_failed(self, error: BaseException) -> None:
        self._busy.set_busy(busy=False)
        self._say(failure_words(error), Severity.ERROR, retry=self._load)

    # --- the chosen provider -----------------------------------------------------------------------------

    @property
    def _current(self) -> ProviderDraft | None:
        current = self._list.current()
        return self._drafts[current] if current is not None and current in self._drafts else None

    @Slot()
    def _on_list_current_changed(self) -> None:
        draft = self._current
        self._show_provider_side()
        self._banner.clear()
        if draft is None:
            return
        for page in self._pages:
            page.show_draft(draft)
            page.show_findings(self._check.findings(draft.provider.id))
        self._title.setText(draft.provider.name)
        self._show_problems()
        if draft.saved is not None:
            self._check.look(draft)

    @Slot(str)
    def _on_check_found(self, provider_id: str) -> None:
        known = ProviderId(provider_id)
        if known not in self._drafts:
            return
        findings = self._check.findings(known)
        self._drafts.refresh(known, findings.present)
        if self._list.current() == known:
            for page in self._pages:
                page.show_draft(self._drafts[known])
                page.show_findings(findings)

    def _show_provider_side(self) -> None:
        self._promise_button.setChecked(False)
        self._right.setCurrentIndex(0 if self._current is None else 1)

    @Slot()
    def _on_list_chosen(self) -> None:
        """Somebody went back to the providers."""
        self._show_provider_side()

    @Slot()
    def show_promise(self) -> None:
        """Show how the promise is kept while the program is closed, for all providers."""
        self._promise_button.setChecked(True)
        self._list.clear_selection()
        self._right.setCurrentWidget(self._promise)
        self._promise.look()

    @Slot(str, object)
    def _on_check_failed(self, provider_id: str, error: BaseException) -> None:
        draft = self._current
        if draft is not None and draft.provider.id == provider_id:
            words = self.tr("Names may be out of date. {}").format(failure_words(error))
            self._say(words, Severity.WARNING, retry=self._look_again)

    def _look_again(self) -> None:
        draft = self._current  # as it is now: the password may have been typed meanwhile
        if draft is not None:
            self._check.look(draft)

    # --- editing -----------------------------------------------------------------------------------------

    @Slot(object, str)
    def _on_page_edited(self, draft: ProviderDraft, field: str) -> None:
        self._touched.setdefault(draft.provider.id, set()).add(field)
        self._drafts.update(draft)
        for page in self._pages:
            if page is not self.sender():
                page.show_draft(draft)
        self._title.setText(draft.provider.name)
        self._show_problems()

    def _show_problems(self) -> None:
        """Say beside each field what is wrong with it: of those that were edited, or of all after a Save."""
        draft = self._current
        if draft is None:
            return
        touched = self._touched.get(draft.provider.id, set())
        problems = {
            field: sentence
            for field, sentence in self._problems(draft).items()
            if _ALL in touched or field in touched or field.partition(".")[0] in touched
        }
        for page in self._pages:
            page.show_problems(problems)

    def _problems(self, draft: ProviderDraft) -> dict[str, str]:
        problems = draft.problems
        if draft is self._current:
            for page in self._pages:
                problems |= page.own_problems()
        return problems

    @Slot()
    def _on_list_add_requested(self) -> None:
        provider = edits.new_provider(self.tr("New domain provider"))
        self._begin_with(provider)
        find_domain = self._context.find_domain
        self._context.workers["settings:domain"].submit(
            lambda _control: find_domain(),
            scope=self._scope,
            on_done=lambda found: self._on_domain_found(provider, found),
        )

    def _on_domain_found(self, provider: DomainProvider, found: FoundDomain) -> None:
        """Fill in what the session suggests, unless somebody has begun to enter something."""
        if provider.id not in self._drafts or self._drafts[provider.id].provider != provider:
            return
        known = {self._drafts[p].provider.connection.server for p in self._drafts.ids}
        if {found.name, found.controller} & known - {""}:
            return  # that one is there already, so another is wanted
        self._drafts.update(
            replace(self._drafts[provider.id], provider=edits.with_found_domain(provider, found))
        )
        if self._list.current() == provider.id:
            self._on_list_current_changed()

    @Slot()
    def _on_list_duplicate_requested(self) -> None:
        draft = self._current
        if draft is not None:
            name = self.tr("{} (copy)").format(draft.provider.name)
            self._begin_with(edits.duplicate(draft.provider, name))

    @Slot()
    def _on_list_demo_requested(self) -> None:
        demo_provider = self._context.demo_provider
        self._context.workers["store"].submit(
            lambda control: demo_provider(),
            scope=self._scope,
            on_done=self._on_demo_provider_done,
            on_error=self._say_error,
        )

    def _on_demo_provider_done(self, provider: DomainProvider) -> None:
        if provider.id in self._drafts:
            self._list.set_current(provider.id)
        else:
            self._begin_with(provider)

    def _begin_with(self, provider: DomainProvider) -> None:
        self._drafts.add(provider)
        self._list.set_current(provider.id)
        self._tabs.setCurrentIndex(0)
        self._connection.focus_field("name")

    @Slot()
    def _on_list_removal_requested(self) -> None:
        draft = self._current
        if draft is None:
            return
        if draft.saved is None:
            self._drafts.remove(draft.provider.id)
            return
        dialog = ask_about_removal(draft.provider.name, self)
        provider_id = draft.provider.id
        dialog.chosen.connect(lambda key: self._on_removal_chosen(key, provider_id))
        dialog.open()

    def _on_removal_chosen(self, key: str, provider_id: ProviderId) -> None:
        if key == "remove" and provider_id in self._drafts:
            self._drafts.remove(provider_id)

    @Slot()
    def _on_drafts_list_changed(self) -> None:
        self._save.setEnabled(self._drafts.is_changed and not self._is_busy)

    # --- saving ------------------------------------------------------------------------------------------

    @Slot()
    def _on_save_clicked(self) -> None:
        for draft in self._drafts.changed:
            problems = self._problems(draft)
            if problems:
                self._go_to(draft.provider.id, problems)
                return
        self._banner.clear()
        self._set_busy(busy=True)
        context, drafts, removed = self._context, self._drafts.changed, self._drafts.removed
        context.workers["store"].submit(
            lambda control: save(
                context.store,
                context.secrets,
                drafts,
                removed,
                at=context.clock.utc_now(),
                actor=context.actor,
            ),
            scope=self._scope,
            on_done=self._on_save_done,
            on_error=self._on_save_failed,
        )

    def _go_to(self, provider_id: ProviderId, problems: dict[str, str]) -> None:
        """Show the first problem, in the order of the pages and their fields, with the cursor there."""
        self._list.set_current(provider_id)
        self._touched.setdefault(provider_id, set()).add(_ALL)
        self._show_problems()
        for page in self._pages:
            field = next((field for field in page.fields if field in problems), None)
            if field is not None:
                self._tabs.setCurrentWidget(page)
                page.focus_field(field)
                return
        self._say(" ".join(problems.values()), Severity.ERROR)

    def _on_save_done(self, result: SaveResult) -> None:
        self._set_busy(busy=False)
        self._drafts.accept(result)
        if result.saved or result.removed:
            self.saved.emit()
        if result.problem is None:
            self._leave(QDialog.DialogCode.Accepted)
            return
        if result.stopped_at is not None and result.stopped_at in self._drafts:
            self._list.set_current(result.stopped_at)
        self._say_error(result.problem)

    def _on_save_failed(self, error: BaseException) -> None:
        self._set_busy(busy=False)
        self._say_error(error)

    # --- leaving -----------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Cancel, Escape and the window's cross: nothing that was edited is lost without asking."""
        if self._is_busy:
            return
        if not self._drafts.is_changed:
            self._leave(QDialog.DialogCode.Rejected)
            return
        dialog = ask_about_changes(self)
        dialog.chosen.connect(self._on_leaving_chosen)
        dialog.open()

    @Slot(str)
    def _on_leaving_chosen(self, key: str) -> None:
        if key == "save":
            self._on_save_clicked()
        elif key == "discard":
            self._leave(QDialog.DialogCode.Rejected)

    def _leave(self, result: QDialog.DialogCode) -> None:
        self._check.close()
        self._connection.stop()
        self._examine.stop()
        self.done(result)

    @Slot()
    def _on_cancel_clicked(self) -> None:
        """The button says Cancel: what was edited is discarded."""
        self._leave(QDialog.DialogCode.Rejected)

    # --- telling -----------------------------------------------------------------------------------------

    def _set_busy(self, *, busy: bool) -> None:
        self._is_busy = busy
        self._busy.set_busy(busy)
        self._right.setEnabled(not busy)
        self._list.setEnabled(not busy)
        self._save.setEnabled(self._drafts.is_changed and not busy)

    def _say(self, text: str, severity: Severity, *, retry: Callable[[], None] | None = None) -> None:
        self._retry = retry
        self._banner.show_message(text, severity, action=self.tr("Try again") if retry else "")

    def _say_error(self, error: BaseException) -> None:
        self._say(failure_words(error), Severity.ERROR)

    @Slot()
    def _on_banner_action_requested(self) -> None:
        retry, self._retry = self._retry, None
        self._banner.clear()
        if retry is not None:
            retry()


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setFrameShape(QFrame.Shape.NoFrame)
    set_role(line, Role.DIVIDER)
    return line
