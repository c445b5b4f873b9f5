"""The statements that give objects the names back that they had. Pure.

Whoever holds a name that is wanted back steps aside under another one first: the new table beside the old one, or
the other of two that changed names. That one gets its own name back when its turn comes, or goes with what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from haulback.model.schema import Address, InverseStep, ObjectKey, Schema
from haulback.pg.catalog.kind import kinds
from haulback.pg.catalog.places import INSIDE, ROUTINES, Home, Place, children, places
from haulback.pg.catalog.survivors import survivors

# In this order. A routine is named with the types of its arguments: its turn is before theirs.
_RANKS: Mapping[str, int] = {
    **dict.fromkeys(ROUTINES, 0),
    "schema": 1,
    **dict.fromkeys(("table", "foreign_table", "view", "materialized_view"), 2),
    "type": 3,
    "column": 5,
    **dict.fromkeys(INSIDE - {"column"}, 6),
}
_OTHERS = 4
_ROW_TYPED = frozenset({"table", "foreign_table", "view", "materialized_view"})
_WITH_INDEX = frozenset({"p", "u", "x"})

_Claim = tuple[object, ...]


def renames(
    before: Schema, now: Schema, aside: Callable[[ObjectKey], bool] = lambda _: False
) -> tuple[InverseStep, ...]:
    """Returns what gives the survivors of `before` their names back, to run in this order.

    Args:
        before: the names wanted.
        now: what is there; where it is not certain that it is the same database, nothing is returned.
        aside: says which of the new objects must not keep a name of `before`, though nobody wants it back.
    """
    lives = survivors(before, now)
    if not before.origin or before.origin != now.origin:
        return ()
    new = now.objects.keys() - set(lives.values())
    asides = sorted(key for key in new & before.objects.keys() if aside(key))
    if not asides and all(key == other for key, other in lives.items()):
        return ()
    work = _Work(before, now, lives)
    for key in asides:
        work.put_aside(key)
    work.give_names_back()
    return tuple(work.steps)


class _Work:
    """One set of renames while it is made, on a picture of who is called what."""

    def __init__(self, before: Schema, now: Schema, lives: Mapping[ObjectKey, ObjectKey]) -> None:
        self.steps: list[InverseStep] = []
        self._before, self._now = before, now
        same = {before.addresses[k]: now.addresses.get(o) for k, o in lives.items() if k in before.addresses}
        self._there: dict[Home | None, Place] = {one.address: one for one in places(now)}
        self._wanted = {
            one.address: replace(one, home=_translated(one.home, same))
            for one in places(before)
            if same.get(one.address) == one.address and one.address in self._there
        }
        self._children = children(now)
        self._depths = _depths(self._children)
        self._followers: dict[Home, list[Address]] = {}
        self._holders: dict[_Claim, Address] = {}
        for one in self._there.values():
            leader = one.home if one.kind == "constraint" else one.rides
            if leader is not None:
                self._followers.setdefault(leader, []).append(one.address)
        for one in self._there.values():
            self._hold(one)

    def put_aside(self, key: ObjectKey) -> None:
        """Gives a new object another name, unless its parent's does that."""
        one = self._there.get(self._now.addresses[key])
        inherited = key.kind == "column" and self._now.objects[key].facets.get("inherited")
        if one is not None and one.key == key and not inherited:
            self._rename(one, _aside(one))

    def give_names_back(self) -> None:
        for address in sorted(self._wanted, key=self._turn):
            self._bring(address, self._wanted[address])

    def _turn(self, address: Address) -> tuple[int, int, ObjectKey]:
        """Parents of inheritance come before their children, whose columns follow by themselves."""
        one = self._wanted[address]
        table = one.home if one.kind in INSIDE else address
        return _RANKS.get(one.kind, _OTHERS), self._depths.get(table, 0), one.key

    def _bring(self, address: Address, wanted: Place) -> None:
        one = self._there[address]
        moves = wanted.home != one.home and one.kind not in INSIDE and None not in {wanted.home, one.home}
        if not moves and wanted.name == one.name:
            return
        home = wanted.home if moves else self._home(one)
        train = [self._there[a] for a in self._followers.get(address, ())] if moves else []
        targets = [replace(one, name=wanted.name), *train]
        if not self._clear([claim for place in targets for claim in self._claims(place, home)], one, train):
            return
        if moves and wanted.name != one.name:
            # Under either name it could meet another object on the way.
            self._rename(one, _aside(one))
            self._move(self._there[address], home)
            self._rename(self._there[address], wanted.name)
        elif moves:
            self._move(one, home)
        else:
            self._rename(one, wanted.name)

    def _clear(self, claims: list[_Claim], one: Place, train: list[Place]) -> bool:
        """Makes the names free; False where that would take a type away from the columns that have it now."""
        mine = {one.address, *(follower.address for follower in train)}
        found = {self._holders[claim] for claim in claims if claim in self._holders} - mine
        if one.kind == "type" and found - self._wanted.keys():
            return False
        for address in sorted(found):
            self._rename(self._there[address], _aside(self._there[address]))
        return True

    def _rename(self, one: Place, name: str) -> None:
        identity = self._identity(one)
        if one.kind == "column":
            statement = f"ALTER TABLE {identity} RENAME COLUMN {one.name} TO {name}"
        elif one.kind == "constraint":
            statement = f"ALTER TABLE {identity} RENAME CONSTRAINT {one.name} TO {name}"
        elif one.kind in INSIDE:
            statement = f"ALTER {_noun(one.kind)} {one.name} ON {identity} RENAME TO {name}"
        else:
            statement = f"ALTER {_noun(one.kind)} {identity} RENAME TO {name}"
        self.steps.append(InverseStep(one.key, statement))
        for each in (one, *self._recursion(one, one.home)):
            self._change(each, replace(each, name=name))

    def _recursion(self, one: Place, table: Home | None) -> Iterator[Place]:
        """What the server renames with it in the tables that inherit: columns and checks of the same name."""
        if one.kind != "column" and one.form != "c":
            return
        for child in self._children.get(table or "", ()):
            held = self._holders.get((one.kind, child, one.name))
            if held is not None:
                yield self._there[held]
            yield from self._recursion(one, child)

    def _move(self, one: Place, home: Home | None) -> None:
        schema = self._schema(home)  # may have to be made first
        self.steps.append(InverseStep(one.key, f"ALTER {_noun(one.kind)} {self._identity(one)} SET SCHEMA {schema}"))
        train = [self._there[address] for address in self._followers.get(one.address, ())]
        for each in (one, *train):
            self._release(each)
        self._there[one.address] = replace(one, home=home)
        for each in (one, *train):
            self._hold(self._there[each.address])

    def _change(self, old: Place, new: Place) -> None:
        self._release(old)
        self._there[new.address] = new
        self._hold(new)

    def _hold(self, one: Place) -> None:
        for claim in self._claims(one, self._home(one)):
            self._holders.setdefault(claim, one.address)

    def _release(self, one: Place) -> None:
        for claim in self._claims(one, self._home(one)):
            if self._holders.get(claim) == one.address:
                del self._holders[claim]

    def _home(self, one: Place) -> Home | None:
        """The schema that it is in, if any."""
        if one.kind in INSIDE:
            relation = self._there.get(one.home)
        elif one.rides is not None:
            relation = self._there.get(one.rides)
        else:
            return one.home
        return relation.home if relation else None

    def _claims(self, one: Place, schema: Home | None) -> list[_Claim]:
        """The names that nobody else of the same sort can have meanwhile."""
        if one.kind in ROUTINES:
            return [("routine", schema, one.name, one.arguments)]
        if one.kind in INSIDE:
            index = [("relation", schema, one.name)] if one.form in _WITH_INDEX else []
            return [(one.kind, one.home, one.name), *index]
        if one.kind in _ROW_TYPED or one.form == "composite":
            return [("relation", schema, one.name), ("type", schema, one.name)]
        if one.kind in {"index", "sequence"}:
            return [("relation", schema, one.name)]
        return [(one.kind, schema, one.name)]

    def _identity(self, one: Place) -> str:
        """How it is called now; for what lives in a relation, that one."""
        if one.kind in INSIDE:
            return self._identity(self._there[one.home])
        schema = self._home(one)
        if schema is None:
            return one.name
        return f"{self._schema(schema)}.{one.name}{one.arguments}"

    def _schema(self, home: Home | None) -> str:
        """The name of a schema, which is made where it is gone."""
        if home is None or isinstance(home, str):
            return str(home)
        if home not in self._there:
            self._make_schema(home)
        return self._there[home].name

    def _make_schema(self, address: Address) -> None:
        key = next(key for key, place in self._before.addresses.items() if place == address)
        made = Place(key, address, key.identity)
        self._clear(self._claims(made, None), made, [])
        self.steps += [InverseStep(key, statement) for statement in self._before.objects[key].create]
        self._there[address] = made
        self._hold(made)


def _translated(home: Home | None, same: Mapping[Address, Address | None]) -> Home | None:
    return home if home is None or isinstance(home, str) else same.get(home) or home


def _depths(children_of: Mapping[Home, tuple[Home, ...]]) -> dict[Home | None, int]:
    found: dict[Home | None, int] = {}
    queue = [(child, 1) for members in children_of.values() for child in members]
    while queue:
        table, depth = queue.pop()
        if depth > found.get(table, 0):
            found[table] = depth
            queue += [(child, depth + 1) for child in children_of.get(table, ())]
    return found


def _aside(one: Place) -> str:
    _, number, sub = one.address
    return f"haulback_aside_{number}" + (f"_{sub}" if sub else "")


def _noun(kind: str) -> str:
    return "ROUTINE" if kind in ROUTINES else kinds()[kind].noun
