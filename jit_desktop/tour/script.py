# SPDX-License-Identifier: MIT
"""The job from the first start to the history, as a person does it, with a picture of every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QSpinBox, QTabWidget, QWidget

from jit_desktop.directory.demo import EVERYTHING, WRITES, Fault, FaultPlan, Operation
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Store
from jit_desktop.tour.album import Album
from jit_desktop.tour.clock import TourClock
from jit_desktop.tour.hands import Hands, NotThere
from jit_desktop.ui.shell import Shell

ACCOUNT = "_backupoperator15"
PRIVILEGE = "Remote Desktop Manager Admins"
PRIVILEGE_LABEL = "RDM administrators"
"""The same group under its display name, as whoever checks out sees it."""
SESSION = "mstsc /v:backup01.corp.example.test"
ALARM_MINUTES = 5
REASON = "Restore the mailbox store of Helsinki"


class Script:
    """One walk through the program. Raises :class:`NotThere` where the program does not do what it should."""

    def __init__(self, shell: Shell, store: Store, clock: TourClock, faults: FaultPlan, album: Album) -> None:
        self._shell = shell
        self._store = store
        self._clock = clock
        self._faults = faults
        self._album = album
        self._hands = Hands()

    def play(self, say: Callable[[str], None]) -> None:
        """Do everything; ``say`` hears each part as it begins."""
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("First start", self._first_start),
            ("Settings: connection", self._connection),
            ("Settings: just-in-time elevation", self._jit_page),
            ("Settings: accounts and policy", self._accounts_and_policy),
            ("Settings: check, rehearsal, promise", self._check_and_promise),
            ("Checkout", self._checkout),
            ("Active", self._active),
            ("Expiry", self._expiry),
            ("Check-in", self._check_in),
            ("A refusal", self._refusal),
            ("An alarm", self._alarm),
            ("History", self._history),
        )
        for title, part in parts:
            say(title)
            try:
                part()
            except NotThere:
                self._show_where_it_stopped()
                raise

    # --- first start and settings -------------------------------------------------------------------------

    def _first_start(self) -> None:
        hands = self._hands
        self._shell.open()
        self._shell.main.resize(1280, 800)
        hands.find(QWidget, "empty-action")  # before the first reading there is nothing to do
        self._take("main_window", "no-domain-yet")
        hands.click("empty-action")
        self._take("first-start", "first-start")
        hands.click("first-start.demo")
        hands.until(lambda: hands.is_gone("first-start"), "the assistant to close")
        hands.until(lambda: "dc1" in self._text("status.controller.text"), "the domain controller")
        self._take("main_window", "nothing-elevated")

    def _connection(self) -> None:
        hands = self._hands
        hands.click("nav-settings")
        hands.until(lambda: self._text("settings.title") != "", "the settings to be read")
        hands.click("settings.test-connection")
        hands.until(lambda: "works" in self._text("settings.test-verdict"), "the verdict")
        self._take("settings", "settings-connection")

    def _jit_page(self) -> None:
        hands = self._hands
        self._tab("jit")
        hands.row("settings.privileges", PRIVILEGE)
        self._take("settings", "settings-jit")
        hands.click("settings.privileges-add")
        hands.expand("picker.tree", "Domain Groups")
        hands.expand("picker.tree", "Groups")
        for name in ("Backup Console Users", "Print Fleet Managers", "Web Farm Deployers"):
            hands.tick("picker.tree", name)
        self._take("picker-groups", "group-picker-tree")
        hands.expand("picker.tree", "Users")
        hands.tick("picker.tree", "Domain Admins")
        self._take("picker-groups", "group-picker-protected")
        hands.type("picker.search", "remote")
        hands.row("picker.results", PRIVILEGE)
        self._take("picker-groups", "group-picker-search")
        hands.click("picker.cancel")
        hands.click("settings.location-browse")
        hands.row("picker.tree", "Internal")
        self._take("picker-location", "location-browser")
        hands.click("picker.cancel")
        hands.click("settings.privilege-sets-enabled")
        hands.select("settings.sets", "Infrastructure")
        self._take("settings", "settings-privilege-sets")
        hands.click("settings.privilege-sets-enabled")

    def _accounts_and_policy(self) -> None:
        hands = self._hands
        self._tab("accounts")
        hands.row("settings.accounts", ACCOUNT)
        self._take("settings", "settings-accounts")
        hands.click("settings.accounts-add")
        hands.type("picker.search", "_sql")
        hands.row("picker.results", "_sqladmin02")
        self._take("picker-accounts", "account-picker")
        hands.click("picker.cancel")
        self._tab("policy")
        hands.type("settings.session-command", SESSION)
        self._take("settings", "settings-policy")
        hands.click("settings.save")
        hands.until(lambda: hands.is_gone("settings"), "the settings to close")

    def _check_and_promise(self) -> None:
        hands = self._hands
        hands.click("nav-settings")
        hands.until(lambda: self._text("settings.title") != "", "the settings to be read")
        self._tab("check")
        hands.click("settings.check-domain")
        hands.find(QWidget, "finding-0")
        self._take("settings", "settings-check")
        self._scroll_to("settings.rehearse")
        hands.click("settings.rehearse")
        hands.find(QWidget, "settings.rehearsal-latencies")
        hands.pause(100)
        self._scroll_to("settings.use-latency")
        self._take("settings", "settings-rehearsal")
        hands.click("settings.promise")
        hands.click("settings.promise-install")
        hands.find(QWidget, "settings.promise-command")
        self._take("settings", "settings-promise")
        hands.click("settings.promise-remove")
        hands.click("settings.cancel")
        hands.until(lambda: hands.is_gone("settings"), "the settings to close")

    # --- one checkout -------------------------------------------------------------------------------------

    def _checkout(self) -> None:
        hands = self._hands
        self._begin_checkout(ACCOUNT, PRIVILEGE_LABEL)
        hands.click("preset-7200")
        hands.type("checkout.reason", REASON)
        self._take("checkout", "checkout")
        hands.click("checkout.submit")
        hands.find(QWidget, "progress.controllers")
        hands.until(lambda: "dc2" in self._all_text("progress.controllers"), "the controllers' answers")
        self._take("checkout", "checkout-steps-and-wait")
        self._skip_until_active(ACCOUNT)
        hands.find(QWidget, "checkout.open_session")
        self._take("checkout", "checkout-active")
        hands.click("checkout.close")

    def _active(self) -> None:
        hands = self._hands
        hands.select("elevations.table", ACCOUNT)
        self._skip(600)
        self._take("main_window", "active")
        hands.click("details.check_now")
        hands.find(QWidget, "check_now.table")
        self._take("check_now", "check-now")
        hands.click("check_now.close")
        hands.click("toolbar.extend")
        self._take("extend", "extend")
        hands.click("extend.cancel")
        hands.until(lambda: hands.is_gone("extend"), "the question to go")
        left = self._only(ACCOUNT).remaining(self._now())
        self._skip(left.total_seconds() - 240)
        self._take("main_window", "last-minutes")

    def _expiry(self) -> None:
        hands = self._hands
        self._skip(241)
        self._skip_until(lambda: not self._open(), "the deadline to end it", 4)
        hands.until(
            lambda: hands.is_gone("elevations.table") or not hands.rows("elevations.table"), "its row to go"
        )
        self._take("main_window", "ended-by-its-deadline")

    def _check_in(self) -> None:
        hands = self._hands
        self._begin_checkout("_sqladmin02", "RDM service desk")
        hands.click("checkout.submit")
        self._skip_until_active("_sqladmin02")
        hands.click("checkout.close")
        hands.select("elevations.table", "_sqladmin02")
        hands.click("toolbar.check_in")
        self._take("decision", "check-in")
        hands.click("decision.check_in")
        self._skip_until(lambda: not self._open(), "the check-in to be confirmed", 3)

    def _refusal(self) -> None:
        hands = self._hands
        self._faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
        self._begin_checkout("_helpdesk04", "RDM service desk")
        hands.click("checkout.submit")
        hands.find(QWidget, "checkout.try_again")
        self._take("checkout", "checkout-refused")
        hands.click("checkout.close")
        hands.until(lambda: hands.is_gone("checkout"), "the window to close")

    def _alarm(self) -> None:
        hands = self._hands
        self._begin_checkout("_webadmin03", PRIVILEGE_LABEL)
        # Shorter than what Active Directory can end by itself: it is this program that has to be on time.
        self._set_minutes(ALARM_MINUTES)
        hands.click("checkout.submit")
        self._skip_until_active("_webadmin03")
        hands.click("checkout.close")
        self._faults.fail_always(Fault.UNAVAILABLE, *WRITES)
        self._skip(ALARM_MINUTES * 60)
        self._skip_until(lambda: self._only("_webadmin03").state is State.OVERDUE, "the alarm", 30)
        hands.select("elevations.table", "_webadmin03")
        self._take("main_window", "overdue")
        self._faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
        self._skip_until(lambda: self._text("status.controller.text") == "Not connected", "the silence", 60)
        self._take("main_window", "unreachable")
        self._faults.clear()
        self._skip_until(lambda: not self._open(), "the end to be confirmed", 30)
        self._skip_until(lambda: "Swept" in self._text("status.sweep.text"), "the next sweep", 60)

    def _history(self) -> None:
        hands = self._hands
        hands.click("nav-accounts")
        hands.row("accounts.table", ACCOUNT)
        self._take("main_window", "accounts")
        hands.click("nav-history")
        hands.select("history.table", ACCOUNT)
        hands.until(lambda: "dc1" in self._all_text("details.controllers"), "what it went through")
        self._take("main_window", "history")

    def _show_where_it_stopped(self) -> None:
        for window in QApplication.topLevelWidgets():
            if window.isVisible() and window.objectName():
                self._album.take(window, f"stopped-{window.objectName()}")

    # --- small things -------------------------------------------------------------------------------------

    def _begin_checkout(self, account: str, privilege: str) -> None:
        self._hands.click("toolbar.check_out")
        self._hands.find(QWidget, "checkout")
        self._hands.choose("checkout.account", account)
        self._hands.tick("checkout.privileges", privilege)

    def _set_minutes(self, minutes: int) -> None:
        self._hands.find(QSpinBox, "duration-minutes").setValue(minutes)
        self._hands.find(QSpinBox, "duration-hours").setValue(0)
        self._hands.pause()

    def _scroll_to(self, name: str) -> None:
        page = self._hands.find(QScrollArea, "settings.page-check")
        wanted = page.findChild(QWidget, name)
        if wanted is None:
            raise NotThere(f"there is no {name}")
        page.ensureWidgetVisible(wanted)
        self._hands.pause()

    def _tab(self, name: str) -> None:
        tabs = self._hands.find(QTabWidget, "settings.tabs")
        page = tabs.findChild(QWidget, f"settings.page-{name}")
        if page is None:
            raise NotThere(f"the settings have no page {name}")
        tabs.setCurrentWidget(page)
        self._hands.pause()

    def _take(self, window: str, name: str) -> None:
        self._hands.pause(350)  # what fades in has done so
        found = self._hands.find(QWidget, window)
        self._album.take(found, name)

    def _text(self, name: str) -> str:
        label = self._hands.seen(QLabel, name)
        return label.text() if label is not None else ""

    def _all_text(self, name: str) -> str:
        labels = self._hands.find(QWidget, name).findChildren(QLabel)
        return "\n".join(label.text() for label in labels)

    def _open(self) -> list[Elevation]:
        return list(self._store.open_elevations())

    def _only(self, account: str) -> Elevation:
        found = [e for e in self._open() if e.account.name == account]
        if len(found) != 1:
            raise NotThere(f"{account} has {len(found)} open elevations")
        return found[0]

    def _now(self) -> datetime:
        return self._shell.desk.now(self._store.providers()[0].id)

    def _skip(self, seconds: float) -> None:
        """Let time pass, and the program notice it."""
        self._clock.skip(seconds)
        self._shell.desk.heartbeat.beat()
        self._hands.until(lambda: not self._shell.desk.heartbeat.is_working, "the program to have caught up")

    def _skip_until_active(self, account: str) -> None:
        """Let the grant be written in the time that it takes, and then the wait for replication pass."""
        self._hands.find(QWidget, "progress.countdown")
        self._skip_until(lambda: self._only(account).state is State.ACTIVE, f"{account} to be active", 2)

    def _skip_until(self, condition: Callable[[], bool], what: str, step_seconds: float) -> None:
        for _ in range(60):
            if condition():
                self._hands.pause(100)
                return
            self._skip(step_seconds)
            self._hands.pause(50)
        raise NotThere(f"waited in vain for {what}")
