"""Where in the claims of a token its role stands: PostgREST's `jwt-role-claim-key`.

A JSON path (RFC 9535) of names, places and, as its last step, one filter: `$.app.roles[?(@ == 'author')]`. The older
syntax without `$`, with its filters by beginning, end and part, is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 1000  # characters of a path
_DEEPEST, _FARTHEST = 32, 32  # steps, and places of a list, that a role is put at
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_NAME = re.compile(r"\.([^\W\d]\w*)")
_OLD_NAME = re.compile(r"""\.(?:([\w$@]+)|"([^"]*)")""")
_IN_QUOTES = re.compile(rf"\[\s*({_QUOTED})\s*\]")
_PLACE = re.compile(r"\[\s*(-?\d{1,9})\s*\]")
_COMPARED = re.compile(rf"\[\s*\?\s*(?:\(\s*@\s*(==|!=)\s*({_QUOTED})\s*\)|@\s*(==|!=)\s*({_QUOTED}))\s*\]")
_SEARCHED = re.compile(
    rf"\[\s*\?\s*(?:\(\s*search\(\s*@\s*,\s*({_QUOTED})\s*\)\s*\)|search\(\s*@\s*,\s*({_QUOTED})\s*\))\s*\]"
)
_OLD_FILTER = re.compile(r"""\[\?\(@\s*(==\^|\^==|\*==|==|!=)\s*"([^"]*)"\)\]""")
_ESCAPED = re.compile(r"\\(.)")


class UnreadablePath(ValueError):
    """A text is no path to a role."""


class UnplaceableRole(ValueError):
    """No claims can be made that a path finds the role in."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The first text of a list that is as it says: `sign` is an operator of the path, or "search"."""

    sign: str
    wanted: str

    def takes(self, text: str) -> bool:
        return _SIGNS[self.sign](text, self.wanted)


_SIGNS: Mapping[str, Callable[[str, str], bool]] = {
    "==": lambda text, wanted: text == wanted,
    "!=": lambda text, wanted: text != wanted,
    "^==": str.startswith,
    "==^": str.endswith,
    "*==": lambda text, wanted: wanted in text,
    "search": lambda text, wanted: re.search(wanted, text) is not None,
}


@dataclass(frozen=True, slots=True)
class RolePath:
    """Names of members, places in lists, and at most one filter, which is the last."""

    steps: tuple[str | int | Filter, ...]

    def found(self, claims: Mapping[str, Any]) -> Any:
        """What stands there; None where nothing does."""
        at: Any = claims
        for step in self.steps:
            match step, at:
                case str(), dict():
                    at = at.get(step)
                case int(), list():
                    at = at[step] if -len(at) <= step < len(at) else None
                case Filter(), list():
                    at = next((one for one in at if isinstance(one, str) and step.takes(one)), None)
                case _:
                    return None
        return at

    def placed(self, claims: Mapping[str, Any], role: str) -> dict[str, Any]:
        """The claims with the role where it is found, and in `role` as well, which others than PostgREST read.

        Nothing of the claims is replaced, but for `role`.

        Raises:
            UnplaceableRole: something else stands there, or the path cannot lead to this role.
        """
        if len(self.steps) > _DEEPEST:
            raise UnplaceableRole
        bare = {name: value for name, value in claims.items() if name != "role"}
        made = _placed(bare, self.steps, role)
        made.setdefault("role", role)
        if self.found(made) != role:
            raise UnplaceableRole
        return dict(made)


def _placed(at: Any, steps: tuple[str | int | Filter, ...], role: str) -> Any:
    if not steps:
        if at not in (None, role):
            raise UnplaceableRole
        return role
    step, *rest = steps
    match step, at:
        case str(), dict() | None:
            at = at or {}
            return {**at, step: _placed(at.get(step), tuple(rest), role)}
        case int(), list() | None:
            return _at_place(at or [], step, tuple(rest), role)
        case Filter(), list() | None:
            return at if role in (at or ()) else [*(at or ()), role]
        case _:
            raise UnplaceableRole


def _at_place(within: list[Any], place: int, rest: tuple[str | int | Filter, ...], role: str) -> list[Any]:
    missing = (place + 1 if place >= 0 else -place) - len(within)
    if missing > _FARTHEST or (missing > 0 and place < 0 and within):
        raise UnplaceableRole
    made = [*within, *[None] * missing]
    made[place] = _placed(made[place], rest, role)
    return made


ROLE = RolePath(("role",))


def role_path(text: str) -> RolePath:
    """Reads a path.

    Raises:
        UnreadablePath: it is none, or has what is not read here.
    """
    if len(text) > _LONGEST:
        raise UnreadablePath(text)
    is_old = not text.startswith("$")
    place, steps = (0 if is_old else 1), list[str | int | Filter]()
    while place < len(text):
        step, place = _step(text, place, is_old=is_old)
        if steps and isinstance(steps[-1], Filter):
            raise UnreadablePath(text)
        steps.append(step)
    if not steps:
        raise UnreadablePath(text)
    return RolePath(tuple(steps))


def _step(text: str, place: int, *, is_old: bool) -> tuple[str | int | Filter, int]:
    if found := (_OLD_NAME if is_old else _NAME).match(text, place):
        return next(one for one in found.groups() if one is not None), found.end()
    if found := _PLACE.match(text, place):
        return int(found[1]), found.end()
    if is_old:
        if found := _OLD_FILTER.match(text, place):
            return Filter(found[1], found[2]), found.end()
    elif found := _IN_QUOTES.match(text, place):
        return _plain(found[1]), found.end()
    elif found := _COMPARED.match(text, place):
        return Filter(found[1] or found[3], _plain(found[2] or found[4])), found.end()
    elif found := _SEARCHED.match(text, place):
        return Filter("search", _pattern(_plain(found[1] or found[2]))), found.end()
    raise UnreadablePath(text)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as wrong:
        raise UnreadablePath(text) from wrong
    return text


def _plain(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted[1:-1])
