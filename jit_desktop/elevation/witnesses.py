# SPDX-License-Identifier: MIT
"""What time it is, by the witnesses that there are: one clock alone is believed by nobody.

Pure functions; :mod:`jit_desktop.elevation.domain_clock` asks the witnesses and remembers.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jit_desktop.elevation.durations import duration_words

TOLERANCE = timedelta(minutes=5)
"""Two clocks that are no further apart agree: the default of the Kerberos policy, beyond which nobody can
sign in (Microsoft, *Maximum tolerance for computer clock synchronization*)."""

NEAR = timedelta(seconds=5)
"""Two clocks that are no further apart say the same moment: whole seconds, the way, and what time services
leave. What lies between this and the tolerance is believed, but decides nothing alone."""

_PLAIN_SECONDS = 600
"""From here on a difference is told in whole minutes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock of ``host`` showed, carried to the moment of the judgement (UTC)."""

    host: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who says what time it is, all at the same moment, in UTC."""

    main: Reading
    """The domain controller of this piece of work."""
    computer: datetime
    """This computer's clock as it stands."""
    others: Sequence[Reading] = ()
    """Other domain controllers, as far as they were asked and could be."""
    carried: datetime | None = None
    """The time that two witnesses last established since this computer was started, carried by the monotonic
    clock. That can stand still while the computer sleeps, and never runs ahead."""
    corrected: datetime | None = None
    """This computer's clock and the difference to the domain that two witnesses last established."""
    floor: datetime | None = None
    """The highest time of the domain that was ever trusted. It supports whatever is not earlier."""
    went_back: bool = False
    """Whether the domain had gone back at the reading before (:attr:`Judgement.went_back`)."""

    @property
    def controllers(self) -> tuple[Reading, ...]:
        """All domain controllers that were asked, the main one first."""
        return (self.main, *self.others)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The time to count with, and how well it is witnessed."""

    time: datetime
    is_trusted: bool
    """Whether two witnesses that don't depend on each other say so."""
    main_agrees: bool
    """Whether ``time`` is that of the domain controller of this piece of work."""
    is_known_here: bool = False
    """Whether what this computer knows is among the witnesses."""
    lowers_floor: bool = False
    """Whether the highest time that was ever trusted was wrong."""
    went_back: bool = False
    """Whether the domain's clocks went back together and this computer knows a later time. They are counted
    with; but what is known here stays as it is, and :attr:`latest` is what it says."""
    is_close: bool = False
    """Whether two witnesses say ``time`` to within :data:`NEAR`."""
    is_confirmed: bool = False
    """Whether two domain controllers do."""
    base: datetime | None = None
    """From what this computer may carry on; ``None``: what it carries on stays as it is. One domain
    controller chooses between the clocks here, and moves none of them."""
    latest: datetime | None = None
    """What the latest of them says where no two are close, or what this computer knows where the domain went
    back: an alarm for what is over by it."""
    is_lost: bool = False
    """Whether nobody knows the time: each clock is earlier than the highest one that was ever trusted."""
    doubt: str = ""
    """Which clock is wrong or not believed, in a sentence; empty where the domain controller is right."""


def agree(one: datetime, other: datetime) -> bool:
    """Whether two clocks say the same, within the tolerance."""
    return abs(one - other) <= TOLERANCE


def is_near(one: datetime, other: datetime) -> bool:
    """Whether two clocks say the same moment."""
    return abs(one - other) <= NEAR


def judge(witnesses: Witnesses) -> Judgement:
    """Find the time that most witnesses support.

    Each domain controller is a witness. What this computer knows (the carried time, its own clock, its own
    clock corrected) is one witness together: all of it comes from the same machine and the same earlier
    reading, and two domain controllers that agree outvote it. So its clock may be wrong by hours where the
    carried time is right, and the other way round after a sleep. Its clock as it stands counts beside the
    corrected one, since a correction is out of date as soon as either clock is mended.

    On a tie that wins which is not earlier than the floor, then what the carried time supports, then the
    corrected clock; what is over by the later one is an alarm (:func:`_later_rival`). A time earlier than the
    floor needs two witnesses like any other.

    Two domain controllers often depend on each other (one host, one source of time), and can go back
    together. So outvoted is not unheard: whether the floor was wrong or the domain went back is for this
    computer's clock to say (:func:`_knows_later`).
    """
    best = max(_candidates(witnesses), key=lambda time: _rank(time, witnesses))
    is_trusted = _votes(best, witnesses) >= 2
    if not is_trusted:
        time = _to_count_with(witnesses)
        latest = _latest_of_all(witnesses)
        return Judgement(
            time,
            is_trusted=False,
            main_agrees=agree(time, witnesses.main.time),
            latest=latest if latest is not None and latest > time else None,
            is_lost=all(is_below_floor(t, witnesses.floor) for t in _candidates(witnesses)),
            doubt=_doubt(witnesses, time, is_trusted=False),
        )
    return _refined(best, witnesses)


