# SPDX-License-Identifier: MIT
"""What *Check this domain* found, by topic, each with its verdict as icon and word and with what to do."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from jit_desktop.elevation.domain_check import Finding, Topic, Verdict
from jit_desktop.ui.theme import GAP, GAP_TIGHT, GAP_WIDE, Role, repolish
from jit_desktop.ui.widgets import IconView, Severity, plain_label, plain_tooltip
from jit_desktop.ui.widgets.severity import SEVERITY_PROPERTY

SEVERITIES = {
    Verdict.GOOD: Severity.SUCCESS,
    Verdict.NOTE: Severity.INFO,
    Verdict.WARNING: Severity.WARNING,
    Verdict.BAD: Severity.ERROR,
}


class FindingList(QWidget):
    """Object names: ``finding-<number>`` in the order that is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP_WIDE)

    def set_findings(self, findings: Iterable[Finding]) -> None:
        """Show these in the place of what was there."""
        while (item := self._layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        shown = list(findings)
        number = 0
        for topic in Topic:
            about = [f for f in shown if f.topic is topic]
            if about:
                self._layout.addWidget(_group(topic, about, number))
                number += len(about)


def _group(topic: Topic, findings: Iterable[Finding], number: int) -> QWidget:
    group = QWidget()
    column = QVBoxLayout(group)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GAP)
    title = plain_label(topic_words(topic))
    font = title.font()
    font.setBold(True)
    title.setFont(font)
    column.addWidget(title)
    for finding in findings:
        line = _line(finding)
        line.setObjectName(f"finding-{number}")
        number += 1
        column.addWidget(line)
    return group


def _line(finding: Finding) -> QWidget:
    severity = SEVERITIES[finding.verdict]
    line = QWidget()
    grid = QGridLayout(line)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(GAP)
    grid.setVerticalSpacing(GAP_TIGHT // 2)
    grid.setColumnStretch(2, 1)
    word = plain_label(verdict_words(finding.verdict))
    word.setProperty(SEVERITY_PROPERTY, severity.value)
    repolish(word)
    word.setMinimumWidth(max(word.fontMetrics().horizontalAdvance(verdict_words(v)) for v in Verdict) + GAP)
    text = finding.message
    # A DN is for looking things up; the message has the name.
    if finding.subject and finding.subject not in text and "=" not in finding.subject:
        text = f"{finding.subject}: {text}"
    message = plain_label(text, wrap=True)
    message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    message.setToolTip(plain_tooltip(finding.subject))
    top = Qt.AlignmentFlag.AlignTop
    grid.addWidget(IconView(severity.icon_name, severity.token), 0, 0, top)
    grid.addWidget(word, 0, 1, top)
    grid.addWidget(message, 0, 2)
    if finding.remedy:
        remedy = plain_label(finding.remedy, Role.MUTED, wrap=True)
        remedy.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(remedy, 1, 2)
    line.setAccessibleName(" ".join((verdict_words(finding.verdict) + ":", text, finding.remedy)).strip())
    return line


def topic_words(topic: Topic) -> str:
    """What a group of findings is about."""
    words = {
        Topic.CONNECTION: _tr("Connection"),
        Topic.CONTROLLERS: _tr("Domain controllers"),
        Topic.ENDS_BY_ITSELF: _tr("What Active Directory ends by itself"),
        Topic.LOCATION: _tr("Creation location"),
        Topic.PRIVILEGES: _tr("Provider privileges"),
        Topic.ACCOUNTS: _tr("Privileged accounts"),
        Topic.RIGHTS: _tr("Rights of the bound account"),
        Topic.PROGRAM: _tr("When the program is closed"),
    }
    return words[topic]


def verdict_words(verdict: Verdict) -> str:
    """How something stands, in a word."""
    words = {
        Verdict.GOOD: _tr("Good"),
        Verdict.NOTE: _tr("Note"),
        Verdict.WARNING: _tr("Warning"),
        Verdict.BAD: _tr("Bad"),
    }
    return words[verdict]


def _tr(text: str) -> str:
    return QCoreApplication.translate("DomainCheck", text)
