# SPDX-License-Identifier: MIT
"""Names the groups that look like ours and were altered, and those that are not ours, and says what is wrong
with each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from jit_desktop.elevation.model import ForeignGroup, SuspectGroup
from jit_desktop.elevation.outcome import in_a_row
from jit_desktop.ui.theme import GAP, GAP_TIGHT, GAP_WIDE, MARGIN, Role
from jit_desktop.ui.widgets import plain_label

_SIZE = (640, 420)
_TALL = (640, 560)


class LeftAloneDialog(QDialog):
    """Object names: ``left_alone`` (the dialog), ``left_alone.suspects`` and ``left_alone.groups`` (each only
    where there are such), ``left_alone.close``."""

    def __init__(
        self,
        suspects: Sequence[SuspectGroup],
        groups: Sequence[ForeignGroup],
        provider: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("left_alone")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("Groups altered or left alone in {name}") if suspects else _title(groups)
        self.setWindowTitle(title.format(name=provider))
        self.resize(*(_TALL if suspects and groups else _SIZE))
        close = QPushButton(self.tr("Close"))
        close.setObjectName("left_alone.close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP_WIDE)
        layout.addWidget(plain_label(self.windowTitle(), Role.HEADING, wrap=True))
        if suspects:
            alarms_first = sorted(suspects, key=lambda group: not group.is_alarm)
            self._add(
                layout,
                self.tr("Altered"),
                self.tr(
                    "They look like temporary groups of this program, but are not as it makes them. One that "
                    "still gives rights may be an elevation that outlives its deadline: see who changed it, "
                    "and delete it in Active Directory if nobody means it."
                ),
                "left_alone.suspects",
                [_suspect_words(group) for group in alarms_first],
            )
        if groups:
            self._add(
                layout,
                self.tr("Left alone") if suspects else "",
                self.tr(
                    "They stand in the creation location, but carry no record of this program that agrees "
                    "with what they are. See whether they belong there."
                ),
                "left_alone.groups",
                [_foreign_words(group) for group in groups],
            )
        layout.addSpacing(GAP)
        layout.addLayout(buttons)

    def _add(self, layout: QVBoxLayout, heading: str, sentence: str, name: str, words: Sequence[str]) -> None:
        part = QVBoxLayout()
        part.setSpacing(GAP_TIGHT)
        if heading:
            part.addWidget(plain_label(heading, Role.HEADING))
        part.addWidget(plain_label(sentence, Role.MUTED, wrap=True))
        part.addSpacing(GAP_TIGHT)
        # Plain text, so that whatever stands in the directory is shown as it is and can be copied.
        names = QPlainTextEdit("\n\n".join(words))
        names.setObjectName(name)
        names.setAccessibleName(heading or self.tr("Groups left alone"))
        names.setReadOnly(True)
        names.setTabChangesFocus(True)
        part.addWidget(names, 1)
        layout.addLayout(part, 1)


def _tr(text: str) -> str:
    return QCoreApplication.translate("LeftAloneDialog", text)


def _title(groups: Sequence[ForeignGroup]) -> str:
    return _tr("Groups left alone in {name}") if groups else _tr("Nothing was left alone in {name}")


def _suspect_words(group: SuspectGroup) -> str:
    lines = [group.name, _sentence(group.reason)]
    if group.gives:
        gives = _tr("ALARM: it still gives {groups}.") if group.is_alarm else _tr("It gives {groups}.")
        lines.append(gives.format(groups=in_a_row(group.gives)))
    elif group.is_alarm:
        lines.append(_tr("ALARM: it may outlive its deadline."))
    return "\n".join((*lines, group.dn))


def _foreign_words(group: ForeignGroup) -> str:
    return f"{group.name}\n{_sentence(group.reason)}\n{group.dn}"


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
