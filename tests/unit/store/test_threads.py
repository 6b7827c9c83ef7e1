# SPDX-License-Identifier: MIT
"""The store is called from several threads and by several copies of the program at the same time."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jit_desktop.elevation.errors import AccountCheckedOut, ConcurrentChange
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import Step, StepReport, StepStatus
from jit_desktop.store import SqliteStore
from tests.unit.store.values import NOW, advance, begin, elevation

_THREADS = 8


def _at_once(work: Callable[[int], object]) -> list[object]:
    """What ``work`` gave in each of several threads that start together."""
    barrier = threading.Barrier(_THREADS)

    def started_together(number: int) -> object:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(started_together, range(_THREADS)))


def test_that_every_thread_may_write_and_read(store: SqliteStore) -> None:
    new = begin(store)

    def work(number: int) -> int:
        for i in range(10):
            store.add_step(StepReport(new.id, NOW, Step.NEST_GROUP, StepStatus.DONE, f"{number}-{i}"))
            store.elevation(new.id)
            store.audit()
        return number

    _at_once(work)
    messages = [report.message for report in store.steps(new.id)]
    assert sorted(messages) == sorted(f"{n}-{i}" for n in range(_THREADS) for i in range(10))


def test_that_of_many_who_check_out_one_account_one_gets_it(store: SqliteStore) -> None:
    def work(number: int) -> bool:
        try:
            begin(store, 200 + number)
        except AccountCheckedOut:
            return False
        return True

    assert sum(map(bool, _at_once(work))) == 1
    assert len(store.open_elevations()) == 1
    assert store.verify_audit() == []


def test_that_of_many_who_move_one_elevation_one_succeeds(store: SqliteStore) -> None:
    seen = begin(store)

    def work(number: int) -> bool:
        try:
            advance(store, seen, Event.GRANTED)
        except ConcurrentChange:
            return False
        return True

    assert sum(map(bool, _at_once(work))) == 1
    assert len(store.transitions(seen.id)) == 2


def test_that_no_connection_is_left_with_a_thread(store: SqliteStore) -> None:
    # A connection that is left is reported as a ResourceWarning, which is an error in these tests.
    thread = threading.Thread(target=lambda: begin(store))
    thread.start()
    thread.join()
    assert len(store.open_elevations()) == 1


def test_that_two_stores_in_one_process_do_not_mix(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "a") as one, SqliteStore(tmp_path / "b") as other:
        begin(one)
        assert list(other.open_elevations()) == []
        begin(other)
        assert len(one.audit()) == len(other.audit()) == 1


_COPY = """
import sys
from pathlib import Path
from jit_desktop.elevation.errors import AccountCheckedOut
from jit_desktop.store import SqliteStore
from tests.unit.store.values import NOW, ACTOR, begin
with SqliteStore(Path(sys.argv[1]), busy_seconds=60) as store:
    for i in range(5):
        store.add_audit(at=NOW, actor=ACTOR, action="hello", subject=sys.argv[2], detail={"i": i})
    try:
        begin(store, 300 + int(sys.argv[2]))
    except AccountCheckedOut:
        sys.exit(7)
"""


def test_that_copies_started_at_once_on_a_new_folder_agree(tmp_path: Path) -> None:
    copies = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _COPY, str(tmp_path), str(number)],
            cwd=Path(__file__).parents[3],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    outcomes = [(copy.communicate(timeout=90)[1], copy.returncode) for copy in copies]
    assert sorted(code for _, code in outcomes) == [0, 7, 7, 7], outcomes
    with SqliteStore(tmp_path) as store:
        assert len(store.audit()) == 21
        assert store.verify_audit() == []
        assert len(store.open_elevations()) == 1


def test_that_what_was_stored_is_there_after_the_process_was_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from jit_desktop.store import SqliteStore;"
        "from tests.unit.store.values import begin; store = SqliteStore(Path(sys.argv[1])); begin(store);"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    )  # Windows has only the latter, and kills for it too
    killed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[3], check=False, timeout=60
    )
    assert killed.returncode not in (0, 1)  # 1 would be a fault of the code above
    with SqliteStore(tmp_path) as store:
        assert [e.id for e in store.open_elevations()] == [elevation().id]
        assert store.verify_audit() == []
