# SPDX-License-Identifier: MIT
"""Safeguards against a domain controller that answers each question and does not do the writes of an end."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_TESTS = ("tests/unit/elevation/test_does_no_write.py",)

WRITES = (
    Plant(
        "a first write that the main domain controller did not do is done at no other one",
        _HERE + "sweeping.py",
        "        self._end.take_rights_elsewhere(owed, self._controllers)\n",
        "",
        _TESTS,
    ),
    Plant(
        "what is due is left to the replication of one that is being restored",
        _HERE + "sweeping.py",
        "        self._owed += failed if self._directory.info.synchronized else due\n",
        "        self._owed += failed\n",
        _TESTS,
    ),
    Plant(
        "an end that the main domain controller did not do is left to its replication",
        _HERE + "ending.py",
        "            self._remove_wherever_shown(elevation, controllers)\n            return self.failed(",
        "            return self.failed(",
        _TESTS,
    ),
    Plant(
        "a pass that was lost begins again where it was lost",
        _HERE + "service.py",
        "                    provider, preferred, within_seconds=PASS_SECONDS, lost_at=lost_at\n",
        "                    provider, preferred, within_seconds=PASS_SECONDS\n",
        _TESTS,
    ),
    Plant(
        "a check-in that was lost begins again where it was lost",
        _HERE + "service.py",
        "provider, started.domain_controller, within_seconds=PASS_SECONDS, lost_at=lost_at\n",
        "provider, started.domain_controller, within_seconds=PASS_SECONDS\n",
        _TESTS,
    ),
    Plant(
        "a pass that was lost begins again at a settings' server that may lead there",
        _HERE + "reaching.py",
        "        if settings not in map(_key, self._known(provider.id)):\n            again.add(settings)\n",
        "",
        _TESTS,
    ),
    Plant(
        "a pass that was lost waits for those that were dead a moment ago",
        _HERE + "reaching.py",
        'name in again or self._unreachable.get((provider.id, name), (0.0, ""))[0] > now\n',
        "name in again or now < 0\n",
        _TESTS,
    ),
    Plant(
        "a pass that was lost waits for a dead one as if it were the first",
        _HERE + "reaching.py",
        "at_most = OTHERS_SECONDS if attempt.lost_at else MAIN_SECONDS\n",
        "at_most = MAIN_SECONDS\n",
        _TESTS,
    ),
    Plant(
        "what one that was cut for a moment gives waits for replication",
        _HERE + "ending.py",
        "        for elevation in elevations if controllers.lost_before else ():\n",
        "        for elevation in ():\n",
        _TESTS,
    ),
    Plant(
        "one write that a busy domain controller does not do keeps the others back",
        _HERE + "ending.py",
        "        if is_lost(directory, error):\n            raise error\n",
        "        if isinstance(error, DirectoryUnavailable):\n            raise error\n",
        _TESTS,
    ),
    Plant(
        "a busy domain controller is taken to know what it says that of",
        _HERE + "ending.py",
        "self.has_refused or not isinstance(error, DirectoryUnavailable)\n",
        "True\n",
        _TESTS,
    ),
    Plant(
        "where a write was lost nothing is asked any more",
        _HERE + "ending.py",
        "                controllers.let_go(host)\n",
        "",
        _TESTS,
    ),
    Plant(
        "one that does no write keeps an end open of which it shows nothing",
        _HERE + "ending.py",
        "            if truth.is_over and not truth.group_there and directory.info.synchronized:\n",
        "            if truth.is_over and False:\n",
        _TESTS,
    ),
)
