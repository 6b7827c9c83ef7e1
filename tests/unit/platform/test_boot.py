# SPDX-License-Identifier: MIT
"""Which start of the computer this is, as each system tells it."""

import sys
import uuid
from pathlib import Path

import pytest

from jit_desktop.platform.boot import MACHINE_KEY, MEMORY_KEY, Value, boot_id, of_linux, of_macos, of_windows
from jit_desktop.platform.clock import SystemClock

START = "8c9f2a1e-5a63-4e1e-9d0b-0e6f9d6a7b11"
REGISTRY: dict[tuple[str, str], Value] = {(MEMORY_KEY, "BootId"): 57, (MACHINE_KEY, "MachineGuid"): "AB-12"}


def windows(values: dict[tuple[str, str], Value], computer: str = "PC-7") -> str:
    def read(key: str, name: str) -> Value:
        if (key, name) not in values:
            raise FileNotFoundError(name)
        return values[key, name]

    return of_windows(read, lambda: computer)


def test_that_linux_tells_its_start(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text(f"{START}\n", encoding="ascii")
    assert of_linux(tmp_path / "boot_id") == START


@pytest.mark.parametrize("text", ["", "garbage", "ü"])
def test_that_what_is_no_identifier_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "boot_id").write_text(text, encoding="latin-1")
    assert of_linux(tmp_path / "boot_id") == ""
    assert of_linux(tmp_path / "missing") == ""
    assert of_macos(lambda: text) == ""


def test_that_macos_tells_its_start() -> None:
    assert of_macos(START.upper) == START

    def refused() -> str:
        raise OSError("sysctlbyname")

    assert of_macos(refused) == ""


def test_that_windows_tells_its_start_with_what_tells_it_from_other_computers() -> None:
    here = windows(REGISTRY)
    assert here == "ab-12/pc-7/57"
    assert windows(REGISTRY | {(MEMORY_KEY, "BootId"): 58}) != here
    assert windows(REGISTRY | {(MACHINE_KEY, "MachineGuid"): "AB-13"}) != here
    assert windows(REGISTRY, "PC-8") != here, "one that was cloned"


@pytest.mark.parametrize(
    "values",
    [
        {(MEMORY_KEY, "BootId"): None},
        {(MEMORY_KEY, "BootId"): "57"},
        {(MACHINE_KEY, "MachineGuid"): ""},
        {(MACHINE_KEY, "MachineGuid"): 12},
    ],
    ids=str,
)
def test_that_half_of_what_windows_tells_is_no_start(values: dict[tuple[str, str], Value]) -> None:
    assert windows(REGISTRY | values) == ""


@pytest.mark.parametrize("missing", REGISTRY)
def test_that_where_windows_does_not_tell_it_there_is_none(missing: tuple[str, str]) -> None:
    assert windows({key: value for key, value in REGISTRY.items() if key != missing}) == ""
    assert windows(REGISTRY, "") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux")
def test_that_it_is_the_same_in_every_program_of_this_start() -> None:
    assert str(uuid.UUID(boot_id())) == boot_id()
    assert SystemClock().boot_id() == SystemClock().boot_id() == boot_id()


def test_that_the_system_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def told() -> str:
        asked.append("")
        return START

    monkeypatch.setattr("jit_desktop.platform.clock.boot_id", told)
    clock = SystemClock()
    assert [clock.boot_id(), clock.boot_id()] == [START, START]
    assert len(asked) == 1
