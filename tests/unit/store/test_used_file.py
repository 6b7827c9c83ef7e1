# SPDX-License-Identifier: MIT
"""The file that says what was ever used: read back as it was, bounded, and no news where it is damaged."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import Used
from jit_desktop.elevation.settings import DomainProvider, ProviderPrivilege
from jit_desktop.store import SettingsCopies
from jit_desktop.store.used_file import (
    MAXIMUM_BYTES,
    MOST_LOCATIONS,
    MOST_PROVIDERS,
    MOST_TARGETS,
    read_used_file,
    together,
    used_text,
    write_used_file,
)
from tests.unit.store.values import GROUP, LOCATION, guid, provider, ref

ONE, TWO = ProviderId(guid(1)), ProviderId(guid(2))


def test_that_what_is_written_is_read_back_and_only_changes_are_written(tmp_path: Path) -> None:
    file = tmp_path / "used.json"
    used = {ONE: Used((guid(10), guid(11)), (guid(20),)), TWO: Used()}
    write_used_file(file, used)
    assert read_used_file(file) == used
    before = file.stat().st_ino
    write_used_file(file, used)
    assert file.stat().st_ino == before
    write_used_file(file, {})
    assert read_used_file(file) == {}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 100,
        b"[" * 100_000,
        b"[]",
        b"{}",
        b'{"format": "jit-desktop-used", "version": 2, "providers": {}}',
        b'{"format": "jit-desktop-used", "version": 1}',
        b'{"format": "jit-desktop-used", "version": 1, "providers": []}',
        b'{"format": "jit-desktop-used", "version": 1, "providers": {}}' + b" " * MAXIMUM_BYTES,
    ],
)
def test_that_nothing_is_known_by_a_damaged_file(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "used.json"
    file.write_bytes(content)
    with caplog.at_level(logging.INFO):
        assert read_used_file(file) == {}
    assert [r.levelno for r in caplog.records] == [logging.INFO]


def test_that_a_file_that_is_not_there_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert read_used_file(tmp_path / "used.json") == {}
        assert not caplog.records
        assert read_used_file(tmp_path) == {}
    assert len(caplog.records) == 1


def test_that_of_a_file_in_part_damaged_the_rest_counts(tmp_path: Path) -> None:
    file = tmp_path / "used.json"
    parts = {
        ONE: {"locations": [guid(10).upper(), "OU=x", 7, None], "targets": "all"},
        TWO: ["nothing"],
        "another": {"locations": [guid(10)]},
        guid(3): {},
    }
    file.write_text(json.dumps({"format": "jit-desktop-used", "version": 1, "providers": parts}))
    assert read_used_file(file) == {ONE: Used((guid(10),)), ProviderId(guid(3)): Used()}


def test_that_what_is_too_much_goes_the_oldest_first(tmp_path: Path) -> None:
    many = tuple(guid(number) for number in range(1000))
    used = together(Used(many[:600], many[:600]), Used(many[:1]), Used(many[600:], many[600:]))
    assert used == Used(many[-MOST_LOCATIONS:], many[-MOST_TARGETS:])
    assert together(Used(many[:2]), Used(many[:1])) == Used((many[1], many[0]))
    file = tmp_path / "used.json"
    file.write_text(used_text({ProviderId(one): Used(many, many) for one in many[: MOST_PROVIDERS - 150]}))
    assert set(read_used_file(file).values()) == {used}
    file.write_text(used_text({ProviderId(one): Used(many[:1]) for one in many}))
    assert list(read_used_file(file)) == [ProviderId(one) for one in many[-MOST_PROVIDERS:]]


# --- beside the copies of the settings --------------------------------------------------------------------


def other() -> DomainProvider:
    """The provider with another location and another chosen group."""
    jit = replace(
        provider().jit, location=ref("New", 30), privileges=(ProviderPrivilege(ref("New Group", 31)),)
    )
    return replace(provider(), jit=jit)


def test_that_the_copies_remember_what_the_settings_had(tmp_path: Path) -> None:
    copies = SettingsCopies(tmp_path, tmp_path / "outside", computer="one")
    assert copies.used(provider().id) == Used()
    copies.keep([provider()])
    copies.keep([other()], {provider().id: Used((guid(40),), (guid(41),))})
    copies.keep([other()])
    used = copies.used(provider().id)
    assert used.locations == (LOCATION.guid, guid(40), guid(30))
    assert set(used.targets) == {*provider().jit.offered, GROUP.guid, guid(41), guid(31)}
    assert copies.used(ProviderId("another")) == Used()
    assert [file.read_bytes() for file in copies.used_files] == [copies.used_files[0].read_bytes()] * 2


def test_that_either_file_will_do_and_is_made_whole_again(tmp_path: Path) -> None:
    copies = SettingsCopies(tmp_path, tmp_path / "outside", computer="one")
    copies.keep([provider()])
    copies.keep([other()])
    beside, outside = copies.used_files
    used, content = copies.used(provider().id), beside.read_bytes()
    for file in (beside, outside):
        file.unlink()
        assert copies.used(provider().id) == used
        file.write_bytes(b"damaged")
        copies.keep([other()])
        assert file.read_bytes() == content


def test_that_what_a_provider_used_that_is_gone_counts_for_each_also_when_all_were_removed(
    tmp_path: Path,
) -> None:
    """The database in which it was deleted may have been an older copy, which knew of nothing open."""
    copies = SettingsCopies(tmp_path, None, computer="one")
    copies.keep([provider()])
    copies.keep([])
    assert copies.used(provider().id).locations == (LOCATION.guid,)
    anew = replace(other(), id=ProviderId(guid(9)))
    copies.keep([anew])
    assert copies.used(anew.id).locations == (LOCATION.guid, guid(30))


def test_that_without_settings_nothing_is_written(tmp_path: Path) -> None:
    copies = SettingsCopies(tmp_path, None, computer="one")
    copies.keep([])
    assert not any(file.exists() for file in (*copies.files, *copies.used_files))


def test_that_a_folder_that_can_not_be_written_keeps_nobody_from_working(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("a file")
    copies = SettingsCopies(tmp_path / "missing", tmp_path / "outside", computer="one")
    copies.keep([provider()])
    assert copies.used(provider().id) == Used()


def test_that_what_a_lost_provider_used_counts_for_each_that_was_set_up_since(tmp_path: Path) -> None:
    copies = SettingsCopies(tmp_path, None, computer="one")
    anew = replace(other(), id=ProviderId(guid(9)))
    copies.keep([provider()])
    copies.keep([anew, provider()])
    assert copies.used(anew.id).locations == (guid(30),)
    copies.keep([anew, provider()], lost=[provider().id])
    assert copies.used(anew.id).locations == (LOCATION.guid, guid(30))
    assert copies.used(provider().id).locations == (LOCATION.guid,)
