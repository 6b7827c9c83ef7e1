# SPDX-License-Identifier: MIT
"""A password that does not show itself: not in a log, a traceback, a repr, a pickle or a comparison."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """Holds a password; only :meth:`reveal` gives it out, and only the directory room calls that."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The password itself. Never store, log or format what this returns."""
        return self.__value

    def is_same_as(self, other: Secret) -> bool:
        """Whether both hold the same password; takes as long whatever they hold."""
        ours, theirs = (secret.reveal().encode("utf-8", "surrogatepass") for secret in (self, other))
        return hmac.compare_digest(ours, theirs)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never written anywhere")
