# SPDX-License-Identifier: MIT
"""A provider that only a copy of the settings knows is swept, and makes nothing ambiguous that is set up."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from jit_desktop.__main__ import main
from jit_desktop.commands.choosing import choose_provider
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings, DomainProvider
from jit_desktop.platform.computer import computer_id
from jit_desktop.store import FILE_NAME, SettingsCopies, SqliteStore
from tests.unit.elevation.helpers import ManualClock, MemoryStore
from tests.unit.store import values

_CONNECT = "jit_desktop.directory.connector.DirectoryConnector.connect"


def _provider(name: str, number: int) -> DomainProvider:
    made = values.provider(name, number)
    return replace(made, connection=replace(made.connection, server=f"{name.lower()}.example.test"))


KEPT, LOST = _provider("Kept", 100), _provider("Lost", 200)


@dataclass
class Place:
    """A data folder with its copies, and domains that do not answer but note who signs in with what."""

    folder: Path
    outside: Path
    capsys: pytest.CaptureFixture[str]
    signed_in: dict[str, str] = field(default_factory=dict)

    def set_up(self, *providers: DomainProvider) -> None:
        with SqliteStore(self.folder, copies=self.copies) as store:
            for provider in providers:
                store.save_provider(provider, at=values.NOW, actor=values.ACTOR)

    @property
    def copies(self) -> SettingsCopies:
        return SettingsCopies(self.folder, self.outside, computer=computer_id())

    def lose(self, provider: DomainProvider) -> None:
        with closing(sqlite3.connect(self.folder / FILE_NAME)) as database:
            database.execute("pragma foreign_keys = on")
            database.execute("delete from provider where id = ?", (provider.id,))
            database.commit()

    def lose_all(self) -> None:
        for file in self.folder.glob(f"{FILE_NAME}*"):
            file.unlink()

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(["--data-dir", str(self.folder), *words])
        return (code, *self.capsys.readouterr())

    def sweep(self, *words: str) -> tuple[int, list[Any], str]:
        """With a password; the sweeps of its document."""
        code, out, err = self.run("sweep", "--password-stdin", "--json", *words)
        return code, json.loads(out).get("sweeps", []), err


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path / "data", tmp_path / "copies", capsys)

    def connect(_: object, connection: ConnectionSettings, password: Secret | None, **__: object) -> None:
        place.signed_in[connection.server] = password.reveal() if password else ""
        raise DirectoryUnavailable("It does not answer.")

    monkeypatch.setenv("JIT_DESKTOP_COPIES", str(place.outside))
    monkeypatch.setattr(_CONNECT, connect)
    monkeypatch.setattr("sys.stdin", io.StringIO("for one of them\n"))
    return place


def swept(sweeps: list[Any]) -> dict[str, str]:
    return {sweep["provider"]["name"]: sweep["problem"] for sweep in sweeps}


def test_that_a_password_is_for_the_one_that_is_set_up(place: Place) -> None:
    place.set_up(KEPT, LOST)
    place.lose(LOST)
    code, sweeps, said = place.sweep()
    assert place.signed_in == {"kept.example.test": "for one of them"}
    problems = swept(sweeps)
    assert set(problems) == {"Kept", "Lost"}
    assert "does not answer" in problems["Kept"]
    assert "password of CORP\\svc is needed" in problems["Lost"]
    assert "Of Lost only a copy of the settings is left." in said
    assert "The password from standard input is that of Kept;" in said
    assert f"jit-desktop sweep --provider {LOST.id} --password-stdin" in said
    assert code == ExitCode.LOCAL


def test_that_the_other_one_can_be_named(place: Place) -> None:
    place.set_up(KEPT, LOST)
    place.lose(LOST)
    code, sweeps, said = place.sweep("--provider", LOST.id)
    assert place.signed_in == {"lost.example.test": "for one of them"}
    assert set(swept(sweeps)) == {"Lost"}
    assert "only a copy of the settings is left" not in said
    assert code == ExitCode.LOCAL


def test_that_a_name_is_that_of_the_one_that_is_set_up() -> None:
    """Both have it while the copies can't be written."""
    namesake = replace(LOST, name=KEPT.name)
    known, clock = MemoryStore(), ManualClock()
    known.save_provider(KEPT, at=values.NOW, actor=values.ACTOR)
    store = RememberingStore(
        known, now=clock.utc_now, monotonic=clock.monotonic, providers=[namesake], missing=[LOST.id]
    )
    assert choose_provider(store, "kept") == KEPT
    assert choose_provider(store, LOST.id) == namesake


def test_that_the_only_one_is_meant_where_the_database_has_lost_it(place: Place) -> None:
    place.set_up(LOST)
    place.lose(LOST)
    code, _, said = place.sweep()
    assert place.signed_in == {"lost.example.test": "for one of them"}
    assert "standard input" not in said
    assert code == ExitCode.LOCAL


@pytest.mark.expects_log("The settings in the database can't be read")
def test_that_one_whose_settings_can_not_be_read_is_set_up_all_the_same(place: Place) -> None:
    place.set_up(KEPT, LOST)
    place.lose(LOST)
    with closing(sqlite3.connect(place.folder / FILE_NAME)) as database:
        database.execute("pragma ignore_check_constraints = on")
        database.execute("update provider set method = 'foo'")
        database.commit()
    _, sweeps, _ = place.sweep()
    assert place.signed_in == {"kept.example.test": "for one of them"}
    assert set(swept(sweeps)) == {"Kept", "Lost"}


def test_that_a_password_goes_to_nobody_where_only_copies_are_left(place: Place) -> None:
    place.set_up(KEPT, LOST)
    place.lose_all()
    code, sweeps, said = place.sweep()
    assert place.signed_in == {}
    assert set(swept(sweeps)) == {"Kept", "Lost"}
    assert "may be that of any of them, and is not used" in said
    assert code == ExitCode.LOCAL


def test_that_of_two_that_are_set_up_one_has_to_be_named(place: Place) -> None:
    place.set_up(KEPT, LOST)
    code, sweeps, said = place.sweep()
    assert (code, sweeps, place.signed_in) == (ExitCode.REFUSED, [], {})
    assert "Name one with --provider: Kept, Lost." in said


def test_that_other_commands_mean_the_one_that_is_set_up(place: Place) -> None:
    place.set_up(KEPT, LOST)
    place.lose(LOST)
    code, _, said = place.run("check", "--password-stdin")
    assert place.signed_in == {"kept.example.test": "for one of them"}
    assert code == ExitCode.REFUSED, said
