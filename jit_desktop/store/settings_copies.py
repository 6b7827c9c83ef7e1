# SPDX-License-Identifier: MIT
"""Plain copies of the settings, for the day on which the database can't be read: with them a sweep still
finds the domain and, by the records there, what has to be ended. They hold no secret.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from jit_desktop.elevation.draft import as_it_was
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store.settings_file import read_settings_file, settings_text, write_settings_file

_LOG = logging.getLogger(__name__)

COPY_NAME = "providers.json"
_OWNER_ONLY_FOLDER = 0o700


class SettingsCopies:
    """One copy beside the database, and one outside of the data folder for when that is gone altogether."""

    def __init__(self, data_dir: Path, outside: Path | None) -> None:
        """``outside`` is the folder of all such copies of this user; ``None``: there is none."""
        key = hashlib.sha256(os.fsencode(os.path.normcase(data_dir.absolute()))).hexdigest()[:32]
        self._beside = data_dir / COPY_NAME
        self._outside = outside / f"{key}.json" if outside is not None else None

    @property
    def files(self) -> tuple[Path, ...]:
        """Where they are, the one beside the database first."""
        return (self._beside, self._outside) if self._outside is not None else (self._beside,)

    def keep(self, providers: Sequence[DomainProvider]) -> None:
        """Have both say what the settings are; without any change nothing is written. One that can't be
        written keeps nobody from working."""
        # The demo has nothing to end once its own file is gone.
        real = [provider for provider in providers if not provider.is_demo]
        for file in self.files:
            try:
                self._keep(file, real)
            except OSError as error:
                _LOG.info("The copy of the settings in %s could not be written: %s", file, error)

    def _keep(self, file: Path, providers: Sequence[DomainProvider]) -> None:
        if not providers:
            file.unlink(missing_ok=True)
            return
        if file.is_file() and file.read_bytes() == settings_text(providers).encode():
            return
        if file == self._outside:
            file.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        write_settings_file(file, providers)

    def read(self) -> Sequence[DomainProvider]:
        """The settings by all copies that can be read, the first one first: the other one may name providers
        that an older one, which came back with an older data folder, lacks. Empty where none can be read."""
        found: dict[ProviderId, DomainProvider] = {}
        for file in self.files:
            try:
                if not file.is_file():
                    continue  # nobody writes into a pipe in its place: it would be waited for, for ever
                read = [as_it_was(draft) for draft in read_settings_file(file)]
            except (JitError, ValueError, OSError) as error:
                _LOG.info("The copy of the settings can't be used: %s", error)
            else:
                found = {**{provider.id: provider for provider in read}, **found}
        return list(found.values())
