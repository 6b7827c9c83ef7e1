# SPDX-License-Identifier: MIT
"""The owner in a descriptor, and the versions in what the directory keeps of each attribute."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from jit_desktop.directory.provenance import (
    INFO_ATTRIBUTE,
    descriptor_of,
    is_administrators,
    made_at,
    owner_of,
    text_version,
    version_of,
)
from jit_desktop.elevation.identity import SecurityId

OWNER = bytes.fromhex("0105000000000005150000000100000002000000030000005104" + "0000")
DESCRIPTOR = struct.pack("<BBHIIII", 1, 0, 0x8000, 20, 0, 0, 0) + OWNER


def metadata(*entries: tuple[int, int], version: int = 1, count: int | None = None) -> bytes:
    body = b"".join(struct.pack("<IIQ16sQQ", kind, written, 13, bytes(16), 7, 8) for kind, written in entries)
    return struct.pack("<IIII", version, 0, len(entries) if count is None else count, 0) + body


def test_that_the_owner_is_read() -> None:
    assert owner_of(DESCRIPTOR) == "S-1-5-21-1-2-3-1105"


def test_that_an_owner_is_written_as_it_is_read() -> None:
    assert descriptor_of(SecurityId("S-1-5-21-1-2-3-1105")) == DESCRIPTOR[: 20 + 28]


@pytest.mark.parametrize(
    ("owner", "is_theirs"),
    [
        ("S-1-5-32-544", True),
        ("S-1-5-21-1-2-3-512", True),
        ("S-1-5-21-1-2-3-519", True),
        ("S-1-5-21-1-2-3-1105", False),
        ("S-1-5-21-1-2-3-2512", False),
    ],
)
def test_that_what_belongs_to_administrators_is_told_from_what_belongs_to_one(
    owner: str, is_theirs: bool
) -> None:
    assert is_administrators(SecurityId(owner)) is is_theirs


@pytest.mark.parametrize("size", range(len(DESCRIPTOR)))
def test_that_a_part_of_a_descriptor_names_no_owner(size: int) -> None:
    assert owner_of(DESCRIPTOR[:size]) is None


@pytest.mark.parametrize(("control", "offset"), [(0x8000, 0), (0x8000, 5000), (0, 20)])
def test_that_a_descriptor_without_an_owner_names_none(control: int, offset: int) -> None:
    assert owner_of(struct.pack("<BBHIIII", 1, 0, control, offset, 0, 0, 0) + OWNER) is None


def test_that_the_version_of_an_attribute_is_read() -> None:
    assert version_of(metadata((0x20001, 1), (INFO_ATTRIBUTE, 5), (3, 2)), INFO_ATTRIBUTE) == 5


def test_that_an_attribute_that_was_never_written_has_no_version() -> None:
    assert version_of(metadata((0x20001, 1)), INFO_ATTRIBUTE) == 0


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\1",
        metadata((INFO_ATTRIBUTE, 5))[:-1],
        metadata((INFO_ATTRIBUTE, 5), version=2),
        metadata(count=1),
    ],
)
def test_that_what_can_not_be_read_says_nothing(value: bytes) -> None:
    assert version_of(value, INFO_ATTRIBUTE) is None
    assert made_at(value) is None


def test_that_an_object_was_made_when_the_first_of_its_attributes_was_written() -> None:
    def entry(kind: int, at: int) -> bytes:
        return struct.pack("<IIQ16sQQ", kind, 1, at, bytes(16), 7, 8)

    made = 13_408_000_000
    value = struct.pack("<IIII", 1, 0, 2, 0) + entry(INFO_ATTRIBUTE, made + 60) + entry(0, made)
    assert made_at(value) == datetime(2025, 11, 19, 4, 26, 40, tzinfo=UTC)
    assert made_at(struct.pack("<IIII", 1, 0, 1, 0) + entry(0, 2**63)) is None


def test_that_a_text_that_was_written_after_the_making_is_none_that_it_was_made_with() -> None:
    def entry(kind: int, at: int, version: int = 1) -> bytes:
        return struct.pack("<IIQ16sQQ", kind, version, at, bytes(16), 7, 8)

    def written(after: int, version: int = 1) -> int | None:
        made = 13_408_000_000
        head = struct.pack("<IIII", 1, 0, 2, 0)
        return text_version(
            head + entry(0, made) + entry(INFO_ATTRIBUTE, made + after, version), INFO_ATTRIBUTE
        )

    assert written(0) == 1
    assert written(60) == 2
    assert written(60, version=3) == 4
    assert text_version(metadata((0x20001, 1)), INFO_ATTRIBUTE) == 0
    assert text_version(b"", INFO_ATTRIBUTE) is None
