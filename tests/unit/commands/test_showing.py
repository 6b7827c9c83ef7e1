# SPDX-License-Identifier: MIT
"""What the commands that need Qt tell it before it starts."""

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest

from jit_desktop.commands.showing import no_screen


@pytest.mark.parametrize(
    ("file", "here", "told"),
    [
        (PurePosixPath("/opt/a/off.json"), PurePosixPath("/"), "offscreen:configfile=/opt/a/off.json"),
        (PureWindowsPath("C:/a/off.json"), PureWindowsPath("c:/b"), "offscreen:configfile=\\a\\off.json"),
        (PureWindowsPath("C:/a/off.json"), PureWindowsPath("D:/b"), "offscreen"),
        (
            PureWindowsPath("//pc/a/off.json"),
            PureWindowsPath("D:/b"),
            "offscreen:configfile=\\\\pc\\a\\off.json",
        ),
    ],
)
def test_that_qt_is_told_of_the_screen_without_a_second_colon(
    file: PurePath, here: PurePath, told: str
) -> None:
    assert no_screen(file, here) == told
