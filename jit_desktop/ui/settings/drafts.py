# SPDX-License-Identifier: MIT
"""The providers as they are being edited: what was saved, what it is to become, and what Save has to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ObjectGuid, ProviderId
from jit_desktop.elevation.ports import DirectoryEntry, Secrets, Store
from jit_desktop.elevation.rules import provider_problems
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider, SignIn
from jit_desktop.ui.settings.edits import with_present_places


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """One provider in the making. ``password`` is what was typed and not saved yet."""

    provider: DomainProvider
    saved: DomainProvider | None = None
    """As it is in the store; None for a new one."""
    password: Secret | None = None
    keep_password: bool = True

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return self.provider != self.saved or self.password is not None

    @property
    def keeps_password(self) -> bool:
        """Whether the password that is kept may still be used: not for another server, account or trust."""
        return self.saved is None or self.provider.connection.has_target_of(self.saved.connection)

    @property
    def problems(self) -> dict[str, str]:
        """What keeps it from being saved: field name to sentence."""
        return provider_problems(self.provider)


@dataclass(frozen=True, slots=True)
class SaveResult:
    """How far Save came: what is in the store now, what left it, and what stopped it."""

    saved: tuple[DomainProvider, ...] = ()
    removed: tuple[ProviderId, ...] = ()
    problem: JitError | None = None
    stopped_at: ProviderId | None = None


class Drafts(QObject):
    """All providers of the settings dialog in the order of the list."""

    list_changed = Signal()
    """A draft came, went, or has another name or mark."""
    draft_changed = Signal(str)
    """The id of the provider of which anything was edited."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._drafts: dict[ProviderId, ProviderDraft] = {}
        self._removed: dict[ProviderId, DomainProvider] = {}

    @property
    def ids(self) -> tuple[ProviderId, ...]:
        """The providers of the list, in its order."""
        return tuple(self._drafts)

    @property
    def changed(self) -> tuple[ProviderDraft, ...]:
        """Those that Save has to write."""
        return tuple(draft for draft in self._drafts.values() if draft.is_changed)

    @property
    def removed(self) -> tuple[ProviderId, ...]:
        """Those that Save has to remove."""
        return tuple(self._removed)

    @property
    def is_changed(self) -> bool:
        """Whether Save has anything to do."""
        return bool(self.changed or self._removed)

    def __getitem__(self, provider_id: ProviderId) -> ProviderDraft:
        return self._drafts[provider_id]

    def __contains__(self, provider_id: object) -> bool:
        return provider_id in self._drafts

    def load(self, providers: Iterable[DomainProvider]) -> None:
        """Start with what the store holds; edits made before are forgotten."""
        self._drafts = {p.id: ProviderDraft(provider=p, saved=p) for p in providers}
        self._removed = {}
        self.list_changed.emit()

    def add(self, provider: DomainProvider) -> None:
        """One more, not saved yet; one that was removed meanwhile comes back as it is given."""
        saved = self._removed.pop(provider.id, None)
        self._drafts[provider.id] = ProviderDraft(provider=provider, saved=saved)
        self.list_changed.emit()

    def remove(self, provider_id: ProviderId) -> None:
        """Take it off the list; the store loses it when Save runs."""
        draft = self._drafts.pop(provider_id)
        if draft.saved is not None:
            self._removed[provider_id] = draft.saved
        self.list_changed.emit()

    def update(self, draft: ProviderDraft) -> None:
        """What a provider (and its password) is to become."""
        before = self._drafts[draft.provider.id]
        if draft == before:
            return
        self._drafts[draft.provider.id] = draft
        self.draft_changed.emit(draft.provider.id)
        if before.provider.name != draft.provider.name or before.is_changed != draft.is_changed:
            self.list_changed.emit()

    def refresh(self, provider_id: ProviderId, found: Mapping[ObjectGuid, DirectoryEntry]) -> None:
        """Take over new names and places of what the settings point at.

        That is no edit of the user: Save takes it along, but nobody is asked about it.
        """
        draft = self._drafts[provider_id]
        saved = None if draft.saved is None else with_present_places(draft.saved, found)
        self.update(replace(draft, provider=with_present_places(draft.provider, found), saved=saved))

    def accept(self, result: SaveResult) -> None:
        """Note what is in the store now, so that a second Save does the rest only."""
        for provider in result.saved:
            self._drafts[provider.id] = ProviderDraft(provider=provider, saved=provider)
        for provider_id in result.removed:
            self._removed.pop(provider_id, None)
        self.list_changed.emit()


def save(
    store: Store,
    secrets: Secrets,
    drafts: Iterable[ProviderDraft],
    removed: Iterable[ProviderId],
    *,
    at: datetime,
    actor: str,
) -> SaveResult:
    """Write everything in the worker's thread; stops at the first that fails and says how far it came."""
    done: list[DomainProvider] = []
    gone: list[ProviderId] = []
    current: ProviderId | None = None
    try:
        for draft in drafts:
            current = draft.provider.id
            if not draft.keeps_password:
                # Before the store names the new server: a tick might send it there.
                secrets.forget(current)
            if draft.provider != draft.saved:
                store.save_provider(draft.provider, at=at, actor=actor)
            if draft.provider.connection.sign_in is SignIn.KERBEROS:
                secrets.forget(current)
            elif draft.password is not None:
                secrets.remember(current, draft.password, keep=draft.keep_password)
            done.append(draft.provider)
        for current in removed:
            store.delete_provider(current, at=at, actor=actor)
            secrets.forget(current)
            gone.append(current)
    except JitError as problem:
        return SaveResult(tuple(done), tuple(gone), problem, current)
    return SaveResult(tuple(done), tuple(gone))
