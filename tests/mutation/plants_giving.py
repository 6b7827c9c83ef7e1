# SPDX-License-Identifier: MIT
"""Safeguards of what gives rights: the gate, the lease, other checkouts of the account, extensions."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_GATE = (f"{_UNIT}/test_gate.py", f"{_UNIT}/test_stopped_for_longer.py", _UNIT)
_LEASE = (f"{_UNIT}/test_lease.py", *_GATE)
_RIVALS = (f"{_UNIT}/test_rivals.py", _UNIT)
_PROLONGING = (
    f"{_UNIT}/test_prolonging.py",
    f"{_UNIT}/test_outliving.py",
    f"{_UNIT}/test_verdict.py",
    f"{_UNIT}/test_adopting.py",
    f"{_UNIT}/test_elsewhere.py",
    f"{_UNIT}/test_extending.py",
    _UNIT,
)

GIVING = (
    # --- the gate -----------------------------------------------------------------------------------------
    Plant(
        "the gate does not compare now with the deadline",
        _HERE + "gate.py",
        "        if self._clock.time_for(elevation) >= end:\n",
        "        if False:\n",
        _GATE,
        ("kill", "attacks"),
    ),
    Plant(
        "the gate does not look whether somebody has moved it",
        _HERE + "gate.py",
        "        self._journal.require_unmoved(elevation)\n",
        "",
        _GATE,
        ("copies", "attacks"),
    ),
    Plant(
        "the gate is not asked before the group is made",
        _HERE + "gate.py",
        "        self.require_open(elevation)\n        made = ",
        "        made = ",
        _GATE,
        ("attacks",),
    ),
    Plant(
        "the gate is not asked after the group was made",
        _HERE + "gate.py",
        "        self.require_time(elevation)\n        return made\n",
        "        return made\n",
        _GATE,
    ),
    Plant(
        "the gate is not asked before a membership is written",
        _HERE + "gate.py",
        "        self.require_open(elevation)\n        directory.add_member(",
        "        directory.add_member(",
        _GATE,
        ("attacks",),
    ),
    Plant(
        "the gate is not asked after a membership was written",
        _HERE + "gate.py",
        "lifetime_seconds=lifetime_seconds)\n        self.require_time(elevation)\n\n    def renew",
        "lifetime_seconds=lifetime_seconds)\n\n    def renew",
        _GATE,
        ("attacks",),
    ),
    Plant(
        "the gate is not asked before a membership is renewed",
        _HERE + "gate.py",
        "        self.require_open(elevation, until)\n        directory.renew_member(",
        "        directory.renew_member(",
        _GATE,
    ),
    Plant(
        "the gate is not asked before a later end is written",
        _HERE + "gate.py",
        "        self.require_open(elevation, until)\n        directory.write_record(",
        "        directory.write_record(",
        _GATE,
        ("attacks",),
    ),
    Plant(
        "a grant that ran out while it was recorded is told as granted",
        _HERE + "service.py",
        "                grant.require_time()\n",
        "",
        _GATE,
        ("attacks",),
    ),
    Plant(
        "other members of the temporary group are not noticed after a grant",
        _HERE + "granting.py",
        "        if shown.members != (plan.account.guid,):\n",
        "        if False:\n",
        (f"{_UNIT}/test_grant_proof.py", _UNIT),
        ("attacks",),
    ),
    # --- the lease ----------------------------------------------------------------------------------------
    Plant(
        "a lease is not renewed while a slow grant lives",
        _HERE + "lease.py",
        "        if until is None or until - now > timedelta(seconds=GRANT_LEASE_SECONDS / 2):\n",
        "        if True:\n",
        _LEASE,
        ("copies", "attacks"),
    ),
    Plant(
        "a lease that others took over is renewed all the same",
        _HERE + "lease.py",
        "            self._journal.require_unmoved(self.elevation)\n            raise\n",
        "            pass\n",
        _LEASE,
        ("copies",),
    ),
    Plant(
        "a grant goes on although its lease could not be renewed and is over",
        _HERE + "lease.py",
        "            if now >= until:\n                raise\n",
        "",
        _LEASE,
    ),
    Plant(
        "a deadline that is fixed does not count while the grant is made",
        _HERE + "model.py",
        "            return self._has_waited(now) or (self.granted_at is not None and "
        "now >= self.deadline)\n",
        "            return self._has_waited(now)\n",
        _LEASE,
        ("kill",),
    ),
    # --- other checkouts ----------------------------------------------------------------------------------
    Plant(
        "no look at other checkouts before anything is given",
        _HERE + "granting.py",
        "        self._rivals.give_way(self._lease.keep(), group, plan.location.dn)\n"
        "        for target in self._lease.between(plan.targets):\n",
        "        for target in self._lease.between(plan.targets):\n",
        _RIVALS,
        ("attacks",),
    ),
    Plant(
        "no second look at other checkouts",
        _HERE + "granting.py",
        "        self._rivals.give_way(self._lease.keep(), group, plan.location.dn)\n    "
        "    with self._journal",
        "        with self._journal",
        _RIVALS,
        ("attacks",),
    ),
    Plant(
        "of two checkouts both stay",
        _HERE + "rivals.py",
        "                if rival.key < _key(own):\n",
        "                if False:\n",
        _RIVALS,
        ("attacks",),
    ),
    Plant(
        "a younger checkout that stays is not given way to",
        _HERE + "rivals.py",
        "            if poll == POLLS:\n                raise _checked_out(elevation, waiting[0])\n",
        "            if poll == POLLS:\n                return\n",
        _RIVALS,
        ("attacks",),
    ),
    Plant(
        "other checkouts are looked for on the main domain controller only",
        _HERE + "rivals.py",
        "        for host in self._controllers.hosts():\n",
        "        for host in self._controllers.hosts()[:1]:\n",
        _RIVALS,
        ("attacks",),
    ),
    Plant(
        "other checkouts are looked for in the own location only",
        _HERE + "rivals.py",
        "        if entry.guid not in found and _NAME.search(entry.name):\n",
        "        if False:\n",
        _RIVALS,
    ),
    Plant(
        "a forged group that gives nothing blocks an account for ever",
        _HERE + "rivals.py",
        "                if rival.is_nested or self._now() - "
        "(group.created_at or self._now()) < UNNESTED_FOR:\n",
        "                if True:\n",
        _RIVALS,
        ("attacks",),
    ),
    Plant(
        "a group that the account is not in is another checkout of it",
        _HERE + "rivals.py",
        "    if elevation.account.guid not in group.members:\n",
        "    if False:\n",
        _RIVALS,
    ),
    Plant(
        "whatever gives the account nothing that is offered blocks it",
        _HERE + "verdict.py",
        "        return self.gives_account and (self.gives_offered or self.is_authentic)\n",
        "        return self.gives_account\n",
        _RIVALS,
    ),
    # --- extending, what is prolonged -----------------------------------------------------------------------
    Plant(
        "an extension that replication could miss is made",
        _HERE + "extending.py",
        "        if left < needed:\n",
        "        if False:\n",
        (f"{_UNIT}/test_grant_proof.py", _UNIT),
        ("attacks",),
    ),
    Plant(
        "an extension that ran out while it was written is told as made",
        _HERE + "extending.py",
        "        # Nobody is told of a later deadline that is over by now.\n"
        "        self._gate.require_time(extended)\n",
        "",
        _GATE,
    ),
    Plant(
        "a prolonged record is honoured whoever wrote it",
        _HERE + "extending.py",
        "        if until is None or until <= elevation.deadline:\n",
        "        until = written\n        if until is None or until <= elevation.deadline:\n",
        _PROLONGING,
        ("attacks",),
    ),
    Plant(
        "that a record was prolonged by a stranger is not audited",
        _HERE + "extending.py",
        "            self._tell_unproven(elevation, written)\n",
        "",
        _PROLONGING,
    ),
    Plant(
        "a marker that was written again proves an extension",
        _HERE + "prolonging.py",
        "        if group.record_version != 1 or group.owner is None",
        "        if group.owner is None",
        _PROLONGING,
        ("attacks",),
    ),
    Plant(
        "a marker proves an extension whoever made it",
        _HERE + "prolonging.py",
        "group.owner is None or group.owner not in trusted_owners:\n",
        "group.owner is None:\n",
        _PROLONGING,
        ("attacks",),
    ),
    Plant(
        "the elevated account may make a marker for itself",
        _HERE + "prolonging.py",
        "    others = {g.owner for g in groups if g.owner is not None} - mine if mine "
        "else set[SecurityId]()\n",
        "    others = {g.owner for g in groups if g.owner is not None}\n    _ = mine\n",
        _PROLONGING,
        ("attacks",),
    ),
    Plant(
        "a colleague's marker counts beyond the policy",
        _HERE + "prolonging.py",
        "    ends = [full, None if partly is None else min(partly, longest)]\n",
        "    ends = [full, partly]\n    _ = longest\n",
        _PROLONGING,
    ),
    Plant(
        "markers stay when the elevation has ended",
        _HERE + "ending.py",
        "            self._markers.delete_of(elevation, controllers.main)\n",
        "            pass\n",
        _PROLONGING,
    ),
    Plant(
        "markers are listed anew for every end of a pass",
        _HERE + "prolonging.py",
        "        if key not in self._listed:\n",
        "        if True:\n",
        _PROLONGING,
    ),
    Plant(
        "a location that can't be listed is listed anew for every end of a pass",
        _HERE + "prolonging.py",
        "            self._listed[key] = ()  # one that can't be listed is not tried for each\n",
        "",
        _PROLONGING,
    ),
    Plant(
        "the marker of an extension that was given up stays",
        _HERE + "extending.py",
        "            prolonging.delete_later_than(elevation, elevation.deadline, directory)\n"
        "        except DirectoryError as again:\n",
        "        except DirectoryError as again:\n",
        (f"{_UNIT}/test_extending_taken_back.py", *_PROLONGING),
    ),
    Plant(
        "the marker of an extension that was dropped stays",
        _HERE + "extending.py",
        "            if not _names_later(elevation, group):\n",
        "            if False:\n",
        (f"{_UNIT}/test_extending_taken_back.py", *_PROLONGING),
    ),
    Plant(
        "the marker of an extension that was written is deleted where the policy has become stricter",
        _HERE + "extending.py",
        "            if not _names_later(elevation, group):\n",
        "            if True:\n",
        (f"{_UNIT}/test_extending.py", *_PROLONGING),
    ),
)
