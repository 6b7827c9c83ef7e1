# SPDX-License-Identifier: MIT
"""Safeguards against what is not shown: that nobody is seen in a group, that an account is not seen, and what
a group says of itself prove nothing."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/elevation/"
_UNIT = "tests/unit/elevation"
_GIVES = (f"{_UNIT}/test_what_it_gives.py", f"{_UNIT}/test_verdict.py", _UNIT)
_GONE = (f"{_UNIT}/test_account_gone.py", f"{_UNIT}/test_proof.py", _UNIT)
_IS_IN = (f"{_UNIT}/test_what_it_is_in.py", _UNIT)
_WIPED = (f"{_UNIT}/test_verdict.py", f"{_UNIT}/test_forged.py", _UNIT)
_READ_ONLY = (f"{_UNIT}/test_read_only_controllers.py", _UNIT)
_ADOPTING = (f"{_UNIT}/test_adopting.py", _UNIT)

UNSEEN = (
    # --- what says of itself that it is nothing, and who may be in it ---------------------------------------
    Plant(
        "a group that says that it is a marker is not looked at",
        _HERE + "surveying.py",
        "            if guid not in self._open_groups and self._may_be_ours(group):\n",
        '            is_marker = group.info.startswith(\'{"jit":1,"ext":\')\n'
        "            if guid not in self._open_groups and not is_marker and self._may_be_ours(group):\n",
        _GIVES,
        ("attacks",),
    ),
    Plant(
        "a group that was made a marker later is one",
        _HERE + "prolonging.py",
        "    is_made_so = decode(group.info) is not None and group.record_version == 1\n",
        "    is_made_so = decode(group.info) is not None\n",
        _GIVES,
    ),
    Plant(
        "the end of an extension is that of the group in which it is written",
        _HERE + "verdict.py",
        ' or "jit" not in raw or prolonging.decode(text) is not None:\n',
        ' or "jit" not in raw:\n',
        _GIVES,
        ("attacks",),
    ),
    Plant(
        "what stands in the list of a chosen group is believed of the group itself",
        _HERE + "judging.py",
        "    direct = (*group.member_of, *listed)\n",
        "    direct = group.member_of\n",
        _GIVES,
    ),
    Plant(
        "a group that shows itself in a chosen one stands for the list of that",
        _HERE + "surveying.py",
        "        if not links:  # what shows itself in it",
        "        if not links and not nested:  # what shows itself in it",
        _IS_IN,
        ("attacks",),
    ),
    Plant(
        "whose primary group a chosen one is stands for the list of that",
        _HERE + "surveying.py",
        "        if anybody is False:\n",
        "        if anybody is not None:\n",
        _IS_IN,
    ),
    Plant(
        "a permanent way that is shown is an alarm where a list is not",
        _HERE + "surveying.py",
        "            if not is_shown and not _is_primary(target, guid, directory):\n",
        "            if not _is_primary(target, guid, directory):\n",
        _IS_IN,
    ),
    Plant(
        "a primary group that is shown is an alarm",
        _HERE + "surveying.py",
        "            if not is_shown and not _is_primary(target, guid, directory):\n",
        "            if not is_shown:\n",
        _IS_IN,
    ),
    Plant(
        "an account whose token is not shown is in nothing",
        _HERE + "judging.py",
        "        return frozenset() if directory.was_deleted(account) else None\n",
        "        return frozenset()\n",
        _GIVES,
        ("attacks",),
    ),
    Plant(
        "an account that is proven to be deleted may be in anything",
        _HERE + "judging.py",
        "        return frozenset() if directory.was_deleted(account) else None\n",
        "        return None\n",
        _GIVES,
    ),
    Plant(
        "an account that is not shown is in no group that has been wiped",
        _HERE + "verdict.py",
        "    insiders = {*group.members, *group.unshown}",
        "    insiders = {*group.members}",
        _GIVES,
        ("attacks",),
    ),
    Plant(
        "what an account that is not shown may have through another group is not looked for",
        _HERE + "judging.py",
        "    if members or unshown:\n",
        "    if members:\n",
        _GIVES,
        ("attacks",),
    ),
    Plant(
        "that an account is not shown says that nobody is in a group",
        _HERE + "judging.py",
        "    maybe = bool(unshown) or directory",
        "    maybe = directory",
        _GIVES,
        ("attacks",),
    ),
    Plant(
        "that a group can't be deleted, being somebody's primary group, says nothing of who is in it",
        _HERE + "ending.py",
        "            removal.has_somebody = isinstance(error, PrimaryGroupInUse)\n",
        "",
        _GONE,
        ("attacks",),
    ),
    # --- what is hidden, not offered here, or shown by a read-only one alone --------------------------------
    Plant(
        "a text that is hidden is one that never was",
        _HERE + "verdict.py",
        "    return hides_its_record(group) or group.record_version is None",
        "    return group.record_version is None",
        _WIPED,
        ("attacks",),
    ),
    Plant(
        "whoever made a group with another text than ours hides one of ours",
        _HERE + "verdict.py",
        "    return group.record_version == 1 and not group.info\n",
        "    return group.record_version == 1\n",
        _WIPED,
    ),
    Plant(
        "a group that hides its name has none",
        "jit_desktop/directory/entries.py",
        "        name=_name_in(dn),\n",
        '        name=found.text("name"),\n',
        ("tests/unit/directory/test_attributes.py",),
        ("attacks",),
    ),
    Plant(
        "an entry that hides its name has none",
        "jit_desktop/directory/entries.py",
        '        name=found.text("name") or _name_in(found.dn),\n',
        '        name=found.text("name"),\n',
        ("tests/unit/directory/test_attributes.py",),
    ),
    Plant(
        "what is not offered here is given by nothing that was wiped in the creation location",
        _HERE + "verdict.py",
        "    if group.owner is not None and is_within(group.dn, location_dn):\n",
        "    if False:\n",
        _WIPED,
        ("attacks",),
    ),
    Plant(
        "a group of ours gives what is offered here, or what its record names",
        _HERE + "verdict.py",
        "    if known is None and (group.owner in trusted_owners or (whole is None and may_be_ours)):\n",
        "    if False:\n",
        _WIPED,
        ("attacks",),
    ),
    Plant(
        "without its record a group of ours is known by its owner alone to give what is not offered here",
        _HERE + "verdict.py",
        "    if known is None and (group.owner in trusted_owners or (whole is None and may_be_ours)):\n",
        "    if known is None and group.owner in trusted_owners:\n",
        _WIPED,
    ),
    Plant(
        "a record of somebody else that names less takes back all that the group is in",
        _HERE + "verdict.py",
        "    if known is None and (group.owner in trusted_owners or (whole is None and may_be_ours)):\n",
        "    if known is None and (group.owner in trusted_owners or may_be_ours):\n",
        _WIPED,
    ),
    Plant(
        "of what is not offered here nobody asks who has it",
        _HERE + "judging.py",
        "    if members or not whole.member_of:\n",
        "    if members or set(offered).isdisjoint(whole.member_of):\n",
        (f"{_UNIT}/test_unlisted.py", _UNIT),
    ),
    Plant(
        "a read-only domain controller is searched by nobody",
        _HERE + "surveying.py",
        "            is_main = self._controllers.is_main(host)\n            try:\n",
        "            is_main = self._controllers.is_main(host)\n"
        "            if not self._controllers.is_writable(host):\n"
        "                continue\n"
        "            try:\n",
        _READ_ONLY,
    ),
    Plant(
        "the end of what a read-only domain controller shows is to be written there",
        _HERE + "adopting.py",
        "        return host if self._controllers.is_writable(host) else self",
        "        return host if host else self",
        _READ_ONLY,
    ),
    Plant(
        "what came back on a read-only domain controller is to be removed there",
        _HERE + "adopting.py",
        "        where = self._writable(self._shown_at(seen))\n",
        "        where = self._shown_at(seen)\n",
        _READ_ONLY,
    ),
    Plant(
        "what a read-only domain controller shows too can be removed nowhere",
        _HERE + "adopting.py",
        "                writable = self._writable(where)\n",
        "                writable = where\n",
        (f"{_UNIT}/test_forged.py", _UNIT),
    ),
    Plant(
        "that an account, its group and a chosen group are out of sight is not said",
        _HERE + "remaining.py",
        "        if not is_all_out_of_sight:\n",
        "        if True:\n",
        _GONE,
    ),
    Plant(
        "what is hidden where it stood is said to be out of sight",
        _HERE + "remaining.py",
        "        if not is_all_out_of_sight:\n",
        "        if not isinstance(self._group, NotVisible):\n",
        _GONE,
    ),
    # --- what may be deleted --------------------------------------------------------------------------------
    Plant(
        "a group is a marker that can be deleted by what it says of itself",
        _HERE + "prolonging.py",
        "        if not is_made_so or directory.has_members(group.guid) is not False:\n",
        "        if group.members or group.member_of:\n",
        _ADOPTING,
        ("attacks",),
    ),
    Plant(
        "a marker in which somebody may be is deleted",
        _HERE + "prolonging.py",
        "        if not is_made_so or directory.has_members(group.guid) is not False:\n",
        "        if not is_made_so:\n",
        _ADOPTING,
    ),
    Plant(
        "a group is a rehearsal's that can be deleted by what it says of itself",
        _HERE + "adopting.py",
        "        own = [group for group in groups if group.owner in judge.trusted_owners()]\n",
        "        own = groups\n",
        _ADOPTING,
        ("attacks",),
    ),
    Plant(
        "a rehearsal deletes what others have marked as one of its own",
        _HERE + "rehearsing.py",
        "            own = [group for group in there if group.owner in trusted_owners(directory)]\n",
        "            own = there\n",
        (f"{_UNIT}/test_rehearsing.py",),
    ),
    Plant(
        "what was removed of markers is not audited",
        _HERE + "adopting.py",
        '                self._audit(found, "marker.removed", name, {"group": name})\n',
        "                _ = name\n",
        _ADOPTING,
    ),
    Plant(
        "a chosen group that only a record names is waited for",
        _HERE + "adopting.py",
        "        return there or found\n",
        "        return found\n",
        _ADOPTING,
        ("attacks",),
    ),
    # --- what has left its place ----------------------------------------------------------------------------
    Plant(
        "an account that is not where it stood was deleted",
        _HERE + "remaining.py",
        "self._has_left() and (once or self._directory.was_deleted(self._account))\n",
        "self._has_left()\n",
        _GONE,
        ("attacks",),
    ),
    Plant(
        "a tombstone proves nothing of who is in a group",
        _HERE + "remaining.py",
        "self._has_left() and (once or self._directory.was_deleted(self._account))\n",
        "False\n",
        _GONE,
    ),
    Plant(
        "a temporary group that gives through another one counts as one that gives nothing",
        _HERE + "remaining.py",
        "                    return self._leads_to(target, self._group.guid, in_token=in_token), None\n",
        "                    return False, None\n",
        _GONE,
        ("attacks",),
    ),
    Plant(
        "a temporary group that is not shown is not looked for behind other groups",
        _HERE + "remaining.py",
        "        return self._leads_to(target, guid, in_token=in_token), None\n",
        "        return False, None\n",
        _GONE,
        ("attacks",),
    ),
    Plant(
        "a chosen group that is not where it stood was deleted",
        _HERE + "remaining.py",
        "    return is_group_deleted() and directory.has_left(",
        "    return directory.has_left(",
        _GONE,
    ),
)