def _refined(best: datetime, witnesses: Witnesses) -> Judgement:
    """The judgement within the tolerance around ``best``.

    Minutes matter too: a clock that stands still or runs fast stays within the tolerance for a while. So that
    is counted with which two say to within :data:`NEAR`. Where no two do, it is the latest time that two of
    them call over, and an alarm what any of them does.
    """
    main_agrees = agree(witnesses.main.time, best)
    controllers = [r.time for r in witnesses.controllers if agree(r.time, best)]
    known = [t for t in (witnesses.carried, witnesses.corrected) if t is not None and agree(t, best)]
    here = [*known, witnesses.computer]

    def support(time: datetime) -> int:
        return sum(is_near(time, t) for t in controllers) + any(is_near(time, t) for t in here)

    chosen = max(controllers, key=lambda time: (support(time), time))
    is_close = support(chosen) >= 2
    # The one that takes the writes before another one that says the same.
    if main_agrees and (is_near(witnesses.main.time, chosen) if is_close else not known):
        time = witnesses.main.time
    elif is_close or not known:
        time = chosen
    else:
        time = sorted([*controllers, *known])[-2]
    is_confirmed = is_close and sum(is_near(time, t) for t in controllers) >= 2
    later = _knows_later(time, witnesses)
    latest = max(*controllers, *known, time)
    rival = _later_rival(best, witnesses)
    base: datetime | None = None
    if later is not None:
        latest, is_close = later, False
    elif rival is not None:
        latest, is_close = rival, False
    elif is_confirmed or not known:
        base = time
    elif is_close:
        base = min(here, key=lambda t: abs(t - time))
    return Judgement(
        time,
        is_trusted=True,
        main_agrees=main_agrees,
        is_known_here=_local_support(best, witnesses) is not _Local.NOT,
        lowers_floor=later is None and is_below_floor(time, witnesses.floor),
        went_back=later is not None,
        is_close=is_close,
        is_confirmed=is_confirmed,
        base=base,
        latest=None if is_close or latest == time else latest,
        doubt=" ".join(
            [
                *([] if main_agrees else [_doubt(witnesses, time, is_trusted=True)]),
                *([] if later is None else [_went_back(witnesses, time, later)]),
                *([] if rival is None or not main_agrees else [_tied(witnesses)]),
            ]
        ),
    )


def is_below_floor(time: datetime, floor: datetime | None) -> bool:
    """Whether ``time`` is earlier than the highest one that was ever trusted, by more than the tolerance."""
    return floor is not None and floor - time > TOLERANCE


def is_from_the_future(granted_at: datetime, now: datetime) -> bool:
    """Whether a grant that says ``granted_at`` was made by a wrong clock, if ``now`` is right."""
    return granted_at - now > TOLERANCE


def lends_from(main: Reading, others: Sequence[Reading], confirmed: datetime | None) -> datetime | None:
    """The time from which ``main`` lends; ``None`` where only this computer's clock says the same.

    This computer may take its time from ``main``, and be wrong with it: of all domain controllers that could
    be asked one other has to agree, or ``confirmed``, what two said in this run and the monotonic clock
    carried on. Without any of them this computer is the second witness. What is lent lasts no longer by any
    clock that agrees, so the earliest counts where none says the same moment.
    """
    if not others:
        return main.time
    said = [r.time for r in others] + ([] if confirmed is None else [confirmed])
    agreeing = [time for time in said if agree(time, main.time)]
    if not agreeing:
        return None
    return main.time if any(is_near(t, main.time) for t in agreeing) else min(main.time, *agreeing)


