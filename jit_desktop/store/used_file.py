# SPDX-License-Identifier: MIT
"""Reads and writes the file that says what was ever used: the creation locations and the chosen groups of
each provider, by their GUIDs and nothing else.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.elevation.ports import Used
from jit_desktop.store.kept_file import read_kept
from jit_desktop.store.settings_file import write_whole

_LOG = logging.getLogger(__name__)

FORMAT = "jit-desktop-used"
VERSION = 1
MAXIMUM_BYTES = 5 * 1024 * 1024
MOST_LOCATIONS = 100
MOST_TARGETS = 400
MOST_PROVIDERS = 200
"""What is more goes, the oldest first: each costs a sweep some requests."""

NOBODYS = ProviderId("")
"""Stands for all providers that are in no settings any more."""


def read_used_file(file: Path) -> dict[ProviderId, Used]:
    """What a file says, as far as it can be read; nothing where there is none."""
    try:
        raw = read_kept(file, form=FORMAT, version=VERSION, most_bytes=MAXIMUM_BYTES)
        parts = raw["providers"].items()
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, AttributeError, RecursionError) as error:
        _LOG.info("What was used before is not known by %s: %s", file, error)
        return {}
    return {
        ProviderId(key): _bounded(Used(_guids(part.get("locations")), _guids(part.get("targets"))))
        for key, part in list(parts)[-MOST_PROVIDERS:]
        if (not key or _guids([key])) and isinstance(part, dict)
    }


def used_text(used: Mapping[ProviderId, Used]) -> str:
    """The file that says ``used``."""
    parts = {
        key: {"locations": list(_guids(one.locations)), "targets": list(_guids(one.targets))}
        for key, one in used.items()
    }
    return json.dumps({"format": FORMAT, "version": VERSION, "providers": parts}, indent=1) + "\n"


def write_used_file(file: Path, used: Mapping[ProviderId, Used]) -> None:
    """Have ``file`` say ``used``, all of it or nothing; without any change nothing is written. Raises
    :class:`OSError`."""
    text = used_text(used)
    if not file.is_file() or file.read_bytes() != text.encode():
        write_whole(file, text)


def together(*all_used: Used) -> Used:
    """All of these, each once; of too many the last ones."""
    locations = [guid for one in all_used for guid in one.locations]
    targets = [guid for one in all_used for guid in one.targets]
    return _bounded(Used(tuple(locations), tuple(targets)))


def _bounded(used: Used) -> Used:
    return Used(_latest(used.locations, MOST_LOCATIONS), _latest(used.targets, MOST_TARGETS))


def _latest(guids: Iterable[ObjectGuid], most: int) -> tuple[ObjectGuid, ...]:
    """Each where it stands last, and not more than ``most``."""
    once = list(dict.fromkeys(reversed(list(guids))))
    return tuple(reversed(once[:most]))


def _guids(values: object) -> tuple[ObjectGuid, ...]:
    """Those of ``values`` that are GUIDs."""
    found = []
    for value in values if isinstance(values, list | tuple) else ():
        try:
            found.append(ObjectGuid(str(uuid.UUID(value))))
        except (ValueError, TypeError, AttributeError):
            continue
    return tuple(found)
