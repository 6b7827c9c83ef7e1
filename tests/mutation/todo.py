# SPDX-License-Identifier: MIT
"""Safeguards that are being built: each becomes a plant as soon as its text stands."""

TODO = (
    ("the overlay forgets what was read from the store", "memory.py", "store, attacks"),
    ("a store that can't be written is not opened", "database.py", "attacks"),
    ("no plain copy of the settings is written", "store", "attacks"),
    ("the plain copy of the settings holds a secret", "store", "impostors"),
    ("one process does not see what the one before it kept beside the store", "memory.py", "store, attacks"),
)
"""Words, where, and the series that should notice."""
