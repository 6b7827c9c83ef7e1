# SPDX-License-Identifier: MIT
"""The icon of the Windows executables, read back as Windows reads it."""

import struct
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tools.bundle.icon import SIZES, write_ico

APP = Path("resources", "icons", "app.svg")


def pictures_in(ico: Path) -> dict[int, QImage]:
    """The pictures by the width that the directory names; it has to lead to each, and to nothing else."""
    content = ico.read_bytes()
    reserved, kind, count = struct.unpack_from("<HHH", content)
    assert (reserved, kind) == (0, 1)
    found, end = {}, 6 + 16 * count
    for number in range(count):
        width, height, colours, _, planes, bits, size, offset = struct.unpack_from(
            "<BBBBHHII", content, 6 + 16 * number
        )
        assert (height, colours, planes, bits) == (width, 0, 1, 32)
        assert offset == end, "the pictures lie one behind the other"
        end = offset + size
        found[width or 256] = QImage.fromData(content[offset:end])
    assert end == len(content)
    return found


def test_that_each_size_is_drawn_for_itself(qtbot: QtBot, tmp_path: Path) -> None:
    found = pictures_in(write_ico(APP, tmp_path / "app.ico"))
    assert tuple(found) == SIZES
    for size, picture in found.items():
        assert (picture.width(), picture.height()) == (size, size)
        middle = picture.pixelColor(size // 2, size // 2)
        assert middle.alpha() == 255, f"nothing is drawn at {size} pixels"


def test_that_a_drawing_that_is_none_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    broken = tmp_path / "broken.svg"
    broken.write_text("no drawing", encoding="utf-8")
    with pytest.raises(ValueError, match="can't be drawn"):
        write_ico(broken, tmp_path / "app.ico")
    assert not (tmp_path / "app.ico").exists()
