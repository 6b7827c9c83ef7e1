# SPDX-License-Identifier: MIT
"""The *Just-in-time (JIT) elevation* page: what may be lent, in which sets, and through which groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.naming import MAXIMUM_PREFIX, utf16_length
from jit_desktop.elevation.ports import DirectoryEntry
from jit_desktop.elevation.rules import MAXIMUM_LATENCY
from jit_desktop.elevation.settings import DomainProvider, ReplicationMode, creation_location_path
from jit_desktop.ui.pickers.entry_words import one_line, plain_tool_tip
from jit_desktop.ui.pickers.picker import Picker
from jit_desktop.ui.pickers.purpose import Purpose
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.findings import Findings, finding_words
from jit_desktop.ui.settings.object_list import ListWords, ObjectList
from jit_desktop.ui.settings.object_table import ObjectRow
from jit_desktop.ui.settings.page import SettingsPage, narrow
from jit_desktop.ui.settings.reach import Reach
from jit_desktop.ui.settings.sets_editor import SetsEditor
from jit_desktop.ui.settings.steady_inputs import EnumCombo, SteadySpinBox
from jit_desktop.ui.theme import GAP, GAP_TIGHT, Role
from jit_desktop.ui.widgets import Compound, Form, Severity, plain_label


class JitPage(SettingsPage):
    """Object names: ``settings.privileges`` with ``-add``, ``-remove``, ``-problem``, ``-empty``;
    ``settings.privilege-sets-enabled`` and those of `SetsEditor`; ``settings.group-prefix``,
    ``settings.location``, ``settings.location-browse``, ``settings.replication-latency``,
    ``settings.replication-mode``.
    """

    def __init__(self, reach: Reach, *, with_sets: bool = True, parent: QWidget | None = None) -> None:
        """Without `with_sets` the page is for a provider that has no accounts to put into sets yet."""
        super().__init__(parent)
        self.title = self.tr("Just-in-time (JIT) elevation")
        self._reach = reach
        self._findings = Findings()
        self._with_sets = with_sets
        self._add_privileges()
        self._add_sets()
        self._add_advanced()
        self.body.addStretch(1)

    # --- the fields --------------------------------------------------------------------------------------

    def _add_privileges(self) -> None:
        words = ListWords(
            title=self.tr("Provider privileges"),
            sentence=self.tr("Select provider privileges to make available for temporary elevation"),
            name_title=self.tr("Group"),
            empty_title=self.tr("No provider privilege yet"),
            empty_sentence=self.tr("Add the groups of the directory that may be granted for a time."),
            icon="group-global",
        )
        self._privileges = ObjectList("settings.privileges", words)
        self._privileges.add_requested.connect(self._on_privileges_add_requested)
        self._privileges.removal_requested.connect(self._on_privileges_removal_requested)
        self._privileges.renamed.connect(self._on_privileges_renamed)
        self._problem_places["jit.privileges"] = (self._privileges.set_problem, self._privileges)
        self.body.addWidget(self._privileges)

    def _add_sets(self) -> None:
        self._sets_enabled = QCheckBox(self.tr("&Enable privilege sets"))
        self._sets_enabled.setObjectName("settings.privilege-sets-enabled")
        self._sets_enabled.toggled.connect(self._on_sets_enabled_toggled)
        self._sets = SetsEditor()
        self._sets.edited.connect(self._on_sets_edited)
        self._problem_places["jit.privilege_sets"] = (self._sets.set_problem, self._sets)
        words = self.tr(
            "A set names provider privileges and the privileged accounts that may use them; an account "
            "sees only what its sets give it."
        )
        self._sets_enabled.setAccessibleDescription(words)
        self._sets_part = QWidget()
        column = QVBoxLayout(self._sets_part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TIGHT)
        column.addWidget(self._sets_enabled, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(plain_label(words, Role.CAPTION, wrap=True))
        column.addSpacing(GAP_TIGHT)
        column.addWidget(self._sets)
        self.body.addWidget(self._sets_part)
        self._sets_part.setVisible(self._with_sets)

    def _add_advanced(self) -> None:
        form = Form()
        form.add_section(self.tr("Advanced"))
        self._prefix = QLineEdit()
        self._prefix.textEdited.connect(self._on_prefix_text_edited)
        self._prefix_field = form.add_field(
            self.tr("Temporary group name &prefix"), self._prefix, name="settings.group-prefix"
        )
        self._problem_places["jit.group_prefix"] = (self._prefix_field.set_problem, self._prefix)
        place = Compound()
        self._location = QLineEdit()
        self._location.setObjectName("settings.location")
        self._location.setReadOnly(True)
        self._location.setAccessibleName(self.tr("Temporary group creation location (OU)"))
        self._browse = QPushButton(self.tr("B&rowse…"))
        self._browse.setObjectName("settings.location-browse")
        self._browse.setAccessibleName(self.tr("Browse for the creation location"))
        self._browse.setAutoDefault(False)
        self._browse.clicked.connect(self._on_browse_clicked)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self._location, 1)
        row.addWidget(self._browse)
        place.set_main_input(self._browse)
        self._location_field = form.add_field(self.tr("Temporary group creation &location (OU)"), place)
        self._problem_places["jit.location"] = (self._location_field.set_problem, place)
        self._latency = SteadySpinBox()
        self._latency.setRange(0, MAXIMUM_LATENCY)
        self._latency.setSuffix(self.tr(" seconds"))
        self._latency.valueChanged.connect(self._on_latency_value_changed)
        latency = form.add_field(
            self.tr("Replication latenc&y"), self._latency, name="settings.replication-latency"
        )
        narrow(latency)
        self._problem_places["jit.replication_latency_seconds"] = (latency.set_problem, self._latency)
        self._mode = EnumCombo({
            ReplicationMode.FIXED: self.tr("Always wait this long"),
            ReplicationMode.CONFIRMED: self.tr("Until every domain controller has it, at most this long"),
        })  # fmt: skip
        self._mode.activated.connect(self._on_mode_activated)
        form.add_field(
            self.tr("&Wait"),
            self._mode,
            name="settings.replication-mode",
            help_text=self.tr("Some domains need time to spread a change."),
        )
        self.body.addWidget(form)

    # --- showing -----------------------------------------------------------------------------------------

    def show_findings(self, findings: Findings) -> None:
        self._findings = findings
        self._privileges.set_findings(findings)
        if self._draft is not None:
            self._show_location(self.draft.provider)
            self._say_location_problem("")

    def show_problems(self, problems: Mapping[str, str]) -> None:
        super().show_problems(problems)
        self._say_location_problem(problems.get("jit.location", ""))

    def _say_location_problem(self, problem: str) -> None:
        """A place that is gone is as bad as none; that no rule can know, only the directory."""
        location = self.draft.provider.jit.location
        known = self._findings.by_guid.get(location.guid) if location is not None else None
        severity, words = finding_words(known)
        self._location_field.set_problem(problem or (words if severity is Severity.ERROR else "") or None)

    def _show(self, draft: ProviderDraft) -> None:
        jit = draft.provider.jit
        self._privileges.set_rows([ObjectRow(p.group, p.display_name) for p in jit.privileges])
        self._sets_enabled.setChecked(jit.privilege_sets_enabled)
        self._sets.setVisible(jit.privilege_sets_enabled)
        self._sets.show_provider(draft.provider)
        if self._prefix.text() != jit.group_prefix:
            self._prefix.setText(jit.group_prefix)
        self._latency.setValue(jit.replication_latency_seconds)
        self._mode.set_value(jit.replication_mode)
        self._show_prefix_count()
        self._show_location(draft.provider)

    def _show_prefix_count(self) -> None:
        length = utf16_length(self._prefix.text())
        example = self.tr("Groups are called {}_ and the id of the elevation").format(self._prefix.text())
        self._prefix_field.set_help(f"{length}/{MAXIMUM_PREFIX} · {example}")

    def _show_location(self, provider: DomainProvider) -> None:
        location = provider.jit.location
        if location is None:
            self._location.clear()
            self._location.setPlaceholderText(self.tr("Not chosen yet"))
            self._location_field.set_help("")
            return
        self._location.setText(one_line(creation_location_path(location.dn)))
        self._location.setToolTip(plain_tool_tip(location.dn))
        _, words = finding_words(self._findings.by_guid.get(location.guid))
        self._location_field.set_help(words)

    # --- editing -----------------------------------------------------------------------------------------

    def _change(self, provider: DomainProvider, field: str) -> None:
        if self._is_showing:
            return
        self._edit(provider, field)
        self.show_draft(self.draft)

    def _picker(self, purpose: Purpose) -> Picker:
        provider = self.draft.provider
        return Picker(
            purpose,
            self._reach.browsing,
            self._reach.opener(self.draft),
            taken=[privilege.group.guid for privilege in provider.jit.privileges],
            present=provider.jit.location,
            parent=self,
        )

    @Slot()
    def _on_privileges_add_requested(self) -> None:
        picker = self._picker(Purpose.GROUPS)
        picker.picked.connect(self._on_group_picker_picked)
        picker.open()

    @Slot(object)
    def _on_group_picker_picked(self, groups: tuple[DirectoryEntry, ...]) -> None:
        self._change(edits.add_privileges(self.draft.provider, groups), "jit.privileges")

    @Slot(object)
    def _on_privileges_removal_requested(self, guids: list[ObjectGuid]) -> None:
        self._change(edits.remove_privileges(self.draft.provider, guids), "jit.privileges")

    @Slot(str, str)
    def _on_privileges_renamed(self, guid: str, display_name: str) -> None:
        provider = edits.rename_privilege(self.draft.provider, ObjectGuid(guid), display_name)
        self._change(provider, "jit.privileges")

    @Slot(bool)
    def _on_sets_enabled_toggled(self, enabled: bool) -> None:  # noqa: FBT001 - the signature of the signal
        if not self._is_showing:
            jit = replace(self.draft.provider.jit, privilege_sets_enabled=enabled)
            self._change(edits.with_jit(self.draft.provider, jit), "jit.privilege_sets_enabled")

    @Slot(object)
    def _on_sets_edited(self, provider: DomainProvider) -> None:
        self._edit(provider, "jit.privilege_sets")

    @Slot(str)
    def _on_prefix_text_edited(self, text: str) -> None:
        jit = replace(self.draft.provider.jit, group_prefix=text)
        self._change(edits.with_jit(self.draft.provider, jit), "jit.group_prefix")

    @Slot()
    def _on_browse_clicked(self) -> None:
        browser = self._picker(Purpose.LOCATION)
        browser.picked.connect(self._on_location_browser_picked)
        browser.open()

    @Slot(object)
    def _on_location_browser_picked(self, places: tuple[DirectoryEntry, ...]) -> None:
        self._change(edits.with_location(self.draft.provider, places[0]), "jit.location")

    @Slot(int)
    def _on_latency_value_changed(self, seconds: int) -> None:
        if not self._is_showing:
            jit = replace(self.draft.provider.jit, replication_latency_seconds=seconds)
            self._change(edits.with_jit(self.draft.provider, jit), "jit.replication_latency_seconds")

    @Slot()
    def _on_mode_activated(self) -> None:
        jit = replace(self.draft.provider.jit, replication_mode=self._mode.value())
        self._change(edits.with_jit(self.draft.provider, jit), "jit.replication_mode")
