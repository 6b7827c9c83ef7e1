# SPDX-License-Identifier: MIT
"""Whether an account may list a folder, worked out from the folder's descriptor."""

from __future__ import annotations

import struct
import uuid

import pytest

from jit_desktop.directory.sight import may_list, may_read_members
from jit_desktop.elevation.identity import SecurityId

ME = SecurityId("S-1-5-21-1-2-3-1104")
MY_GROUP = SecurityId("S-1-5-21-1-2-3-1200")
OWN = frozenset({ME, MY_GROUP, SecurityId("S-1-5-11")})
SOMEBODY = SecurityId("S-1-5-21-1-2-3-9999")
EVERYTHING_READ = 0x20094
LIST, READ = 0x4, 0x10
INHERITED, ONLY_BELOW = 0x2, 0xA
GROUP = uuid.UUID("bf967a9c-0de6-11d0-a285-00aa003049e2")
USER = uuid.UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
PUBLIC = uuid.UUID("e48d0154-bcf8-11d1-8702-00c04fb96050")
MEMBER = uuid.UUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
MEMBERSHIP = uuid.UUID("bc0ac240-79a9-11d0-9020-00c04fc2d4cf")
OTHER_SET = uuid.UUID("59ba2f42-79a2-11d0-9020-00c04fc2d3cf")


def sid_bytes(sid: str) -> bytes:
    _, revision, authority, *rest = sid.split("-")
    return struct.pack(
        f"<BB6s{len(rest)}I", int(revision), len(rest), int(authority).to_bytes(6, "big"), *map(int, rest)
    )


def entry(
    kind: int,
    mask: int,
    sid: SecurityId = ME,
    *,
    flags: int = 0,
    of: uuid.UUID | None = None,
    for_class: uuid.UUID | None = None,
) -> bytes:
    types = b""
    if kind in (5, 6):
        present = (1 if of else 0) | (2 if for_class else 0)
        types = struct.pack("<I", present) + b"".join(one.bytes_le for one in (of, for_class) if one)
    body = types + sid_bytes(sid)
    return struct.pack("<BBHI", kind, flags, 8 + len(body), mask) + body


def descriptor(*entries: bytes) -> bytes:
    acl = b"".join(entries)
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20)
    return head + struct.pack("<BBHHH", 4, 0, 8 + len(acl), len(entries), 0) + acl


ALLOWED = entry(0, EVERYTHING_READ, SecurityId("S-1-5-11"))


@pytest.mark.parametrize(
    "entries",
    [
        [ALLOWED],
        [entry(0, LIST)],
        [entry(0, 0x8000_0000, MY_GROUP)],
        [entry(0, 0x1000_0000)],
        [entry(1, LIST, SOMEBODY), ALLOWED],
        [ALLOWED, entry(1, LIST)],
        [entry(1, LIST, flags=0x8), ALLOWED],
        [entry(1, READ), ALLOWED],
        [entry(6, READ, flags=INHERITED, for_class=USER), ALLOWED],
        [entry(6, READ, flags=INHERITED, of=OTHER_SET), ALLOWED],
        [entry(1, 0x40000, flags=INHERITED), ALLOWED],
    ],
)
def test_that_who_may_list_is_proven_to(entries: list[bytes]) -> None:
    assert may_list(descriptor(*entries), OWN)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry(0, EVERYTHING_READ, SOMEBODY)],
        [entry(0, READ)],
        [entry(0, LIST, flags=ONLY_BELOW)],
        [entry(5, LIST, of=OTHER_SET)],
        [entry(1, LIST), ALLOWED],
        [entry(1, LIST, MY_GROUP), ALLOWED],
        [entry(1, 0x8000_0000), ALLOWED],
        [entry(6, LIST), ALLOWED],
        [entry(0xA, LIST), ALLOWED],
        [entry(1, READ, flags=INHERITED), ALLOWED],
        [entry(1, READ, flags=ONLY_BELOW), ALLOWED],
        [entry(6, READ, flags=INHERITED, for_class=GROUP), ALLOWED],
        [entry(6, READ, flags=INHERITED, of=PUBLIC), ALLOWED],
        [ALLOWED, entry(1, READ, flags=INHERITED)],
    ],
)
def test_that_who_may_not_list_is_not(entries: list[bytes]) -> None:
    assert not may_list(descriptor(*entries), OWN)


WHOLE = descriptor(ALLOWED, entry(5, READ, of=OTHER_SET, for_class=GROUP))


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_that_a_part_of_a_descriptor_proves_nothing(size: int) -> None:
    assert may_list(WHOLE, OWN)
    assert not may_list(WHOLE[:size], OWN)


@pytest.mark.parametrize("head", [(0x8000, 20), (0x8004, 0), (0x8004, 5000)])
def test_that_a_descriptor_without_a_list_proves_nothing(head: tuple[int, int]) -> None:
    control, start = head
    broken = struct.pack("<BBHIIII", 1, 0, control, 0, 0, 0, start) + WHOLE[20:]
    assert not may_list(broken, OWN)


@pytest.mark.parametrize(
    "entries",
    [
        [ALLOWED],
        [entry(5, READ, of=MEMBER)],
        [entry(5, READ, MY_GROUP, of=MEMBERSHIP)],
        [entry(6, READ, of=OTHER_SET), ALLOWED],
        [entry(6, READ, SOMEBODY, of=MEMBER), ALLOWED],
        [entry(6, READ, flags=ONLY_BELOW, of=MEMBER), ALLOWED],
        [entry(1, LIST), ALLOWED],
        [ALLOWED, entry(6, READ, of=MEMBER)],
    ],
)
def test_that_who_may_read_members_is_proven_to(entries: list[bytes]) -> None:
    assert may_read_members(descriptor(*entries), OWN)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry(0, LIST)],
        [entry(0, 0x20)],
        [entry(5, READ, of=OTHER_SET)],
        [entry(0, READ, SOMEBODY)],
        [entry(0, READ, flags=ONLY_BELOW)],
        [entry(6, READ, of=MEMBER), ALLOWED],
        [entry(6, READ, of=MEMBERSHIP), ALLOWED],
        [entry(1, READ, MY_GROUP), ALLOWED],
        [entry(1, READ, SecurityId("S-1-3-4")), ALLOWED],
    ],
)
def test_that_who_may_not_read_members_is_not_proven_to(entries: list[bytes]) -> None:
    assert not may_read_members(descriptor(*entries), OWN)


@pytest.mark.parametrize("raw", [b"", b"no descriptor at all", descriptor(ALLOWED)[:-4]])
def test_that_what_is_no_descriptor_proves_no_members(raw: bytes) -> None:
    assert not may_read_members(raw, OWN)
