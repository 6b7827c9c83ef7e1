# SPDX-License-Identifier: MIT
"""Drives the real windows through the whole job on the demo domain and keeps a picture of every step."""
