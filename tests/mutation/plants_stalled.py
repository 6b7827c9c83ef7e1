# SPDX-License-Identifier: MIT
"""Safeguards against a disk that does not answer."""

from __future__ import annotations

from tests.mutation.plant import Plant

_PATIENCE = "jit_desktop/elevation/patience.py"
_MEMORY = "jit_desktop/elevation/memory.py"
_OPENING = "jit_desktop/store/opening.py"
_COPIES = "jit_desktop/store/settings_copies.py"
_LOG = "jit_desktop/platform/logging_setup.py"
_ASKING = ("tests/unit/elevation/test_patience.py", "tests/unit/store/test_disk_that_does_not_answer.py")
_STORE = ("tests/unit/store/test_disk_that_does_not_answer.py",)
_FAULTS = ("tests/faults/test_disk_that_stalls.py",)
_COMMANDS = ("tests/unit/commands/test_stalled_disk.py",)
_LOST = ("tests/unit/commands/test_lost_database.py",)
_LOGGING = ("tests/unit/platform/test_logging_setup.py",)

STALLED = (
    Plant(
        "a disk that does not answer is waited for without a limit",
        _PATIENCE,
        "            asked.is_answered.wait(self._seconds if seconds is None else seconds)\n",
        "            asked.is_answered.wait()\n",
        _ASKING,
    ),
    Plant(
        "a disk that does not answer is waited for again by each question",
        _PATIENCE,
        "            if self._given_up:\n                raise Unanswered\n",
        "",
        _ASKING,
    ),
    Plant(
        "nobody is told what a disk did in the end",
        _PATIENCE,
        "        if is_late:\n            asked.tell_late()\n",
        "",
        _ASKING,
    ),
    Plant(
        "a disk is asked again before it was told what it did in the end",
        _PATIENCE,
        "            asked.is_over = True\n            is_late = asked.is_given_up\n",
        "            asked.is_over = True\n            is_late = asked.is_given_up\n"
        "            self._given_up -= is_late\n",
        _ASKING,
    ),
    Plant(
        "a move that the disk made in the end is made twice",
        _MEMORY,
        "            if waiting.moves and waiting.moves[0][1] is what:\n"
        "                del waiting.moves[0]\n            elif",
        "            if",
        _STORE,
    ),
    Plant(
        "what came after a move that the disk made in the end is dropped",
        _MEMORY,
        "            waiting.base = stored.revision\n"
        "            if not waiting.moves and waiting.lease == what",
        "            if not waiting.moves and waiting.lease == what",
        _STORE,
    ),
    Plant(
        "a lease that the disk renewed in the end is renewed twice",
        _MEMORY,
        "            if not waiting.moves and waiting.lease == what:\n                waiting.lease = None\n",
        "",
        _STORE,
    ),
    Plant(
        "steps that the disk took in the end are recorded twice",
        _MEMORY,
        "        self._ask(lambda store: store.add_steps(steps, wait=wait), written)\n",
        "        self._ask(lambda store: store.add_steps(steps, wait=wait))\n",
        _STORE,
    ),
    Plant(
        "an audit entry that the disk took in the end is recorded twice",
        _MEMORY,
        "            self._ask(write, written)\n",
        "            self._ask(write)\n",
        _STORE,
    ),
    Plant(
        "settings that the disk took in the end are not known",
        _MEMORY,
        "        self._ask(lambda store: store.save_provider(provider, at=at, actor=actor), saved)\n",
        "        self._ask(lambda store: store.save_provider(provider, at=at, actor=actor))\n",
        _STORE,
    ),
    Plant(
        "the end of the program waits for a disk that does not answer",
        _MEMORY,
        "        thread.join(seconds)\n",
        "        thread.join()\n",
        _STORE,
    ),
    Plant(
        "a better store is waited for without a limit",
        _MEMORY,
        "            better = self._patience.ask(self._reopen, late=self._take)\n",
        "            better = self._reopen()\n",
        _STORE,
    ),
    Plant(
        "the opening of the database is waited for without a limit",
        _OPENING,
        "        return (patience or Patience()).ask(\n"
        "            lambda: _opened(data_dir, copies), seconds=OPENING_SECONDS, late=late.append\n"
        "        )\n",
        "        return _opened(data_dir, copies)\n",
        _FAULTS,
    ),
    Plant(
        "a command that needs the database waits for its disk without a limit",
        _OPENING,
        "patience.ask(opened, seconds=OPENING_SECONDS, late=lambda late: late.store.close())\n",
        "opened()\n",
        _COMMANDS,
    ),
    Plant(
        "a database that was opened late is not used",
        _OPENING,
        "    for opened in late:\n",
        "    for opened in late[:0]:\n",
        _FAULTS,
    ),
    Plant(
        "a copy of the settings is waited for without a limit",
        _COPIES,
        "            return self._patience[file].ask(question)\n",
        "            return question()\n",
        _FAULTS,
    ),
    Plant(
        "the file of what could not be recorded is waited for without a limit",
        "jit_desktop/store/unrecorded_file.py",
        "            return self._patience.ask(question)\n",
        "            return question()\n",
        _FAULTS,
    ),
    Plant(
        "a disk that has to keep what could not be recorded is asked again by each look",
        "jit_desktop/app.py",
        "            self._keeping.ask(keep, seconds",
        "            Patience().ask(keep, seconds",
        _LOST,
    ),
    Plant(
        "a disk that has to keep what could not be recorded keeps a program from leaving",
        "jit_desktop/app.py",
        "            self._keeping.ask(keep, seconds=min(seconds, KEEPING_SECONDS))\n",
        "            keep()\n",
        _LOST,
    ),
    Plant(
        "a service that stops closes its database before it keeps what it could not record",
        "jit_desktop/app.py",
        "                app.keep_unrecorded(seconds)\n",
        "",
        _LOST,
    ),
    Plant(
        "what was used is forgotten while its file can't be read",
        _COPIES,
        "            with suppress(OSError):\n",
        "            self._last_used.pop(file, None)\n            with suppress(OSError):\n",
        _FAULTS,
    ),
    Plant(
        "a log is waited for at the start without a limit",
        "jit_desktop/app.py",
        "        handlers.append(disk.ask(started, seconds=_LOG_SECONDS, late=came_late))\n",
        "        handlers.append(started())\n",
        _COMMANDS,
    ),
    Plant(
        "whoever logs waits for the disk",
        _LOG,
        "        if self.file.writer is None:\n            self.file.handle(record)\n            return\n",
        "        self.file.handle(record)\n        return\n",
        _LOGGING,
    ),
    Plant(
        "the end of the program waits for the log",
        _LOG,
        "        self._thread.join(within_seconds)\n",
        "        self._thread.join()\n",
        _LOGGING,
    ),
    Plant(
        "the end of the interpreter waits for the log",
        _LOG,
        "        if self.writer in (None, threading.current_thread()):\n            super().close()\n",
        "        super().close()\n",
        _LOGGING,
    ),
    Plant(
        "a log that can't be written fills the memory",
        _LOG,
        "        super().__init__(queue.Queue(_MOST_WAITING))\n",
        "        super().__init__(queue.Queue())\n",
        _LOGGING,
    ),
    Plant(
        "a service closes its store without a limit",
        "jit_desktop/commands/serving.py",
        "            if not self._app.close_within(max(CLOSE_SECONDS, end - time.monotonic())):\n",
        "            if False:\n",
        _COMMANDS,
    ),
    Plant(
        "a command writes to a disk of which nobody knows whether it answers",
        "jit_desktop/app.py",
        "        if touches_apart:\n            touch_apart(data_dir / FILE_NAME)\n",
        "",
        _COMMANDS,
    ),
    Plant(
        "a program leaves in the common way although it waits for the disk",
        "jit_desktop/__main__.py",
        "    if is_anything_left_behind():\n",
        "    if False:\n",
        _COMMANDS,
    ),
)
