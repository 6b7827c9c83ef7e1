# SPDX-License-Identifier: MIT
"""A copy of the settings belongs to one data folder on one computer, also where others see where it lies."""

from pathlib import Path

import pytest

from jit_desktop.app import application
from jit_desktop.elevation.ports import Used
from jit_desktop.store import SettingsCopies, SqliteStore, open_for_ending
from tests.unit.store.values import ACTOR, NOW, provider


def copies_at(folder: Path, computer: str) -> SettingsCopies:
    return SettingsCopies(folder, folder.with_name("outside"), computer=computer)


def test_that_another_computers_copy_is_none_of_a_folder_at_the_same_path(tmp_path: Path) -> None:
    folder, away = tmp_path / "data", tmp_path / "of another computer"
    with SqliteStore(folder, copies=copies_at(folder, "one")) as store:
        store.save_provider(provider(), at=NOW, actor=ACTOR)
    folder.rename(away)
    copies, mine = copies_at(folder, "two"), provider("Mine", 200)
    assert copies.read() == []
    assert copies.used(mine.id) == Used()
    with SqliteStore(folder, copies=copies) as store:
        assert store.lost_providers(copies) == []
        store.save_provider(mine, at=NOW, actor=ACTOR)
        store.delete_provider(mine.id, at=NOW, actor=ACTOR)
    folder.rename(tmp_path / "elsewhere")
    assert copies_at(folder, "two").read() == []
    assert copies_at(folder, "one").read() == [provider()], "what the other one does leaves it alone"


def test_that_the_same_computer_finds_its_copy_again(tmp_path: Path) -> None:
    copies_at(tmp_path / "data", "one").keep([provider()])
    assert not (tmp_path / "data").exists()
    assert copies_at(tmp_path / "data", "one").read() == [provider()]
    assert copies_at(tmp_path / "other", "one").read() == []


def test_that_nothing_of_the_computer_is_written(tmp_path: Path) -> None:
    copies = copies_at(tmp_path / "data", "0123456789abcdef")
    copies.keep([provider()])
    written = [file.name.encode() + file.read_bytes() for file in (tmp_path / "outside").iterdir()]
    assert len(written) == 2
    assert not any(b"0123456789abcdef" in one for one in written)


def test_that_the_program_asks_for_those_of_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, outside = tmp_path / "data", tmp_path / "outside"
    with application(folder, copies_dir=outside, actor=ACTOR) as app:
        app.store.save_provider(provider(), at=NOW, actor=ACTOR)
    folder.rename(tmp_path / "elsewhere")
    with application(folder, copies_dir=outside, actor=ACTOR, for_ending=True) as app:
        assert app.store_problem is not None
        assert list(app.store.providers()) == [provider()]
    monkeypatch.setenv("JIT_DESKTOP_COMPUTER", "another")
    with application(folder, copies_dir=outside, actor=ACTOR, for_ending=True) as app:
        assert app.store_problem is None
        assert not app.store.providers()


@pytest.mark.parametrize("is_there", [True, False])
def test_that_it_is_known_which_providers_only_a_copy_has(tmp_path: Path, *, is_there: bool) -> None:
    folder = tmp_path / "data"
    copies, lost = copies_at(folder, "one"), provider("Lost", 200)
    with SqliteStore(folder, copies=copies) as store:
        store.save_provider(provider(), at=NOW, actor=ACTOR)
    copies.keep([provider(), lost])
    if not is_there:
        for file in folder.glob("*.db*"):
            file.unlink()
    opened = open_for_ending(folder, copies)
    opened.store.close()
    assert opened.missing == ({lost.id} if is_there else {provider().id, lost.id})
