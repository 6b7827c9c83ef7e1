# SPDX-License-Identifier: MIT
"""What the self-test calls bad in a packaged program, although a source checkout can do without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from jit_desktop.tour import self_test

pytestmark = pytest.mark.ui


@pytest.fixture
def no_kerberos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "winkerberos", None)
    monkeypatch.setitem(sys.modules, "gssapi", None)


@pytest.mark.usefixtures("no_kerberos")
@pytest.mark.parametrize(
    ("platform", "frozen", "good"),
    [("win32", True, False), ("win32", False, True), ("linux", True, True), ("linux", False, True)],
)
def test_that_kerberos_may_not_be_missing_in_the_packaged_program_for_windows(
    monkeypatch: pytest.MonkeyPatch, platform: str, frozen: bool, good: bool
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    assert self_test.check("Kerberos", self_test.kerberos).good is good


@pytest.mark.parametrize(("platform", "good"), [("win32", False), ("linux", True)])
def test_that_windows_always_has_a_credential_store(
    monkeypatch: pytest.MonkeyPatch, platform: str, good: bool
) -> None:
    monkeypatch.setattr(self_test, "system_credential_store", lambda: None)
    monkeypatch.setattr(sys, "platform", platform)
    assert self_test.check("Credential store", self_test.credential_store).good is good


def test_that_missing_icons_are_bad(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert self_test.check("Icons", self_test.icons).good
    monkeypatch.setattr(self_test, "resource_path", lambda name: tmp_path)
    assert not self_test.check("Icons", self_test.icons).good
