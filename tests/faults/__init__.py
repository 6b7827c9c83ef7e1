# SPDX-License-Identifier: MIT
"""What can go wrong between the program, the network, directory and disk, each with a clear message."""