def lone_words(main: Reading, others: Sequence[Reading]) -> str:
    """Why ``main`` lends nothing where :func:`lends_from` gives nothing, in a sentence."""
    return _compared(main, [(f"{r.host}'s", main.time - r.time) for r in others]) + "."


def deadline_of(
    granted_at: datetime | None, deadline: datetime, now: datetime, *, is_trusted: bool
) -> datetime:
    """When an elevation ends that says that it was granted at ``granted_at`` and ends at ``deadline``.

    A grant from the future was made by a wrong clock, and its deadline is as wrong: where ``now`` is well
    witnessed it is due at once. Where it is not, the time left is at most the time that was lent, and it is
    an alarm until a person has found out which clock is wrong.

    Extensions don't matter here: they are counted from the deadline before, and leave ``granted_at`` (and
    ``duration_seconds``, what was asked for at first) as it was. The whole time that was lent is always
    ``deadline - granted_at``, and it can only begin at ``granted_at``.
    """
    if granted_at is None or not is_from_the_future(granted_at, now):
        return deadline
    lent = timedelta(0) if is_trusted else max(deadline - granted_at, timedelta(0))
    return min(deadline, now + lent)


def lost_words(computer: datetime, floor: datetime) -> str:
    """Why nobody knows the time where ``computer`` is earlier than ``floor`` was, in a sentence."""
    return (
        f"This computer's clock is {difference_words(computer - floor)} what it was in the domain before, "
        "so the time left is not known until a domain controller is asked."
    )


def difference_words(difference: timedelta) -> str:
    """``2 hours ahead of``, ``3 minutes behind``: of a clock minus another one."""
    seconds = abs(difference.total_seconds())
    shown = round(seconds / 60) * 60 if seconds >= _PLAIN_SECONDS else round(seconds)
    return f"{duration_words(shown)} {'ahead of' if difference > timedelta(0) else 'behind'}"


# --- votes ------------------------------------------------------------------------------------------------


class _Local(enum.IntEnum):
    """How this computer supports a time; the better one is higher."""

    NOT = 0
    AS_IT_STANDS = 1
    CORRECTED = 2
    CARRIED = 3


def _candidates(witnesses: Witnesses) -> list[datetime]:
    local = (witnesses.carried, witnesses.corrected, witnesses.computer)
    return [*(r.time for r in witnesses.controllers), *(t for t in local if t is not None)]


def _local_support(time: datetime, witnesses: Witnesses) -> _Local:
    for support, said in (
        (_Local.CARRIED, witnesses.carried),
        (_Local.CORRECTED, witnesses.corrected),
        (_Local.AS_IT_STANDS, witnesses.computer),
    ):
        if said is not None and agree(time, said):
            return support
    return _Local.NOT


def _votes(time: datetime, witnesses: Witnesses) -> int:
    of_controllers = sum(agree(time, r.time) for r in witnesses.controllers)
    return of_controllers + (_local_support(time, witnesses) is not _Local.NOT)


def _rank(time: datetime, witnesses: Witnesses) -> tuple[int, bool, int]:
    above = not is_below_floor(time, witnesses.floor)
    return _votes(time, witnesses), above, _local_support(time, witnesses)


def _later_rival(best: datetime, witnesses: Witnesses) -> datetime | None:
    """A later time that a domain controller says and as many support as ``best``: what won by a tie is no
    proof of the other one's being wrong. A host that was halted halts the clock that carries on here with
    those of its guests."""
    votes = _votes(best, witnesses)
    said = [r.time for r in witnesses.controllers if r.time > best and not agree(r.time, best)]
    return max((time for time in said if _votes(time, witnesses) >= votes), default=None)


