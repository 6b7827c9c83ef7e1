# SPDX-License-Identifier: MIT
"""Safeguards of what one domain controller, one row and one text may say of something else."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_STORE = ("tests/unit/store/test_elevations.py",)

EACH = (
    Plant(
        "an end that no process has come to the end of is no alarm while its lease runs",
        _HERE + "model.py",
        "        if not self.attempts and now - self.deadline > _LEFT_ALONE_AFTER:\n",
        "        if False:\n",
        (f"{_UNIT}/test_never_quiet.py",),
    ),
    Plant(
        "what could not be confirmed and was moved by somebody else meanwhile is no alarm",
        _HERE + "service.py",
        "e.id in found.unconfirmed or self.is_alarm(e, alarm_at)",
        "self.is_alarm(e, alarm_at)",
        (f"{_UNIT}/test_never_quiet.py",),
    ),
    Plant(
        "an end that is cut in each process waits anew each time",
        _HERE + "sweeping.py",
        "        at = min(now, self._waits_since.get(elevation.id, now))\n",
        "        at = now\n",
        (f"{_UNIT}/test_never_quiet.py",),
    ),
    Plant(
        "one that is back and answers no write could not be asked",
        _HERE + "confirming.py",
        "            if truth.is_over:\n                raise\n",
        "            raise\n",
        (f"{_UNIT}/test_back_and_still_shown.py",),
    ),
    Plant(
        "what gave it when it answered last is forgotten by the next process",
        _HERE + "confirming.py",
        "            if self._was_alarm(elevation, host):\n",
        "            if False:\n",
        (f"{_UNIT}/test_back_and_still_shown.py",),
    ),
    Plant(
        "a row is believed whatever group it names",
        _HERE + "own_group.py",
        "    is_chosen = _is_chosen(elevation, shown)\n",
        "    if shown.guid:\n        return shown\n    is_chosen = False\n",
        (f"{_UNIT}/test_own_group.py",),
        ("attacks",),
    ),
    Plant(
        "a permanent group that was given the name is that of a grant that broke off",
        _HERE + "own_group.py",
        "    return is_made_by_us and not _is_older(elevation, group)\n",
        "    return not _is_older(elevation, group)\n",
        (f"{_UNIT}/test_own_group.py",),
    ),
    Plant(
        "another group of ours that was given the name is ended in the place of its own",
        _HERE + "own_group.py",
        " and (is_another or _is_nearer(elevation, named, shown)):\n",
        ":\n",
        (f"{_UNIT}/test_own_group.py",),
    ),
    Plant(
        "a group of others that is older than the grant is its own",
        _HERE + "own_group.py",
        "    is_another = is_chosen or (is_of_others and _is_older(elevation, shown))\n",
        "    is_another = is_chosen\n",
        (f"{_UNIT}/test_own_group.py",),
    ),
    Plant(
        "what was read once which group it is, is not read before a write",
        _HERE + "ending.py",
        "            if elevation.group_guid is not None:\n                self.note_shown(",
        "            if elevation.group_guid is not None:\n                return elevation\n"
        "                self.note_shown(",
        (f"{_UNIT}/test_own_group.py", f"{_UNIT}/test_first_writes.py"),
    ),
    Plant(
        "a text that is written into a permanent group is one that it was made with",
        "jit_desktop/directory/provenance.py",
        "    return version + 1 if version and was_later else version\n",
        "    return version\n",
        ("tests/unit/directory/test_provenance.py",),
        ("attacks",),
    ),
    Plant(
        "a domain controller that does not say of which domain it is, is of another one",
        "jit_desktop/directory/domain.py",
        "        if domains and not any(same_dn(domain, root.base_dn)",
        "        if not any(same_dn(domain, root.base_dn)",
        ("tests/unit/directory/test_domain.py",),
        ("attacks",),
    ),
    Plant(
        "what a domain controller of another domain told is taken for this one",
        "jit_desktop/directory/domain.py",
        "not (same_dn(known.base_dn, root.base_dn) and known.domain_sid == sid):\n",
        "False:\n",
        ("tests/unit/directory/test_domain.py",),
    ),
    Plant(
        "a group that one domain controller shows is not hidden at another one",
        _HERE + "adopting.py",
        "            where = self._not_showing(guid, hiding)\n",
        "            where = [] if guid in self._seen else hiding\n",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "a rehearsal's at one domain controller is one at each",
        _HERE + "adopting.py",
        "        return replace(left[0], others=left[1:]) if left else None\n",
        "        return seen if seen in left else None\n",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "an account that is hidden at one domain controller alone was deleted",
        _HERE + "ending.py",
        "removal.account_deleted and not _shows_account(truths)",
        "removal.account_deleted and bool(_shows_account)",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "a way through what is lent to somebody else stays",
        _HERE + "remaining.py",
        "        is_lent = group != target and self._is_lent(",
        "        is_lent = group == target and self._is_lent(",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "a record is believed of an elevation that has ended",
        _HERE + "verdict.py",
        " or _is_over(group, known, proven_until, now),\n",
        ",\n",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "a group that does not show its SID has nobody in it",
        _HERE + "judging.py",
        "if group.sid is None or self._of(a) is None)\n",
        "if self._of(a) is None)\n",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "a row says that the directory ends it, which can't",
        _HERE + "ending.py",
        "elevation.mechanism is not Mechanism.NONE and directory.info.abilities.ends_by_itself\n",
        "bool(directory)\n",
        (_UNIT,),
        ("attacks",),
    ),
    Plant(
        "one row that can't be read hides the others",
        "jit_desktop/store/elevation_rows.py",
        '        raise UnreadableRow("; ".join(dict.fromkeys(damage)), found) from error\n',
        '        raise UnreadableRow("; ".join(dict.fromkeys(damage))) from error\n',
        _STORE,
        ("attacks",),
    ),
    Plant(
        "a value that can't be counted with is read",
        "jit_desktop/store/elevation_rows.py",
        "        _require_possible(row)\n",
        "",
        _STORE,
        ("attacks",),
    ),
    Plant(
        "a pause that nobody sets holds past the deadline",
        _HERE + "model.py",
        "            or (now >= self.deadline and self.next_attempt_at - now > _LONGEST_SET)\n",
        "",
        (_UNIT,),
        ("attacks",),
    ),
)
