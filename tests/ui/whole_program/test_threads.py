# SPDX-License-Identifier: MIT
"""The windows' own thread never waits for the directory, the disk or the credential store."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from jit_desktop.directory.demo import DemoConnector
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.store import SqliteStore
from jit_desktop.tour.hands import Hands
from jit_desktop.ui.shell import Shell
from tests.ui.main_window.world import Passwords, World
from tests.ui.whole_program.conftest import GROUP, LOGON_NAME, live_in, walk_through

SLOW = (DemoConnector, DemoDirectory, SqliteStore, Passwords)
"""What stands for network, disk and credential store: every call of it may take seconds."""
WITHOUT_WAITING = {"info"}
"""What the connection knows since it stands."""


class Watch:
    """Remembers who called, from which thread."""

    def __init__(self) -> None:
        self.from_windows: set[str] = set()
        self.from_workers: set[str] = set()

    def call(self, name: str) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        (self.from_windows if is_main else self.from_workers).add(name)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    watch = Watch()

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(real)
        def call(*arguments: Any, **named: Any) -> Any:
            watch.call(name)
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for kind in SLOW:
            for name, real in vars(kind).items():
                if not name.startswith("_") and name not in WITHOUT_WAITING and callable(real):
                    patch.setattr(kind, name, watched(f"{kind.__name__}.{name}", real))
        yield watch


def test_that_no_window_calls_directory_or_store_itself(
    world: World, open_shell: Callable[[World], Shell], watch: Watch
) -> None:
    live_in(world)
    watch.from_windows.clear()
    open_shell(world)
    for _ in walk_through(world):
        pass
    hands = Hands(patience_seconds=20)
    hands.click("nav-elevations")
    hands.click("toolbar.check_out")
    hands.choose("checkout.account", "Web administrator 3")
    hands.tick("checkout.privileges", GROUP)
    hands.click("checkout.submit")
    hands.find(QWidget, "progress.countdown")
    world.settle()
    hands.click("checkout.close")
    hands.select("elevations.table", LOGON_NAME)
    hands.click("toolbar.check_in")
    hands.click("decision.check_in")
    world.settle()
    assert watch.from_windows == set()
    assert {
        "DemoConnector.connect",
        "DemoDirectory.children",
        "DemoDirectory.search",
        "DemoDirectory.create_group",
        "SqliteStore.providers",
        "SqliteStore.history",
    } <= watch.from_workers
