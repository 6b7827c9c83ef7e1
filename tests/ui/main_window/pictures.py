# SPDX-License-Identifier: MIT
"""Pictures of the main and checkout windows in every state: ``python -m tests.ui.main_window.pictures DIR``.

``--scheme light|dark``, ``--size 1440x900``; QT_SCALE_FACTOR=2 draws at 200 %.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QListView,
    QPlainTextEdit,
    QScrollArea,
    QTableView,
    QTabWidget,
    QWidget,
)

from jit_desktop.directory.demo import EVERYTHING, WRITES, Fault, Operation
from jit_desktop.elevation.errors import AccessDenied, JitError, PasswordNeeded
from jit_desktop.elevation.identity import ElevationId, ObjectGuid
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import (
    Elevation,
    ForeignGroup,
    GrantedPrivilege,
    Mechanism,
    RemainingRight,
    Seen,
    Sight,
    SuspectGroup,
    SweepReport,
)
from jit_desktop.elevation.settings import FieldMode
from jit_desktop.ui.main_window import MainWindow
from jit_desktop.ui.models.history_table import HistoryTableModel
from jit_desktop.ui.settings import SettingsDialog
from jit_desktop.ui.theme import SchemePreference, apply_theme
from tests.ui.main_window import inspections
from tests.ui.main_window.world import World


class Album:
    """Takes the pictures of one run."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self._folder = folder
        self._size = (width, height)
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, widget: QWidget, name: str) -> None:
        QApplication.processEvents()
        widget.grab().save(str(self._folder / f"{name}.png"))

    @contextlib.contextmanager
    def world(self, **policy: object) -> Iterator[World]:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder))
            world.save_provider(None, session_command=("mstsc", "/v:jump01"), **policy)
            yield world
            world.close()

    def open(self, world: World, *, start: bool = True) -> MainWindow:
        window = world.open(start=start)
        window.resize(*self._size)
        world.settle()
        return window


def _several(world: World) -> None:
    world.lend(reason="Restore the mailbox store of Helsinki", ticket="INC-40211", seconds=7200)
    world.lend("_sqladmin02", seconds=900, privileges=3, by="CORP\\jonas.weber", reason="Patch SQL cluster 2")
    world.lend("_webadmin03", seconds=4 * 3600, privileges=2, by="CORP\\mira.okafor")
    world.activate()
    world.clock.pass_seconds(700)


def empty(album: Album) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        album.save(album.open(world), "01-no-domain")
        world.close()
    with album.world() as world:
        window = album.open(world)
        album.save(window, "02-nothing-elevated")
        window.show_place("history")
        world.settle()
        album.save(window, "03-no-history")


def active(album: Album) -> None:
    with album.world() as world:
        _several(world)
        world.lend("_helpdesk04", seconds=3600)
        window = album.open(world)
        album.save(window, "10-active")
        world.select_row("elevations.table", 0)
        world.settle()
        album.save(window, "11-active-details")
        world.select_row("elevations.table", 1)
        world.settle()
        album.save(window, "12-propagating-details")
        window.show_place("accounts")
        world.settle()
        album.save(window, "13-accounts")
        world.select_row("accounts.table", 0)
        world.settle()
        album.save(window, "14-account-details")
        world.select_row("accounts.table", 1)
        world.settle()
        album.save(window, "15-account-free")
        world.window.show_place("elevations")
        world.select_row("elevations.table", 0)
        world.click("toolbar.extend")
        album.save(world.find(QWidget, "extend"), "16-extend")
        world.click("extend.cancel")
        world.click("toolbar.check_in")
        album.save(world.find(QWidget, "decision"), "17-check-in")
        world.click("decision.cancel")
        world.settle()
        window.close()
        album.save(world.find(QWidget, "decision"), "18-closing")
        world.click("decision.cancel")
        world.settle()


