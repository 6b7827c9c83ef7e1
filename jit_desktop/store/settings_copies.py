# SPDX-License-Identifier: MIT
"""Plain copies of the settings, for the day on which the database can't be read: with them a sweep still
finds the domain and, by the records there, what has to be ended. Beside each is a file with what the settings
had before (:mod:`.used_file`): what was lent by them may still be there. They hold no secret.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from jit_desktop.elevation.draft import as_it_was
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.patience import Patience, Unanswered
from jit_desktop.elevation.ports import Used
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store.settings_file import read_settings_file, settings_text, write_settings_file
from jit_desktop.store.unrecorded_file import UnrecordedFile
from jit_desktop.store.used_file import NOBODYS, read_used_file, together, write_used_file

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

COPY_NAME = "providers.json"
USED_NAME = "used.json"
UNRECORDED_NAME = "unrecorded.json"
_OWNER_ONLY_FOLDER = 0o700
_ANSWER_SECONDS = 2.0
"""So long each of the two disks is waited for."""


class SettingsCopies:
    """One copy beside the database, and one outside of the data folder for when that is gone altogether."""

    def __init__(
        self,
        data_dir: Path,
        outside: Path | None,
        *,
        computer: str,
        answer_seconds: float = _ANSWER_SECONDS,
    ) -> None:
        """``outside`` is the folder of all such copies of this user; ``None``: there is none. ``computer``
        tells this one from others that may see that folder: what lies at the same path there is another data
        folder. A disk that does not answer within ``answer_seconds`` delays nothing more until it does."""
        path = os.fsencode(os.path.normcase(data_dir.absolute()))
        key = hashlib.sha256(computer.encode("utf-8", "surrogateescape") + b"\0" + path).hexdigest()[:32]
        self._beside = data_dir / COPY_NAME
        self._used_beside = data_dir / USED_NAME
        self._outside = outside / f"{key}.json" if outside is not None else None
        self._used_outside = outside / f"{key}.{USED_NAME}" if outside is not None else None
        beside, apart = Patience(answer_seconds), Patience(answer_seconds)
        self._patience = {self._beside: beside, self._used_beside: beside}
        if self._outside is not None and self._used_outside is not None:
            self._patience |= {self._outside: apart, self._used_outside: apart}
        self._last_used: dict[Path, dict[ProviderId, Used]] = {}
        self.unrecorded = UnrecordedFile(outside / f"{key}.{UNRECORDED_NAME}" if outside else None, apart)
        """What the database could not be told of: beside the copy outside of the data folder."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Where they are, the one beside the database first."""
        return (self._beside, self._outside) if self._outside is not None else (self._beside,)

    @property
    def used_files(self) -> tuple[Path, ...]:
        """Where it is kept what was ever used, beside each of :attr:`files`."""
        beside, outside = self._used_beside, self._used_outside
        return (beside, outside) if outside is not None else (beside,)

    def keep(
        self,
        providers: Sequence[DomainProvider],
        used: Mapping[ProviderId, Used] | None = None,
        *,
        lost: Collection[ProviderId] = (),
    ) -> None:
        """Have both say what the settings are; without any change nothing is written. One that can't be
        written keeps nobody from working.

        ``used`` is what elevations are known to have used. What was ever used is kept, also of a provider
        that is deleted: the database that knows of nothing open may be an older copy. ``lost`` are those of
        ``providers`` that the database lacks: what they used counts for each.
        """
        # The demo has nothing to end once its own file is gone.
        real = [provider for provider in providers if not provider.is_demo]
        self._keep_used(real, used or {}, lost)
        for file in self.files:
            try:
                self._ask(file, lambda file=file: self._keep(file, real))  # type: ignore[misc]
            except OSError as error:
                _LOG.info("The copy of the settings in %s could not be written: %s", file, error)

    def _ask(self, file: Path, question: Callable[[], _T]) -> _T:
        """Its answer; :class:`OSError` where the disk of ``file`` gives none."""
        try:
            return self._patience[file].ask(question)
        except Unanswered:
            raise TimeoutError(errno.ETIMEDOUT, "its disk does not answer", str(file)) from None

    def _keep(self, file: Path, providers: Sequence[DomainProvider]) -> None:
        if not providers:
            file.unlink(missing_ok=True)
            return
        if file.is_file() and file.read_bytes() == settings_text(providers).encode():
            return
        if file == self._outside:
            file.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        write_settings_file(file, providers)

    def _keep_used(
        self,
        providers: Sequence[DomainProvider],
        used: Mapping[ProviderId, Used],
        lost: Collection[ProviderId],
    ) -> None:
        known = self._read_used()
        ids = {provider.id for provider in providers}.difference(lost)
        gone = together(*(one for key, one in known.items() if key not in ids))
        merged = {NOBODYS: gone} if gone != Used() else {}
        for provider in providers:
            jit = provider.jit
            location = (jit.location.guid,) if jit.location is not None else ()
            before = (known.get(provider.id, Used()), used.get(provider.id, Used()))
            merged[provider.id] = together(*before, Used(location, jit.offered))
        for file in self.used_files:
            try:
                self._ask(file, lambda file=file: self._write_used(file, merged))  # type: ignore[misc]
            except OSError as error:
                _LOG.info("What was used could not be written to %s: %s", file, error)

    def _write_used(self, file: Path, merged: Mapping[ProviderId, Used]) -> None:
        if not merged and not file.exists():
            return
        if file == self._used_outside:
            file.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        write_used_file(file, merged)

    def _read_used(self) -> dict[ProviderId, Used]:
        """What any of the files says, or has said last where its disk does not answer: one of them may be
        damaged, or older."""
        known: dict[ProviderId, Used] = {}
        for file in reversed(self.used_files):
            with suppress(OSError):
                self._last_used[file] = self._ask(file, lambda file=file: read_used_file(file))  # type: ignore[misc]
            for key, one in self._last_used.get(file, {}).items():
                known[key] = together(known.get(key, Used()), one)
        return known

    def used(self, provider_id: ProviderId) -> Used:
        """What the settings of a provider ever named, and its elevations used, as far as it is known. What
        those used that are in no settings any more counts for each: after a loss the same domain may have
        been set up anew."""
        known = self._read_used()
        return together(known.get(NOBODYS, Used()), known.get(provider_id, Used()))

    def read(self) -> Sequence[DomainProvider]:
        """The settings by all copies that can be read, the first one first: the other one may name providers
        that an older one, which came back with an older data folder, lacks. Empty where none can be read."""
        found: dict[ProviderId, DomainProvider] = {}
        for file in self.files:
            try:
                read = self._ask(file, lambda file=file: _read(file))  # type: ignore[misc]
            except (JitError, ValueError, OSError) as error:
                _LOG.info("The copy of the settings can't be used: %s", error)
            else:
                found = {**{provider.id: provider for provider in read}, **found}
        return list(found.values())


def _read(file: Path) -> list[DomainProvider]:
    if not file.is_file():
        return []  # nobody writes into a pipe in its place: it would be waited for, for ever
    return [as_it_was(draft) for draft in read_settings_file(file)]
