# SPDX-License-Identifier: MIT
"""Makes `docs/reliability.md` from the JSON of a run, which stands beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
JSON, DOCUMENT = DOCS / "reliability.json", DOCS / "reliability.md"
MUTATIONS = DOCS / "mutation.json"

_HEAD = """# Reliability

No elevation outlives its deadline, whatever dies. This page shows what was tried; it is made by
`python -m tests.reliability.document` from [`reliability.json`](reliability.json): the results of
`make reliability`, or of several runs that did a part each; every series says at which state of the
program and how much of it was tried. A short form of every series is part of `make test`.

What was lent is looked at on a second connection: a second before its deadline, two seconds after it and a
minute after it. “Lost” is also a record: transitions, rows and audit trail are compared with what was seen
being written. An alarm that is missing is a finding as one that is false.

| series | cases | outlived deadline | lost | doubled | false alarms | otherwise wrong | seconds |
|---|--:|--:|--:|--:|--:|--:|--:|
"""

_ABOUT = {
    "kill, restart": (
        "The process is killed (SIGKILL) before and after every write to the directory (add, "
        "modify, delete) and every commit of the database, found by instrumentation; the migration "
        "of an old database besides before and after every statement. Then the program starts again "
        "on the same database. Real Samba, real SQLite. Power was not cut: that a commit outlives it is "
        "read off the program's own connection (`PRAGMA synchronous`)."
    ),
    "kill, sweep by another copy": (
        "The same, but a copy with an empty database sweeps until all is over; then the first one starts too."
    ),
    "fault": (
        "A TCP proxy in front of Samba spoils a request of a flow: cut before it, after it but "
        "before the answer, in the middle of a page of results, no answer; or from that request on "
        "the domain controller refuses connections, hangs, is slow, or is gone until after the deadline: "
        "then an alarm has to be up as long as anything is held. The requests are found by a recording run. "
        "Each write meets every kind of fault; each other request two of them, in turn, so that four in a "
        "row meet all eight. "
        "Besides, from each write on the account that signs in has no right to write any more, until after "
        "the deadline, by an access control list of the real directory: the same alarm."
    ),
    "two domain controllers": ("Two Samba domain controllers that replicate."),
    "two copies at once": (
        "Between any two writes of one copy another one acts on the same elevation or the same account, with "
        "the same database or its own: checks in, ticks, sweeps, extends, checks out. Once with each step "
        "of a grant so slow that all of it takes longer than any lease."
    ),
    "a store that fails": (
        "From one of the program's writes on the disk is full, the folder is gone, or another program holds "
        "the lock: what is due ends all the same. Where the directory is away as well, the pass itself "
        "raises the alarm, by what it has read or written before."
    ),
    "domain controllers whose clocks differ": (
        "One of two is wrong by six minutes, an hour or a day, from before the grant, after it, or before a "
        "restart; the other one and this computer are right."
    ),
    "two providers": (
        "One database, two providers, both with something due at the same moment. One can't be reached, "
        "answers nothing or is cut: the other one's elevation ends in the same tick without an alarm, and of "
        "the one there is an alarm."
    ),
    "impostors and onlookers": (
        "Servers with wrong certificates, pins and protocols, domain controllers of other domains, a "
        "password that is refused; modes of files, and what stands in them."
    ),
    "attacks": (
        "Attempts to keep a right past its deadline, by whoever may write the group, hide it, deny rights, "
        "set clocks, lock or remove the database, or check out twice at once. Looked at on both domain "
        "controllers, by memberships and by `tokenGroups`."
    ),
    "races on 1 domain controller": (
        "Two copies with a database each check out one account at the same moment, held back until both are "
        "about to write. One of them gets it, or none: never two. None is where both saw the other one."
    ),
    "races on 2 domain controllers": ("The same, each copy at a domain controller of its own."),
    "late": (
        "A real service in real time. “Right gone”: nobody holds anything of what was due any more. "
        "“Confirmed”: read back and recorded."
    ),
    "many at once": (
        "Elevations with the same deadline end in one tick; “late” is the time from the deadline to "
        "the confirmed end of the last one. “Directory alone” is what emptying and deleting as many "
        "groups takes with nothing else around it. Then what a tick, a sweep and an end take with "
        "and without a long history."
        " The two are measured one after the other, so on a busy machine their ratio says little; the "
        "waiting is part of the tick itself. The series fails if the last one is later than twice that "
        "waiting and a second: an end also reads back and records each step durably."
    ),
    "clocks": (
        "A property test (hypothesis) on the demo domain: wall clock set, sleep that the monotonic "
        "clock does not count, restarts, deaths in the middle, copies without a database, faults, a "
        "directory that is away past the deadline, when what is there has to be an alarm and nothing else "
        "may be one. "
        "“Quiet moments” are those at which all invariants were looked at."
    ),
    "directory-side expiry": (
        "The program is killed at its writes and never starts again; Samba behind a proxy that "
        "imitates Windows Server for `entryTTL` and memberships with a TTL. Windows Server itself "
        "was not at hand. Flows that write times to live are played in each kind of forest, the others in "
        "the one that has both. An expiry and a sweep are also played with a directory that is late: the "
        "program ends it. And the directory can't be asked at the deadline, late or not: an alarm as long as "
        "anything is held, in the copy that granted it and in another one."
    ),
    "audit": (
        "Every row of a trail is altered (each column), removed, moved, copied and cut off, with "
        "the triggers out of the way. Cutting off the end together with a head computed to fit "
        "can't be found in the database alone: it is found by whoever kept the head of an earlier "
        "export (`audit verify --known-head`)."
    ),
}


_OF_POINTS = (
    "kill, restart",
    "kill, sweep by another copy",
    "fault",
    "two copies at once",
    "a store that fails",
    "directory-side expiry",
    "audit",
)
_LATE = "seconds_after_the_deadline"


def lateness(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table of how late the last one was."""
    text = "\n| due at the same moment | last right gone | last one confirmed |\n|---|--:|--:|\n"
    for row in rows:
        text += f"| {row['case']} | {row['last_right_gone']:.1f} s | {row['last_confirmed']:.1f} s |\n"
    return text


