# SPDX-License-Identifier: MIT
"""Bundles and binaries that are none, for what only looks at their outside."""

import struct
from pathlib import Path


def binary(file: Path, *, signed: bool = False, bits: int = 64) -> Path:
    """Write the headers of a program for Windows, with or without a place for certificates."""
    directories = [(0, 0)] * 16
    if signed:
        directories[4] = (0x4000, 0x1800)
    optional = struct.pack("<H", 0x20B if bits == 64 else 0x10B).ljust(112 if bits == 64 else 96, b"\0")
    optional += b"".join(struct.pack("<II", *entry) for entry in directories)
    start = 0x80
    head = (b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", start)).ljust(start, b"\0")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(head + b"PE\0\0" + b"\0" * 20 + optional)
    return file


def windows_bundle(folder: Path) -> Path:
    """Something with the names of a bundle for Windows."""
    for name in ("JIT Desktop.exe", "jit-desktop.exe", "_internal/_ours.pyd"):
        binary(folder / name)
    binary(folder / "_internal" / "python313.dll", signed=True)
    (folder / "_internal" / "LICENSE").write_text("MIT License", encoding="utf-8")
    return folder
