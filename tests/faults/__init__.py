# SPDX-License-Identifier: MIT
"""What can go wrong between the program, the network, the directory and the disk, each with a clear message."""