def overdue(album: Album) -> None:
    with album.world() as world:
        _several(world)
        window = album.open(world)
        world.faults.fail_always(Fault.UNAVAILABLE, *WRITES)
        world.pass_seconds(400)
        world.pass_seconds(200)
        world.select_row("elevations.table", 0)
        world.settle()
        album.save(window, "20-overdue")
        world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
        world.pass_seconds(301)
        album.save(window, "21-unreachable")


def history(album: Album) -> None:
    with album.world() as world:
        _several(world)
        window = album.open(world)
        world.select_row("elevations.table", 0)
        world.settle()
        world.pass_seconds(260)
        album.save(window, "30-just-ended")
        world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
        with contextlib.suppress(JitError):  # refused, so that the history has a failure
            world.lend("_helpdesk04")
        world.pass_seconds(16)
        window.show_place("history")
        world.settle()
        world.select_row("history.table", 0)
        world.settle()
        album.save(window, "31-history")


def password(album: Album) -> None:
    with album.world() as world:
        window = album.open(world)
        status = world.desk.board.status(world.provider.id)
        problem = PasswordNeeded(
            "The password of CORP\\svc-jit is needed.", remedy="Enter it, or keep it in the credential store."
        )
        world.desk.board.set_status(world.provider.id, replace(status, problem=problem))
        world.settle()
        album.save(window, "40-password-needed")
        world.window.deeds.ask_password(world.provider.id)
        world.settle()
        dialog = world.find(QWidget, "password")
        album.save(dialog, "41-password")


