# SPDX-License-Identifier: MIT
"""The least that can be packaged the same way: what a start costs before a line of ours."""
