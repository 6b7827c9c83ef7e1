# SPDX-License-Identifier: MIT
"""Safeguards of what a sweep finds: where it looks, whose it takes a group for, what it does about it."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_VERDICT = (f"{_UNIT}/test_verdict.py", f"{_UNIT}/test_adopting.py", _UNIT)
_FORGED = (f"{_UNIT}/test_forged.py", *_VERDICT)
_FINDING = (
    f"{_UNIT}/test_adopting.py",
    f"{_UNIT}/test_remaining.py",
    f"{_UNIT}/test_verdict.py",
    _UNIT,
)

FINDING = (
    # --- whose it is --------------------------------------------------------------------------------------
    Plant(
        "whoever made a group, its record counts in full",
        _HERE + "verdict.py",
        "    return group.record_version == 1 and group.owner is not None and "
        "group.owner in trusted_owners\n",
        "    return group.record_version == 1\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a record that was written again counts in full",
        _HERE + "verdict.py",
        "    return group.record_version == 1 and group.owner",
        "    return group.owner",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a record that was written again is no suspect",
        _HERE + "verdict.py",
        "    if group.record_version != 1 and evidence is Evidence.POLICY:\n",
        "    if False:\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "the elevated account may make a group for itself",
        _HERE + "verdict.py",
        "    if group.owner in account_sids:\n",
        "    if False:\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a suspect that gives rights past a deadline is no alarm",
        _HERE + "verdict.py",
        "        return bool(self.gives) and self.is_past\n",
        "        return False\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a group without a deadline that can be read is not past it",
        _HERE + "verdict.py",
        "        is_past=deadline is None or now >= deadline,\n",
        "        is_past=deadline is not None and now >= deadline,\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a damaged record makes a stranger of a group of ours",
        _HERE + "verdict.py",
        "    if whole is None and not _looks_like_ours(group, provider, known, trusted_owners):\n",
        "    if whole is None:\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a stranger is taken for ours by any text",
        _HERE + "verdict.py",
        "    if whole is None:\n        return unreadable\n",
        '    if whole is None:\n        return ""\n',
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a group that was moved is no suspect",
        _HERE + "verdict.py",
        "    if not same_dn(parent_dn(group.dn), location_dn) and not is_within(group.dn, home):\n",
        "    if False:\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a later end in the record than this copy wrote is no suspect",
        _HERE + "verdict.py",
        "        if deadline is not None and whole.deadline > deadline:\n",
        "        if False:\n",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a forged group that gives nothing blocks a checkout",
        _HERE + "verdict.py",
        "            return not self.is_past or self.gives_account\n        return self.gives_account and ",
        "            return not self.is_past or self.gives_account\n        return True or ",
        _VERDICT,
    ),
    Plant(
        "a group of ours that was wiped and renamed is a stranger's",
        _HERE + "verdict.py",
        "        or (group.owner in trusted_owners and _was_wiped(group, provider))\n",
        "",
        _FORGED,
    ),
    Plant(
        "who hides that they made a group is believed",
        _HERE + "verdict.py",
        '        return "who made it can\'t be read" if evidence is Evidence.POLICY else ""\n',
        '        return ""\n',
        _FORGED,
    ),
    Plant(
        "a start in the year 9999 is a fault",
        _HERE + "verdict.py",
        "    if claim.deadline - start <= longest:\n        return claim.deadline, Evidence.POLICY\n",
        "",
        _FORGED,
    ),
    Plant(
        "a record that was forged into a permanent group takes it out of the chosen groups",
        _HERE + "adopting.py",
        "        if verdict.kind is Kind.SUSPECT and not self._may_act_on(group, verdict):\n",
        "        if False:\n",
        _FORGED,
    ),
    Plant(
        "a record of an ended elevation that was forged into a permanent group deletes it",
        _HERE + "adopting.py",
        "        if verdict.kind is Kind.SUSPECT and not (verdict.gives and is_its):\n",
        "        if verdict.kind is Kind.SUSPECT and not verdict.gives:\n",
        _FORGED,
    ),
    Plant(
        "a fault with one group keeps all others from being looked at",
        _HERE + "adopting.py",
        "            except Exception:  # noqa: BLE001 - logged whole; the others are looked at",
        "            except ZeroDivisionError:  # looked at",
        _FORGED,
    ),
    Plant(
        "a group that we made is not looked for outside of its place",
        _HERE + "surveying.py",
        "                if record.is_begun(group.info) or group.owner in self._trusted_owners:\n",
        "                if record.is_begun(group.info):\n",
        _FORGED,
    ),
    Plant(
        "a group of ours without a deadline that can be read is not taken back",
        _HERE + "adopting.py",
        "        if verdict.deadline is None and group.owner not in self._judge.trusted_owners():\n",
        "        if verdict.deadline is None:\n",
        _FORGED,
    ),
    Plant(
        "a shorter policy here ends what another copy made for longer",
        _HERE + "verdict.py",
        "    if authentic:\n        return claim.deadline, Evidence.AUTHENTIC\n",
        "",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a proven extension of another copy counts for nothing",
        _HERE + "verdict.py",
        "    if proven_until is not None:\n"
        "        return min(claim.deadline, proven_until), Evidence.PROLONGED\n    starts",
        "    starts",
        _VERDICT,
        ("attacks",),
    ),
    Plant(
        "a suspect may be deleted with all that it holds",
        _HERE + "verdict.py",
        "    if not elevation.suspicion:\n        return True\n",
        "    if True:\n        return True\n",
        _VERDICT,
        ("attacks",),
    ),
    # --- where it looks -----------------------------------------------------------------------------------
    Plant(
        "sweeps find by the location only",
        _HERE + "surveying.py",
        "        for target in targets:\n            self._controllers.between()\n",
        "        for target in ():\n            self._controllers.between()\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "sweeps look at the main domain controller only",
        _HERE + "surveying.py",
        "        for host in self._controllers.hosts():\n",
        "        for host in self._controllers.hosts()[:1]:\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "groups in the chosen groups are not found by their records",
        _HERE + "surveying.py",
        "                    here.setdefault(group.guid, group)\n",
        "                    pass\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "members of the chosen groups that can't be read are passed over",
        _HERE + "surveying.py",
        "                    given.append(target)\n                    where.append(directory)\n",
        "                    self.hidden.pop(link.guid)\n                    _ = given, where\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "a chosen group that can't be read is passed over",
        _HERE + "surveying.py",
        "                    self._say_unread_target(target)\n",
        "                    pass\n",
        (f"{_UNIT}/test_adopting.py",),
    ),
    Plant(
        "a location that shows nothing counts as empty",
        _HERE + "surveying.py",
        "        self._say_unread(rows)\n",
        "",
        (f"{_UNIT}/test_what_nobody_looked_at.py", *_FINDING),
        ("attacks",),
    ),
    Plant(
        "a location that can't be read is no problem",
        _HERE + "surveying.py",
        "                if is_main and guid == self._provider.jit.location.guid:\n"
        "                    self.problem = error\n",
        "",
        (f"{_UNIT}/test_what_nobody_looked_at.py", *_FINDING),
        ("attacks",),
    ),
    # --- what it does -------------------------------------------------------------------------------------
    Plant(
        "what is hidden and gives a chosen group is no alarm",
        _HERE + "adopting.py",
        "        self._treat_hidden(found)\n",
        "",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "another domain controller's late view of a group is an elevation",
        _HERE + "adopting.py",
        "        if not self._controllers.is_main(seen.host) and not verdict.is_alarm:\n"
        "            return  # made or removed elsewhere a moment ago: replication will tell\n",
        "",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "a suspect keeps what its record names",
        _HERE + "adopting.py",
        "        elif verdict.kind is Kind.OURS or known is None:\n",
        "        elif verdict.kind is Kind.OURS:\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "a suspect is quietly left alone",
        _HERE + "adopting.py",
        "        if verdict.kind is Kind.SUSPECT:\n"
        "            self._suspect(group, verdict, found, is_alarm=verdict.is_alarm)\n",
        "",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "whoever names a group after ours has it taken over",
        _HERE + "adopting.py",
        "        return verdict.record is not None and is_named and verdict.gives_account\n",
        "        return is_named\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "a group of ours that gives nothing any more stays",
        _HERE + "adopting.py",
        "        if verdict.kind is Kind.OURS and verdict.is_past and verdict.is_authentic:\n",
        "        if False:\n",
        _FINDING,
    ),
    Plant(
        "a group that came back and can't be removed is not ended again",
        _HERE + "adopting.py",
        "            self._adopt(seen, verdict, place, found, ended_as=known.end_reason "
        "or EndReason.DEADLINE)\n",
        "",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "a group that came back counts as removed without a look",
        _HERE + "adopting.py",
        "            is_over = look(elevation, directory, directory.info.controller, "
        "account_deleted=True).is_over\n",
        "            is_over = True\n",
        _FINDING,
        ("attacks",),
    ),
    Plant(
        "a removal of what came back is not audited",
        _HERE + "adopting.py",
        '        self._audit(found, "elevation.removed-again", elevation.account.name, detail)\n',
        "",
        _FINDING,
    ),
    Plant(
        "markers of elevations that are over stay",
        _HERE + "adopting.py",
        "        self._remove_markers(groups)\n",
        "",
        _FINDING,
    ),
)
