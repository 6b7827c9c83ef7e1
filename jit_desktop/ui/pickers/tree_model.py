# SPDX-License-Identifier: MIT
"""The directory as a tree that asks for a level when it is opened, and for nothing else.

The model does no work that blocks: it emits `level_wanted` and is given the answer by `accept_level` or
`accept_failure`. A level of any size becomes rows in batches (`has_more`, `show_more`), so that opening
100,000 groups costs one batch. Qt's own `fetchMore` only asks: rows must not come amid a view's layout.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    Slot,
)

from jit_desktop.elevation.dn import is_within, same_dn
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import DirectoryEntry, DomainInfo, EntryKind
from jit_desktop.ui.pickers.choice import Choice
from jit_desktop.ui.pickers.entry_data import EntryColumn, entry_data, entry_flags, note_data

BATCH_ROWS: Final = 500
NOTE_DELAY_MS: Final = 150
"""How long a level may load before a row says so: most answer sooner, and a row that flashes up is unrest."""
_TOP: Final = 0
_FOLDERS: Final = frozenset({EntryKind.DOMAIN, EntryKind.OU, EntryKind.CONTAINER})
_Index = QModelIndex | QPersistentModelIndex


class LevelState(enum.Enum):
    """How much of what lies below a folder is known."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LevelRequest:
    """Asks for one level; who answers hands it back, so that a late answer is known as such."""

    dn: DistinguishedName
    folder: int
    generation: int


@dataclass(slots=True, eq=False)
class _Node:
    """A row: an entry, or (`entry` is None) a note about the level that it stands in."""

    number: int
    parent: int
    row: int
    entry: DirectoryEntry | None
    state: LevelState = LevelState.UNLOADED
    generation: int = 0
    children: list[int] = field(default_factory=list)
    waiting: Sequence[DirectoryEntry] = ()
    shown: int = 0
    problem: str = ""