def checkout(album: Album) -> None:
    with album.world(reason=FieldMode.REQUIRED, ticket=FieldMode.OPTIONAL) as world:
        world.lend("_sqladmin02", by="CORP\\jonas.weber", reason="Patch SQL")
        world.activate()
        album.open(world)
        world.click("toolbar.check_out")
        window = world.find(QWidget, "checkout")
        world.settle()
        album.save(window, "50-form-empty")
        world.click("checkout.submit")
        world.settle()
        album.save(window, "51-form-problems")
        chooser = world.find(QComboBox, "checkout.account")
        chooser.setCurrentIndex(chooser.findText("Backup operator 15", Qt.MatchFlag.MatchStartsWith))
        chooser.showPopup()
        world.settle()
        popup = chooser.view().window()
        album.save(popup, "52-account-list")
        chooser.hidePopup()
        boxes = world.find(QListView, "checkout.privileges").model()
        boxes.setData(boxes.index(0, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
        world.find(QPlainTextEdit, "checkout.reason").setPlainText("Restore the mailbox store of Helsinki")
        world.settle()
        album.save(window, "53-form-filled")
        world.click("checkout.submit")
        world.settle()
        album.save(window, "54-waiting")
        world.pass_seconds(5)
        album.save(window, "55-waiting-half")
        world.pass_seconds(5)
        album.save(window, "56-active")
        album.save(world.window, "57-main-behind")
        world.click("checkout.close")
        world.faults.fail_next(Fault.ACCESS_DENIED, Operation.ADD_MEMBER)
        window = world.window.deeds.check_out(world.provider.id, world.account("_webadmin03"))
        boxes = world.find(QListView, "checkout.privileges", window).model()
        boxes.setData(boxes.index(1, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
        world.find(QPlainTextEdit, "checkout.reason", window).setPlainText("Certificates")
        world.click("checkout.submit", window)
        world.settle()
        album.save(window, "58-failed")


def check_now(album: Album) -> None:
    with album.world() as world:
        world.lend("_sqladmin02", seconds=7200, privileges=2)
        world.activate()
        album.open(world)
        world.select_row("elevations.table", 0)
        world.settle()
        world.click("details.check_now")
        world.settle()
        album.save(world.find(QWidget, "check_now"), "60-check-now")
        album.save(world.window, "61-details")
        world.click("check_now.close")
        inspection = inspections.with_everything(world.store.open_elevations()[0], world.clock.utc_now())
        world.examiner.check_now = lambda _id: inspection  # type: ignore[method-assign, assignment]
        world.click("details.check_now")
        world.settle()
        album.save(world.find(QWidget, "check_now"), "62-check-now-alarm")


def guarantees(album: Album) -> None:
    with album.world() as world:
        for name, mechanism, later in (
            ("_backupoperator15", Mechanism.DYNAMIC_GROUP, 0),
            ("_sqladmin02", Mechanism.DYNAMIC_GROUP, 900),
            ("_webadmin03", Mechanism.NONE, 0),
        ):
            elevation = world.lend(name)
            ends_at = (
                elevation.deadline + timedelta(seconds=later) if mechanism is not Mechanism.NONE else None
            )
            world.show(replace(elevation, mechanism=mechanism, directory_ends_at=ends_at))
        album.open(world, start=False)
        world.desk.board.set_providers(world.store.providers())
        world.desk.schedule.look()
        world.settle()
        for row in range(3):
            world.select_row("elevations.table", row)
            world.settle()
            album.save(world.window, f"70-guarantee-{row}")
        world.window.close()
        album.save(world.find(QWidget, "decision"), "71-closing")
        world.click("decision.promise")
        ended = replace(
            world.desk.board.elevations[0],
            state=State.ENDED,
            ended_at=world.clock.utc_now(),
            end_reason=EndReason.DEADLINE,
            unconfirmed_on=("dc2.corp.example.test",),
            revision=99,
        )
        world.select_row("elevations.table", 2)
        world.settle()
        world.desk.board.take(ended)
        world.settle()
        album.save(world.window, "72-unconfirmed")


def unread(album: Album) -> None:
    with album.world() as world:
        window = album.open(world, start=False)
        world.desk.board.set_providers(world.store.providers())
        world.settle()
        album.save(window, "90-not-read")
        window.show_place("accounts")
        world.settle()
        album.save(window, "91-accounts-not-read")
        window.show_place("elevations")
        world.faults.fail_always(Fault.UNAVAILABLE, *EVERYTHING)
        world.desk.start()
        world.settle()
        world.desk.heartbeat.sweep_now()
        world.settle()
        album.save(window, "92-not-connected")


def seen(album: Album) -> None:
    with album.world() as world:
        window = album.open(world, start=False)
        board, now = world.desk.board, world.clock.utc_now()
        board.set_providers(world.store.providers())
        changed = "dc1.corp.example.test does not show all of RDM administrators, although it was granted."
        for name, sight, more in (
            ("_backupoperator15", Sight(now, Seen.AS_GRANTED), {}),
            ("_sqladmin02", Sight(now - timedelta(minutes=9), Seen.CHANGED, changed), {}),
            (
                "_webadmin03",
                Sight(now, Seen.NOT_VISIBLE, "The domain controller answered: no such object."),
                {},
            ),
            ("_helpdesk04", Sight(now - timedelta(minutes=9), Seen.AS_GRANTED), {}),
            ("_svc-accounts-of-the-long-name", None, {"adopted": True}),
            (
                "_tier0",
                Sight(now, Seen.AS_GRANTED),
                {"suspicion": "it has members that its record does not name"},
            ),
            ("_late", Sight(now, Seen.AS_GRANTED), {"deadline": now - timedelta(seconds=130)}),
        ):
            elevation = _made(world, name, **more)
            board.take(replace(elevation, sight=sight))
        world.settle()
        album.save(window, "93-seen")
        for row in range(7):
            world.select_row("elevations.table", row)
            world.settle()
            album.save(window, f"93-seen-{row}")


def _made(world: World, name: str, **more: object) -> Elevation:
    """An elevation that nobody has to grant."""
    now = world.clock.utc_now()
    groups = tuple(GrantedPrivilege(p.group, p.display_name) for p in world.provider.jit.privileges[:2])
    account = replace(world.provider.accounts[0].account, name=name, guid=ObjectGuid(name))
    location = world.provider.jit.location
    assert location is not None
    made = Elevation(
        id=ElevationId(f"id-{name}"),
        provider_id=world.provider.id,
        account=account,
        privileges=groups,
        group_name=f"RDM_JIT_{name}_20261123T143000Z_4f5a",
        location=location,
        requested_by="CORP\\mira.okafor",
        requested_at=now - timedelta(minutes=50),
        granted_at=now - timedelta(minutes=50),
        duration_seconds=7200,
        deadline=now + timedelta(minutes=70),
        state=State.ACTIVE,
        domain_controller="dc1.corp.example.test",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def alarms(album: Album) -> None:
    with album.world() as world:
        window = album.open(world, start=False)
        board, now = world.desk.board, world.clock.utc_now()
        board.set_providers(world.store.providers())
        needed = PasswordNeeded(
            "The password of CORP\\svc-jit is needed.", remedy="Enter it, or keep it in the credential store."
        )
        for name in ("_backupoperator15", "_sqladmin02"):
            board.take(_made(world, name, deadline=now - timedelta(seconds=130)))
        board.take(_made(world, "_webadmin03"))
        world.select_row("elevations.table", 0)
        world.settle()
        board.set_status(world.provider.id, replace(board.status(world.provider.id), problem=needed))
        world.settle()
        album.save(window, "94-no-password")
        suspect = SuspectGroup(
            "RDM_JIT__backupoperator15_20261123T143000Z_4f5a",
            "CN=RDM_JIT__backupoperator15_20261123T143000Z_4f5a,OU=Internal,DC=corp,DC=example,DC=test",
            "it has members that its record does not name",
            ("RDM administrators", "RDM service desk"),
            is_alarm=True,
        )
        quiet = replace(
            suspect, name="RDM_JIT_old", gives=(), is_alarm=False, reason="its record can't be read"
        )
        foreign = ForeignGroup(
            "Printer operators", "CN=Printer operators,OU=Internal,DC=corp", "it has no record"
        )
        sweep = SweepReport(
            world.provider.id,
            now,
            suspects=(quiet, suspect),
            foreign=(foreign, replace(foreign, name="Scanner operators")),
            unrecorded=(_made(world, "_helpdesk04", state=State.ENDED),),
        )
        board.take_sweep(sweep)
        world.schedule.install(60)
        world.desk.schedule.look()
        world.settle()
        world.schedule.remove()
        world.desk.schedule.look()
        world.settle()
        album.save(window, "95-suspects")
        world.click("status.left_alone")
        world.settle()
        album.save(world.find(QWidget, "left_alone"), "96-left-alone")
        world.click("left_alone.close")
    with album.world() as world:
        window = album.open(world)
        giving = replace(suspect, name="RDM_JIT_quiet", is_alarm=False)
        world.desk.board.take_sweep(SweepReport(world.provider.id, world.clock.utc_now(), suspects=(giving,)))
        world.settle()
        album.save(window, "96-altered-groups-give-rights")


def late(album: Album) -> None:
    """Ends that are not confirmed past their deadline, and what was removed while no window ran."""
    with album.world() as world:
        world.schedule.install(60)
        world.logon.enable()
        world.context.schedule.state()
        world.context.logon.state()
        world.schedule.remove()
        world.logon.disable()
        window = album.open(world)
        board, now = world.desk.board, world.desk.now(world.provider.id)
        album.save(window, "85-removed-meanwhile")
        for name, seconds in (("_backupoperator15", 130), ("_svc-accounts-of-the-long-name", 40)):
            ending = _made(
                world,
                name,
                deadline=now - timedelta(seconds=seconds),
                state=State.ENDING,
                attempts=2,
                next_attempt_at=now + timedelta(seconds=3),
                failure="Removed; dc2.corp.example.test has not heard of it yet.",
            )
            board.take(replace(ending, sight=Sight(now, Seen.AS_GRANTED)))
        board.take(replace(_made(world, "_webadmin03"), sight=Sight(now, Seen.AS_GRANTED)))
        world.select_row("elevations.table", 0)
        world.settle()
        album.save(window, "86-not-confirmed-yet")
    with album.world() as world:
        window = album.open(world)
        denied = AccessDenied(
            "The creation location may not be listed by the account that signs in.",
            remedy="Settings, Check this domain, has a script that delegates what is missing.",
        )
        report = SweepReport(world.provider.id, world.clock.utc_now(), problem=str(denied), error=denied)
        world.desk.heartbeat.swept.emit(report)
        world.settle()
        album.save(window, "87-sweep-failed")
        fault = JitError("A fault in the program kept it from reading the domain CORP.")
        board = world.desk.board
        board.set_status(world.provider.id, replace(board.status(world.provider.id), problem=fault))
        world.settle()
        album.save(window, "88-fault")


def remains(album: Album) -> None:
    with album.world() as world:
        lent = world.lend(privileges=2)
        world.activate()
        window = album.open(world)
        world.select_row("elevations.table", 0)
        world.settle()
        lent = world.store.elevation(lent.id)
        kept = lent.privileges[0]
        ended = replace(
            lent,
            state=State.ENDED,
            ended_at=world.clock.utc_now(),
            end_reason=EndReason.DEADLINE,
            remains=(
                RemainingRight(kept.group.guid, kept.label, ("a direct membership",), since_before=False),
            ),
            leftover="The temporary group is still there and gives nothing: it may not be deleted.",
            revision=99,
        )
        world.desk.board.take(ended)
        world.settle()
        album.save(window, "97-remains")
        found = replace(
            ended,
            id=ElevationId("found"),
            remains=(),
            leftover="",
            end_reason=EndReason.REMOVED_ELSEWHERE,
        )
        window.show_place("history")
        world.settle()
        history = world.find(QTableView, "history.table").model()
        assert isinstance(history, HistoryTableModel)
        history.add_latest(ended)
        history.add_latest(found)
        world.settle()
        world.select_row("history.table", 1)
        world.settle()
        album.save(window, "98-history-remains")
        world.select_row("history.table", 0)
        world.settle()
        album.save(window, "99-history-found-ended")


def settings(album: Album) -> None:
    with album.world() as world:
        examiner = inspections.PlayedExaminer(world.provider.id, world.clock.utc_now())
        context = replace(world.context, examiner=examiner)
        dialog = SettingsDialog(context)
        dialog.open()
        world.settle()
        tabs = world.find(QTabWidget, "settings.tabs")
        tabs.setCurrentIndex(4)
        world.settle()
        album.save(dialog, "80-check-empty")
        world.click("settings.check-domain")
        world.settle()
        album.save(dialog, "81-check-found")
        world.click("settings.rehearse")
        world.settle()
        page = world.find(QScrollArea, "settings.page-check")
        page.verticalScrollBar().setValue(page.verticalScrollBar().maximum() // 2)
        world.settle()
        album.save(dialog, "82-check-middle")
        page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
        world.settle()
        album.save(dialog, "83-rehearsal")
        world.click("settings.promise")
        world.settle()
        album.save(dialog, "84-promise")
        world.click("settings.promise-install")
        world.settle()
        album.save(dialog, "85-promise-installed")
        dialog.done(0)
        world.settle()


SCENES: dict[str, Callable[[Album], None]] = {
    "empty": empty,
    "active": active,
    "overdue": overdue,
    "history": history,
    "password": password,
    "checkout": checkout,
    "check-now": check_now,
    "guarantees": guarantees,
    "settings": settings,
    "unread": unread,
    "seen": seen,
    "alarms": alarms,
    "late": late,
    "remains": remains,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scheme", default="light")
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--scene", default="")
    options = parser.parse_args()
    app = QApplication([])
    apply_theme(app, SchemePreference(options.scheme))
    width, height = (int(part) for part in options.size.split("x"))
    album = Album(options.folder, width, height)
    for name, scene in SCENES.items():
        if options.scene in name:
            scene(album)


if __name__ == "__main__":
    main()
