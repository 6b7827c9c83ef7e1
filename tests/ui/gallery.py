# SPDX-License-Identifier: MIT
"""Pictures of every widget in both schemes, to be looked at: `python -m tests.ui.gallery FOLDER`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEventLoop, QModelIndex, QPersistentModelIndex, QStringListModel, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.ui import widgets as w
from jit_desktop.ui.theme import (
    GAP,
    GAP_WIDE,
    MARGIN,
    Role,
    SchemePreference,
    Token,
    app_icon,
    apply_theme,
    bind_icon,
    icon,
    icon_names,
    pad_spin_box,
    set_role,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_NOW: Final = datetime(2026, 11, 23, 15, 43, tzinfo=UTC)
_LONG_NAME: Final = (
    "CN=Tier 0 Server Operators,OU=Privileged Groups,OU=Administration,DC=corp,DC=example,DC=com"
)


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    layout.setSpacing(GAP_WIDE)
    return page, layout


def _controls() -> QWidget:
    page, layout = _page()
    layout.addWidget(w.plain_label("Check out an account", Role.TITLE))
    layout.addWidget(w.plain_label("Privileges", Role.HEADING))
    layout.addWidget(w.plain_label("Members of this group may sign in to every server."))
    layout.addWidget(w.plain_label("Last read 2 min ago", Role.CAPTION))
    row = QHBoxLayout()
    for text, role in (
        ("Check out", Role.PRIMARY),
        ("Check in", Role.PLAIN),
        ("Remove", Role.DANGER),
        ("Details", Role.QUIET),
    ):
        button = QPushButton(text)
        set_role(button, role)
        row.addWidget(button)
    disabled = QPushButton("Check out")
    set_role(disabled, Role.PRIMARY)
    disabled.setEnabled(False)
    row.addWidget(disabled)
    with_icon = QPushButton("Extend")
    bind_icon(with_icon, "extend")
    row.addWidget(with_icon)
    tool = QToolButton()
    bind_icon(tool, "edit")
    row.addWidget(tool)
    row.addStretch(1)
    layout.addLayout(row)
    inputs = QGridLayout()
    inputs.setSpacing(GAP)
    combo = QComboBox()
    combo.addItems(["corp.example.com", "lab.example.com"])
    spin = QSpinBox()
    spin.setSuffix(" min")
    spin.setValue(15)
    pad_spin_box(spin)
    off = QLineEdit("Not now")
    off.setEnabled(False)
    reading = QLineEdit("Read only")
    reading.setReadOnly(True)
    for column, widget in enumerate((QLineEdit("dc1.corp.example.com"), combo, spin, off, reading)):
        inputs.addWidget(widget, 0, column)
    checked, unchecked, partly = QCheckBox("Enabled"), QCheckBox("Not enabled"), QCheckBox("Partly")
    checked.setChecked(True)
    partly.setTristate(True)
    partly.setCheckState(Qt.CheckState.PartiallyChecked)
    first, second = QRadioButton("For"), QRadioButton("Until")
    first.setChecked(True)
    for column, choice in enumerate((checked, unchecked, partly, first, second)):
        inputs.addWidget(choice, 1, column)
    layout.addLayout(inputs)
    note = QPlainTextEdit("Replace the failing disk of srv-04.")
    note.setFixedHeight(64)
    layout.addWidget(note)
    tree = QTreeWidget()
    tree.setHeaderLabels(["Name", "Kind"])
    root = QTreeWidgetItem(tree, ["corp.example.com", "Domain"])
    root.setIcon(0, icon("domain"))
    for name, kind, sign in (
        ("Servers", "OU", "ou"),
        ("Server Operators", "Domain local", "group-domain-local"),
        ("Enterprise Admins", "Universal", "group-universal"),
        ("Domain Admins", "Global", "group-global"),
    ):
        item = QTreeWidgetItem(root, [name, kind])
        item.setIcon(0, icon(sign))
        item.setCheckState(0, Qt.CheckState.Checked if kind == "Global" else Qt.CheckState.Unchecked)
    root.setExpanded(True)
    tree.setCurrentIndex(tree.indexFromItem(root).model().index(1, 0, tree.indexFromItem(root)))
    tree.setColumnWidth(0, 320)
    tree.setFixedHeight(220)
    layout.addWidget(tree)
    return page


def _forms() -> QWidget:
    page, layout = _page()
    form = w.Form()
    form.add_section("Connection", "How this program reaches the domain.")
    form.add_field("&Host name", QLineEdit("dc1.corp.example.com"), help_text="Empty: the nearest one.")
    port = form.add_field("&Port", QLineEdit("6369"))
    port.set_problem("Nothing answers on this port. Active Directory uses 636 for LDAPS.")
    form.add_field("Pass&word", w.PasswordField())
    form.add_field("&CA file", w.PathField("CA file"), optional=True)
    form.add_field("", QCheckBox("Ask for a reason"))
    form.add_section("Checkout policy")
    form.add_field("&Longest", w.DurationField(28800), help_text="A checkout can never be longer.")
    layout.addWidget(form)
    stacked = w.Form(stacked=True)
    stacked.add_field("Reason", QLineEdit(), help_text="Goes into the audit trail.")
    stacked.add_field("Ticket", QLineEdit("INC-"), optional=True).set_problem("INC- and six digits, please.")
    layout.addWidget(stacked)
    layout.addStretch(1)
    return page


def _messages() -> QWidget:
    page, layout = _page()
    for severity, text, action in (
        (w.Severity.INFO, "The domain was read 5 min ago.", "Read again"),
        (w.Severity.SUCCESS, "adm-anna has her privileges.", "Open session"),
        (w.Severity.WARNING, "The clock of this computer is 4 min late.", ""),
        (
            w.Severity.ERROR,
            "dc1.corp.example.com did not answer: nobody knows whether <b>adm-bert</b> is still a member.",
            "Try now",
        ),
    ):
        banner = w.Banner()
        banner.show_message(text, severity, action=action)
        layout.addWidget(banner)
    pills = QHBoxLayout()
    for word, severity, sign in (
        ("Propagating", w.Severity.INFO, "wait"),
        ("Active", w.Severity.SUCCESS, None),
        ("Ending", w.Severity.WARNING, "clock"),
        ("Overdue", w.Severity.ERROR, "overdue"),
    ):
        pills.addWidget(w.StatusPill(word, severity, sign))
    pills.addStretch(1)
    layout.addLayout(pills)
    elided = w.ElidedLabel(_LONG_NAME)
    elided.setFixedWidth(360)
    layout.addWidget(elided)
    search = w.SearchField("Search groups")
    search.setText("server op")
    search.set_busy(True)
    layout.addWidget(search)
    line = w.BusyLine()
    line.set_busy(True, at_once=True)
    layout.addWidget(line)
    empty = w.EmptyState(
        "elevations",
        "Nobody has privileges now",
        "Check out an account to give it privileges for a limited time.",
        action="Check out…",
        primary=True,
    )
    layout.addWidget(empty, 1)
    return page


def _times() -> QWidget:
    page, layout = _page()
    layout.addWidget(w.DurationPicker(60, 28800, 7200, lambda: _NOW, zone=UTC))
    until = w.DurationPicker(900, 14400, 3600, lambda: _NOW, zone=UTC)
    mode = until.findChild(QRadioButton, "duration-until")
    assert isinstance(mode, QRadioButton)
    mode.setChecked(True)
    layout.addWidget(until)
    late = w.DurationPicker(900, 14400, 3600, lambda: _NOW - timedelta(hours=1), zone=UTC)
    late.set_duration(17100)
    layout.addWidget(late)
    bars = QHBoxLayout()
    bars.setSpacing(GAP_WIDE)
    for total, left in ((7200, 4360), (7200, 250), (7200, -900)):
        bar = w.TimeLeftBar()
        bar.set_time_left(w.TimeLeft(total, left))
        bars.addWidget(bar)
    layout.addLayout(bars)
    table = QListView()
    table.setModel(_TimesModel(table))
    table.setItemDelegate(w.TimeLeftDelegate(table))
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setCurrentIndex(table.model().index(1, 0))
    table.setFixedHeight(240)
    layout.addWidget(table)
    layout.addStretch(1)
    return page


class _TimesModel(QStringListModel):
    """A few rows for the delegate."""

    _LEFT: Final = (w.TimeLeft(7200, 4360), w.TimeLeft(7200, 250), w.TimeLeft(7200, -900))

    def __init__(self, parent: QWidget) -> None:
        super().__init__(["one", "two", "three", "Waits for replication"], parent)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == w.TimeLeftDelegate.ROLE and index.row() < len(self._LEFT):
            return self._LEFT[index.row()]
        return super().data(index, role)


def _places() -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    rail = w.NavigationRail()
    rail.add_place("elevations", "elevations", "Elevations")
    rail.add_place("accounts", "accounts", "Accounts")
    rail.add_place("history", "history", "History")
    rail.add_place("settings", "settings", "Settings", at_bottom=True)
    rail.set_badge("elevations", "2", "2 elevations are overdue")
    row.addWidget(rail)
    steps = w.StepList(monotonic=lambda: 0.0)
    steps.set_steps(
        [
            ("check", "Check the account and the groups"),
            ("create", "Create the temporary group"),
            ("nest", "Make it a member of 2 groups"),
            ("wait", "Wait for the domain controllers"),
            ("session", "Open the session"),
        ]
    )
    steps.update_step("check", w.StepState.DONE, elapsed_seconds=1)
    steps.update_step(
        "create", w.StepState.WARNING, "Active Directory cannot end it itself: the lifetime is too short.", 2
    )
    steps.update_step("nest", w.StepState.FAILED, "corp\\Server Operators: access is denied.", 0)
    steps.update_step("wait", w.StepState.RUNNING, "dc1 has it, dc2 not yet", 72)
    middle = QFrame()
    inside = QVBoxLayout(middle)
    inside.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    inside.addWidget(
        w.SectionHeader("What happens", "Each step is written to the audit trail before it begins.")
    )
    inside.addWidget(steps)
    inside.addStretch(1)
    row.addWidget(middle, 1)
    pane = w.SidePane()
    pane.set_title("adm-anna.bergstroem-lindqvist@corp.example.com", _LONG_NAME)
    section = pane.add_section("Privileges")
    section.addWidget(w.ElidedLabel("Server Operators"))
    section.addWidget(w.ElidedLabel(_LONG_NAME))
    pane.add_section("Time left").addWidget(_bar())
    row.addWidget(pane)
    return page


def _bar() -> QWidget:
    bar = w.TimeLeftBar()
    bar.set_time_left(w.TimeLeft(7200, 4360))
    return bar


def _icons() -> QWidget:
    page = QWidget()
    grid = QGridLayout(page)
    names = sorted(icon_names() - {"app"})
    for position, name in enumerate(names):
        cell = QVBoxLayout()
        cell.addWidget(w.IconView(name, Token.TEXT, 24), 0, Qt.AlignmentFlag.AlignHCenter)
        cell.addWidget(w.plain_label(name, Role.CAPTION), 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addLayout(cell, position // 8, position % 8)
    button = QToolButton()
    button.setIcon(app_icon())
    grid.addWidget(button, len(names) // 8 + 1, 0)
    return page


PAGES: Final[dict[str, tuple[Callable[[], QWidget], int, int]]] = {
    "controls": (_controls, 900, 680),
    "forms": (_forms, 640, 620),
    "messages": (_messages, 720, 640),
    "times": (_times, 640, 860),
    "places": (_places, 960, 480),
    "icons": (_icons, 900, 480),
}


def grab(page: QWidget, path: Path) -> None:
    """Show `page`, let its delayed parts come, and save a picture of it."""
    page.show()
    loop = QEventLoop()
    QTimer.singleShot(500, loop.quit)
    loop.exec()
    page.grab().save(str(path))
    page.close()


def main(folder: Path) -> None:
    """Save a picture of each page in both schemes into `folder`."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    for preference in (SchemePreference.LIGHT, SchemePreference.DARK):
        apply_theme(app, preference)
        for name, (make, width, height) in PAGES.items():
            page = make()
            page.resize(width, height)
            grab(page, folder / f"{name}-{preference}-{page.devicePixelRatioF():g}x.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