class DirectoryTreeModel(QAbstractItemModel):
    """Domain, OUs, containers and what they hold; ticks where a `Choice` is given."""

    level_wanted = Signal(object)
    """A `LevelRequest`: somebody opened a folder whose content is not known yet."""
    level_loaded = Signal(QModelIndex)
    """The folder whose level came."""
    revealed = Signal(QModelIndex)
    """The row that `reveal` looked for, or the folder nearest to it where it does not exist."""

    def __init__(self, choice: Choice | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._numbers = itertools.count(1)
        self._nodes: dict[int, _Node] = {_TOP: _Node(_TOP, -1, 0, None, LevelState.LOADED)}
        self._by_guid: dict[ObjectGuid, int] = {}
        self._target: DistinguishedName | None = None
        self._note_timer = QTimer(self, singleShot=True, interval=NOTE_DELAY_MS)
        self._note_timer.timeout.connect(self._on_note_timer_timeout)
        if choice is not None:
            choice.changed.connect(self._on_choice_changed)

    # --- what the picker tells it ---------------------------------------------------------------------------

    def set_domain(self, info: DomainInfo) -> QModelIndex:
        """Put the domain in as the one row at the top; called once, when the first connection stands."""
        top = self._nodes[_TOP]
        assert not top.children
        domain = DirectoryEntry(
            guid=ObjectGuid(""), dn=info.base_dn, name=info.dns_name, kind=EntryKind.DOMAIN, has_children=True
        )
        self.beginInsertRows(QModelIndex(), 0, 0)
        top.children.append(self._make(top, 0, domain))
        self.endInsertRows()
        return self.index(0, 0)

    def accept_level(self, request: LevelRequest, entries: Sequence[DirectoryEntry]) -> None:
        """Show the answer to `request`, unless it came too late."""
        folder = self._expected(request)
        if folder is None:
            return
        folder.state = LevelState.LOADED
        folder.waiting = entries
        if entries:
            self._show_batch(folder)
            self._drop_note(folder)
        else:
            self._show_note(folder)
        self.level_loaded.emit(self._index_of(folder))
        if self._target is not None and is_within(self._target, request.dn):
            self._walk(folder)

    def accept_failure(self, request: LevelRequest, problem: str) -> None:
        """Show under the folder why its content could not be had, unless the answer came too late."""
        folder = self._expected(request)
        if folder is None:
            return
        folder.state = LevelState.FAILED
        folder.problem = problem
        self._show_note(folder)
        if self._target is not None and is_within(self._target, request.dn):
            self._arrive(folder)

    def retry(self, index: _Index) -> None:
        """Ask again for a level that failed; `index` is its folder or the note that tells of it."""
        node = self._node(index)
        folder = self._nodes[node.parent] if node.entry is None and node.number != _TOP else node
        if folder.state is LevelState.FAILED:
            self._ask(folder)
            self._show_note(folder)

    def has_more(self, folder: _Index) -> bool:
        """Whether entries of that level have come which are not rows yet."""
        node = self._node(folder)
        return node.shown < len(node.waiting)

    def show_more(self, folder: _Index) -> None:
        """Make rows of the next batch of that level; the view asks for it when its last row comes near."""
        if self.has_more(folder):
            self._show_batch(self._node(folder))

    def reveal(self, dn: DistinguishedName) -> None:
        """Load level by level down to the folder `dn`; `revealed` tells when it is there, or how far it went.

        Only after `set_domain`.
        """
        self._target = dn
        self._walk(self._nodes[self._nodes[_TOP].children[0]])

    # --- what it tells --------------------------------------------------------------------------------------

    def entry(self, index: _Index) -> DirectoryEntry | None:
        """The entry in that row; None for a note and for no row."""
        return self._node(index).entry

    def state(self, index: _Index) -> LevelState:
        """How much is known below that row."""
        return self._node(index).state

    def index_of(self, guid: ObjectGuid) -> QModelIndex:
        """The row of an entry; invalid while it is not shown."""
        number = self._by_guid.get(guid)
        return QModelIndex() if number is None else self._index_of(self._nodes[number])

    # --- QAbstractItemModel ---------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: _Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._node(parent).children[row])

    def parent(self, index: _Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid():
            return QModelIndex()
        return self._index_of(self._nodes[self._node(index).parent])

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def hasChildren(self, parent: _Index = QModelIndex()) -> bool:  # noqa: B008
        if parent.column() > 0:
            return False
        node = self._node(parent)
        if node.children:
            return True
        return node.state is LevelState.LOADING or self.canFetchMore(parent)

    def canFetchMore(self, parent: _Index) -> bool:
        node = self._node(parent)
        return node.state is LevelState.UNLOADED and node.entry is not None and node.entry.has_children

    def fetchMore(self, parent: _Index) -> None:
        if self.canFetchMore(parent):
            self._ask(self._node(parent))

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        node = self._node(index)
        if node.entry is None:
            # A failed level is reached and tried again with the keyboard; the other notes are only read.
            failed = self._nodes[node.parent].state is LevelState.FAILED
            enabled = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
            return enabled | Qt.ItemFlag.ItemIsSelectable if failed else enabled
        return entry_flags(node.entry, EntryColumn(index.column()), self._choice)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        node = self._node(index)
        column = EntryColumn(index.column())
        if node.entry is None:
            folder = self._nodes[node.parent]
            return note_data(folder.state.value, folder.problem, column, role)
        return entry_data(node.entry, column, role, self._choice)

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        entry = self.entry(index)
        if role != Qt.ItemDataRole.CheckStateRole or entry is None or self._choice is None:
            return False
        return self._choice.toggle(entry)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (self.tr("Name"), self.tr("Kind"))[section]

    # --- inside ---------------------------------------------------------------------------------------------

    def _node(self, index: _Index) -> _Node:
        return self._nodes[index.internalId()] if index.isValid() else self._nodes[_TOP]

    def _index_of(self, node: _Node) -> QModelIndex:
        return QModelIndex() if node.number == _TOP else self.createIndex(node.row, 0, node.number)

    def _make(self, folder: _Node, row: int, entry: DirectoryEntry | None) -> int:
        number = next(self._numbers)
        self._nodes[number] = _Node(number, folder.number, row, entry)
        if entry is not None:
            self._by_guid[entry.guid] = number
        return number

    def _ask(self, folder: _Node) -> None:
        assert folder.entry is not None
        folder.state = LevelState.LOADING
        folder.problem = ""
        folder.generation += 1
        self._note_timer.start()
        self.level_wanted.emit(LevelRequest(folder.entry.dn, folder.number, folder.generation))

    def _expected(self, request: LevelRequest) -> _Node | None:
        folder = self._nodes.get(request.folder)
        if folder is None or folder.state is not LevelState.LOADING:
            return None
        return folder if folder.generation == request.generation else None

    def _show_batch(self, folder: _Node) -> None:
        """Make rows of the next entries, before the note if there is one."""
        batch = folder.waiting[folder.shown : folder.shown + BATCH_ROWS]
        first, last = folder.shown, folder.shown + len(batch) - 1
        self.beginInsertRows(self._index_of(folder), first, last)
        note = folder.children[first:]
        rows = [self._make(folder, row, entry) for row, entry in enumerate(batch, first)]
        folder.children[first:] = rows + note
        for number in note:
            self._nodes[number].row = last + 1
        folder.shown = last + 1
        self.endInsertRows()

    def _show_note(self, folder: _Node) -> None:
        """Have the level tell its own state in a row after its entries."""
        where = self._index_of(folder)
        if len(folder.children) == folder.shown:
            self.beginInsertRows(where, folder.shown, folder.shown)
            folder.children.append(self._make(folder, folder.shown, None))
            self.endInsertRows()
        else:
            note = self.index(folder.shown, 0, where)
            self.dataChanged.emit(note, note.siblingAtColumn(self.columnCount() - 1))

    def _drop_note(self, folder: _Node) -> None:
        if len(folder.children) > folder.shown:
            self.beginRemoveRows(self._index_of(folder), folder.shown, folder.shown)
            del self._nodes[folder.children.pop()]
            self.endRemoveRows()

    def _walk(self, node: _Node) -> None:
        """Go on towards the target from `node`, which lies on the way to it or is it."""
        assert self._target is not None
        assert node.entry is not None
        target = self._target
        if same_dn(node.entry.dn, target) or not self.hasChildren(self._index_of(node)):
            self._arrive(node)
        elif node.state is LevelState.UNLOADED:
            self.fetchMore(self._index_of(node))
        elif node.state is LevelState.FAILED:
            self._arrive(node)
        elif node.state is LevelState.LOADED:
            folders = ((row, entry) for row, entry in enumerate(node.waiting) if entry.kind in _FOLDERS)
            row = next((row for row, entry in folders if is_within(target, entry.dn)), None)
            if row is None:
                self._arrive(node)
                return
            while node.shown <= row:
                self._show_batch(node)
            self._walk(self._nodes[node.children[row]])

    def _arrive(self, node: _Node) -> None:
        self._target = None
        self.revealed.emit(self._index_of(node))

    @Slot(str)
    def _on_choice_changed(self, guid: str) -> None:
        index = self.index_of(ObjectGuid(guid))
        if index.isValid():
            self.dataChanged.emit(index, index.siblingAtColumn(self.columnCount() - 1))

    @Slot()
    def _on_note_timer_timeout(self) -> None:
        for node in [node for node in self._nodes.values() if node.state is LevelState.LOADING]:
            self._show_note(node)
