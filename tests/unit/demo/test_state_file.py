# SPDX-License-Identifier: MIT
"""The file by which separate programs see one demo domain."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from jit_desktop.directory.demo import DemoConnector, DemoConsole, demo_factory, demo_provider
from jit_desktop.directory.demo.file_lock import file_lock
from jit_desktop.directory.demo.state import FileStorage
from jit_desktop.elevation.errors import DirectoryUnavailable
from tests.unit.demo.helpers import ACCOUNT, ADMINS, INTERNAL, new_group
from tests.unit.elevation.helpers import ManualClock

_CREATE = """
import sys
from pathlib import Path
from jit_desktop.directory.demo import demo_factory, demo_provider
from tests.unit.demo.helpers import new_group
from tests.unit.elevation.helpers import ManualClock
connector = demo_factory(Path(sys.argv[1]), ManualClock(), latency_seconds=0)
directory = connector.connect(demo_provider().connection)
for number in range(int(sys.argv[3])):
    directory.create_group(new_group(f"RDM_JIT_{sys.argv[2]}_{number}"))
"""


def _open(path: Path, clock: ManualClock | None = None) -> DemoConnector:
    return demo_factory(path, clock or ManualClock(), latency_seconds=0)


def _create_elsewhere(path: Path, word: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _CREATE, str(path), word, str(count)])


def test_that_a_change_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    clock = ManualClock()
    first = _open(path, clock).connect(demo_provider().connection)
    made = first.create_group(new_group())
    first.add_member(ADMINS, made.dn)
    for seconds in (0, 3600):
        clock.advance(seconds)
        second = _open(path, clock).connect(demo_provider().connection)
        assert second.temporary_group(made.guid) == first.temporary_group(made.guid)
        assert made.dn in second.members(ADMINS)


def test_that_another_process_s_change_shows_at_once(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    directory = _open(path).connect(demo_provider().connection)
    assert not directory.temporary_groups(INTERNAL, "")
    assert _create_elsewhere(path, "a", 1).wait() == 0
    assert [group.name for group in directory.temporary_groups(INTERNAL, "")] == ["RDM_JIT_a_0"]


def test_that_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    processes = [_create_elsewhere(path, word, 20) for word in ("a", "b")]
    directory = _open(path).connect(demo_provider().connection)
    for number in range(20):
        directory.create_group(new_group(f"RDM_JIT_c_{number}"))
    assert [process.wait() for process in processes] == [0, 0]
    found = directory.temporary_groups(INTERNAL, "")
    assert len(found) == 60
    assert len({directory.read(group.guid).sid for group in found}) == 60


def test_that_threads_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    connector = _open(tmp_path / "demo-domain.json")
    errors: list[BaseException] = []

    def work(word: str) -> None:
        try:
            with connector.connect(demo_provider().connection) as directory:
                for number in range(10):
                    directory.create_group(new_group(f"RDM_JIT_{word}_{number}"))
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(word,)) for word in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    directory = connector.connect(demo_provider().connection)
    assert len(directory.temporary_groups(INTERNAL, "")) == 40


def test_that_only_what_differs_from_the_example_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    clock = ManualClock()
    directory = _open(path, clock).connect(demo_provider().connection)
    for number in range(50):
        made = directory.create_group(new_group(f"RDM_JIT_{number}"))
        directory.add_member(ADMINS, made.dn)
        clock.advance(60)
        directory.delete_group(made.guid)
        clock.advance(60)
    directory.create_group(new_group())
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["settled"] == {}
    assert len(path.read_bytes()) < 10_000


def test_that_a_changed_object_of_the_example_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    clock = ManualClock()
    console = DemoConsole(_open(path, clock).domain)
    renamed = console.rename(ADMINS, "Nené, + 京都")
    clock.advance(60)
    console.delete(ACCOUNT)
    clock.advance(60)
    console.create_ou("New", INTERNAL)
    again = DemoConsole(_open(path, clock).domain)
    assert again.exists(renamed)
    assert not again.exists(ADMINS)
    assert not again.exists(ACCOUNT)
    assert len(json.loads(path.read_text(encoding="utf-8"))["settled"]) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permission bits")
def test_that_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    _open(path).connect(demo_provider().connection).create_group(new_group())
    assert path.stat().st_mode & 0o077 == 0


def test_that_the_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "demo-domain.json"
    _open(path).connect(demo_provider().connection).create_group(new_group())
    assert path.exists()


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '"text"', "{}", '{"format": 1, "content": 1}', "\udcff\udcfe"],
    ids=["cut off", "a list", "a text", "empty object", "incomplete", "not utf-8"],
)
def test_that_a_damaged_file_is_refused_in_words_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "demo-domain.json"
    path.write_bytes(content.encode("utf-8", errors="surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(DirectoryUnavailable) as raised:
        _open(path).connect(demo_provider().connection)
    assert str(path) in raised.value.remedy
    assert path.read_bytes() == before


def test_that_a_file_over_other_content_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    _open(path).connect(demo_provider().connection).create_group(new_group())
    document = json.loads(path.read_text(encoding="utf-8"))
    document["content"] += 1
    path.write_text(json.dumps(document), encoding="utf-8")
    assert not _open(path).connect(demo_provider().connection).temporary_groups(INTERNAL, "")


def test_that_a_path_that_can_not_be_used_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(DirectoryUnavailable, match="demo domain"):
        _open(tmp_path / "file" / "demo-domain.json").connect(demo_provider().connection)


def test_that_a_refused_write_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "demo-domain.json"
    directory = _open(path).connect(demo_provider().connection)
    directory.create_group(new_group())
    before = path.read_bytes()
    with pytest.raises(Exception, match="already"):
        directory.create_group(new_group())
    assert path.read_bytes() == before


def test_that_a_lock_that_another_holds_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        file_lock(path),
        pytest.raises(TimeoutError, match="another program"),
        file_lock(path, patience_seconds=0.02),
    ):
        pass
    with file_lock(path, patience_seconds=0):
        pass


def test_that_a_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import os, sys; from pathlib import Path\n"
        "from jit_desktop.directory.demo.file_lock import file_lock\n"
        "with file_lock(Path(sys.argv[1])): os._exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 7
    with file_lock(path, patience_seconds=0):
        pass


def test_that_one_request_reads_the_file_a_few_times_however_many_objects_it_asks_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = _open(tmp_path / "demo-domain.json").connect(demo_provider().connection)
    made = directory.create_group(new_group())
    directory.add_member(ADMINS, made.dn)
    target = directory.read(ADMINS).guid
    reads = 0
    load = FileStorage.load

    def counted(storage: FileStorage) -> object:
        nonlocal reads
        reads += 1
        return load(storage)

    monkeypatch.setattr(FileStorage, "load", counted)
    requests: tuple[Callable[[], object], ...] = (
        lambda: directory.groups_of(ACCOUNT, nested=True),
        lambda: directory.groups_in(ADMINS),
        lambda: directory.temporary_groups(INTERNAL, ""),
        lambda: directory.token_groups(ACCOUNT),
        lambda: directory.rights(INTERNAL, [target]),
        lambda: directory.members(ADMINS),
    )
    for request in requests:
        reads = 0
        request()
        assert reads <= 3
