# SPDX-License-Identifier: MIT
"""What Windows takes in add, modify, delete and refresh requests, put into what Samba takes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.faults.proxy import Message
from tests.samba.windows_like.ber import SEQUENCE, elements, encode, integer
from tests.samba.windows_like.forest import LONGEST_SECONDS, Forest
from tests.samba.windows_like.messages import ADD, DELETE, REPLACE, Attribute, Entry, Modify, Parts, result

REFRESH: Final = "1.3.6.1.4.1.1466.101.119.1"
_TTL: Final = re.compile(r"<TTL=(\d+),(.*)>", re.DOTALL | re.IGNORECASE)
_OID_OF_REQUEST, _VALUE_OF_REQUEST, _VALUE_OF_ANSWER = 0x80, 0x81, 0x8B
_TTL_OF_ANSWER = 0x81


@dataclass(frozen=True)
class Refused(Exception):
    """An LDAP result code and the text that Windows begins with its own code ([MS-ERREF] 2.2)."""

    code: int
    words: str


_NO_SUCH_OBJECT = Refused(32, "0000208D: NameErr: problem 2001 (NO_OBJECT)")
_BAD_DN = Refused(34, "00002081: NameErr: problem 2003 (BAD_ATT_SYNTAX)")
_IS_MEMBER = Refused(68, "00000562: UpdErr: problem 6005 (ENTRY_EXISTS)")
_NO_MEMBER = Refused(53, "00000561: SvcErr: problem 5003 (WILL_NOT_PERFORM)")
_NO_RIGHT = Refused(50, "00002098: SecErr: problem 4003 (INSUFF_ACCESS_RIGHTS)")
_NOT_DYNAMIC = Refused(65, "00002014: UpdErr: problem 6002 (OBJ_CLASS_VIOLATION) entryTTL")
_OUT_OF_RANGE = Refused(19, "00002082: AtrErr: problem 1005 (CONSTRAINT_ATT_TYPE) entryTTL")


@dataclass
class Write:
    """A request on its way: what goes on, what is answered instead, what is noted when it has succeeded."""

    passed: Message | None
    answer: Message | None = None
    noted: list[Callable[[], None]] = field(default_factory=list)


def translated(forest: Forest, request: Parts, who: str) -> Write:
    """What becomes of a write by the account that signed in as ``who``.

    A refusal is answered at once and nothing goes on.
    """
    handlers = {0x68: _add, 0x66: _modify, 0x4A: _delete, 0x77: _extended}
    handler = handlers.get(request.tag)
    if handler is None:
        return Write(request.message())
    try:
        return handler(forest, request, who)
    except Refused as refusal:
        return Write(None, result(request, refusal.code, refusal.words))


def _add(forest: Forest, request: Parts, _who: str) -> Write:
    entry = Entry.of(request.body)
    noted: list[Callable[[], None]] = []
    classes = {value.lower() for value in _values(entry.get("objectClass"))}
    time = entry.get("entryTTL")
    if forest.dynamic_objects and b"dynamicobject" in classes:
        seconds = forest.granted_seconds(None if time is None else _seconds(time))
        noted.append(lambda: _note_object(forest, entry.dn, seconds))
        entry.drop("entryTTL")
    elif forest.dynamic_objects and time is not None:
        raise _NOT_DYNAMIC
    for attribute in entry.attributes:
        if attribute.is_member:
            for member, ttl in _take_ttls(forest, attribute):
                noted.append(partial(_note_link, forest, entry.dn, member, ttl))
    return Write(_with_body(request, entry.body()), noted=noted)


def _modify(forest: Forest, request: Parts, who: str) -> Write:
    modify = Modify.of(request.body)
    if not any(one.is_member or one.name.lower() == "entryttl" for one in modify.changes):
        return Write(request.message())
    found = forest.administrator.find(modify.dn)
    if found is None:
        return Write(request.message())
    guid, _ = found
    noted: list[Callable[[], None]] = []
    kept: list[Attribute] = []
    now_in: dict[str, bool] = {}
    for change in modify.changes:
        if change.name.lower() == "entryttl" and forest.dynamic_objects:
            if guid not in forest.objects:
                raise _NOT_DYNAMIC
            if not forest.administrator.may_write_time(who, guid):
                raise _NO_RIGHT
            if change.how not in {ADD, REPLACE}:
                raise _OUT_OF_RANGE
            end = forest.after(forest.granted_seconds(_seconds(change)))
            noted.append(partial(forest.objects.__setitem__, guid, end))
            continue
        if change.is_member:
            noted += _member_change(forest, guid, change, now_in)
        kept.append(change)
    modify.changes = kept
    if not kept:
        for note in noted:
            note()
        return Write(None, result(request, 0))
    return Write(_with_body(request, modify.body()), noted=noted)


def _member_change(
    forest: Forest, group: uuid.UUID, change: Attribute, now_in: dict[str, bool]
) -> list[Callable[[], None]]:
    """Check one change of `member` by what those before it have done, and take its TTLs off."""
    if change.how == REPLACE or not change.values:
        ttls = dict(_take_ttls(forest, change))
        return [
            lambda: forest.forget_members(group),
            *(_noting(forest, group, dn, ttl) for dn, ttl in ttls.items()),
        ]
    ttls = dict(_take_ttls(forest, change)) if change.how == ADD else {}
    noted: list[Callable[[], None]] = []
    for value in change.values:
        name = value.decode()
        found = forest.administrator.find(name)
        if found is None:
            continue  # Samba says what is missing.
        member, dn = found
        was_in = now_in.get(dn, forest.administrator.is_member(group, dn))
        if change.how == DELETE and not was_in:
            raise _NO_MEMBER
        if change.how == ADD and was_in:
            raise _IS_MEMBER
        now_in[dn] = change.how == ADD
        noted.append(partial(_forget_link, forest, group, member))
        if name in ttls:
            noted.append(_noting(forest, group, name, ttls[name]))
    return noted


def _delete(forest: Forest, request: Parts, _who: str) -> Write:
    found = forest.administrator.find(request.body.decode())
    guid = found[0] if found else None
    return Write(request.message(), noted=[] if guid is None else [lambda: forest.forget_object(guid)])


def _extended(forest: Forest, request: Parts, who: str) -> Write:
    """The refresh operation (RFC 2589 4)."""
    given = dict(elements(request.body))
    if given.get(_OID_OF_REQUEST) != REFRESH.encode() or not forest.dynamic_objects:
        return Write(request.message())
    ((_, sequence),) = elements(given[_VALUE_OF_REQUEST])
    (_, dn), (_, ttl) = elements(sequence)
    found = forest.administrator.find(dn.decode())
    if found is None:
        raise _NO_SUCH_OBJECT
    if found[0] not in forest.objects:
        raise _NOT_DYNAMIC
    if not forest.administrator.may_write_time(who, found[0]):
        raise _NO_RIGHT
    seconds = forest.granted_seconds(int.from_bytes(ttl, "big", signed=True))
    forest.objects[found[0]] = forest.after(seconds)
    value = encode(SEQUENCE, integer(seconds, _TTL_OF_ANSWER))
    return Write(None, result(request, 0, extra=encode(_VALUE_OF_ANSWER, value)))


def _take_ttls(forest: Forest, attribute: Attribute) -> list[tuple[str, int]]:
    """Make `<TTL=n,DN>` values plain; which DNs had how many seconds."""
    taken = []
    for position, value in enumerate(attribute.values):
        if value[:5].upper() != b"<TTL=":
            continue
        match = _TTL.fullmatch(value.decode())
        if match is None or not forest.ttl_links or not 0 < int(match[1]) <= LONGEST_SECONDS:
            raise _BAD_DN
        attribute.values[position] = match[2].encode()
        taken.append((match[2], int(match[1])))
    return taken


def _noting(forest: Forest, group: uuid.UUID, member: str, seconds: int) -> Callable[[], None]:
    return partial(_note_link, forest, f"<GUID={group}>", member, seconds)


def _forget_link(forest: Forest, group: uuid.UUID, member: uuid.UUID) -> None:
    forest.links.pop((group, member), None)


def _note_object(forest: Forest, dn: str, seconds: int) -> None:
    if (found := forest.administrator.find(dn)) is not None:
        forest.objects[found[0]] = forest.after(seconds)


def _note_link(forest: Forest, group: str, member: str, seconds: int) -> None:
    of, who = forest.administrator.find(group), forest.administrator.find(member)
    if of is not None and who is not None:
        forest.links[of[0], who[0]] = forest.after(seconds)


def _seconds(attribute: Attribute) -> int:
    if len(attribute.values) != 1 or not attribute.values[0].isdigit():
        raise _OUT_OF_RANGE
    seconds = int(attribute.values[0])
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise _OUT_OF_RANGE
    return seconds


def _values(attribute: Attribute | None) -> list[bytes]:
    return [] if attribute is None else attribute.values


def _with_body(request: Parts, body: bytes) -> Message:
    return Parts(request.identifier, request.tag, body, request.controls).message()
