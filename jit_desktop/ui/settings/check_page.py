# SPDX-License-Identifier: MIT
"""The *Check this domain* page: what the domain can do, what is missing, and a rehearsal."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.domain_check import DomainCheck, Verdict
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.edits import with_jit
from jit_desktop.ui.settings.finding_list import SEVERITIES, FindingList
from jit_desktop.ui.settings.page import SettingsPage
from jit_desktop.ui.settings.rehearsal_panel import RehearsalPanel
from jit_desktop.ui.settings.script_panel import ScriptPanel
from jit_desktop.ui.theme import GAP, GAP_WIDE
from jit_desktop.ui.widgets import Banner, BusyLine, FileChooser, MessageLine, SectionHeader, Severity


class CheckPage(SettingsPage):
    """Object names: ``settings.check-domain``, ``settings.check-note``, ``settings.check-banner``,
    ``settings.check-findings``, and those of `ScriptPanel` and `RehearsalPanel`."""

    def __init__(
        self, context: UiContext, chooser: FileChooser | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = self.tr("Check this domain")
        self._context = context
        self._scope = Scope(self)
        self._checks: dict[ProviderId, DomainCheck] = {}
        self._failures: dict[ProviderId, str] = {}
        self._running: set[ProviderId] = set()
        self._shown: ProviderId | None = None
        self._note = MessageLine()
        self._note.setObjectName("settings.check-note")
        self.body.addWidget(self._build_check())
        self._script = ScriptPanel(context.workers["files"], chooser)
        self.body.addWidget(self._script)
        self._rehearsal = RehearsalPanel(context)
        self._rehearsal.grew.connect(self._on_rehearsal_grew)
        self._rehearsal.latency_chosen.connect(self._on_rehearsal_latency_chosen)
        self.body.addWidget(self._rehearsal)
        self.body.addStretch(1)

    def _build_check(self) -> QWidget:
        header = SectionHeader(
            self.tr("What this domain can do"),
            self.tr(
                "Looks at everything that an elevation needs - connection, domain controllers, creation "
                "location, groups, accounts, rights - and writes nothing."
            ),
        )
        self._button = QPushButton(self.tr("&Check this domain"))
        self._button.setObjectName("settings.check-domain")
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._on_button_clicked)
        header.add_action_widget(self._button)
        self._busy = BusyLine()
        self._banner = Banner()
        self._banner.setObjectName("settings.check-banner")
        self._findings_list = FindingList()
        self._findings_list.setObjectName("settings.check-findings")
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(header)
        column.addWidget(self._note)
        column.addWidget(self._busy)
        column.addWidget(self._banner)
        column.addSpacing(GAP_WIDE - GAP)
        column.addWidget(self._findings_list)
        return part

    def stop(self) -> None:
        """The dialog goes: no answer is wanted any more, and what is under way stops where it is safe."""
        self._scope.renew(cancel=True)
        self._rehearsal.stop()

    # --- showing -----------------------------------------------------------------------------------------

    def _show(self, draft: ProviderDraft) -> None:
        provider_id = draft.provider.id
        is_saved = draft.saved is not None
        if not is_saved:
            self._note.show_message(
                self.tr("Save this domain provider first: its saved settings are what is looked at."),
                Severity.INFO,
            )
        elif draft.is_changed:
            self._note.show_message(
                self.tr("The settings are looked at as they are saved, without your latest changes."),
                Severity.INFO,
            )
        else:
            self._note.show_help("")
        self._note.setVisible(bool(self._note.text))
        is_running = provider_id in self._running
        self._button.setEnabled(is_saved and not is_running)
        self._busy.set_busy(is_running)
        self._rehearsal.show_provider(provider_id, can_start=is_saved)
        if provider_id != self._shown:
            self._shown = provider_id
            self._show_check()

    def _show_check(self) -> None:
        assert self._shown is not None
        check, failure = self._checks.get(self._shown), self._failures.get(self._shown, "")
        self._findings_list.set_findings(check.findings if check is not None else ())
        self._findings_list.setVisible(check is not None)
        self._script.set_scripts(check.script if check else "", check.whole_script if check else "")
        if failure:
            self._banner.show_message(failure, Severity.ERROR, dismissible=False)
        elif check is not None:
            self._banner.show_message(self._summary(check), SEVERITIES[check.worst], dismissible=False)
        else:
            self._banner.clear()

    def _summary(self, check: DomainCheck) -> str:
        bad = sum(f.verdict is Verdict.BAD for f in check.findings)
        warnings = sum(f.verdict is Verdict.WARNING for f in check.findings)
        if bad == 1:
            return self.tr("One thing is bad: elevations will fail, or can't be ended, until it is mended.")
        if bad:
            text = self.tr(
                "{n} things are bad: elevations will fail, or can't be ended, until they are mended."
            )
            return text.format(n=bad)
        if warnings == 1:
            return self.tr("Elevations work; there is one warning.")
        if warnings:
            return self.tr("Elevations work; there are {n} warnings.").format(n=warnings)
        return self.tr("Everything that an elevation needs is there.")

    # --- asking ------------------------------------------------------------------------------------------

    @Slot()
    def _on_button_clicked(self) -> None:
        provider_id, examiner = self.draft.provider.id, self._context.examiner
        self._running.add(provider_id)
        self._failures.pop(provider_id, None)
        self._context.workers["examine"].submit(
            lambda _control: examiner.check_domain(provider_id),
            scope=self._scope,
            on_done=lambda check: self._on_check_done(provider_id, check),
            on_error=lambda error: self._on_check_failed(provider_id, error),
        )
        self.show_draft(self.draft)

    def _on_check_done(self, provider_id: ProviderId, check: DomainCheck) -> None:
        self._checks[provider_id] = check
        self._settle(provider_id)

    def _on_check_failed(self, provider_id: ProviderId, error: BaseException) -> None:
        # What was found before would be taken for the present truth.
        self._checks.pop(provider_id, None)
        self._failures[provider_id] = failure_words(error)
        self._settle(provider_id)

    def _settle(self, provider_id: ProviderId) -> None:
        self._running.discard(provider_id)
        if self._draft is not None and self.draft.provider.id == provider_id:
            self._shown = None
            self.show_draft(self.draft)

    @Slot()
    def _on_rehearsal_grew(self) -> None:
        """Keep the newest step in sight, once the layout has made room for it."""
        QTimer.singleShot(0, self, self._show_newest)

    @Slot()
    def _show_newest(self) -> None:
        if self._rehearsal.isVisible():
            bar = self.verticalScrollBar()
            bar.setValue(max(bar.value(), self._rehearsal.geometry().bottom() - self.viewport().height()))

    @Slot(int)
    def _on_rehearsal_latency_chosen(self, seconds: int) -> None:
        jit = replace(self.draft.provider.jit, replication_latency_seconds=seconds)
        self._edit(with_jit(self.draft.provider, jit), "jit.replication_latency_seconds")
        self.show_draft(self.draft)
