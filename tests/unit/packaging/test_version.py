# SPDX-License-Identifier: MIT
"""The version resource, as far as it can be made on any system."""

import pytest

from jit_desktop import __version__
from tools.bundle import wrap
from tools.bundle.version import four_numbers, strings


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("0.1.0", (0, 1, 0, 0)),
        ("12.34.56", (12, 34, 56, 0)),
        ("1.2.3rc4", (1, 2, 3, 0)),
        ("1.2.3a1", (1, 2, 3, 0)),
        ("1.2.3.dev5", (1, 2, 3, 0)),
    ],
)
def test_that_windows_gets_four_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert four_numbers(version) == numbers


@pytest.mark.parametrize("version", ["", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "1.2.x"])
def test_that_another_form_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="no version of the form"):
        four_numbers(version)


def test_that_the_executable_says_what_it_is() -> None:
    said = strings("1.2.3", file="jit-desktop.exe", description="JIT Desktop (commands)")
    assert said["FileDescription"] == "JIT Desktop (commands)"
    assert said["OriginalFilename"] == "jit-desktop.exe"
    assert said["InternalName"] == "jit-desktop"
    assert said["FileVersion"] == said["ProductVersion"] == "1.2.3"
    assert said["ProductName"] == "JIT Desktop"


def test_that_there_is_one_version_and_it_can_be_packaged() -> None:
    assert wrap.version() == __version__
    assert four_numbers(__version__)
