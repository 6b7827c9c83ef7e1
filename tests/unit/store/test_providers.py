# SPDX-License-Identifier: MIT
"""Providers are kept whole, and every change of settings is told in the audit trail."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from jit_desktop.elevation.errors import Refused, StoreDamaged, UnknownItem
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.store import SqliteStore
from tests.unit.store import values
from tests.unit.store.values import ACTOR, NOW, begin, ended, provider


@given(values.providers(), values.providers())
@settings(max_examples=40)
def test_that_any_provider_comes_back_as_it_was_saved(first: DomainProvider, second: DomainProvider) -> None:
    second = replace(second, id=first.id)
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder)) as store:
        store.save_provider(first, at=NOW, actor=ACTOR)
        assert store.provider(first.id) == first
        store.save_provider(second, at=NOW, actor=ACTOR)
        assert store.provider(first.id) == second
        assert list(store.providers()) == [second]
        assert store.verify_audit() == []


def test_that_providers_come_by_name(store: SqliteStore) -> None:
    for number, name in enumerate(("zeta", "Alpha", "beta")):
        store.save_provider(provider(name, number), at=NOW, actor=ACTOR)
    assert [p.name for p in store.providers()] == ["Alpha", "beta", "zeta"]


def test_that_an_unknown_provider_is_named_as_unknown(store: SqliteStore) -> None:
    with pytest.raises(UnknownItem):
        store.provider(ProviderId("nobody"))
    with pytest.raises(UnknownItem):
        store.delete_provider(ProviderId("nobody"), at=NOW, actor=ACTOR)


def test_that_a_provider_with_open_elevations_is_not_deleted(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    begin(store)
    with pytest.raises(Refused, match="_backupoperator15"):
        store.delete_provider(provider().id, at=NOW, actor=ACTOR)
    assert store.provider(provider().id) == provider()


def test_that_history_outlives_its_provider(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    done = ended(store, 200)
    store.delete_provider(provider().id, at=NOW, actor=ACTOR)
    assert list(store.providers()) == []
    assert list(store.history()) == [done]
    assert store.audit()[0].action == "provider.deleted"


def test_that_a_change_of_settings_is_audited_with_the_old_and_the_new_value(store: SqliteStore) -> None:
    old = provider()
    new = replace(old, jit=replace(old.jit, group_prefix="PAM", location=None))
    store.save_provider(old, at=NOW, actor=ACTOR)
    store.save_provider(new, at=NOW, actor=ACTOR)
    entry = store.audit()[0]
    assert (entry.action, entry.actor, entry.subject, entry.at) == ("provider.changed", ACTOR, "Corp", NOW)
    assert entry.detail["changes"] == {
        "jit.group_prefix": {"old": "RDM_JIT", "new": "PAM"},
        "jit.location": {"old": f"{values.LOCATION.dn} ({values.LOCATION.guid})", "new": None},
    }


def test_that_adding_a_privilege_tells_only_of_that_privilege(store: SqliteStore) -> None:
    old = provider()
    added = replace(old.jit.privileges[0], group=values.ref("Service Desk", 9), display_name="Desk")
    new = replace(old, jit=replace(old.jit, privileges=(added, *old.jit.privileges)))
    store.save_provider(old, at=NOW, actor=ACTOR)
    store.save_provider(new, at=NOW, actor=ACTOR)
    changes = store.audit()[0].detail["changes"]
    assert isinstance(changes, dict)
    assert set(changes) == {"jit.privileges", f"jit.privileges.{added.group.guid}"}


def test_that_saving_without_a_change_writes_nothing(store: SqliteStore) -> None:
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    store.save_provider(provider(), at=NOW, actor=ACTOR)
    assert len(store.audit()) == 1


@pytest.mark.parametrize("column", ["name", "id", "server"])
def test_that_a_provider_with_a_text_that_is_not_utf_8_keeps_no_other_one_back(
    store: SqliteStore, column: str
) -> None:
    other = replace(provider(), id=ProviderId("other"), name="other")
    for one in (provider(), other):
        store.save_provider(one, at=NOW, actor=ACTOR)
    with closing(sqlite3.connect(store.file)) as connection:
        no_text = "CAST(x'41ff' AS TEXT)"
        connection.execute(f"UPDATE provider SET {column} = {no_text} WHERE id = ?", (provider().id,))
        connection.commit()
    with pytest.raises(StoreDamaged):
        store.providers()
    assert list(store.readable_providers()) == [other]
