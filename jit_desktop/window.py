# SPDX-License-Identifier: MIT
"""Opens the window on an application, and closes it in order."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from jit_desktop import __version__
from jit_desktop.app import Application, application, data_dir_for
from jit_desktop.commands.exit_codes import ExitCode, exit_code_for
from jit_desktop.elevation.errors import HomeUnknown, JitError
from jit_desktop.elevation.ports import FoundDomain
from jit_desktop.platform.logging_setup import FILE_NAME
from jit_desktop.platform.restart import have_it_restarted
from jit_desktop.platform.screen import has_screen
from jit_desktop.platform.session_domain import find_domain
from jit_desktop.platform.sessions import SessionStarter
from jit_desktop.platform.single_instance import (
    SingleInstance,
    ask_first_to_answer,
    ask_first_to_show,
)
from jit_desktop.platform.system_events import SystemEvents, hold_shutdown, release_shutdown
from jit_desktop.platform.termination import ends_by_signal
from jit_desktop.tour.pretending import PretendedLogonStart, PretendedSchedule
from jit_desktop.ui.bridge import UiThreadCollector, Workers
from jit_desktop.ui.context import UiContext
from jit_desktop.ui.first_paint import FirstPaint
from jit_desktop.ui.shell import Shell
from jit_desktop.ui.start_failure import StartFailure
from jit_desktop.ui.theme import SchemePreference, app_icon, apply_theme

_LOG = logging.getLogger(__name__)

PAINTED = "The main window is painted"
"""What the log says then."""
ANOTHER_HANGS = "Another window on this data folder does not answer; this one opens beside it. End that one."
SHUTDOWN_SECONDS = 30
"""How long a write that is under way may take to finish when the program ends."""
SESSION_END_SECONDS = 4.5
"""The same when Windows ends the session: after 5 s it calls a program hung ([MS] WM_ENDSESSION)."""


def run_window(args: Namespace) -> int:
    """Open the window and return the exit code when it is closed."""
    try:
        data_dir = data_dir_for(args.data_dir, demo=args.demo)
    except HomeUnknown as error:
        _say(f"jit-desktop: {error.message}\n  {error.remedy}")
        return ExitCode.LOCAL
    if not has_screen() and not os.environ.get("QT_QPA_PLATFORM"):
        _say("jit-desktop: there is no screen here.\n  Use the commands: jit-desktop --help lists them.")
        return ExitCode.LOCAL
    qt = make_qt(sys.argv[:1])
    instance = SingleInstance.acquire(data_dir)
    is_beside = instance is None
    if instance is None:
        if args.background and ask_first_to_answer(data_dir):
            return ExitCode.DONE  # it is there already, and nobody has asked to see it
        if not args.background and ask_first_to_show(data_dir):
            _say("JIT Desktop is running already; its window comes to the front.")
            return ExitCode.DONE
        # It ends nothing as long as it hangs; two windows do no harm.
        _say(f"jit-desktop: {ANOTHER_HANGS}")
        instance = SingleInstance.beside(data_dir)
    try:
        with (
            application(data_dir, demo=args.demo, for_ending=True) as app,
            windows(app, pretends=args.demo) as shell,
        ):
            instance.show_requested.connect(shell.come_to_front)
            shell.quit_requested.connect(qt.quit)
            # For whoever looks into why a start takes long, and for what measures it.
            FirstPaint(shell.main).painted.connect(lambda: _LOG.info(PAINTED))
            shell.open(in_background=args.background)
            if is_beside:
                _LOG.warning("%s", ANOTHER_HANGS)
                shell.main.tell_of_another(ANOTHER_HANGS)
            if not args.demo and not have_it_restarted(data_dir):
                _LOG.info("Nobody starts the program again if it is ended")
            with hearing_the_system(shell), ends_by_signal(lambda: _end(shell)):
                return qt.exec()
    except JitError as error:
        instance.release()  # who waits before the message must not keep another copy from opening
        _LOG.info("The program could not start: %s", error)
        return _fail(error.message, error.remedy, exit_code_for(error))
    except OSError as error:
        instance.release()
        return _fail(
            f"The folder {data_dir} can't be used: {error.strerror}.",
            "Choose another one with --data-dir.",
            ExitCode.LOCAL,
        )
    except Exception:  # noqa: BLE001 - the last resort: logged whole by then, and said to who sees no console
        instance.release()
        return _fail(
            "A fault of the program keeps it from going on.",
            f"The details are in {data_dir / FILE_NAME}.",
            ExitCode.FAULT,
        )
    finally:
        instance.release()


def make_qt(arguments: list[str]) -> QApplication:
    """The Qt application with our look; faults in it are logged whole."""
    existing = QApplication.instance()
    qt = existing if isinstance(existing, QApplication) else QApplication(arguments)
    qt.setApplicationName("JIT Desktop")
    qt.setApplicationVersion(__version__)
    qt.setWindowIcon(app_icon())
    # The tray icon keeps the program; the shell says when it is over.
    qt.setQuitOnLastWindowClosed(False)
    apply_theme(qt, SchemePreference.SYSTEM)
    qInstallMessageHandler(_on_qt_message)
    sys.excepthook = _on_fault
    return qt


@contextmanager
def windows(app: Application, *, pretends: bool) -> Iterator[Shell]:
    """The windows over ``app``, until the block is left; what is being written is finished then.

    What ``pretends``, as the demo does, leaves nothing on the computer outside its data folder.
    """
    workers = Workers(expected_errors=(JitError,))
    collector = UiThreadCollector(workers)
    context = UiContext(
        service=app.service,
        examiner=app.examiner,
        schedule=PretendedSchedule() if pretends else app.schedule,
        logon=PretendedLogonStart() if pretends else app.logon,
        store=app.store,
        secrets=app.secrets,
        connector=app.connector,
        clock=app.clock,
        sessions=SessionStarter(),
        workers=workers,
        data_dir=app.data_dir,
        actor=app.actor,
        find_domain=FoundDomain if pretends else find_domain,
        demo_provider=app.demo_provider,
    )
    shell = Shell(context)
    try:
        yield shell
    finally:
        shell.close()
        late = workers.shutdown(SHUTDOWN_SECONDS)
        if late:
            _LOG.error("Still at work when the program ended: %s", ", ".join(late))
        collector.stop()


@contextmanager
def hearing_the_system(shell: Shell) -> Iterator[SystemEvents]:
    """The windows hear what the operating system tells, until the block is left."""
    window = shell.native_handle
    events = SystemEvents()

    def on_resumed() -> None:
        _LOG.info("The computer woke up: sweeping now")
        shell.desk.heartbeat.on_system_changed()

    def on_clock_set() -> None:
        _LOG.info("The clock was set: sweeping now")
        shell.desk.heartbeat.on_system_changed()

    def on_session_end_asked() -> None:
        # Nothing stops yet: the person may call it off, and the program would be left doing nothing.
        if shell.is_writing:
            hold_shutdown(window, QCoreApplication.translate("Window", "Elevations are being written."))

    def on_session_ends() -> None:
        _LOG.info("The session ends")
        _end(shell)
        late = shell.finish(SESSION_END_SECONDS)
        if late:
            _LOG.warning("Still at work when the session ended: %s", ", ".join(late))
        release_shutdown(window)

    events.resumed.connect(on_resumed)
    events.clock_set.connect(on_clock_set)
    events.session_end_asked.connect(on_session_end_asked)
    events.session_end_called_off.connect(lambda: release_shutdown(window))
    events.session_ends.connect(on_session_ends)
    events.start(window)
    try:
        yield events
    finally:
        events.stop()


def _end(shell: Shell) -> None:
    """Leave the event loop without a question; what is being written is finished afterwards."""
    shell.end_without_asking()
    # Not quit(): that closes the windows first, and one of them might not let itself be closed.
    QApplication.exit(ExitCode.DONE)


def _fail(message: str, remedy: str, code: ExitCode) -> int:
    _say(f"jit-desktop: {message}" + (f"\n  {remedy}" if remedy else ""))
    window = StartFailure(message, remedy)
    window.finished.connect(QApplication.quit)
    window.show()
    QApplication.exec()
    return code


def _say(text: str) -> None:
    # Started without a console, as on Windows, the program has no standard error.
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", message)


def _on_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault in a slot: logged whole; the program goes on, because its timer has to."""
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    _LOG.critical("A fault of the program", exc_info=(kind, error, trace))
    _say(f"jit-desktop: a fault of the program; the details are in {FILE_NAME}")
