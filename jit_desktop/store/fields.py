# SPDX-License-Identifier: MIT
"""How values are kept and read: a point in time as UTC text that sorts, aware in and aware out, and what
can't be read as damage of its own row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, overload

from peewee import SQL, Field, Model, SqliteDatabase, TextField, fn
from typing_extensions import override

_V = TypeVar("_V")
_M = TypeVar("_M", bound=Model)

if TYPE_CHECKING:
    from peewee import ModelSelect

    class _TypedField(Field[_V]): ...

else:
    # Peewee's fields have type parameters in its stubs only.
    class _TypedField(Field):
        def __class_getitem__(cls, _: object) -> type[Field]:
            return cls


def utc_text(moment: datetime) -> str:
    """``moment`` as ``2026-01-31T23:59:59.000000Z``: fixed width, so that text order is time order.

    Raises :class:`ValueError` for a naive one: nobody can know which hour it means.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a naive datetime can't be stored: {moment!r}")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def utc_from_text(text: str) -> datetime:
    """The reverse of :func:`utc_text`; :class:`ValueError` for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"not a UTC time: {text!r}")
    return moment.astimezone(UTC)


def utc_or_none(text: str | None) -> datetime | None:
    """The same; ``None`` for what is no time."""
    try:
        return None if text is None else utc_from_text(text)
    except (ValueError, OverflowError):
        return None


UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What values that nobody expects raise while a row is read: times beyond the calendar, JSON of another shape
or too deep to be read."""


LARGEST_NUMBER: Final = 2**31
"""No number that is kept is as large; seconds that are added to a time do not lead beyond the calendar."""


class UnreadableRow(ValueError):
    """A row holds what no version of this program wrote. ``readable``: what the others of the answer hold."""

    def __init__(self, message: str, readable: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.readable = readable


class Connection(sqlite3.Connection):
    """A connection whose texts that are not UTF-8 are unreadable values like any other: SQLite checks no text
    that it keeps, and Python's own error for it tells neither what it is nor that it is damage."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.text_factory = _text


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UnreadableRow("a text is not UTF-8") from error


def one_by_one(database: SqliteDatabase, query: ModelSelect[_M], key: TextField) -> Iterator[ModelSelect[_M]]:
    """A question for each row that ``query`` finds, ``key`` being its primary key: a row that can't be read
    keeps no other one back, not even where its key is what can't be read."""
    keys: list[tuple[str]] = list(query.select(fn.HEX(key)).tuples().bind(database))  # type: ignore[arg-type]
    for (hexadecimal,) in keys:
        yield query.model.select().where(key == SQL("CAST(? AS TEXT)", (bytes.fromhex(hexadecimal),)))


class UtcDateTimeField(_TypedField[_V]):
    """A column of :func:`utc_text`. Peewee's own field would keep naive local times."""

    field_type = "TEXT"

    @overload
    def __new__(cls, *, null: Literal[True]) -> UtcDateTimeField[datetime | None]: ...

    @overload
    def __new__(cls, *, null: Literal[False] = ...) -> UtcDateTimeField[datetime]: ...

    def __new__(cls, **kwargs: Any) -> Any:
        return super().__new__(cls)

    @override
    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else utc_text(value)

    @override
    def python_value(self, value: str | None) -> datetime | None:
        try:
            return None if value is None else utc_from_text(value)
        except (ValueError, OverflowError) as error:  # the last of one that is before the year 1 in UTC
            raise UnreadableRow(str(error)) from error
