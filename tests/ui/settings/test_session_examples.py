# SPDX-License-Identifier: MIT
"""The examples for *Open session*: each can be started as it stands, and one click fills it in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QLineEdit

from jit_desktop.elevation.rules import provider_problems
from jit_desktop.platform.sessions import filled_in
from jit_desktop.ui.settings.command_line import join_command, split_command
from jit_desktop.ui.settings.edits import with_policy
from jit_desktop.ui.settings.session_examples import SERVER, SessionExample, session_examples
from tests.ui.main_window.world import World
from tests.ui.settings.conftest import SettingsDriver

ALL = [
    pytest.param(example, id=f"{platform}-{example.key}")
    for platform in ("win32", "linux")
    for example in session_examples(platform)
]


@pytest.mark.parametrize("example", ALL)
def test_that_an_example_is_accepted_as_it_stands(example: SessionExample, world: World) -> None:
    assert split_command(join_command(example.command)) == example.command
    policy = replace(world.provider.policy, session_command=example.command)
    assert provider_problems(with_policy(world.provider, policy)) == {}
    words = filled_in(example.command, account="_backupoperator15", domain="CORP")
    assert "{" not in "".join(words)
    names = [word for word in words if "_backupoperator15" in word]
    # Only Remote Desktop of Windows can't be told whom it is for, and its note says so.
    assert len(names) == (0 if example.key == "mstsc" else 1)
    assert example.note


def test_that_runas_gets_program_and_arguments_as_one_word() -> None:
    dsa = next(e for e in session_examples("win32") if e.key == "dsa")
    assert filled_in(dsa.command, account="_backupoperator15", domain="CORP") == [
        "runas", "/netonly", "/user:CORP\\_backupoperator15", "mmc.exe dsa.msc"
    ]  # fmt: skip


def test_that_one_click_fills_the_field_and_marks_what_has_to_be_replaced(
    settings: SettingsDriver, world: World
) -> None:
    settings.show_page("policy")
    field = world.find(QLineEdit, "settings.session-command")
    for example in session_examples():
        action = settings.dialog.findChild(QAction, f"settings.session-example-{example.key}")
        assert action is not None
        action.trigger()
        assert split_command(field.text()) == example.command
        assert field.selectedText() == (SERVER if SERVER in field.text() else "")
        assert any(example.note in label.text() for label in settings.dialog.findChildren(QLabel))
    settings.save()
    assert settings.stored().policy.session_command == session_examples()[-1].command
