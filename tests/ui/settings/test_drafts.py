# SPDX-License-Identifier: MIT
"""The drafts know what Save has to do, and after a Save that stopped half-way what is left of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation.errors import StoreFull
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, DomainProvider, SignIn
from jit_desktop.ui.settings import edits
from jit_desktop.ui.settings.drafts import Drafts, ProviderDraft, SaveResult, save
from tests.ui.main_window.world import START, Passwords, World

FIRST = demo_provider()
SECOND = edits.duplicate(FIRST, "Second")


@pytest.fixture
def drafts(qapp: QApplication) -> Drafts:
    drafts = Drafts()
    drafts.load([FIRST, SECOND])
    return drafts


def rename(drafts: Drafts, provider: DomainProvider, name: str) -> None:
    drafts.update(replace(drafts[provider.id], provider=replace(provider, name=name)))


def test_that_only_what_was_edited_is_saved(drafts: Drafts) -> None:
    assert not drafts.is_changed
    rename(drafts, SECOND, "Renamed")
    assert [draft.provider.name for draft in drafts.changed] == ["Renamed"]
    rename(drafts, SECOND, SECOND.name)
    assert not drafts.is_changed


def test_that_after_a_save_that_stopped_the_rest_is_left_to_do(drafts: Drafts) -> None:
    rename(drafts, FIRST, "One")
    rename(drafts, SECOND, "Two")
    drafts.accept(SaveResult(saved=(drafts[FIRST.id].provider,), stopped_at=SECOND.id))
    assert [draft.provider.name for draft in drafts.changed] == ["Two"]


def test_that_a_removed_provider_is_left_to_remove_until_it_is_gone(drafts: Drafts) -> None:
    drafts.remove(FIRST.id)
    assert drafts.removed == (FIRST.id,)
    drafts.accept(SaveResult(removed=(FIRST.id,)))
    assert not drafts.is_changed


def test_that_a_new_provider_that_is_removed_leaves_nothing_to_do(drafts: Drafts) -> None:
    new = edits.new_provider("New")
    drafts.add(new)
    assert drafts.is_changed
    drafts.remove(new.id)
    assert not drafts.is_changed


def test_that_a_removed_demo_provider_can_be_added_again(drafts: Drafts) -> None:
    drafts.remove(FIRST.id)
    drafts.add(FIRST)
    assert drafts.removed == ()
    assert not drafts.is_changed


def test_that_save_stops_at_what_fails_and_says_how_far_it_came(
    bare_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = bare_world.store
    really_save = store.save_provider

    def save_one(provider: DomainProvider, **more: object) -> None:
        if provider.id == SECOND.id:
            raise StoreFull("The disk is full.")
        really_save(provider, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "save_provider", save_one)
    wanted = [ProviderDraft(provider=FIRST), ProviderDraft(provider=SECOND)]
    result = save(store, Passwords(), wanted, [], at=START, actor="me")
    assert result.saved == (FIRST,)
    assert result.stopped_at == SECOND.id
    assert isinstance(result.problem, StoreFull)


def test_that_a_password_is_forgotten_when_kerberos_signs_in(bare_world: World) -> None:
    secrets = Passwords()
    secrets.remember(FIRST.id, Secret("correct horse"), keep=True)
    connection = replace(FIRST.connection, method=ConnectionMethod.SEALED, sign_in=SignIn.KERBEROS)
    draft = ProviderDraft(provider=edits.with_connection(FIRST, connection), saved=FIRST)
    save(bare_world.store, secrets, [draft], [], at=START, actor="me")
    assert secrets.password(FIRST.id) is None


def test_that_the_password_of_another_server_is_forgotten_before_the_new_one_is_saved(
    bare_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Passwords()
    secrets.remember(FIRST.id, Secret("correct horse"), keep=True)
    store = bare_world.store
    really_save = store.save_provider
    at_saving: list[Secret | None] = []

    def save_one(provider: DomainProvider, **more: object) -> None:
        at_saving.append(secrets.password(FIRST.id))
        really_save(provider, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "save_provider", save_one)
    elsewhere = replace(FIRST.connection, server="dc9.other.test")
    draft = ProviderDraft(provider=edits.with_connection(FIRST, elsewhere), saved=FIRST)
    save(store, secrets, [draft], [], at=START, actor="me")
    assert at_saving == [None]
    assert secrets.password(FIRST.id) is None


def test_that_a_new_time_out_does_not_forget_the_password(bare_world: World) -> None:
    secrets = Passwords()
    secrets.remember(FIRST.id, Secret("correct horse"), keep=True)
    patient = replace(FIRST.connection, request_timeout_seconds=99)
    draft = ProviderDraft(provider=edits.with_connection(FIRST, patient), saved=FIRST)
    save(bare_world.store, secrets, [draft], [], at=START, actor="me")
    assert secrets.password(FIRST.id) is not None


def test_that_a_password_shows_in_no_repr_of_a_draft() -> None:
    draft = ProviderDraft(provider=FIRST, password=Secret("correct horse"))
    assert "correct horse" not in repr(draft)
