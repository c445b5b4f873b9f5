"""Where two JSON values differ, what two readings of the first disagree about left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

ROWS: Final = "[]"  # stands for every place in an array
Place = tuple[str, ...]


class Change(StrEnum):
    """What became of a value."""

    GONE = "gone"
    TYPE = "type"
    EMPTIED = "emptied"
    ROWS = "rows"
    VALUE = "value"
    ADDED = "added"


_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class _Three:
    """The same place in three answers: before, asked again, after."""

    place: Place
    was: Any
    again: Any
    now: Any


def changes(before: Any, again: Any, after: Any) -> Iterator[tuple[Change, Place, str]]:
    """Each change with its place and what more there is to say; `again` is another reading of `before`."""
    open_ = [_Three((), before, again, after)]
    while open_:  # a list of its own, since a value may be deeper than Python goes
        one = open_.pop()
        if isinstance(one.was, dict) and isinstance(one.now, dict):
            yield from _objects(one, one.was, one.now, open_)
        elif isinstance(one.was, list) and isinstance(one.now, list):
            yield from _arrays(one, one.was, one.now, open_)
        elif one.was is not None and one.now is not None and _kind(one.was) != _kind(one.now):
            yield Change.TYPE, one.place, f" is {_kind(one.now)}, and was {_kind(one.was)}"
        elif one.was != one.now and one.was == one.again:
            yield Change.VALUE, one.place, ""


def _objects(
    one: _Three, was: dict[str, Any], now: dict[str, Any], open_: list[_Three]
) -> Iterator[tuple[Change, Place, str]]:
    again = one.again if isinstance(one.again, dict) else {}
    for key, value in was.items():
        place = (*one.place, key)
        if key in now:
            open_.append(_Three(place, value, again.get(key, _ABSENT), now[key]))
        else:
            yield Change.GONE, place, ""
    for key in now:
        if key not in was:
            yield Change.ADDED, (*one.place, key), ""


def _arrays(one: _Three, was: list[Any], now: list[Any], open_: list[_Three]) -> Iterator[tuple[Change, Place, str]]:
    steady = isinstance(one.again, list) and len(one.again) == len(was)
    if steady and len(was) != len(now):
        yield _counted(one.place, len(was), len(now))
        if was and now:  # which row is which is not known: only their shape is compared
            open_.append(_Three((*one.place, ROWS), was[0], _ABSENT, now[0]))
        return
    others = one.again if steady else [_ABSENT] * len(was)
    open_ += [_Three((*one.place, ROWS), *three) for three in zip(was, others, now, strict=False)]


def _counted(place: Place, was: int, now: int) -> tuple[Change, Place, str]:
    return (Change.ROWS, place, f" has {now} rows, and had {was}") if now else (Change.EMPTIED, place, "")


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
    return "an object"
