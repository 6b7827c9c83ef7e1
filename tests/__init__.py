# SPDX-License-Identifier: MIT
"""The tests of JIT Desktop; a package so that no other installed `tests` can stand in its place."""