def mutations(plants: Sequence[Mapping[str, Any]]) -> str:
    """What was noticed when safeguards were taken away."""
    by_series = [p for p in plants if any(b.startswith("series ") for b in p["noticed_by"])]
    survived = [p for p in plants if not p["noticed_by"]]
    text = (
        "\n## Can the series fail?\n\n"
        "`make mutate` takes one safeguard at a time out of a copy of the program and runs tests and series "
        "against it; a part of a series that notices one stands for all of it. "
        f"[`mutation.json`](mutation.json) has the {len(plants)} that were tried so far; `make mutate` tries "
        f"the others too. {len(by_series)} of them were noticed by the series, {len(survived)} by nothing at "
        "all. Most were tried against tests alone, which come first.\n\n"
        "| safeguard taken away | in | noticed by |\n|---|---|---|\n"
    )
    for plant in plants:
        series = [b.removeprefix("series ") for b in plant["noticed_by"] if b.startswith("series ")]
        tests = sum(b.startswith("test ") for b in plant["noticed_by"])
        who = ", ".join(series + (["a test"] if tests else [])) or "**nothing**"
        text += f"| {plant['plant']} | `{plant['file'].removeprefix('jit_desktop/')}` | {who} |\n"
    return text


def document(outcomes: Sequence[Mapping[str, Any]], plants: Sequence[Mapping[str, Any]] = ()) -> str:
    """The text of the page."""
    text = _HEAD
    for o in outcomes:
        counts = (o[n] for n in ("cases", "outlived_deadline", "lost", "doubled", "false_alarms", "wrong"))
        text += f"| {o['series']} | {' | '.join(f'{n:,}' for n in counts)} | {o['seconds']:.0f} |\n"
    for o in outcomes:
        if _LATE in o["figures"]:
            text += lateness(o["figures"][_LATE])
    for o in outcomes:
        text += f"\n## {o['series'][0].upper()}{o['series'][1:]}\n\n{_ABOUT[o['series']]}\n"
        text += f"\n- program at `{o['commit']}`, on a machine that others used too\n"
        if o["series"] in _OF_POINTS:
            tried = f"{o['how_many']} of each flow" if o["how_many"] else "every one"
            text += f"- points tried: {tried}\n"
        if "faults" in o["figures"]:
            text += (
                f"- faults possible: {len(o['figures']['faults']) * o['figures']['operations_in_all']:,}\n"
            )
        figures = {name: v for name, v in o["figures"].items() if name != _LATE}
        text += "".join(f"- {_words(name)}: {_value(v)}\n" for name, v in figures.items())
        if o["failures"]:
            text += "\nWhat did not hold:\n\n" + "".join(f"- {line}\n" for line in o["failures"])
    return text + (mutations(plants) if plants else "")


def known_plants() -> list[dict[str, Any]]:
    """Those that were tried so far; none before there was any."""
    return json.loads(MUTATIONS.read_text(encoding="utf-8")) if MUTATIONS.exists() else []


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(str(name))} {_value(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def main(*sources: Path) -> None:
    """Take over the JSON of a run, or of several, and make the page from it."""
    outcomes = [o for source in sources for o in json.loads(source.read_text(encoding="utf-8"))]
    JSON.write_text(json.dumps(outcomes, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    DOCUMENT.write_text(document(outcomes, known_plants()), encoding="utf-8")


if __name__ == "__main__":
    main(*([Path(name) for name in sys.argv[1:]] or [JSON]))
