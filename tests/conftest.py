# SPDX-License-Identifier: MIT
"""What holds for every test: no screen, nobody's own files, no unexpected log record, no window left."""

import gc
import logging
import os
import re
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from typing_extensions import override

# Samba runs on Linux: on Windows there are the tests that need no real domain.
pytest_plugins = ["tests.samba.fixtures"] if sys.platform != "win32" else []

_LIVE_FIXTURES = {"samba_server", "running_pair"}
_QT_FIXTURES = {"qtbot", "qapp", "qapp_cls", "qtmodeltester"}
_home = tempfile.TemporaryDirectory(prefix="jit-tests-")

hypothesis.settings.register_profile("tests", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2000, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault(
        "QT_QPA_PLATFORM",
        "windows" if sys.platform == "win32" else "offscreen",
    )
    if sys.platform == "win32":
        # Said by Qt's windows platform where the system lacks something, and where a window gets another size
        # than it asked for: as wide as the screen, or a few pixels more.
        for message in (
            "QtWindows::DpiAwareness::.* is not supported by current system",
            r"EnableNonClientDpiScaling\(\) failed",
            "QWindowsWindow::setGeometry: Unable to set geometry",
        ):
            config.addinivalue_line("qt_log_ignore", message)
    # Neither the files nor the passwords of whoever runs the tests.
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        os.environ[variable] = _home.name
    os.environ["JIT_DESKTOP_COPIES"] = str(Path(_home.name) / "copies")
    os.environ["JIT_DESKTOP_RUNTIME"] = str(Path(_home.name) / "running")
    # The program names its credential store itself; without a bus that store can't be reached.
    os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))


def pytest_unconfigure() -> None:
    _home.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever reaches the real domain is `live`, whatever uses Qt is `ui`; nobody has to remember it."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if _LIVE_FIXTURES & fixtures:
            item.add_marker(pytest.mark.live)
        if fixtures & _QT_FIXTURES:
            item.add_marker(pytest.mark.ui)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test print half a character: its report must survive the way from the worker that ran it."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode("utf-8")) for title, text in report.sections
    ]
    return report


class _Complaints(logging.Handler):
    """Keeps every record that says something went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _no_unexpected_log_record(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logged a warning or worse, unless marked `expects_log` with a pattern that matches."""
    handler = _Complaints()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    patterns = [re.compile(marker.args[0]) for marker in request.node.iter_markers("expects_log")]
    unexpected = [text for text in handler.texts if not any(pattern.search(text) for pattern in patterns)]
    missing = [
        pattern.pattern for pattern in patterns if not any(pattern.search(text) for text in handler.texts)
    ]
    if unexpected:
        pytest.fail("Logged unexpectedly:\n" + "\n".join(unexpected), pytrace=False)
    if missing:
        pytest.fail(f"Expected to be logged, but was not: {missing}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_window_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Delete every window of a Qt test, really: without a running loop `deleteLater` alone deletes nothing.

    The cyclic collector rests during the test: it may run in a worker thread, and Qt objects must not be
    deleted there.
    """
    if not _QT_FIXTURES & set(request.fixturenames):
        yield
        return
    gc.disable()
    try:
        yield
        left = _delete_windows()
    finally:
        gc.enable()
        gc.collect()
    assert not left, f"windows that could not be deleted: {left}"


def _delete_windows() -> list[str]:
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication, QWidget

    def windows() -> list[QWidget]:
        # Popups that belong to a widget go with it.
        return [widget for widget in QApplication.topLevelWidgets() if widget.parent() is None]

    for widget in windows():
        widget.hide()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()
    return [f"{type(widget).__name__} {widget.objectName()!r}" for widget in windows()]
