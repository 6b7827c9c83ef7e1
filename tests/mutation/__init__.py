# SPDX-License-Identifier: MIT
"""Safeguards of the program that are taken away one at a time, to see which test and which series notices."""
