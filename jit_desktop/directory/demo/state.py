# SPDX-License-Identifier: MIT
"""What of the demo domain differs from its example content: in a file that processes share, or in memory."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from jit_desktop.directory.demo.changes import Change, change_from_record, change_to_record
from jit_desktop.directory.demo.content import CONTENT_VERSION
from jit_desktop.directory.demo.file_lock import file_lock
from jit_desktop.directory.demo.objects import DemoObject, from_record, to_record
from jit_desktop.directory.demo.restrictions import (
    Restrictions,
    restrictions_from_record,
    restrictions_to_record,
)
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.identity import ObjectGuid

_LOG = logging.getLogger(__name__)
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class DemoState:
    """Everything that is not example content; never changed, only replaced."""

    settled: Mapping[ObjectGuid, DemoObject | None] = field(default_factory=dict)
    """Objects that differ on every domain controller alike; ``None`` for one that was deleted."""
    pending: tuple[Change, ...] = ()
    """Changes that some domain controller does not have yet, oldest first."""
    issued_rids: Mapping[str, int] = field(default_factory=dict)
    """How many relative identifiers each domain controller has given out."""
    restrictions: Restrictions = Restrictions()  # noqa: RUF009 - frozen


class Storage(Protocol):
    """Keeps one :class:`DemoState`."""

    def load(self) -> DemoState:
        """What was saved last."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Within this context nobody else loads or saves; may be entered again by who is in it."""

    def save(self, state: DemoState) -> None:
        """Keep ``state``; only within :meth:`exclusive`."""


class MemoryStorage:
    """Keeps it as long as the process lives."""

    def __init__(self) -> None:
        self._state = DemoState()
        self._lock = threading.RLock()

    def load(self) -> DemoState:
        return self._state

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock:
            yield

    def save(self, state: DemoState) -> None:
        self._state = state


class FileStorage:
    """Keeps it in a JSON file, replaced whole under a lock beside it, so that processes see one domain."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_path = path.with_name(path.name + ".lock")
        self._lock = threading.RLock()
        self._depth = 0
        self._read: bytes | None = None
        self._state = DemoState()

    def load(self) -> DemoState:
        with self.exclusive():
            try:
                content = self._path.read_bytes()
            except FileNotFoundError:
                content = b""
            except OSError as error:
                raise self._unusable("can't be read", error) from error
            if content != self._read:
                self._state = self._parse(content)
                self._read = content
            return self._state

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock, ExitStack() as held:
            if self._depth == 0:
                try:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    held.enter_context(file_lock(self._lock_path))
                except OSError as error:
                    raise self._unusable("can't be locked", error) from error
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def save(self, state: DemoState) -> None:
        content = json.dumps(_to_document(state), ensure_ascii=False, indent=1).encode()
        scratch = self._path.with_name(self._path.name + ".new")
        try:
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "wb") as file:  # noqa: PTH123 - opened above with the owner's rights only
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(self._path)
        except OSError as error:
            raise self._unusable("can't be written", error) from error
        self._read, self._state = content, state

    def _parse(self, content: bytes) -> DemoState:
        if not content:
            return DemoState()
        try:
            document = json.loads(content)
            if document["format"] != _FORMAT or document["content"] != CONTENT_VERSION:
                _LOG.info("%s belongs to another version of the demo domain, which starts anew", self._path)
                return DemoState()
            return _from_document(document)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._unusable("is damaged", error) from error

    def _unusable(self, what: str, error: Exception) -> DirectoryUnavailable:
        reason = getattr(error, "strerror", None) or str(error)
        return DirectoryUnavailable(
            f"The file of the demo domain {what}: {reason}.",
            subject=str(self._path),
            remedy=f"Remove {self._path} to start the demo domain anew.",
        )


def _to_document(state: DemoState) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "content": CONTENT_VERSION,
        "settled": {guid: thing and to_record(thing) for guid, thing in state.settled.items()},
        "pending": [change_to_record(change) for change in state.pending],
        "issued_rids": dict(state.issued_rids),
        "restrictions": restrictions_to_record(state.restrictions),
    }


def _from_document(document: Mapping[str, Any]) -> DemoState:
    return DemoState(
        settled={
            ObjectGuid(guid): None if record is None else from_record(record)
            for guid, record in document["settled"].items()
        },
        pending=tuple(change_from_record(record) for record in document["pending"]),
        issued_rids={str(host): int(count) for host, count in document["issued_rids"].items()},
        # Files of earlier copies of the program have none.
        restrictions=restrictions_from_record(
            document.get("restrictions", restrictions_to_record(Restrictions()))
        ),
    )
