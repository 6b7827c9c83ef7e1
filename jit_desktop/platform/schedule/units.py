# SPDX-License-Identifier: MIT
"""The text of the two systemd units, and how words stand in it (systemd.syntax(7), systemd.service(5))."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./=,+@-]+")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|sec|min|m|h|hr|d|day|days|w|)(?=\s|\d|$)")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "": 1, "min": 60, "m": 60, "h": 3600, "hr": 3600}
_UNITS |= {"d": 86400, "day": 86400, "days": 86400, "w": 604800}

ENV = "/usr/bin/env"

# Nothing that needs a mount namespace: ProtectHome would hide the data folder, PrivateTmp the Kerberos
# tickets in /tmp. AF_UNIX is the way to the credential store (D-Bus), AF_NETLINK that of name resolution.
_SERVICE = """\
# Made by JIT Desktop, which writes it anew; own changes belong into a drop-in (systemctl --user edit).
[Unit]
Description=JIT Desktop: end every elevation that is due

[Service]
Type=oneshot
ExecStart={command}
TimeoutStartSec=15min
# What waits for a disk that does not answer can't be ended, and must not keep the next sweep from starting.
KillMode=process
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
"""

# OnUnitActiveSec stands still while the computer sleeps (CLOCK_MONOTONIC); a calendar time that was missed in
# sleep comes at once after it, and Persistent= does that for the time it was off.
_TIMER = """\
# Made by JIT Desktop, which writes it anew; own changes belong into a drop-in (systemctl --user edit).
[Unit]
Description=JIT Desktop: sweep every {every} s

[Timer]
OnStartupSec=5s
OnUnitActiveSec={every}s
{calendar}AccuracySec=1s
Persistent=yes

[Install]
WantedBy=timers.target
"""


def service_text(command: Sequence[str]) -> str:
    """The unit that runs ``command`` once."""
    if set(command[0]) & set("\"'\\"):
        command = (ENV, *command)  # systemd takes no program with a quote or backslash in its path
    # With ":" no variables are put in, neither into the program's path nor elsewhere (systemd 244 and later).
    prefix = ":" if any("$" in word for word in command) else ""
    return _SERVICE.format(command=prefix + " ".join(quoted(word) for word in command))


def timer_text(every_seconds: int) -> str:
    """The unit that starts it every so many seconds."""
    calendar = calendar_of(every_seconds)
    line = f"OnCalendar={calendar}\n" if calendar else ""
    return _TIMER.format(every=every_seconds, calendar=line)


def calendar_of(every_seconds: int) -> str:
    """The interval as calendar times (systemd.time(7)), empty where it does not fit into a minute or hour."""
    if every_seconds < 60:
        return f"*-*-* *:*:0/{every_seconds}" if 60 % every_seconds == 0 else ""
    minutes, rest = divmod(every_seconds, 60)
    if rest or minutes > 60 or 60 % minutes:
        return ""
    return "*-*-* *:00:00" if minutes == 60 else f"*-*-* *:0/{minutes}:00"


def quoted(word: str) -> str:
    """One word of a command line: quoted, with C escapes, and ``%`` doubled."""
    word = word.replace("%", "%%")
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\x{ord(c):02x}" if c < " " or c == "\x7f" else c for c in escaped) + '"'


def words_of(line: str) -> tuple[str, ...]:
    """The words that :func:`quoted` has put into ``line``."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line.strip().removeprefix(":"))
    words = tuple(_unescaped(inner) if inner else plain.replace("%%", "%") for inner, plain in found)
    return words[1:] if words[:1] == (ENV,) else words


def _unescaped(text: str) -> str:
    text = re.sub(r"\\(?:x([0-9a-f]{2})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)
    return text.replace("%%", "%")


def seconds_of(span: str) -> int:
    """The whole seconds of a time span as systemd writes it (``1min 30s``); 0 for what is none."""
    return int(sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(span)))
