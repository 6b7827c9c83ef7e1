# SPDX-License-Identifier: MIT
"""A sweep that was removed is noticed at once, whatever window was closed meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QDialog

from jit_desktop.ui.shell import Shell
from tests.ui.main_window.world import World


@pytest.mark.parametrize("dialog", ["settings", "first start"])
def test_that_a_removed_sweep_is_noticed_when_a_dialog_is_closed(
    world: World, open_shell: Callable[[World], Shell], dialog: str
) -> None:
    world.schedule.install(60)
    shell = open_shell(world)
    world.settle()
    if dialog == "settings":
        shell.main.settings_requested.emit("")
    else:
        shell.main.setup_requested.emit()
    world.settle()
    world.schedule.remove()
    shell.desk.schedule._looked_at = world.clock.monotonic()
    opened = [w for w in shell.main.findChildren(QDialog) if w.isVisible()]
    assert len(opened) == 1
    opened[0].reject()
    world.settle()
    assert shell.desk.schedule.is_removed
    assert world.is_there("banner.schedule")
