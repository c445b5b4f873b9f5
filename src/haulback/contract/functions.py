"""Which functions clients can call, and could call otherwise before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from haulback.contract.columns import is_wider
from haulback.contract.wording import added, changed, difference, gone, listed, named
from haulback.hazards.names import parts
from haulback.model.contract import Concerns, Difference, OfferedFunction, Severity

_Functions = Mapping[str, tuple[OfferedFunction, ...]]


def compared(before: _Functions, after: _Functions) -> Iterator[Difference]:
    """One overload after the other; which it is now is told by the names of its arguments, as calls tell it."""
    for name, overloads in before.items():
        path, now = tuple(parts(name)), after.get(name, ())
        for one in overloads:
            yield from _Call(path, one, len(overloads) > 1).against(now)
        yield from _ambiguous(path, overloads, now)
    for name, overloads in after.items():
        path = tuple(parts(name))
        if name not in before:
            roles = overloads[0].roles
            yield added("function-added", path, f"{name}() is new for {listed(roles)}", roles)


def _ambiguous(
    path: tuple[str, ...], before: Sequence[OfferedFunction], after: Sequence[OfferedFunction]
) -> Iterator[Difference]:
    """Calls that fitted one overload and fit several now, which are refused."""
    for one in before:
        for given in (_required(one), frozenset(each.name for each in one.arguments)):
            if sum(_fits(each, given) for each in before) == 1 and sum(_fits(each, given) for each in after) > 1:
                told = f"calls of {named(path)}({', '.join(sorted(given))}) became ambiguous"
                yield gone("call-ambiguous", path, told, one.roles)
                break


def _required(one: OfferedFunction) -> frozenset[str]:
    return frozenset(each.name for each in one.arguments if each.required)


def _fits(one: OfferedFunction, given: frozenset[str]) -> bool:
    return _required(one) <= given <= {each.name for each in one.arguments}


class _Call:
    """One overload that was there."""

    def __init__(self, path: tuple[str, ...], before: OfferedFunction, is_one_of_several: bool) -> None:  # noqa: FBT001
        self._path, self._before = path, before
        arguments = ", ".join(each.name or each.type for each in before.arguments)
        self._name = f"{named(path)}({arguments if is_one_of_several else ''})"

    def against(self, overloads: Sequence[OfferedFunction]) -> Iterator[Difference]:
        now = self._same(overloads)
        if now is None:
            yield gone("function-gone", self._path, f"{self._name} is gone", self._before.roles)
            return
        lost = [role for role in self._before.roles if role not in now.roles]
        if lost:
            yield gone("call-forbidden", self._path, f"{listed(lost)} may call {self._name} no more", lost)
        yield from self._arguments(now)
        yield from self._returned(now)

    def _same(self, overloads: Sequence[OfferedFunction]) -> OfferedFunction | None:
        """The overload that has most of the arguments."""
        names = {each.name for each in self._before.arguments}

        def likeness(one: OfferedFunction) -> tuple[int, int]:
            theirs = {each.name for each in one.arguments}
            types = len(set(one.arguments) & set(self._before.arguments))
            return len(names & theirs) - len(names ^ theirs), types

        return max(overloads, key=likeness, default=None)

    def _arguments(self, now: OfferedFunction) -> Iterator[Difference]:
        there = {each.name: each for each in now.arguments}
        known = {each.name for each in self._before.arguments}
        for each in self._before.arguments:
            other = there.get(each.name)
            if other is None:
                yield self._request("argument-gone", each.name, f"{self._name} takes {each.name or 'a body'} no more")
            elif other.type != each.type and not is_wider(each.type, other.type):
                told = f"{each.name or 'the body'} of {self._name} is {other.type}, and was {each.type}"
                yield self._request("argument-type", each.name, told)
            elif other.required and not each.required:
                told = f"{each.name} of {self._name} became required"
                yield self._request("argument-required", each.name, told)
        for each in now.arguments:
            if each.name in known:
                continue
            if each.required:
                told = f"{self._name} wants {each.name or 'a body'}, which clients do not send"
                yield self._request("argument-required", each.name, told)
            else:
                yield added("argument-added", self._path, f"{self._name} takes {each.name}")

    def _request(self, kind: str, argument: str, told: str) -> Difference:
        path = (*self._path, argument)
        return difference(kind, Severity.BREAKING, Concerns.REQUESTS, path, told, self._before.roles)

    def _returned(self, now: OfferedFunction) -> Iterator[Difference]:
        was = self._before
        if (was.is_set, was.returns) != (now.is_set, now.returns):
            told = f"{self._name} returns {_type(now)}, and returned {_type(was)}"
            if was.is_set == now.is_set and is_wider(was.returns, now.returns):
                yield added("returns-wider", self._path, told)
            else:
                yield changed("returns-changed", self._path, told, was.roles)
            return
        columns = dict(now.columns)
        for name, type_ in was.columns:
            if name not in columns:
                yield changed("returns-changed", self._path, f"{self._name} returns {name} no more", was.roles)
            elif columns[name] != type_ and not is_wider(type_, columns[name]):
                told = f"{name} of what {self._name} returns is {columns[name]}, and was {type_}"
                yield changed("returns-changed", self._path, told, was.roles)


def _type(one: OfferedFunction) -> str:
    return f"setof {one.returns}" if one.is_set else one.returns
