# SPDX-License-Identifier: MIT
"""Attempts to keep a right past its deadline, each on two real domain controllers that replicate. What came
of one is looked at past the program: on both, by memberships and by `tokenGroups`.
"""
