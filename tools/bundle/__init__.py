# SPDX-License-Identifier: MIT
"""What `build_installer.spec` is made of: icon, version resource, and which files go into the bundle."""
