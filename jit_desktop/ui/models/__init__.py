# SPDX-License-Identifier: MIT
"""What the windows show, as Qt models over the core's values; no widget and nothing that blocks.

* :class:`~jit_desktop.ui.models.board.Board` - providers, open elevations and the state of each domain;
* :mod:`~jit_desktop.ui.models.elevation_table`, :mod:`~jit_desktop.ui.models.account_table`,
  :mod:`~jit_desktop.ui.models.history_table` - the three tables of the main window;
* :mod:`~jit_desktop.ui.models.wording` - states, moments and durations in words.
"""
