# SPDX-License-Identifier: MIT
"""The dialog in which groups, accounts or a place are picked from a directory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ObjectGuid, ObjectRef
from jit_desktop.elevation.ports import DirectoryEntry, DomainInfo
from jit_desktop.elevation.settings import creation_location_path
from jit_desktop.ui import bridge
from jit_desktop.ui.pickers.choice import Choice
from jit_desktop.ui.pickers.chosen_pane import ChosenPane
from jit_desktop.ui.pickers.directory_search import SEARCH_LIMIT, DirectorySearch
from jit_desktop.ui.pickers.failure import failure_words
from jit_desktop.ui.pickers.lookup import DirectoryLookup, OpenDirectory
from jit_desktop.ui.pickers.purpose import Purpose
from jit_desktop.ui.pickers.results_model import ResultsModel
from jit_desktop.ui.pickers.tree_model import DirectoryTreeModel, LevelRequest
from jit_desktop.ui.pickers.tree_view import DirectoryTree, EntryView
from jit_desktop.ui.theme import CONTROL_HEIGHT, GAP, GAP_WIDE, MARGIN, Role, set_role
from jit_desktop.ui.widgets import BusyLine, ElidedLabel, EmptyState, SearchField, plain_label

_WIDE, _NARROW, _HIGH = 1160, 720, 680
_SMALLEST_SIZE = QSize(640, 480)
_SCREEN_MARGIN = QSize(64, 96)


class Picker(QDialog):
    """Picks entries for a `Purpose`; show it with `open`.

    Object names: ``picker-groups``, ``picker-accounts``, ``picker-location`` (the dialog), ``picker.search``,
    ``picker.tree``, ``picker.results``, ``picker.failure`` (its button ``empty-action`` is *Try again*),
    ``picker.nothing``, ``picker.state``, ``picker.chosen``, ``picker.chosen-remove``, ``picker.accept``,
    ``picker.cancel``.
    """

    picked = Signal(object)
    """What was chosen when the dialog was accepted: a tuple of `DirectoryEntry`, at least one."""

    def __init__(
        self,
        purpose: Purpose,
        worker: bridge.Worker,
        open_directory: OpenDirectory,
        *,
        taken: Iterable[ObjectGuid] = (),
        present: ObjectRef | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`taken` are shown as chosen already; `present` is the place where a location browser starts."""
        super().__init__(parent)
        self.setObjectName(purpose.object_name)
        self.setWindowTitle(purpose.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._purpose = purpose
        self._present = present
        self._lookup = DirectoryLookup(worker, open_directory, self)
        self._choice = Choice(purpose.choosable, taken, self) if purpose.is_multiple else None
        self._tree_model = DirectoryTreeModel(self._choice, self)
        self._results_model = ResultsModel(self._choice, self)
        self._directory_search = DirectorySearch(self._lookup, purpose.choosable, self)
        self._info: DomainInfo | None = None
        self._build()
        self._lookup.busy_changed.connect(self._busy.set_busy)
        self._directory_search.found.connect(self._on_directory_search_found)
        self._directory_search.failed.connect(self._on_directory_search_failed)
        self._tree_model.level_wanted.connect(self._on_tree_model_level_wanted)
        self._tree_model.revealed.connect(self._on_tree_model_revealed)
        self._connect_directory()

    def done(self, result: int) -> None:
        """Every way out ends here: the connection is closed and what was picked is told."""
        picked = self._picked()
        self._lookup.close()
        super().done(result)
        if result == QDialog.DialogCode.Accepted and picked:
            self.picked.emit(picked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """In the search field Enter searches and Down goes to what was found."""
        if self._search.hasFocus():
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                return
            if event.key() == Qt.Key.Key_Down:
                self._enter_list()
                return
        super().keyPressEvent(event)

    # --- what it looks like ------------------------------------------------------------------------------

    def _build(self) -> None:
        purpose = self._purpose
        self._search = SearchField(purpose.search_words)
        self._search.setObjectName("picker.search")
        self._search.search_requested.connect(self._on_search_requested)
        self._tree = DirectoryTree(self._tree_model)
        self._tree.setObjectName("picker.tree")
        self._tree.setAccessibleName(self.tr("Directory"))
        self._tree.setAccessibleDescription(purpose.sentence)
        self._results = EntryView()
        self._results.setObjectName("picker.results")
        self._results.setAccessibleName(self.tr("Found"))
        self._dress_results()
        self._failure = EmptyState("connection", "", action=self.tr("Try again"))
        self._failure.setObjectName("picker.failure")
        self._failure.action_requested.connect(self._on_failure_action_requested)
        self._nothing = EmptyState("search", "")
        self._nothing.setObjectName("picker.nothing")
        self._pages = QStackedWidget()
        for page in (self._tree, self._results, self._failure, self._nothing):
            self._pages.addWidget(page)
        self._busy = BusyLine()
        self._state = ElidedLabel("", Role.CAPTION)
        self._state.setObjectName("picker.state")
        self._accept = QPushButton(purpose.accept_words(0))
        self._accept.setObjectName("picker.accept")
        self._accept.setDefault(True)
        self._accept.setEnabled(False)
        self._accept.clicked.connect(self.accept)
        set_role(self._accept, Role.PRIMARY)
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setObjectName("picker.cancel")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self.reject)
        for view in (self._tree, self._results):
            view.selectionModel().currentChanged.connect(self._on_view_current_changed)
        if self._choice is not None:
            self._choice.changed.connect(self._on_choice_changed)
        self._lay_out()
        self._search.setFocus()

    def _dress_results(self) -> None:
        view = self._results
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setIconSize(self._tree.iconSize())
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setModel(self._results_model)
        view.dress_header()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self._search)
        left.addWidget(self._busy)
        left.addWidget(self._pages, 1)
        left.addWidget(self._state)
        columns = QHBoxLayout()
        columns.setSpacing(GAP_WIDE)
        columns.addLayout(left, 1)
        if self._choice is not None:
            # Its heading beside the search field, its list beside the tree, its button beside the state.
            self._search.setFixedHeight(CONTROL_HEIGHT)
            self._state.setMinimumHeight(CONTROL_HEIGHT)
            columns.addWidget(ChosenPane(self._choice, CONTROL_HEIGHT, 2 * GAP + self._busy.height()))
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP_WIDE)
        layout.addWidget(plain_label(self._purpose.sentence, Role.MUTED, wrap=True))
        layout.addLayout(columns, 1)
        layout.addLayout(buttons)
        size = QSize(_WIDE if self._purpose.is_multiple else _NARROW, _HIGH)
        room = self.screen().availableSize() - _SCREEN_MARGIN
        self.resize(size.boundedTo(room).expandedTo(_SMALLEST_SIZE))

    # --- the tree ----------------------------------------------------------------------------------------

    def _connect_directory(self) -> None:
        self._pages.setCurrentWidget(self._tree)
        self._state.setText(self.tr("Connecting…"))
        self._lookup.ask(
            lambda directory: directory.info, on_done=self._on_info_done, on_error=self._on_info_failed
        )

    def _on_info_done(self, info: DomainInfo) -> None:
        self._info = info
        domain = self._tree_model.set_domain(info)
        self._tree.executeDelayedItemsLayout()
        self._tree.expand(domain)
        self._say_connected()
        if self._present is not None:
            self._tree_model.reveal(self._present.dn)
        if self._search.text().strip():
            self._on_search_requested(self._search.text().strip())

    def _on_info_failed(self, error: BaseException) -> None:
        self._state.clear()
        self._show_failure(self.tr("The directory can't be reached"), error)

    @Slot(object)
    def _on_tree_model_level_wanted(self, request: LevelRequest) -> None:
        kinds = self._purpose.shown
        self._lookup.ask(
            lambda directory: directory.children(request.dn, kinds),
            on_done=lambda entries: self._tree_model.accept_level(request, entries),
            on_error=lambda error: self._tree_model.accept_failure(request, failure_words(error)),
        )

    @Slot(QModelIndex)
    def _on_tree_model_revealed(self, index: QModelIndex) -> None:
        if self._tree.currentIndex().isValid():
            return  # somebody is moving about in the tree already
        self._tree.setCurrentIndex(index)
        self._tree.scrollTo(index, QTreeView.ScrollHint.PositionAtCenter)

    # --- the search --------------------------------------------------------------------------------------

    @Slot(str)
    def _on_search_requested(self, text: str) -> None:
        if self._info is None:
            return  # looked for as soon as the connection stands
        self._directory_search.look_for(text)
        self._search.set_busy(bool(text))
        if not text:
            self._pages.setCurrentWidget(self._tree)
            self._say_connected()
            self._show_what_is_picked()

    @Slot(str, object)
    def _on_directory_search_found(self, text: str, entries: Sequence[DirectoryEntry]) -> None:
        self._search.set_busy(False)
        before = self._results_model.entry(self._results.currentIndex())
        self._results_model.set_entries(entries[:SEARCH_LIMIT])
        if before is not None:
            self._results.setCurrentIndex(self._results_model.index_of(before.guid))
        if not entries:
            sentence = self.tr(
                "Names are searched from their beginning. Try fewer letters, or open the tree."
            )
            self._nothing.set_words(self.tr("Nothing is called “{}”").format(text), sentence)
            self._pages.setCurrentWidget(self._nothing)
        else:
            self._pages.setCurrentWidget(self._results)
        self._state.setText(self._count_words(len(entries)))
        self._show_what_is_picked()

    @Slot(str, object)
    def _on_directory_search_failed(self, text: str, error: BaseException) -> None:
        self._search.set_busy(False)
        self._state.clear()
        self._show_failure(self.tr("“{}” could not be searched").format(text), error)

    def _count_words(self, count: int) -> str:
        if count == 0:
            return ""
        if count == 1:
            return self.tr("1 found")
        if count > SEARCH_LIMIT:
            return self.tr("The first {} are shown; type more of the name to see the others").format(
                SEARCH_LIMIT
            )
        return self.tr("{} found").format(count)

    def _show_failure(self, title: str, error: BaseException) -> None:
        self._failure.set_words(title, failure_words(error))
        self._pages.setCurrentWidget(self._failure)

    @Slot()
    def _on_failure_action_requested(self) -> None:
        if self._info is None:
            self._connect_directory()
        else:
            self._on_search_requested(self._directory_search.wanted)

    # --- what is picked ----------------------------------------------------------------------------------

    def _picked(self) -> tuple[DirectoryEntry, ...]:
        if self._choice is not None:
            return self._choice.entries
        page = self._pages.currentWidget()
        entry: DirectoryEntry | None = None
        if page is self._tree:
            entry = self._tree_model.entry(self._tree.currentIndex())
        elif page is self._results:
            entry = self._results_model.entry(self._results.currentIndex())
        return (entry,) if entry is not None and entry.kind in self._purpose.choosable else ()

    @Slot()
    def _on_choice_changed(self) -> None:
        self._show_what_is_picked()

    @Slot()
    def _on_view_current_changed(self) -> None:
        self._show_what_is_picked()

    def _show_what_is_picked(self) -> None:
        picked = self._picked()
        self._accept.setEnabled(bool(picked))
        self._accept.setText(self._purpose.accept_words(len(picked)))
        if self._choice is None and picked:
            self._state.setText(creation_location_path(picked[0].dn))

    def _say_connected(self) -> None:
        if self._info is not None:
            self._state.setText(self.tr("{0} on {1}").format(self._info.identity, self._info.controller))

    def _enter_list(self) -> None:
        """From the search field into what it found (or into the tree), on a row that can be chosen."""
        view = self._results if self._pages.currentWidget() is self._results else self._tree
        view.setFocus(Qt.FocusReason.OtherFocusReason)
        if not view.currentIndex().isValid():
            first = view.model().index(0, 0)
            row = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            view.selectionModel().setCurrentIndex(first, row)
