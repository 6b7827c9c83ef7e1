# SPDX-License-Identifier: MIT
"""A real Active Directory domain for the tests: a Samba domain controller on a loopback address."""
