# SPDX-License-Identifier: MIT
"""Windows and dialogs: they show what the core says, pass on what the user wants, and decide nothing."""
