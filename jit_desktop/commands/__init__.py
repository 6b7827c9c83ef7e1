# SPDX-License-Identifier: MIT
"""The commands: the same core as the windows, without a window."""
