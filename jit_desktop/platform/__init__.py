# SPDX-License-Identifier: MIT
"""What differs from one operating system to the next: passwords, clocks, folders, logs, other programs."""
