# SPDX-License-Identifier: MIT
"""Active Directory through ldap3, and the embedded demo domain behind the same protocol."""
