# SPDX-License-Identifier: MIT
"""A settings file decides where a password goes; a doctored one gets none that was kept for another."""

from __future__ import annotations

import io
import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from jit_desktop.app import Application
from jit_desktop.commands import settings
from jit_desktop.commands.files import write_new_file
from jit_desktop.commands.output import Output
from jit_desktop.directory.demo import DemoDirectory, demo_factory, demo_provider
from jit_desktop.elevation.errors import PasswordNeeded, Refused
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.ports import Directory
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings, SignIn
from jit_desktop.platform.secrets import KeyringSecrets
from jit_desktop.store import SqliteStore
from jit_desktop.store.settings_file import settings_text
from jit_desktop.tour.pretending import PretendedLogonStart, PretendedSchedule
from tests.unit.elevation.helpers import ManualClock

CANARY = "Canary-4711-kept"
LDAPS = ConnectionSettings(server="dc1.corp.example.test", bind_as="svc-jit@corp.example.test")


class Wire:
    """Remembers which server got which password; behind every name is the demo domain."""

    def __init__(self, clock: ManualClock) -> None:
        self.sent: list[tuple[str, str]] = []
        self._demo = demo_factory(None, clock, latency_seconds=0)

    def connect(
        self, connection: ConnectionSettings, password: Secret | None, *, server: str = "", **_: object
    ) -> Directory:
        self.sent.append((connection.server, password.reveal() if password else ""))
        directory: DemoDirectory = self._demo.connect(ConnectionSettings(method=ConnectionMethod.DEMO))
        return directory

    def certificate_fingerprint(self, connection: ConnectionSettings) -> NoReturn:
        raise NotImplementedError


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    clock = ManualClock()
    wire: Any = Wire(clock)
    secrets = KeyringSecrets(None)
    with SqliteStore(tmp_path / "data") as store:
        service = ElevationService(
            store=store, connector=wire, secrets=secrets, clock=clock, actor="CORP\\alice"
        )
        examiner = Examiner(store=store, reach=service.reach, clock=clock, actor="CORP\\alice")
        made = Application(
            tmp_path,
            store,
            wire,
            secrets,
            clock,
            service,
            examiner,
            PretendedSchedule(),
            PretendedLogonStart(),
            "CORP\\alice",
            demo_provider,
        )
        provider = replace(demo_provider(), connection=LDAPS)
        store.save_provider(provider, at=clock.utc_now(), actor="CORP\\alice")
        secrets.remember(provider.id, Secret(CANARY), keep=False)
        yield made


def load(app: Application, tmp_path: Path, *connections: ConnectionSettings, **options: object) -> None:
    providers = [
        replace(demo_provider(), connection=connection, name=f"domain {i}")
        for i, connection in enumerate(connections)
    ]
    document = json.loads(settings_text(providers[:1]))
    for i, provider in enumerate(providers[1:], 1):
        more = json.loads(settings_text([provider]))["providers"][0]
        more["id"] = f"00000000-0000-4000-8000-00000000000{i}"
        document["providers"].append(more)
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    args = Namespace(file=file, password_stdin=False, keep_password=False)
    vars(args).update(options)
    settings.load(app, args, Output(results=io.StringIO(), messages=io.StringIO()))


def sent(app: Application) -> list[tuple[str, str]]:
    wire: Any = app.connector
    return list(wire.sent)


def test_that_the_kept_password_is_used_for_the_very_same_connection(
    app: Application, tmp_path: Path
) -> None:
    load(app, tmp_path, LDAPS)
    assert sent(app) == [("dc1.corp.example.test", CANARY)]
    assert app.secrets.password(demo_provider().id) is not None


@pytest.mark.parametrize(
    "doctored",
    [
        replace(LDAPS, server="dc1.evil.example"),
        replace(LDAPS, port=3636),
        replace(LDAPS, ca_file="/tmp/evil.pem"),
        replace(LDAPS, fingerprint="ab" * 32),
        replace(LDAPS, bind_as="mallory@corp.example.test"),
    ],
)
def test_that_a_doctored_file_does_not_get_the_password_that_was_kept_for_another_connection(
    app: Application, tmp_path: Path, doctored: ConnectionSettings
) -> None:
    with pytest.raises(PasswordNeeded):
        load(app, tmp_path, doctored)
    assert sent(app) == []
    assert app.store.provider(demo_provider().id).connection == LDAPS


def test_that_the_kept_password_is_forgotten_when_the_connection_changes(
    app: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("another-password\n"))
    load(app, tmp_path, replace(LDAPS, server="dc2.corp.example.test"), password_stdin=True)
    assert sent(app) == [("dc2.corp.example.test", "another-password")]
    kept = app.secrets.password(demo_provider().id)
    assert kept is not None
    assert kept.reveal() == "another-password"


def test_that_one_password_is_not_sent_to_several_domains(
    app: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a-password\n"))
    with pytest.raises(Refused, match="2 providers"):
        load(app, tmp_path, LDAPS, replace(LDAPS, server="dc1.other.test"), password_stdin=True)
    assert sent(app) == []


def test_that_all_passwords_can_be_forgotten_at_once(app: Application) -> None:
    (provider,) = app.store.providers()
    assert app.secrets.password(provider.id) is not None
    settings.forget_passwords(app, Namespace(), Output())
    assert app.secrets.password(provider.id) is None


def test_that_an_import_without_a_password_leaves_none_with_the_new_server(
    app: Application, tmp_path: Path
) -> None:
    """Kerberos asks for none, and the one that was kept was for another server."""
    app.secrets.remember(demo_provider().id, Secret(CANARY), keep=False)
    load(app, tmp_path, replace(LDAPS, server="dc2.corp.example.test", sign_in=SignIn.KERBEROS, bind_as=""))
    assert app.store.provider(demo_provider().id).connection.server == "dc2.corp.example.test"
    assert app.secrets.password(demo_provider().id) is None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_that_what_a_command_writes_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_new_file(tmp_path / "export.json", "{}")
    finally:
        os.umask(before)
    assert (tmp_path / "export.json").stat().st_mode & 0o777 == 0o600
