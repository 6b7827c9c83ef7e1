# SPDX-License-Identifier: MIT
"""Choosing groups, accounts and places from a directory that may hold 100,000 of each."""
