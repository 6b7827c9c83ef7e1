# SPDX-License-Identifier: MIT
"""The only way from a window to blocking work: serial workers whose answers come back in the window's thread.

How to use it
-------------
::

    workers = Workers(expected_errors=(ElevationError,))           # app.py, once; lives in the UI thread
    scope = Scope(self)                                            # in the window: answers die with it

    workers["directory:corp"].submit(
        lambda control: directory.search(text, control.report),    # in the worker's thread; may raise
        scope=scope,
        on_done=self._on_search_done,                              # in the UI thread, all of them
        on_error=self._on_search_failed,
        on_progress=self._on_search_reported,
        on_cancelled=self._on_search_cancelled,
        cancel_hook=connection.close_socket,                       # by Ticket.cancel(); must not block
    )
    scope.renew()                                                  # late answers of older submits are dropped
    workers.shutdown(timeout_seconds=5)                            # names of the workers that would not stop

* One worker does one thing at a time, in the order of `submit`; different workers run side by side.
* `Ticket.cancel()` of waiting work ends in `on_cancelled` without ever running. Of running work it raises a
  flag (`control.cancel_requested`, `control.raise_if_cancelled()`) and calls the hook; what the work then
  returns or raises is delivered truthfully, and only `Cancelled` becomes `on_cancelled`.
* Nothing is delivered to a destroyed owner or an older generation. Errors that are not of `expected_errors`
  are logged whole in any case, also when nobody is left to be told.
* `UiThreadCollector(app)`, once in app.py: Python's cyclic collector runs in the UI thread only. Otherwise a
  worker that allocates could destroy a window from its own thread.
"""

from jit_desktop.ui.bridge.collector import UiThreadCollector
from jit_desktop.ui.bridge.work import Cancelled, Control, Scope, Ticket
from jit_desktop.ui.bridge.worker import Worker, Workers

__all__ = ["Cancelled", "Control", "Scope", "Ticket", "UiThreadCollector", "Worker", "Workers"]
