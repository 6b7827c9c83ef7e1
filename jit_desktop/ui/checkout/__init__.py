# SPDX-License-Identifier: MIT
"""Asking for privileges for a time, and for more time.

Object names, stable for tests and for the program's own tour:

* ``checkout`` - the window. The form: ``checkout.account`` (combo box), ``checkout.privilege_search``,
  ``checkout.privileges`` (list with boxes), ``checkout.duration`` (a duration picker), ``checkout.reason``,
  ``checkout.ticket``, ``checkout.sentence``. Buttons: ``checkout.submit``, ``checkout.cancel``,
  ``checkout.back``, ``checkout.try_again``, ``checkout.open_session``, ``checkout.close``. While it happens:
  ``progress.banner``, ``progress.steps`` (rows ``step-<step>``), ``progress.wait``, ``progress.countdown``,
  ``progress.controllers`` (rows ``step-<host>``).
* ``extend`` - the dialog: ``extend.duration``, ``extend.submit``, ``extend.cancel``,
  ``extend.banner``.
"""

from jit_desktop.ui.checkout.extend_dialog import ExtendDialog
from jit_desktop.ui.checkout.window import CheckoutWindow

__all__ = ["CheckoutWindow", "ExtendDialog"]
