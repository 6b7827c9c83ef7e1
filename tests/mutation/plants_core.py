# SPDX-License-Identifier: MIT
"""Safeguards of the core."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_FOLDER = "tests/unit/elevation"
_UNIT = (_FOLDER,)

CORE = (
    # --- ending -------------------------------------------------------------------------------------------
    Plant(
        "nothing is ever overdue",
        _HERE + "ending.py",
        "            Event.END_UNCONFIRMED,\n            str(error),",
        "            Event.END_REPLICATING,\n            str(error),",
        _UNIT,
        ("fault",),
    ),
    Plant(
        "half a rollback is confirmed",
        _HERE + "ending.py",
        "        self._refuse_half_a_rollback(elevation, unasked)\n",
        "",
        (f"{_FOLDER}/test_failover.py", *_UNIT),
        ("pair",),
    ),
    Plant(
        "a domain controller that can't be asked counts as one that does not have it",
        _HERE + "ending.py",
        "        unasked = tuple(t.host for t in truths if t.problem)\n",
        "        unasked: tuple[str, ...] = ()\n",
        (f"{_FOLDER}/test_failover.py", *_UNIT),
        ("pair",),
    ),
    Plant(
        "only the main domain controller is asked",
        _HERE + "controllers.py",
        "        return (self._main.info.controller, *others)",
        "        return (self._main.info.controller,)",
        _UNIT,
        ("pair", "attacks"),
    ),
    Plant(
        "who could not be asked is not remembered",
        _HERE + "ending.py",
        '                "unconfirmed_on": _by_name(unasked),\n                "ended_at"',
        '                "unconfirmed_on": (),\n                "ended_at"',
        (f"{_FOLDER}/test_failover.py", *_UNIT),
        ("pair",),
    ),
    Plant(
        "one that goes on showing what was ended is never an alarm",
        _HERE + "ending.py",
        "        is_patient = waited < self._patience_seconds\n",
        "        is_patient = True\n",
        (f"{_FOLDER}/test_replication_stops.py", *_UNIT),
    ),
    Plant(
        "an end that was begun is left alone for nine minutes",
        _HERE + "ending.py",
        "END_LEASE_SECONDS = 60\n",
        "END_LEASE_SECONDS = 540\n",
        _UNIT,
        ("kill",),
    ),
    Plant(
        "an end is looked for in whatever domain the settings lead to",
        _HERE + "remaining.py",
        "    if not same_dn(home, directory.info.base_dn):",
        "    if False:",
        (f"{_FOLDER}/test_ending.py", f"{_FOLDER}/test_what_nobody_looked_at.py", *_UNIT),
    ),
    Plant(
        "every end is 30 seconds late",
        _HERE + "model.py",
        "        return self.is_open and now >= self.deadline\n\n    def extension_hangs",
        "        return self.is_open and now >= self.deadline + timedelta(seconds=30)\n\n"
        "    def extension_hangs",
        _UNIT,
        ("kill", "sweep", "clocks"),
    ),
    Plant(
        "an alarm is none where the end was not begun",
        _HERE + "model.py",
        "        if not self.is_open or now < self.deadline:\n            return False\n",
        "        if self.is_open:\n            return False\n",
        ("tests/unit/elevation", "tests/unit/commands"),
    ),
    Plant(
        "a pause that a wrong clock has set is waited for",
        _HERE + "model.py",
        "            or self.next_attempt_at - now > LONGEST_PAUSE\n",
        "",
        _UNIT,
        ("apart",),
    ),
    # --- granting -----------------------------------------------------------------------------------------
    Plant(
        "rights are given without a look at whether somebody has ended it",
        _HERE + "granting.py",
        "        self._clock.require_trusted()\n        self._journal.require_unmoved(elevation)\n",
        "        self._clock.require_trusted()\n",
        _UNIT,
        ("copies",),
    ),
    Plant(
        "a grant's lease is over at once",
        _HERE + "lease.py",
        "GRANT_LEASE_SECONDS = 120\n",
        "GRANT_LEASE_SECONDS = 0\n",
        (f"{_FOLDER}/test_granting.py", *_UNIT),
        ("copies",),
    ),
    Plant(
        "an account that is lent already is not looked for in the directory",
        _HERE + "rivals.py",
        "        if other.blocks(elevation):\n            raise _checked_out(elevation, other)\n",
        "",
        (f"{_FOLDER}/test_rivals.py", f"{_FOLDER}/test_granting.py", *_UNIT),
        ("copies",),
    ),
    Plant(
        "a disabled account is granted",
        _HERE + "granting.py",
        "        if not account.enabled:\n",
        "        if False:\n",
        _UNIT,
    ),
    Plant(
        "an expired account is granted",
        _HERE + "granting.py",
        "        if account.expired:\n",
        "        if False:\n",
        _UNIT,
    ),
    Plant(
        "a permanent member is granted",
        _HERE + "granting.py",
        "        if len(already) == len(targets):\n",
        "        if False:\n",
        _UNIT,
    ),
    Plant(
        "missing rights are not found before anything is written",
        _HERE + "granting.py",
        "        if missing:\n            raise MissingRights(",
        "        if False:\n            raise MissingRights(",
        _UNIT,
    ),
    Plant(
        "tokenGroups is not read back after a grant",
        _HERE + "granting.py",
        "if t.guid not in shown.member_of or t.sid not in held]",
        "if t.guid not in shown.member_of]",
        (f"{_FOLDER}/test_grant_proof.py", *_UNIT),
    ),
    Plant(
        "a grant that failed is not rolled back",
        _HERE + "service.py",
        "                taken_back = self._roll_back(provider, journal).run(grant.latest, error)\n",
        "                taken_back = None\n",
        (f"{_FOLDER}/test_granting.py", *_UNIT),
        ("kill", "fault"),
    ),
    Plant(
        "a group that comes late is not removed by the rollback",
        _HERE + "rolling_back.py",
        "                removal = self._end.remove(elevation, controllers.main)\n",
        "                removal = Removal(controllers.main.info.controller)\n",
        (f"{_FOLDER}/test_lease.py", f"{_FOLDER}/test_gate.py", *_UNIT),
        ("copies",),
    ),
    # --- extending ----------------------------------------------------------------------------------------
    Plant(
        "an extension may go past the longest duration",
        _HERE + "extending.py",
        "        if total > self._provider.policy.maximum_seconds:\n",
        "        if False:\n",
        _UNIT,
    ),
    Plant(
        "what is past may be extended",
        _HERE + "extending.py",
        "        self._gate.require_time(elevation)\n        self.refuse(elevation, extra_seconds)\n",
        "        self.refuse(elevation, extra_seconds)\n",
        (f"{_FOLDER}/test_prolonging.py", f"{_FOLDER}/test_extending.py", *_UNIT),
    ),
    Plant(
        "a later deadline in the record may be past",
        _HERE + "extending.py",
        "        return written if self._clock.now() < written <= self._longest(elevation) else None\n",
        "        return written if written <= self._longest(elevation) else None\n",
        ("tests/unit/elevation/test_extending_taken_back.py", *_UNIT),
    ),
    Plant(
        "an extension of another copy is not caught up with",
        _HERE + "sweeping.py",
        "        markers = self._markers(elevation, group, everywhere=False)\n        if (later",
        "        markers = ()\n        if (later",
        (
            f"{_FOLDER}/test_prolonged_elsewhere.py",
            f"{_FOLDER}/test_elsewhere.py",
            f"{_FOLDER}/test_extending.py",
            *_UNIT,
        ),
        ("kill",),
    ),
    Plant(
        "an extension that hangs is never looked at",
        _HERE + "model.py",
        "        return self._has_waited(now) or now >= self.deadline\n\n    def _has_waited",
        "        return False\n\n    def _has_waited",
        _UNIT,
        ("kill",),
    ),
    # --- sweeping, confirming -----------------------------------------------------------------------------
    Plant(
        "groups that came back are left there",
        _HERE + "adopting.py",
        "            self._came_back(seen, verdict, known, place, found)\n",
        "",
        (f"{_FOLDER}/test_adopting.py", f"{_FOLDER}/test_elsewhere.py", *_UNIT),
        ("kill",),
    ),
    Plant(
        "what was adopted is not passed over",
        _HERE + "service.py",
        "        sweeper.pass_over(found.adopted, found)\n",
        "",
        (f"{_FOLDER}/test_adopting.py", *_UNIT),
        ("sweep",),
    ),
    Plant(
        "an adopted deadline is not bounded by the policy",
        _HERE + "verdict.py",
        "    return start + longest, Evidence.POLICY\n",
        "    return claim.deadline, Evidence.POLICY\n",
        (f"{_FOLDER}/test_verdict.py", f"{_FOLDER}/test_adopting.py", *_UNIT),
        ("attacks",),
    ),
    Plant(
        "that a group vanished is believed of any domain controller",
        _HERE + "sweeping.py",
        "            if not is_writer:\n                return None\n            if (moved",
        "            if (moved",
        (f"{_FOLDER}/test_remaining.py", f"{_FOLDER}/test_elsewhere.py", *_UNIT),
        ("attacks",),
    ),
    Plant(
        "“confirmed later” is said without removing",
        _HERE + "confirming.py",
        "                removal = self._end.remove(elevation, directory)\n"
        "                self._audit(elevation, host)\n"
        "                refusals = removal.refusals\n"
        "                truth = look(elevation, directory, host, "
        "deleted=removal.deleted, account_deleted=True)\n"
        "            require_synchronized(directory)\n"
        "            if not truth.is_over or (truth.group_there and refusals):\n",
        "                self._audit(elevation, host)\n            if False:\n",
        (f"{_FOLDER}/test_confirming.py", *_UNIT),
        ("pair",),
    ),
    Plant(
        "a late removal is not audited",
        _HERE + "confirming.py",
        "                self._audit(elevation, host)\n",
        "",
        _UNIT,
        ("pair",),
    ),
    Plant(
        "a tick serves the first provider only",
        _HERE + "service.py",
        "        for provider_id in dict.fromkeys(e.provider_id for e in elevations):\n",
        "        for provider_id in list(dict.fromkeys(e.provider_id for e in elevations))[:1]:\n",
        _UNIT,
        ("providers",),
    ),
    Plant(
        "an alarm is raised before the domain's clock was ever read",
        _HERE + "service.py",
        "        if not clock.is_known or not isinstance(error, DirectoryError):\n",
        "        if not isinstance(error, DirectoryError):\n",
        _UNIT,
    ),
    # --- records ------------------------------------------------------------------------------------------
    Plant(
        "members that the record does not name contradict nothing",
        _HERE + "record.py",
        "    if any(member != record.account for member in group.members):\n",
        "    if False:\n",
        _UNIT,
        ("attacks",),
    ),
    Plant(
        "a record that ends before it begins is read",
        _HERE + "record.py",
        "    if record.deadline < record.granted_at:\n",
        "    if False:\n",
        _UNIT,
    ),
    Plant(
        "a record of a newer version is read",
        _HERE + "record.py",
        "    if version > VERSION:\n",
        "    if False:\n",
        _UNIT,
    ),
    # --- time, the way to the domain controllers ----------------------------------------------------------
    Plant(
        "clocks of the computer that moved apart are not noticed",
        _HERE + "domain_clock.py",
        'return float("inf") if abs(by_wall - passed) > GAP_SECONDS else passed',
        "return passed",
        _UNIT,
        ("clocks",),
    ),
    Plant(
        "a refused password is offered again and again",
        _HERE + "refusals.py",
        "        if last is None or last.connection != provider.connection:\n",
        "        if True:\n",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "domain controllers of any domain are offered the password",
        _HERE + "reaching.py",
        '    return _key(host).endswith("." + _key(domain_name(domain_dn(provider.jit.location.dn))))',
        "    return True",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "where one refuses the password, the others are offered it too",
        _HERE + "controllers.py",
        "                if isinstance(error, SignInFailed):\n",
        "                if False:\n",
        _UNIT,
    ),
    Plant(
        "one that can't be reached is tried again for each elevation",
        _HERE + "controllers.py",
        "                self._problems[key] = error.message\n                raise\n",
        "                raise\n",
        _UNIT,
    ),
    # --- the journal --------------------------------------------------------------------------------------
    Plant(
        "what was said of one is looked for among what was said of all",
        _HERE + "journal.py",
        "        told += self._collected_of.get(elevation.id, ())\n",
        "        told += [s for s in self._collected or () if s.elevation_id == elevation.id]\n",
        (f"{_FOLDER}/test_journal.py", *_UNIT),
        ("many",),
    ),
    Plant(
        "a step that failed is said to be done",
        _HERE + "journal.py",
        "            self.step(elevation, step, StepStatus.FAILED, str(error), error.subject or subject)\n"
        "            raise\n",
        "            self.step(elevation, step, StepStatus.DONE, done, error.subject or subject)\n"
        "            return\n",
        _UNIT,
        ("fault",),
    ),
    Plant(
        "a listener that fails stops what is being done",
        _HERE + "journal.py",
        '            _LOG.exception("A listener failed")\n',
        "            raise\n",
        _UNIT,
    ),
)
