# SPDX-License-Identifier: MIT
"""What makes the packages: `tools.bundle`, and the workflows that call it."""
