# SPDX-License-Identifier: MIT
"""The main window: what is elevated, the accounts, the history, and what is the matter.

Object names, stable for tests and for the program's own tour:

* ``main_window``; the rail ``nav`` with ``nav-elevations``, ``nav-accounts``, ``nav-history``,
  ``nav-settings``; ``page_title``; the buttons ``toolbar.check_out``, ``toolbar.check_in``,
  ``toolbar.extend``, ``toolbar.open_session``; ``banners`` with
  ``banner.overdue``, ``banner.store``, ``banner.notice``, ``banner.schedule``, ``banner.logon`` and, with
  ``<provider id>`` behind them, ``banner.provider:``, ``banner.suspects:`` and ``banner.unrecorded:`` (in
  each ``banner-text`` and ``banner-action``).
* Pages: ``elevations.table``, ``elevations.empty``; ``accounts.filter``, ``accounts.table``,
  ``accounts.empty``; ``history.filter``, ``history.table``, ``history.empty``.
* At the right: ``details`` (its own names at :class:`~.details_pane.ElevationDetails`) and
  ``account_details`` (:class:`~.account_details.AccountDetails`).
* Status bar ``status``: ``status.controller``, ``status.identity``, ``status.clock``, ``status.sweep``,
  ``status.guarantee``, each with a label ``….text``; the buttons ``status.promise``, ``status.left_alone``.
* Dialogs: ``decision`` with ``decision.<choice>`` (checking in: ``check_in``, ``cancel``; closing: ``stay``,
  ``quit``, ``cancel``), ``password`` (:class:`~.password_dialog.PasswordDialog`), ``left_alone``
  (:class:`~.left_alone_dialog.LeftAloneDialog`).
* Tray menu ``tray.menu``: ``tray.elevation``, ``tray.open``, ``tray.check_out``, ``tray.quit``.

How `app.py` uses it: ``desk = Desk(context)``, ``window = MainWindow(desk)``, connect ``settings_requested``,
``setup_requested`` and ``quit_requested``, ``window.show()``, ``desk.start()``; ``desk.reload()`` after the
settings were changed; ``desk.stop()`` and ``context.workers.shutdown(…)`` at the end.
"""

from jit_desktop.ui.main_window.window import MainWindow

__all__ = ["MainWindow"]
