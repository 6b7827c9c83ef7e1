# SPDX-License-Identifier: MIT
"""The window: places at the left, a list in the middle, what is selected at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.elevation.identity import ElevationId, ObjectGuid, ProviderId
from jit_desktop.elevation.model import Elevation
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.account_details import AccountDetails
from jit_desktop.ui.main_window.accounts_page import AccountsPage
from jit_desktop.ui.main_window.actions import ElevationActions
from jit_desktop.ui.main_window.banner_stack import BannerStack
from jit_desktop.ui.main_window.decisions import ask_about_closing
from jit_desktop.ui.main_window.deeds import Deeds
from jit_desktop.ui.main_window.details_pane import ElevationDetails
from jit_desktop.ui.main_window.elevations_page import ElevationsPage
from jit_desktop.ui.main_window.history_page import HistoryPage
from jit_desktop.ui.main_window.problems import Problems
from jit_desktop.ui.main_window.status_bar import StatusBar
from jit_desktop.ui.main_window.toolbar import Toolbar
from jit_desktop.ui.main_window.tray import Tray
from jit_desktop.ui.models.account_table import AccountRow
from jit_desktop.ui.theme import GAP, GAP_WIDE, app_icon
from jit_desktop.ui.widgets import NavigationRail, Severity

MINIMUM_SIZE = (960, 600)
DETAILS_WIDTH = 336
LEAST_PAGE_HEIGHT = 160


class MainWindow(QMainWindow):
    """See the package for the object names."""

    settings_requested = Signal(str)
    """Open the settings; the id of the provider that they are wanted for, or nothing."""
    setup_requested = Signal()
    """There is no domain provider yet: begin with the first-start assistant."""
    promise_requested = Signal()
    """Open the settings where the promise is kept while the program is closed."""
    quit_requested = Signal()
    """Everything is finished or handed over: the application may end."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("main_window")
        self.setWindowTitle("JIT Desktop")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*MINIMUM_SIZE)
        self._desk = desk
        self._is_quitting = False
        self._actions = ElevationActions(desk, self)
        self.tray = Tray(desk.board, desk.now, self)
        self._build()
        self._connect()
        self.tray.show()

    # --- how it is made --------------------------------------------------------------------------------

    def _build(self) -> None:
        self._rail = NavigationRail()
        self._rail.setObjectName("nav")
        self._rail.add_place("elevations", "elevations", self.tr("Elevations"))
        self._rail.add_place("accounts", "accounts", self.tr("Accounts"))
        self._rail.add_place("history", "history", self.tr("History"))
        self._rail.add_place("settings", "settings", self.tr("Settings"), at_bottom=True)

        self._elevations = ElevationsPage(self._desk)
        self._accounts = AccountsPage(self._desk)
        self._history = HistoryPage(self._desk)
        self._pages = QStackedWidget()
        self._pages.setObjectName("pages")
        # Where there is much to say, the list gives way before a message is cut off.
        self._pages.setMinimumHeight(LEAST_PAGE_HEIGHT)
        self._places: dict[str, ElevationsPage | AccountsPage | HistoryPage] = {
            "elevations": self._elevations,
            "accounts": self._accounts,
            "history": self._history,
        }
        for page in self._places.values():
            self._pages.addWidget(page)

        self._banners = BannerStack()
        self._banners.setObjectName("banners")
        self._problems = Problems(self._desk, self._banners, self)
        self.deeds = Deeds(self._desk, self._actions, self._problems, self)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP)
        column.addWidget(self._banners)
        column.addWidget(self._pages, 1)

        self._details = ElevationDetails(self._desk, self._actions)
        self._account_details = AccountDetails(self._desk, self._accounts.model)
        self._side = QStackedWidget()
        self._side.setObjectName("side")
        self._side.addWidget(self._details)
        self._side.addWidget(self._account_details)
        self._side.hide()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("splitter")
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(middle)
        self._splitter.addWidget(self._side)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)

        self._toolbar = Toolbar(self._actions)
        self.addActions(self._actions.all())
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._toolbar)
        right.addWidget(self._splitter, 1)
        central = QWidget()
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addLayout(right, 1)
        self.setCentralWidget(central)
        self._status = StatusBar(self._desk)
        self._status.setObjectName("status")
        self.setStatusBar(self._status)

    def _connect(self) -> None:
        board = self._desk.board
        self._rail.current_changed.connect(self._on_rail_current_changed)
        self._actions.check_out.triggered.connect(self._on_check_out_triggered)
        self.deeds.elevation_requested.connect(self.show_elevation)
        self._elevations.selection_changed.connect(self._on_elevations_selection_changed)
        self._elevations.check_out_requested.connect(self._on_check_out_triggered)
        self._elevations.settings_requested.connect(self._on_settings_wanted)
        self._elevations.opened.connect(self.deeds.open_row)
        self._accounts.selection_changed.connect(self._on_accounts_selection_changed)
        self._accounts.check_out_requested.connect(self._on_account_check_out_requested)
        self._accounts.elevation_requested.connect(self.show_elevation)
        self._accounts.settings_requested.connect(self._on_settings_wanted)
        self._account_details.check_out_requested.connect(self._on_account_check_out_requested)
        self._account_details.elevation_requested.connect(self.show_elevation)
        self._account_details.close_requested.connect(self._on_details_close_requested)
        self._history.selection_changed.connect(self._on_history_selection_changed)
        self._history.check_out_requested.connect(self._on_check_out_triggered)
        self._details.close_requested.connect(self._on_details_close_requested)
        self._details.check_requested.connect(self.deeds.check_now)
        self._status.promise_requested.connect(self.promise_requested)
        self._status.left_alone_requested.connect(self.deeds.show_left_alone)
        self._problems.overdue_requested.connect(self.show_elevation)
        self._problems.suspects_requested.connect(self.deeds.show_left_alone)
        self._problems.promise_requested.connect(self.promise_requested)
        board.providers_changed.connect(self._on_board_providers_changed)
        board.alarms_changed.connect(self._on_board_alarms_changed)
        board.provider_status_changed.connect(self._on_board_alarms_changed)
        self._desk.heartbeat.ticked.connect(self.tray.tick)
        self._desk.heartbeat.tick_succeeded.connect(
            self._on_heartbeat_first_tick_succeeded, Qt.ConnectionType.SingleShotConnection
        )
        self._desk.idle.connect(self._on_desk_idle)
        self.tray.open_requested.connect(self.bring_to_front)
        self.tray.elevation_requested.connect(self.show_elevation)
        self.tray.check_out_requested.connect(self._on_check_out_triggered)
        self.tray.extend_requested.connect(self.deeds.extend_selected)
        self.tray.quit_requested.connect(self.request_quit)
        keys: dict[str | QKeySequence.StandardKey, Callable[[], None]] = {
            "Ctrl+1": lambda: self.show_place("elevations"),
            "Ctrl+2": lambda: self.show_place("accounts"),
            "Ctrl+3": lambda: self.show_place("history"),
            "Ctrl+,": self._on_settings_wanted,
            "Ctrl+F": self._on_find_activated,
            QKeySequence.StandardKey.Refresh: self._on_refresh_activated,
            QKeySequence.StandardKey.Quit: self.request_quit,
        }
        for key, slot in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(slot)

    # --- what others may ask for -----------------------------------------------------------------------

    def show_place(self, place: str) -> None:
        """Go to ``elevations``, ``accounts`` or ``history``."""
        self._rail.set_current(place)

    @Slot(object)
    def show_elevation(self, elevation_id: ElevationId) -> None:
        """Bring the window to the front with this elevation selected."""
        self.bring_to_front()
        self.show_place("elevations")
        self._elevations.select(elevation_id)

    @Slot()
    def bring_to_front(self) -> None:
        """Show the window, whatever hid it."""
        self.show()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    def tell_of_another(self, text: str) -> None:
        """Say over the list what is the matter with another window on this data folder."""
        self._problems.tell_of_another(text)

    # --- places and selection --------------------------------------------------------------------------

    @Slot(str)
    def _on_rail_current_changed(self, place: str) -> None:
        page = self._places.get(place)
        if page is None:
            # Settings are no place to stay at: they are a window of their own.
            self._rail.set_current(list(self._places)[self._pages.currentIndex()])
            self._on_settings_wanted()
            return
        self._pages.setCurrentWidget(page)
        titles = {
            "elevations": self.tr("Elevations"),
            "accounts": self.tr("Accounts"),
            "history": self.tr("History"),
        }
        self._toolbar.set_title(titles[place])
        if not self._rail.isAncestorOf(self.focusWidget()):
            page.focus_list()
        if page is self._elevations:
            self._on_elevations_selection_changed(self._elevations.selected)
        elif page is self._accounts:
            self._on_accounts_selection_changed(self._accounts.selected)
        else:
            self._on_history_selection_changed(self._history.selected)

    def _show_side(self, pane: QWidget | None) -> None:
        if pane is not None:
            self._side.setCurrentWidget(pane)
            if self._side.isHidden():
                self._side.show()
                width = self._splitter.width()
                self._splitter.setSizes([width - DETAILS_WIDTH, DETAILS_WIDTH])
        else:
            self._side.hide()

    @Slot(object)
    def _on_elevations_selection_changed(self, elevation: Elevation | None) -> None:
        if self._pages.currentWidget() is not self._elevations:
            return
        self._actions.set_elevation(elevation)
        self._status.show_provider(elevation.provider_id if elevation else None)
        if elevation is not None:
            self._details.show_elevation(elevation)
            self._show_side(self._details)
            return
        shown = self._details.elevation
        has_just_ended = shown is not None and self._desk.board.elevation(shown.id) is None
        if not (has_just_ended and self._side.isVisible() and self._side.currentWidget() is self._details):
            self._show_side(None)

    @Slot(object)
    def _on_history_selection_changed(self, elevation: Elevation | None) -> None:
        if self._pages.currentWidget() is not self._history:
            return
        self._actions.set_elevation(elevation)
        if elevation is not None:
            self._details.show_elevation(elevation)
        self._show_side(self._details if elevation is not None else None)

    @Slot(object)
    def _on_accounts_selection_changed(self, row: AccountRow | None) -> None:
        if self._pages.currentWidget() is not self._accounts:
            return
        self._actions.set_elevation(row.elevation if row else None)
        self._status.show_provider(row.provider.id if row else None)
        if row is not None:
            self._account_details.show_account(row)
        self._show_side(self._account_details if row is not None else None)

    @Slot()
    def _on_details_close_requested(self) -> None:
        for page in self._places.values():
            if page is self._pages.currentWidget():
                page.clear_selection()
        self._show_side(None)

    @Slot()
    def _on_find_activated(self) -> None:
        page = self._pages.currentWidget()
        if page is self._elevations:
            self._elevations.focus_list()
        elif page is self._accounts:
            self._accounts.focus_filter()
        else:
            self._history.focus_filter()

    @Slot()
    def _on_refresh_activated(self) -> None:
        self._desk.heartbeat.tick_now()
        self._desk.heartbeat.sweep_now()

    # --- doing -----------------------------------------------------------------------------------------

    @Slot()
    def _on_check_out_triggered(self) -> None:
        row = self._accounts.selected if self._pages.currentWidget() is self._accounts else None
        if row is not None and row.elevation is None:
            self.deeds.check_out(*row.key)
        else:
            self.deeds.check_out()

    @Slot(str, str)
    def _on_account_check_out_requested(self, provider_id: str, account: str) -> None:
        self.deeds.check_out(ProviderId(provider_id), ObjectGuid(account))

    @Slot()
    def _on_settings_wanted(self) -> None:
        board = self._desk.board
        if board.providers_are_known and not board.providers:
            self.setup_requested.emit()
        else:
            self.settings_requested.emit("")

    @Slot()
    def _on_board_providers_changed(self) -> None:
        # Without a domain the one thing to do is to set one up, and the page offers that.
        self._toolbar.offer_actions(offered=bool(self._desk.board.providers))

    @Slot()
    def _on_heartbeat_first_tick_succeeded(self) -> None:
        # Only now is it known what there is to put the focus on.
        self._places[self._rail.current()].focus_list()

    @Slot()
    def _on_board_alarms_changed(self) -> None:
        overdue, alarms = len(self._desk.board.overdue), self._desk.board.alarm_count
        spoken = self.tr("{n} overdue").format(n=overdue) if overdue else ""
        if alarms > overdue:
            one, more = self.tr("1 altered group"), self.tr("{n} altered groups")
            groups = one if alarms - overdue == 1 else more.format(n=alarms - overdue)
            spoken = ", ".join(part for part in (spoken, groups) if part)
        self._rail.set_badge("elevations", str(alarms) if alarms else "", spoken)

    # --- coming and going ------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._desk.heartbeat.on_window_activated()
            self._desk.schedule.look()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_quitting:
            event.accept()
            return
        event.ignore()
        self.request_quit()

    @Slot()
    def request_quit(self) -> None:
        """End the program, after asking where elevations are open."""
        if self._is_quitting:
            return
        if self._desk.board.elevations or self._desk.errands.open:
            self.bring_to_front()
            ask_about_closing(self._desk, self, self._on_closing_decided, can_hide=self.tray.is_available)
        else:
            self._quit()

    def leave_without_asking(self) -> None:
        """The session ends: nobody is there to be asked, and nothing may keep the window open."""
        self._is_quitting = True
        self.tray.close()
        self.deeds.close_windows()
        self.hide()

    def _on_closing_decided(self, choice: str) -> None:
        if choice == "stay":
            if self.tray.is_available:
                self.hide()
            else:
                self.showMinimized()
        elif choice == "promise":
            self.promise_requested.emit()
        elif choice == "quit":
            self._quit()

    def _quit(self) -> None:
        self._is_quitting = True
        self._desk.stop()
        if self._desk.errands.open:
            self._banners.show_message(
                "quit",
                self.tr("Finishing what is being written; the program ends then."),
                Severity.INFO,
                dismissible=False,
            )
            return
        self._leave()

    @Slot()
    def _on_desk_idle(self) -> None:
        if self._is_quitting:
            self._leave()

    def _leave(self) -> None:
        self.tray.close()
        self.deeds.close_windows()
        self.close()
        self.quit_requested.emit()
