# SPDX-License-Identifier: MIT
"""JIT Desktop lends Active Directory rights for a limited time and takes them back at the deadline."""

__version__ = "0.1.0"
