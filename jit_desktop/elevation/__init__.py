# SPDX-License-Identifier: MIT
"""The core: what a checkout is, when it may be granted, and how it ends.

Plain Python. No Qt, no LDAP, no database and no clock of its own: the outside is reached through the
protocols of :mod:`jit_desktop.elevation.ports`, which the other rooms implement.
"""
