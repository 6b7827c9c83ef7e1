# SPDX-License-Identifier: MIT
"""Safeguards of what is left over of an elevation, and of what another domain controller keeps to itself."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_LEFT = (f"{_UNIT}/test_left_over.py",)
_LENT = (f"{_UNIT}/test_lent_elsewhere.py",)

LEFT = (
    Plant(
        "what another domain controller shows that the account has is not looked at",
        _HERE + "rivals.py",
        "            if not self._controllers.is_main(host):\n                self._note_held(",
        "            if False:\n                self._note_held(",
        _LENT,
        ("attacks",),
    ),
    Plant(
        "one that does not show what the account is in is not told",
        _HERE + "rivals.py",
        "        if not any(tokens.holds(account, sid) for sid in held):\n",
        "        if False:\n",
        _LENT,
    ),
    Plant(
        "a grant that has arrived at another domain controller is another one",
        _HERE + "rivals.py",
        " for guid, name in already.items() if not _is_in(own.guid, guid, directory)\n",
        " for guid, name in already.items()\n",
        _LENT,
    ),
    Plant(
        "what was nested between two answers is a way that can't be seen",
        _HERE + "rivals.py",
        "            if refusal is not None and (is_unseen or poll == POLLS):\n",
        "            if refusal is not None:\n",
        _LENT,
    ),
    Plant(
        "a chosen group that is answered with an error at another domain controller explains what is there",
        _HERE + "rivals.py",
        "                return _by_unseen_ways(elevation, already.values(), host)\n",
        "                continue\n",
        _LENT,
    ),
    Plant(
        "what a suspect group gives at another domain controller is for good",
        _HERE + "rivals.py",
        "                doubtful = [other for other in others if other is not None]\n",
        "                doubtful = [other for other in others if other is None]\n",
        _LENT,
    ),
    Plant(
        "one that answers no more while it is asked by which way keeps a checkout",
        _HERE + "rivals.py",
        "            except DirectoryUnavailable as error:\n                self._tell_unasked(",
        "            except Cancelled as error:\n                self._tell_unasked(",
        _LENT,
    ),
    Plant(
        "what is left over is looked at by the main domain controller alone",
        _HERE + "confirming.py",
        "        others = [host for host in asked if not self._controllers.is_main(host)]\n",
        "        others = list[str]()\n",
        _LEFT,
        ("attacks",),
    ),
    Plant(
        "the tokens of the main domain controller alone tell that something gives again",
        _HERE + "left_over.py",
        "    for host in controllers.hosts() if left else ():\n",
        "    for host in controllers.hosts()[:1] if left else ():\n",
        _LEFT,
        ("attacks",),
    ),
    Plant(
        "what one domain controller shows of what is left over speaks for another one",
        _HERE + "adopting.py",
        "        return host.casefold() in map(str.casefold, hosts)\n",
        "        return bool(hosts)\n",
        _LEFT,
        ("attacks",),
    ),
    Plant(
        "what is left over waits for its pause where the account is not shown",
        _HERE + "left_over.py",
        "        return held is None or any(",
        "        return held is not None and any(",
        _LEFT,
        ("attacks",),
    ),
    Plant(
        "what does not show that it gives nothing is no alarm",
        _HERE + "confirming.py",
        "        if truth.is_over:\n            if self._was_alarm(elevation, host):\n"
        '                self._say(elevation, StepStatus.DONE, f"{host} shows again',
        "        if not (truth.gives or any(t.is_unexplained for t in truth.targets)):\n"
        "            if self._was_alarm(elevation, host):\n"
        '                self._say(elevation, StepStatus.DONE, f"{host} shows again',
        _LEFT,
        ("attacks",),
    ),
    Plant(
        "what is answered with an error of what is left over is no alarm",
        _HERE + "confirming.py",
        '                return ControllerTruth(host, unproven=(f"{host} does not show all of it: ',
        '                return ControllerTruth(host, differences=(f"{host} does not show all of it: ',
        _LEFT,
    ),
    Plant(
        "what gives again at another domain controller is not taken back there",
        _HERE + "confirming.py",
        "        if truth.is_over or self._controllers.is_main(host) or not self._controllers.is_writable(",
        "        if truth or not self._controllers.is_writable(",
        _LEFT,
    ),
    Plant(
        "what gave again when it was asked last is forgotten while it can't be asked",
        _HERE + "confirming.py",
        "            if self._was_alarm(elevation, host):\n"
        "                self.alarms.append(self._as_last_seen(elevation, host))\n            return True\n",
        "            return True\n",
        _LEFT,
    ),
    Plant(
        "what gave again at one that left the list is forgotten while that does not answer",
        _HERE + "confirming.py",
        "        asked = (*self._controllers.hosts(), *self._controllers.silent)\n",
        "        asked = self._controllers.hosts()\n",
        _LEFT,
    ),
    Plant(
        "an alarm of what is left over is never over",
        _HERE + "confirming.py",
        'self._say(elevation, StepStatus.DONE, f"{host} shows again that it gives nothing.", host)',
        "pass",
        _LEFT,
    ),
    Plant(
        "what was deleted at the main one is not left over although another one gives it",
        _HERE + "confirming.py",
        '        return "" if is_over and all(is_quiet) else elevation.leftover\n',
        '        return "" if is_over and is_quiet is not None else elevation.leftover\n',
        _LEFT,
    ),
    Plant(
        "a read-only one that has not heard of what was taken back is an alarm at once",
        _HERE + "confirming.py",
        "            if not self._is_alarm(elevation, truth):\n                return False\n",
        "",
        _LEFT,
    ),
    Plant(
        "all ends are asked about in each sweep where something is left over",
        _HERE + "service.py",
        "        if not is_time:  # these alone: the others are many\n",
        "        if False:\n",
        _LEFT,
    ),
    Plant(
        "an alarm of what is left over stays for a pause after it gives nothing",
        _HERE + "service.py",
        "        if not (is_time or found.doubtful or given):\n",
        "        if not (is_time or found.doubtful):\n",
        _LEFT,
    ),
    Plant(
        "that an account was proven to be deleted counts at the end alone",
        _HERE + "remaining.py",
        "            once = self._account_once_deleted\n",
        "            once = False\n",
        _LEFT,
    ),
    Plant(
        "what another elevation still gives where its end was not heard of is given by what is left over",
        _HERE + "confirming.py",
        "        others = AsShown(self._store, elevation.provider_id, self._clock.now())\n",
        "        others = Others(self._store, elevation.provider_id, self._clock.now())\n",
        _LEFT,
    ),
    Plant(
        "the token of an account is read for each thing that is left over of it",
        _HERE + "left_over.py",
        "        if account not in self._held:\n",
        "        if True:\n",
        _LEFT,
    ),
)
