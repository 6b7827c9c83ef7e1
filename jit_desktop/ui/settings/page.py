# SPDX-License-Identifier: MIT
"""What the settings pages have in common: they show a draft, tell its edits, and say problems in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.settings.drafts import ProviderDraft
from jit_desktop.ui.settings.findings import Findings
from jit_desktop.ui.theme import GAP, GAP_WIDE, Role, set_role
from jit_desktop.ui.widgets import Field

NARROW = 240


def narrow(field: Field) -> None:
    """Do not stretch an input for a few characters across the page."""
    field.editor.setFixedWidth(NARROW)
    hug(field)


def hug(field: Field) -> None:
    """Let a check box end where its words end: a click far beside them must not count, nor be lost."""
    layout = field.layout()
    assert layout is not None
    layout.setAlignment(field.editor, Qt.AlignmentFlag.AlignLeft)


def in_a_row(first: QWidget, *others: QWidget) -> QWidget:
    """One editor of several: the first takes the room and the focus."""
    editor = QWidget()
    row = QHBoxLayout(editor)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    row.addWidget(first, 1)
    for other in others:
        row.addWidget(other)
    # As high as an input alone: a help of two lines below it must not squeeze it.
    editor.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    editor.setFocusProxy(first)
    return editor


class SettingsPage(QScrollArea):
    """One page. Subclasses fill `body` and `_problem_places` (how to say a problem, and where to go)."""

    edited = Signal(object, str)
    """The `ProviderDraft` after an edit, and the name of the field (as in `provider_problems`)."""

    title = ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        set_role(content, Role.CONTENT)
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(0, GAP_WIDE, 0, GAP_WIDE)
        self.body.setSpacing(GAP_WIDE)
        self.setWidget(content)
        self.verticalScrollBar().rangeChanged.connect(self._on_scroll_bar_range_changed)
        self._draft: ProviderDraft | None = None
        self._is_showing = False
        self._problem_places: dict[str, tuple[Callable[[str | None], None], QWidget]] = {}

    @property
    def draft(self) -> ProviderDraft:
        """The draft that is shown."""
        assert self._draft is not None
        return self._draft

    def show_draft(self, draft: ProviderDraft) -> None:
        """Show `draft`; that is no edit."""
        self._draft = draft
        with self._showing():
            self._show(draft)

    def show_findings(self, findings: Findings) -> None:
        """Tell what became of the objects that the settings point at."""

    def own_problems(self) -> dict[str, str]:
        """What was typed and can't go into a draft at all: field name to sentence."""
        return {}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say these problems beside their fields, and of the other fields that they are well."""
        for name, (say, _) in self._problem_places.items():
            say(problems.get(name))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that can have a problem, from top to bottom."""
        return tuple(self._problem_places)

    def focus_field(self, field: str) -> None:
        """Put the cursor where that field is edited."""
        widget = self._problem_places[field][1]
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ensureWidgetVisible(widget)

    def _show(self, draft: ProviderDraft) -> None:
        raise NotImplementedError

    def _edit(self, provider: DomainProvider, field: str) -> None:
        self._edit_draft(replace(self.draft, provider=provider), field)

    def _edit_draft(self, draft: ProviderDraft, field: str) -> None:
        if self._is_showing or self._draft is None:
            return
        self._draft = draft
        self.edited.emit(draft, field)

    @Slot(int, int)
    def _on_scroll_bar_range_changed(self, _first: int, last: int) -> None:
        """Only beside a scroll bar is a margin needed; else the inputs end where the buttons below do."""
        self.body.setContentsMargins(0, GAP_WIDE, GAP_WIDE if last else 0, GAP_WIDE)

    @contextmanager
    def _showing(self) -> Iterator[None]:
        self._is_showing = True
        try:
            yield
        finally:
            self._is_showing = False
