# SPDX-License-Identifier: MIT
"""Draws the program's icon for Windows from its SVG: a file with a picture of each size."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 96, 256)
"""Pixels: small and large icons at 100 to 300 per cent, and Explorer's large views ([MS] Icons)."""
_DIRECTORY_BYTES: Final = 6
_ENTRY_BYTES: Final = 16


def write_ico(svg: Path, ico: Path, sizes: Sequence[int] = SIZES) -> Path:
    """Draw ``svg`` in all ``sizes`` (pixels, at most 256) into the file ``ico``, and return it.

    The pictures are PNG, which Windows reads in icons since Vista. Raises :class:`ValueError` where the SVG
    can't be drawn, :class:`OSError` where a file can't be used.
    """
    pictures = [_png(svg.read_bytes(), size) for size in sizes]
    entries, offset = b"", _DIRECTORY_BYTES + _ENTRY_BYTES * len(pictures)
    for size, picture in zip(sizes, pictures, strict=True):
        # Width, height (0 means 256), no palette, reserved, planes, bits a pixel, bytes, offset.
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    ico.write_bytes(struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures))
    return ico


def _png(svg: bytes, size: int) -> bytes:
    renderer = QSvgRenderer(QByteArray(svg))
    if not renderer.isValid():
        raise ValueError("the SVG of the icon can't be drawn")
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # The stubs want bytes where Qt wants text.
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ValueError("the icon can't be written as PNG")
    return bytes(buffer.data().data())
