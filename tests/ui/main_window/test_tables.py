# SPDX-License-Identifier: MIT
"""The tables behind the main window: they follow Qt's rules and change in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from jit_desktop.elevation.errors import StoreLocked
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, SweepReport
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind
from jit_desktop.ui.models import account_table, elevation_table, history_table
from jit_desktop.ui.models.account_table import AccountTableModel
from jit_desktop.ui.models.board import ProviderStatus
from jit_desktop.ui.models.elevation_table import Column, ElevationTableModel
from jit_desktop.ui.models.history_table import PAGE, HistoryTableModel
from jit_desktop.ui.models.privilege_list import PrivilegeListModel
from jit_desktop.ui.models.record_model import SORT_ROLE
from jit_desktop.ui.widgets import TimeLeftDelegate, Urgency
from tests.ui.main_window.test_board import NOW, elevation
from tests.ui.main_window.world import World


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)


def column(model: QAbstractItemModel, number: int) -> list[str]:
    return [str(model.index(row, number).data() or "") for row in range(model.rowCount())]


@pytest.fixture
def elevations(world: World) -> ElevationTableModel:
    model = ElevationTableModel(world.desk.board, lambda _provider: NOW, world.desk)
    watched(model)
    return model


def test_that_a_changed_elevation_keeps_its_row(world: World, elevations: ElevationTableModel) -> None:
    for number in (1, 2, 3):
        world.desk.board.take(elevation(number))
    world.desk.board.take(elevation(2, state=State.ENDING, revision=2))
    assert column(elevations, Column.ACCOUNT) == ["_account1", "_account2", "_account3"]
    assert column(elevations, Column.STATE) == ["Active", "Ending", "Active"]


def test_that_an_ended_elevation_leaves_the_table(world: World, elevations: ElevationTableModel) -> None:
    for number in (1, 2, 3):
        world.desk.board.take(elevation(number))
    world.desk.board.take(elevation(2, state=State.ENDED, revision=2))
    assert column(elevations, Column.ACCOUNT) == ["_account1", "_account3"]


def test_that_a_tick_redraws_only_the_time_left(world: World, elevations: ElevationTableModel) -> None:
    world.desk.board.take(elevation(1))
    redrawn: list[tuple[int, int]] = []
    elevations.dataChanged.connect(lambda first, last: redrawn.append((first.column(), last.column())))
    elevations.tick()
    assert redrawn == [(Column.TIME_LEFT, Column.TIME_LEFT)]


def test_that_times_sort_by_the_moment_and_not_by_their_words(
    world: World, elevations: ElevationTableModel
) -> None:
    world.desk.board.take(elevation(1, seconds=36_000))
    world.desk.board.take(elevation(2, seconds=9_000))
    keys = [elevations.index(row, Column.TIME_LEFT).data(SORT_ROLE) for row in (0, 1)]
    assert keys[0] > keys[1]


@pytest.mark.parametrize(
    ("shown", "urgency", "words"),
    [
        (elevation(seconds=3600), Urgency.CALM, "1 h"),
        (elevation(seconds=200), Urgency.CALM, "3 min 20 s"),
        (replace(elevation(seconds=3600), deadline=NOW + timedelta(seconds=90)), Urgency.SOON, "1 min 30 s"),
        (
            replace(elevation(state=State.OVERDUE), deadline=NOW - timedelta(seconds=150)),
            Urgency.OVERDUE,
            "Overdue 2 min",
        ),
        # Checked in before its deadline, and the end could not be confirmed: overdue all the same.
        (elevation(state=State.OVERDUE), Urgency.OVERDUE, "Overdue"),
        (replace(elevation(), deadline=NOW - timedelta(seconds=90)), Urgency.OVERDUE, "Overdue 1 min"),
    ],
)
def test_that_the_time_left_says_how_it_is_to_be_taken(
    world: World, elevations: ElevationTableModel, shown: Elevation, urgency: Urgency, words: str
) -> None:
    world.desk.board.take(shown)
    cell = elevations.index(0, Column.TIME_LEFT)
    assert cell.data(TimeLeftDelegate.ROLE).urgency is urgency
    assert cell.data() == words


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (elevation(state=State.GRANTING), "Starting"),
        (elevation(state=State.ENDING), "Ending now"),
        (replace(elevation(), deadline=NOW), "Ending now"),
    ],
)
def test_that_words_stand_where_a_bar_would_mislead(
    world: World, elevations: ElevationTableModel, shown: Elevation, words: str
) -> None:
    world.desk.board.take(shown)
    cell = elevations.index(0, Column.TIME_LEFT)
    assert cell.data(TimeLeftDelegate.ROLE) is None
    assert cell.data() == words


def test_that_directory_text_in_a_tooltip_is_not_read_as_markup(
    world: World, elevations: ElevationTableModel
) -> None:
    strange = replace(elevation(), reason="<b>bold</b>")
    world.desk.board.take(strange)
    tip = elevations.index(0, elevation_table.Column.REASON).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;bold&lt;/b&gt;" in tip


# --- accounts ---


@pytest.fixture
def accounts(world: World) -> AccountTableModel:
    model = AccountTableModel(world.desk.board, world.desk.now, world.desk)
    watched(model)
    world.desk.board.set_providers([world.provider])
    world.desk.board.take_sweep(SweepReport(world.provider.id, world.clock.utc_now()))
    return model


def statuses(model: AccountTableModel) -> dict[str, str]:
    names = column(model, account_table.Column.LOGON_NAME)
    return dict(zip(names, column(model, account_table.Column.STATUS), strict=True))


def test_that_an_account_shows_who_has_it_until_it_is_given_back(
    world: World, accounts: AccountTableModel
) -> None:
    lent = world.lend()
    world.desk.board.take(lent)
    row = accounts.row_at(accounts.index_of((world.provider.id, lent.account.guid)).row())
    assert row.elevation == lent
    assert statuses(accounts)["_backupoperator15"] == "Propagating"
    world.desk.board.take(replace(lent, state=State.ENDED, revision=lent.revision + 1))
    assert statuses(accounts)["_backupoperator15"] == "Free"


def test_that_accounts_that_cannot_be_had_say_why(world: World, accounts: AccountTableModel) -> None:
    disabled, gone, expired = (world.account(n) for n in ("_disabled01", "_webadmin03", "_sqladmin02"))
    entries = {
        a.account.guid: DirectoryEntry(a.account.guid, a.account.dn, a.account.name, EntryKind.ACCOUNT)
        for a in world.provider.accounts
    }
    world.desk.board.set_status(
        world.provider.id,
        ProviderStatus(
            last_sweep=world.desk.board.status(world.provider.id).last_sweep,
            accounts={
                **entries,
                disabled: replace(entries[disabled], enabled=False),
                expired: replace(entries[expired], expired=True),
                gone: None,
            },
        ),
    )
    shown = statuses(accounts)
    assert (shown["_disabled01"], shown["_webadmin03"], shown["_sqladmin02"], shown["_helpdesk04"]) == (
        "Disabled",
        "Not found",
        "Expired",
        "Free",
    )


def test_that_only_free_accounts_offer_to_be_checked_out(world: World, accounts: AccountTableModel) -> None:
    world.desk.board.take(world.lend())
    offers = dict(
        zip(
            column(accounts, account_table.Column.LOGON_NAME),
            column(accounts, account_table.Column.ACTION),
            strict=True,
        )
    )
    assert offers["_backupoperator15"] == ""
    assert offers["_helpdesk04"] == "Check out"


def test_that_a_removed_account_leaves_the_table(world: World, accounts: AccountTableModel) -> None:
    fewer = replace(world.provider, accounts=world.provider.accounts[:2])
    world.desk.board.set_providers([fewer])
    assert accounts.rowCount() == 2


# --- history ---


def fill_history(world: World, count: int) -> None:
    for number in range(count):
        lent = world.lend(reason=f"Job {number:04}")
        world.service.check_in(lent.id, world.nobody)


class ManyEnded:
    """Stands in for a store with very many rows, which it makes up when they are asked for."""

    def __init__(self, count: int) -> None:
        self.asked: list[tuple[int, int]] = []
        self._count = count

    def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> list[Elevation]:
        self.asked.append((limit, offset))
        numbers = range(offset, min(offset + limit, self._count))
        return [replace(elevation(n, state=State.ENDED), ended_at=NOW) for n in numbers]


@pytest.fixture
def many(world: World) -> ManyEnded:
    return ManyEnded(10_000)


@pytest.fixture
def history(world: World, many: ManyEnded) -> HistoryTableModel:
    # Not under the model tester: that one fetches page after page by itself.
    return HistoryTableModel(replace(world.context, store=many), world.desk)  # type: ignore[arg-type]


def load(world: World, model: HistoryTableModel) -> None:
    model.reload()
    world.wait_until(lambda: not model.is_loading)


def test_that_a_history_that_arrives_in_pages_follows_the_rules_of_models(world: World) -> None:
    few = replace(world.context, store=ManyEnded(2 * PAGE + 50))  # type: ignore[arg-type]
    model = HistoryTableModel(few, world.desk)
    watched(model)
    model.reload()
    while not model.was_loaded or model.canFetchMore(model.index(-1, -1)) or model.is_loading:
        model.fetchMore(model.index(-1, -1))
        world.settle()
    assert model.rowCount() == 2 * PAGE + 50


def test_that_only_the_first_page_of_a_long_history_is_read(
    world: World, history: HistoryTableModel, many: ManyEnded
) -> None:
    load(world, history)
    assert many.asked == [(PAGE, 0)]
    assert history.rowCount() == PAGE


def test_that_the_next_page_is_read_when_somebody_scrolls(
    world: World, history: HistoryTableModel, many: ManyEnded
) -> None:
    load(world, history)
    root = history.index(-1, -1)
    assert history.canFetchMore(root)
    history.fetchMore(root)
    assert not history.canFetchMore(root), "one page at a time"
    world.wait_until(lambda: not history.is_loading)
    assert many.asked == [(PAGE, 0), (PAGE, PAGE)]
    assert history.rowCount() == 2 * PAGE


def test_that_a_row_pushed_onto_the_next_page_is_not_shown_twice(
    world: World, history: HistoryTableModel, many: ManyEnded
) -> None:
    load(world, history)
    history.add_latest(replace(elevation(99_999, state=State.ENDED), ended_at=NOW))
    root = history.index(-1, -1)
    history.fetchMore(root)
    world.wait_until(lambda: not history.is_loading)
    shown = [history.row_at(row).id for row in range(history.rowCount())]
    assert shown[0] == "e99999"
    assert len(shown) == len(set(shown))


def test_that_rows_that_others_pushed_down_are_not_shown_twice(world: World) -> None:
    class Growing(ManyEnded):
        """Between two pages something ends of which this window was not told."""

        def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> list[Elevation]:
            return super().history(limit=limit, offset=offset - 3 if offset else 0, text=text)

    few = replace(world.context, store=Growing(10_000))  # type: ignore[arg-type]
    model = HistoryTableModel(few, world.desk)
    load(world, model)
    model.fetchMore(model.index(-1, -1))
    world.wait_until(lambda: not model.is_loading)
    shown = [model.row_at(row).id for row in range(model.rowCount())]
    assert len(shown) == len(set(shown)) == 2 * PAGE - 3


def test_that_a_page_that_could_not_be_read_is_not_asked_for_again_and_again(world: World) -> None:
    class Broken(ManyEnded):
        def history(self, *, limit: int = 200, offset: int = 0, text: str = "") -> list[Elevation]:
            if offset:
                raise StoreLocked("The database can't be used.")
            return super().history(limit=limit, offset=offset, text=text)

    broken = Broken(10_000)
    model = HistoryTableModel(replace(world.context, store=broken), world.desk)  # type: ignore[arg-type]
    load(world, model)
    root = model.index(-1, -1)
    model.fetchMore(root)
    world.wait_until(lambda: not model.is_loading)
    assert not model.canFetchMore(root)
    assert model.rowCount() == PAGE


def test_that_an_answer_for_an_older_filter_is_dropped(world: World) -> None:
    model = HistoryTableModel(world.context, world.desk)
    watched(model)
    fill_history(world, 2)
    model.set_filter("0000")
    model.set_filter("0001")
    world.settle()
    assert column(model, history_table.Column.REASON) == ["Job 0001"]


def test_that_a_history_that_cannot_be_read_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_page: object) -> list[Elevation]:
        raise StoreLocked("Another program holds the database.")

    monkeypatch.setattr(world.store, "history", locked)
    model = HistoryTableModel(world.context, world.desk)
    errors: list[object] = []
    model.load_failed.connect(errors.append)
    model.reload()
    world.settle()
    assert [str(error) for error in errors] == ["Another program holds the database."]
    assert not model.is_loading


# --- privileges ---


def test_that_a_set_ticks_all_that_it_contains(world: World) -> None:
    jit = replace(world.provider.jit, privilege_sets_enabled=True)
    provider = replace(world.provider, jit=jit)
    model = PrivilegeListModel(world.desk)
    watched(model)
    model.set_offer(provider, world.account("_backupoperator15"))
    assert column(model, 0)[0] == "Infrastructure"
    model.setData(model.index(0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert len(model.chosen) == 3
    model.setData(model.index(1), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert model.index(0).data(Qt.ItemDataRole.CheckStateRole) is Qt.CheckState.PartiallyChecked


def test_that_an_account_is_offered_only_what_its_sets_give_it(world: World) -> None:
    jit = replace(world.provider.jit, privilege_sets_enabled=True)
    model = PrivilegeListModel(world.desk)
    watched(model)
    model.set_offer(replace(world.provider, jit=jit), world.account("_helpdesk04"))
    assert column(model, 0) == ["Service desk", "RDM service desk"]


def test_that_what_another_account_may_not_have_is_unticked(world: World) -> None:
    provider = replace(world.provider, jit=replace(world.provider.jit, privilege_sets_enabled=True))
    model = PrivilegeListModel(world.desk)
    model.set_offer(provider, world.account("_backupoperator15"))
    model.choose(p.group.guid for p in provider.jit.privileges)
    model.set_offer(provider, world.account("_helpdesk04"))
    assert [p.label for p in model.chosen] == ["RDM service desk"]
