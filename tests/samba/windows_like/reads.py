# SPDX-License-Identifier: MIT
"""What Windows shows in answers to searches and Samba does not: times to live, settings, the feature."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jit_desktop.elevation.dn import is_within, parent_dn, same_dn
from tests.faults.proxy import Message
from tests.samba.names import BASE_DN
from tests.samba.windows_like.ber import Element, elements
from tests.samba.windows_like.forest import Forest
from tests.samba.windows_like.messages import ENTRY, Entry, Parts, Search, entry_message, result_code
from tests.samba.windows_like.writes import REFRESH

LINK_TTL: Final = "1.2.840.113556.1.4.2309"
CONFIGURATION: Final = f"CN=Configuration,{BASE_DN}"
PARTITIONS: Final = f"CN=Partitions,{CONFIGURATION}"
SERVICE: Final = f"CN=Directory Service,CN=Windows NT,CN=Services,{CONFIGURATION}"
FEATURE: Final = f"CN=Privileged Access Management Feature,CN=Optional Features,{SERVICE}"
FEATURE_GUID: Final = uuid.UUID("ec43e873-cce8-4640-b4ab-07ffe4ab5bcd")
_OBJECT, _ONE_LEVEL = 0, 1
_AND, _OR, _NOT, _EQUAL, _PRESENT = 0xA0, 0xA1, 0xA2, 0xA3, 0x87
_CONSTRUCTED: Final = ("entryTTL", "msDS-Entry-Time-To-Die")


@dataclass
class Reading:
    """One search on its way."""

    search: Search
    shows_ttl: bool
    """Whether links are shown with what is left of them."""
    adds_guid: bool
    """Whether we ask for objectGUID and the client does not."""


def asked(forest: Forest, request: Parts) -> tuple[Message, Reading]:
    """The search as Samba takes it."""
    shows_ttl = request.take_control(LINK_TTL)
    search = Search.of(request.body)
    passed = Search.of(request.body)
    adds_guid = False
    if forest.dynamic_objects:
        passed.wanted = [name for name in search.wanted if name not in _CONSTRUCTED]
    if passed.wanted != search.wanted or shows_ttl:
        adds_guid = not search.wants("objectGUID")
        if adds_guid:
            passed.wanted.append("objectGUID")
    request.body = passed.body()
    return request.message(), Reading(search, shows_ttl, adds_guid)


def answered(forest: Forest, reading: Reading, message: Message) -> list[Message]:
    """The answer as Windows gives it; before the result comes what Samba has not."""
    parts = Parts.of(message)
    if parts.tag == ENTRY:
        entry = Entry.of(parts.body)
        _complete(forest, reading, entry)
        parts.body = entry.body()
        return [parts.message()]
    if message.is_final and result_code(parts.body) in {0, 32} and _finds_feature(forest, reading.search):
        return [entry_message(parts.identifier, _feature(forest, reading.search)), _success(parts)]
    return [message]


def _complete(forest: Forest, reading: Reading, entry: Entry) -> None:
    search = reading.search
    if not entry.dn:
        _complete_root(forest, search, entry)
    elif same_dn(entry.dn, SERVICE) and search.wants("msDS-Other-Settings"):
        entry.put(
            "msDS-Other-Settings",
            b"DisableVLVSupport=0",
            b"DynamicObjectMinTTL=%d" % forest.minimum_seconds,
            b"DynamicObjectDefaultTTL=%d" % forest.default_seconds,
        )
    elif forest.ttl_links and same_dn(entry.dn, PARTITIONS) and search.wants("msDS-EnabledFeature"):
        had = entry.get("msDS-EnabledFeature")
        entry.put("msDS-EnabledFeature", *(had.values if had else ()), FEATURE.encode())
    identity = entry.get("objectGUID")
    if identity is not None and identity.values:
        _complete_object(forest, reading, entry, uuid.UUID(bytes_le=identity.values[0]))
    if reading.adds_guid:
        entry.drop("objectGUID")


def _complete_root(forest: Forest, search: Search, entry: Entry) -> None:
    time = entry.get("currentTime")
    if time is not None:
        time.values = [forest.clock.now().strftime("%Y%m%d%H%M%S.0Z").encode()]
    if forest.dynamic_objects and search.wants("supportedExtension"):
        had = entry.get("supportedExtension")
        entry.put("supportedExtension", *(had.values if had else ()), REFRESH.encode())
    controls = entry.get("supportedControl")
    if controls is not None:
        controls.values.append(LINK_TTL.encode())


def _complete_object(forest: Forest, reading: Reading, entry: Entry, guid: uuid.UUID) -> None:
    end = forest.objects.get(guid)
    if end is not None and reading.search.names("entryTTL"):
        entry.put("entryTTL", str(forest.seconds_left(end)).encode())
    if end is not None and reading.search.names("msDS-Entry-Time-To-Die"):
        entry.put("msDS-Entry-Time-To-Die", _generalized(end))
    if not reading.shows_ttl:
        return
    left = forest.members_with_end(guid)
    for attribute in entry.attributes:
        if attribute.name.lower().partition(";")[0] == "member":
            attribute.values = [_with_ttl(value, left) for value in attribute.values]


def _with_ttl(value: bytes, left: dict[str, int]) -> bytes:
    plain = value.decode()
    while plain.startswith("<"):  # an extended DN
        plain = plain.partition(";")[2]
    seconds = left.get(plain)
    return value if seconds is None else f"<TTL={seconds}>,{value.decode()}".encode()


def _generalized(time: datetime) -> bytes:
    return time.strftime("%Y%m%d%H%M%S.0Z").encode()


# --- the feature's own object, which Samba lets nobody make ----------------------------------------------


def _feature_values(forest: Forest) -> dict[str, list[bytes]]:
    values = {
        "objectClass": [b"top", b"msDS-OptionalFeature"],
        "cn": [b"Privileged Access Management Feature"],
        "name": [b"Privileged Access Management Feature"],
        "distinguishedName": [FEATURE.encode()],
        "msDS-OptionalFeatureGUID": [FEATURE_GUID.bytes_le],
        "msDS-OptionalFeatureFlags": [b"1"],
        "msDS-RequiredForestBehaviorVersion": [b"7"],
    }
    if forest.ttl_links:
        values["msDS-EnabledFeatureBL"] = [PARTITIONS.encode()]
    return values


def _finds_feature(forest: Forest, search: Search) -> bool:
    if not search.base or not is_within(search.base, CONFIGURATION):
        return False
    if search.scope == _OBJECT:
        covered = same_dn(search.base, FEATURE)
    elif search.scope == _ONE_LEVEL:
        covered = same_dn(search.base, parent_dn(FEATURE))
    else:
        covered = is_within(FEATURE, search.base)
    return covered and _matches(search.filter, _feature_values(forest))


def _feature(forest: Forest, search: Search) -> Entry:
    entry = Entry(FEATURE, [])
    for name, values in _feature_values(forest).items():
        if (search.wants(name) and name != "msDS-EnabledFeatureBL") or search.names(name):
            entry.put(name, *values)
    return entry


def _matches(condition: Element, values: dict[str, list[bytes]]) -> bool:
    tag, content = condition
    lower = {name.lower(): [value.lower() for value in given] for name, given in values.items()}
    if tag == _PRESENT:
        return content.decode().lower() in lower
    if tag == _EQUAL:
        (_, name), (_, value) = elements(content)
        return value.lower() in lower.get(name.decode().lower(), [])
    inner = [_matches(one, values) for one in elements(content)] if tag in {_AND, _OR, _NOT} else [False]
    return any(inner) if tag == _OR else not inner[0] if tag == _NOT else all(inner)


def _success(parts: Parts) -> Message:
    """The same result, successful: a search that found the feature found something."""
    if result_code(parts.body) != 0:
        parts.body = b"\x0a\x01\x00\x04\x00\x04\x00"
    return parts.message()