def _knows_later(time: datetime, witnesses: Witnesses) -> datetime | None:
    """What this computer knows where the domain went back to ``time``; ``None`` where it did not.

    A floor that is contradicted was wrong (the domain was fast for a while and was put right) where this
    computer's clock as it stands says so too, or where all that is known here does. Where anything here
    supports it, or nothing here supports ``time``, the domain went back. From then on that is so until this
    computer's clock and the domain agree again, and not only until the floor is reached: that stands still
    between two programs.

    Another domain controller that says no less than the floor decides it at once.
    """
    computer, carried, corrected = witnesses.computer, witnesses.carried, witnesses.corrected
    if is_below_floor(time, witnesses.floor):
        # One that never went back: this computer may take its time from one that did.
        others = [r.time for r in witnesses.controllers if not is_below_floor(r.time, witnesses.floor)]
        if others:
            return max(others)
    if agree(computer, time):
        return None
    before = max((t for t in (witnesses.floor, carried) if t is not None), default=None)
    if before is None or not is_below_floor(time, before):
        goes_on = witnesses.went_back and corrected is not None and is_below_floor(time, corrected)
        return corrected if goes_on else None
    known = [t for t in (carried, corrected) if t is not None]
    supporting = [t for t in known if not is_below_floor(t, before)]
    if agree(computer, before):
        supporting.append(computer)
    if not supporting and any(agree(t, time) for t in known):
        return None
    return max([before, *supporting])


def _to_count_with(witnesses: Witnesses) -> datetime:
    """Where nobody is supported by another: the latest time that more than half of them call over, so that
    one alone neither lengthens nor shortens. What is earlier than the floor is wrong and no voice.

    This computer's clock is a voice beside others only: somebody may have set it. Where all others are wrong
    it is the floor that counts. Beside a lone domain controller it is none before the two were ever compared.
    """
    carried, floor = witnesses.carried, witnesses.floor
    said = [*(r.time for r in witnesses.controllers), *([] if carried is None else [carried])]
    possible = [time for time in said if not is_below_floor(time, floor)]
    if not possible:
        return witnesses.main.time if floor is None else floor
    wall = witnesses.computer if witnesses.corrected is None else witnesses.corrected
    is_heard = witnesses.corrected is not None or len(said) > 1
    if is_heard and not is_below_floor(wall, floor):
        possible.append(wall)
    return sorted(possible)[(len(possible) - 1) // 2]


def _latest_of_all(witnesses: Witnesses) -> datetime | None:
    """The latest of all clocks; ``None`` where what is carried on here and the clock on the wall say the same
    against all others: they don't depend on each other."""
    here = [t for t in (witnesses.corrected, witnesses.computer) if t is not None]
    if witnesses.carried is not None and any(agree(witnesses.carried, t) for t in here):
        return None
    return max(_candidates(witnesses))


# --- words ------------------------------------------------------------------------------------------------


def _doubt(witnesses: Witnesses, time: datetime, *, is_trusted: bool) -> str:
    main = witnesses.main
    local = next((t for t in (witnesses.carried, witnesses.corrected) if t is not None), witnesses.computer)
    others = [(f"{r.host}'s", main.time - r.time) for r in witnesses.others]
    compared = [*others, ("this computer's", main.time - local)]
    if is_trusted:
        compared = [(whose, off) for whose, off in compared if agree(main.time - off, time)] or compared
    sentence = _compared(main, compared)
    if is_trusted:
        return f"{sentence}."
    if witnesses.others:
        return f"{sentence}, and no two of them agree."
    return f"{sentence}, and nobody else could be asked which is right."


def _compared(main: Reading, others: Sequence[tuple[str, timedelta]]) -> str:
    """``others``: whose clock, and by how much that of ``main`` is ahead of it."""
    told: dict[str, list[str]] = {}
    for whose, off in others:
        words = "the same as" if abs(off) < timedelta(seconds=1) else difference_words(off)
        told.setdefault(words, []).append(whose)
    apart = " and ".join(f"{words} {_all_of(words, names)}" for words, names in told.items())
    return f"{main.host}'s clock is {apart}"


def _tied(witnesses: Witnesses) -> str:
    main = witnesses.main
    said = [(f"{r.host}'s", r.time) for r in witnesses.others] + [("this computer's", witnesses.computer)]
    apart = [(whose, main.time - time) for whose, time in said if not agree(time, main.time)]
    return f"{_compared(main, apart)}, and as many clocks say the one as the other."


def _went_back(witnesses: Witnesses, time: datetime, later: datetime) -> str:
    hosts = " and ".join(r.host for r in witnesses.controllers if agree(r.time, time))
    by = difference_words(later - time).rpartition(" ahead of")[0]
    return (
        f"The clocks of the domain went back by {by}, as {hosts} show: "
        "what this computer knows of the time before says otherwise."
    )


def _all_of(words: str, names: Sequence[str]) -> str:
    joint = " and of " if words.endswith(" of") else " and "
    return joint.join(names)
