# SPDX-License-Identifier: MIT
"""The disk of the data folder, or that of the copies, does not answer: what is due ends, and is recorded when
it answers again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jit_desktop.elevation.errors import StoreSilent
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.patience import is_anything_left_behind
from jit_desktop.elevation.ports import Used
from jit_desktop.platform.computer import computer_id
from jit_desktop.store import (
    SettingsCopies,
    SqliteStore,
    opening,
    settings_copies,
    settings_file,
    unrecorded_file,
    used_file,
)
from tests.faults.test_ending_without_the_store import _LONG, Place
from tests.unit.elevation.world import ALICE
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="as the harness that it uses")
_SOON = 0.3


@pytest.fixture
def answers() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()
    until(lambda: not is_anything_left_behind(), seconds=60)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data", tmp_path / "outside")


def _copies(place: Place) -> SettingsCopies:
    outside = place.folder.with_name("outside")
    return SettingsCopies(place.folder, outside, computer=computer_id(), answer_seconds=_SOON)


def _after(gate: threading.Event, real: Callable[..., Any], where: str = "") -> Callable[..., Any]:
    """``real``, which waits for ``gate`` wherever ``where`` is in the path that it is given."""

    def waiting(*given: Any, **named: Any) -> Any:
        if any(isinstance(one, Path) and where in str(one) for one in given):
            assert gate.wait(120)
        return real(*given, **named)

    return waiting


def test_that_a_sweep_that_starts_on_it_ends_what_is_due_and_records_it_later(
    place: Place, answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = place.lend()
    place.world.clock.advance(_LONG)
    opens: list[object] = []
    real = SqliteStore.__init__

    def slowly(store: SqliteStore, *given: Any, **named: Any) -> None:
        opens.append(store)
        assert answers.wait(120)
        real(store, *given, **named)

    monkeypatch.setattr(opening, "OPENING_SECONDS", _SOON)
    monkeypatch.setattr(SqliteStore, "__init__", slowly)
    with place.running() as (service, store, opened):
        assert isinstance(opened.problem, StoreSilent)
        place.swept(service)
        assert not place.world.holds()
        answers.set()
        until(lambda: not is_anything_left_behind(), seconds=60)
        place.world.clock.advance(60)
        assert store.unrecorded() == []
        assert store.trouble() is None
        assert opens == [store.inner], "what was opened in the end is used"
    with SqliteStore(place.folder) as database:
        assert database.elevation(lent.id).state is State.ENDED


def test_that_without_any_copy_it_is_said_and_not_waited_for(
    place: Place, answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "OPENING_SECONDS", _SOON)
    monkeypatch.setattr(SqliteStore, "__init__", _after(answers, SqliteStore.__init__))
    with pytest.raises(StoreSilent, match="does not answer"):
        opening.open_for_ending(place.folder, SettingsCopies(place.folder, None, computer="one"))


@pytest.mark.parametrize("silent", ["data", "outside"])
def test_that_the_copy_on_the_other_disk_counts(
    place: Place, answers: threading.Event, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    place.folder.mkdir()
    place.copies.keep([place.provider])
    monkeypatch.setattr(settings_copies, "_read", _after(answers, settings_copies._read, f"/{silent}/"))
    copies = _copies(place)
    assert [p.id for p in copies.read()] == [place.provider.id]


def test_that_what_a_silent_file_said_last_counts(
    place: Place, answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = _copies(place)
    place.folder.mkdir()
    copies.keep([place.provider])
    known = copies.used(place.provider.id)
    assert known != Used()
    monkeypatch.setattr(settings_copies, "read_used_file", _after(answers, used_file.read_used_file))
    assert copies.used(place.provider.id) == known


def test_that_settings_are_saved_although_the_other_disk_does_not_answer(
    place: Place, answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = _copies(place)
    with SqliteStore(place.folder, copies=copies) as store:
        store.save_provider(place.provider, at=place.world.clock.utc_now(), actor=ALICE)
        real = settings_file.write_settings_file
        monkeypatch.setattr(settings_copies, "write_settings_file", _after(answers, real, "/outside/"))
        changed = replace(place.provider, name="another name")
        store.save_provider(changed, at=place.world.clock.utc_now(), actor=ALICE)
        assert [p.name for p in store.providers()] == ["another name"]
    assert "another name" in (place.folder / settings_copies.COPY_NAME).read_text(encoding="utf-8")


def test_that_the_file_of_what_could_not_be_recorded_is_not_waited_for(
    place: Place, answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unrecorded_file, "_read", _after(answers, unrecorded_file._read))
    copies = _copies(place)
    assert copies.unrecorded.read() == {}
    with pytest.raises(TimeoutError, match="does not answer"):
        copies.unrecorded.keep([], at=place.world.clock.utc_now(), rows=None)
