"""From one schema to another: which statements, in which order. Pure.

Both the shadow (from an empty database to the target's schema) and the inverse (from after to before) are
transitions. First goes what is in the way, in the order of dropping; then everything is made and altered in the
order of creation; last goes what altered objects still needed, and the roles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from haulback.model.schema import InverseStep, ObjectKey, Schema, SchemaObject
from haulback.pg.catalog import privileges, renewal
from haulback.pg.catalog.kind import Alteration, Facts, Impossible, Kind, exact_facts_of, facts_of, kinds
from haulback.pg.catalog.kinds.column import KIND as COLUMN
from haulback.pg.catalog.kinds.table import KIND as TABLE
from haulback.pg.catalog.order import create_order, drop_order

# A dropped role must own nothing and a dropped schema must be empty: both wait for everything else.
_LATE = frozenset({"role", "membership", "schema"})
# Alone among dependants a publication lets go by itself when a table goes.
_LETS_GO = frozenset({"publication"})
# These go with their table, table column or view, and nothing else waits for that.
_GOES_ALONG = frozenset({"column", "index"})
# What the server looks for in a partition when it is attached.
_MATCHED = frozenset({"constraint", "index"})


@dataclass(frozen=True)
class Transition:
    """The steps, in three parts that run in this order, and what no step can do.

    `rebuilt` are the objects that are the same before and after but have to give way in between.
    """

    removals: tuple[InverseStep, ...]
    makings: tuple[InverseStep, ...]
    late_removals: tuple[InverseStep, ...]
    altered: dict[ObjectKey, Alteration] = field(default_factory=dict)
    rebuilt: frozenset[ObjectKey] = frozenset()
    impossible: tuple[tuple[ObjectKey, str], ...] = ()

    @property
    def steps(self) -> tuple[InverseStep, ...]:
        return (*self.removals, *self.makings, *self.late_removals)


def transition(
    now: Schema,
    wanted: Schema,
    *,
    kept: Callable[[SchemaObject], bool] = lambda _: False,
    late: frozenset[ObjectKey] = frozenset(),
    creator: str | None = None,
) -> Transition:
    """Returns what leads from `now` to `wanted`.

    Args:
        now: what is there.
        wanted: what shall be there.
        kept: of the objects that `wanted` lacks, those that stay all the same.
        late: of those that go, which to drop last.
        creator: the role that runs the statements, quoted; objects it owns need no change of owner.

    Raises:
        DependencyCycle: what is to be made, or to go, depends on itself.
    """
    return _Work(now, wanted, kept, late, creator).done()


class _Work:
    """One transition while it is made."""

    def __init__(
        self,
        now: Schema,
        wanted: Schema,
        kept: Callable[[SchemaObject], bool],
        late: frozenset[ObjectKey],
        creator: str | None,
    ) -> None:
        self.now, self.wanted, self.creator = now.objects, wanted.objects, creator
        self.kept = {k for k, o in self.now.items() if k not in self.wanted and kept(o)}
        self.gone = {k for k in self.now if k not in self.wanted and k not in self.kept}
        self.new = {k for k in self.wanted if k not in self.now}
        self.altered: dict[ObjectKey, Alteration] = {}
        self.rebuilt: set[ObjectKey] = set()
        self.late: set[ObjectKey] = {k for k in self.gone if k.kind in _LATE or k in late}
        self.impossible: dict[ObjectKey, str] = {}
        self.dependants = now.dependants
        self.waiting: dict[ObjectKey, set[ObjectKey]] = {}
        self.granted = _granted_by_default(self.now.values())

    def done(self) -> Transition:
        self._compare()
        self._renew()
        self._clear_the_way()
        makings = [*self._makings()]
        return Transition(
            (*self._partings(), *self._removals(late=False)),
            tuple(makings),
            (*self._removals(late=True), *(renewal.parting(self.now[k]) for k in self._renewed())),
            self.altered,
            frozenset(self.rebuilt),
            tuple(sorted(self.impossible.items())),
        )

    def _compare(self) -> None:
        for key in sorted(k for k, o in self.now.items() if k in self.wanted and _differ(o, self.wanted[k])):
            old, new = self.now[key], self.wanted[key]
            try:
                alteration = kinds()[key.kind].alter(facts_of(old), facts_of(new))
            except Impossible as reason:
                self.impossible[key] = str(reason)
                continue
            if alteration is None:
                self.rebuilt.add(key)
                continue
            self.altered[key] = alteration
            if alteration.rebuild:
                self.rebuilt |= {
                    k for k in self._all_dependants(key) if k.kind in alteration.rebuild and k in self.wanted
                }

    def _renew(self) -> None:
        """What a type that is made anew is part of gives way, save columns: those are carried over."""
        made = [self.wanted[k] for k in self.new | self.rebuilt | self.altered.keys()]
        for key in sorted(k for k in self.altered if k.kind == "type"):
            if renewal.uses_at_once(self.now[key], self.wanted[key], made):
                self.altered[key] = renewal.renewed()
        for key in self._renewed():
            try:
                found = renewal.in_the_way(key, self.now, self.dependants)
            except Impossible as reason:
                del self.altered[key]
                self.impossible[key] = str(reason)
            else:
                self.rebuilt |= {k for k in found if k in self.wanted}

    def _renewed(self) -> list[ObjectKey]:
        return sorted(k for k, one in self.altered.items() if one.renewed)

    def _clear_the_way(self) -> None:
        """Whoever depends on what goes must give way, and so on; rows cannot."""
        self.rebuilt |= self._bound_to_kept()
        queue = [*sorted(self.gone), *sorted(self.rebuilt)]
        seen = set(queue)
        while queue:
            key = queue.pop()
            for other in sorted(self.dependants.get(key, ())):
                if other in self.kept or other in self.gone or other.kind in _LETS_GO:
                    continue
                if self._holds(other) and self.now[other].parent != key:
                    self._hold(key, other)
                    continue
                if other not in seen and other in self.wanted:
                    self.rebuilt.add(other)
                    seen.add(other)
                    queue.append(other)
        for key in self.rebuilt:
            self.altered.pop(key, None)
        self._spread_lateness()

    def _bound_to_kept(self) -> set[ObjectKey]:
        """What is altered so that it lets go of what stays for the attic must do so before that is taken away.

        An alteration may have to wait for values that come back later; a removal never does.
        """
        bound = {other for key in self.kept for other in self.dependants.get(key, ())}
        return {k for k in bound & self.altered.keys() if not self._holds(k) and k.kind not in _LETS_GO}

    def _holds(self, key: ObjectKey) -> bool:
        """Whether it cannot be made anew: it bears rows, or rows are made of it and it is altered in place."""
        return self.now[key].bears_data or (key.kind == "type" and key in self.altered)

    def _hold(self, key: ObjectKey, holder: ObjectKey) -> None:
        if key in self.gone and key not in self.wanted.get(holder, self.now[holder]).depends:
            self.late.add(key)  # the holder is altered first
        elif key in self.rebuilt:
            self.rebuilt.discard(key)
            self.impossible[key] = f"it would have to be made anew, and {holder} holds rows that need it"

    def _spread_lateness(self) -> None:
        queue = list(self.late)
        while queue:
            for needed in self.now[queue.pop()].depends:
                if needed in self.gone and needed not in self.late:
                    self.late.add(needed)
                    queue.append(needed)

    def _all_dependants(self, key: ObjectKey) -> set[ObjectKey]:
        found, queue = set(), [key]
        while queue:
            for other in self.dependants.get(queue.pop(), ()):
                if other not in found:
                    found.add(other)
                    queue.append(other)
        return found

    def _partings(self) -> Iterable[InverseStep]:
        for key, alteration in sorted(self.altered.items()):
            yield from (InverseStep(key, statement) for statement in alteration.first)

    def _removals(self, *, late: bool) -> Iterable[InverseStep]:
        going = self.gone | self.rebuilt
        chosen = [self.now[k] for k in going if (k in self.late) == late]
        for member in drop_order(chosen):
            if member.key.kind in _GOES_ALONG and member.parent in going:
                continue
            if self._becomes_inherited(member):
                continue
            for statement in member.drop:
                yield InverseStep(member.key, statement)

    def _becomes_inherited(self, member: SchemaObject) -> bool:
        """Whether it is a check of a table that is about to be a partition again, and must then have it."""
        if member.key.kind != "constraint" or member.parent not in self.altered or member.key in self.rebuilt:
            return False
        table = self.wanted[member.parent].facets
        return "bound" in table and "bound" not in self.now[member.parent].facets and member.facets["type"] == "c"

    def _stays(self, member: SchemaObject) -> bool:
        """Whether it is a check that a table has from the parent which it is about to leave, and keeps then."""
        if member.key.kind != "constraint" or member.parent not in self.altered or member.key in self.rebuilt:
            return False
        root = self.now[member.parent].facets
        if "bound" not in root or "bound" in self.wanted[member.parent].facets or member.facets["type"] != "c":
            return False
        return ObjectKey("constraint", f"{root['parents'][0]}.{facts_of(member)['_name']}") in self.now

    def _makings(self) -> Iterable[InverseStep]:
        made = self.new | self.rebuilt
        ordered = create_order(self.wanted[k] for k in made | self.altered.keys())
        inlined: set[ObjectKey] = set()
        for member in ordered:
            if member.key in inlined:
                continue
            if member.key not in made:
                statements: Sequence[str] = self._alterations(member)
            elif member.key.kind in {"table", "foreign_table"}:
                columns = [o for o in ordered if o.key.kind == "column" and o.parent == member.key]
                statements = self._table(member, columns, inlined)
            elif self._stays(member):
                facts = facts_of(member)
                statements = kinds()[member.key.kind].remark(facts) if "comment" in facts else []
            else:
                facts = exact_facts_of(member)
                if member.parent in self.waiting:
                    facts.pop("part_of", None)
                statements = self._creation(kinds()[member.key.kind], facts)
            yield from (InverseStep(member.key, s) for s in statements)
            yield from self._attachment(member, ordered)

    def _attachment(self, member: SchemaObject, ordered: Sequence[SchemaObject]) -> Iterable[InverseStep]:
        """Once all that a partition of an existing table needs is made or altered, it is attached.

        The server matches its indexes and checks with the parent's, and makes those that are missing under
        names of its own: so ours must be there first.
        """
        if self._joins(member):
            facts = facts_of(member)
            tree = self._partitions_of(member.key)
            needed = {o.key for o in ordered if o.parent in tree and o.key.kind in _MATCHED}
            if member.key not in self.new:
                needed |= {o.key for o in ordered if o.parent == member.key and o.key.kind == "column"}
            self.waiting[member.key] = needed
            was = self.now.get(member.key)
            for check in self._checks_of(facts["parents"][0]):
                # A partition that is let go keeps the checks of its table.
                kept = ObjectKey("constraint", f"{facts['identity']}.{check['_name']}") in self.now
                if not kept and (was is None or "bound" not in was.facets):
                    made = kinds()["constraint"].make({**check, "_parent": facts["identity"]})
                    yield from (InverseStep(member.key, s) for s in made)
        for table, needed in [*self.waiting.items()]:
            needed.discard(member.key)
            if not needed:
                del self.waiting[table]
                # Under the key of what it waited for: whoever puts that off puts this off too.
                yield from (InverseStep(member.key, s) for s in TABLE.attach(facts_of(self.wanted[table])))

    def _joins(self, member: SchemaObject) -> bool:
        """Whether it is a table that becomes a partition of one that is there already."""
        if member.key.kind != "table":
            return False
        root = self._root_of(member.key)
        if root is None or root in self.new:
            return False
        return member.key in self.new or (member.key in self.altered and _joined(self.now[member.key], member))

    def _partitions_of(self, table: ObjectKey) -> set[ObjectKey]:
        """The table and the new ones beneath it: the server looks for matches in all of them."""
        found = {table}
        while more := {k for k in self.new - found if k.kind == "table" and self._root_of(k) in found}:
            found |= more
        return found

    def _root_of(self, table: ObjectKey) -> ObjectKey | None:
        facts = self.wanted[table].facets
        return ObjectKey("table", facts["parents"][0]) if "bound" in facts else None

    def _checks_of(self, table: str) -> list[Facts]:
        parent = ObjectKey("table", table)
        found = [exact_facts_of(o) for o in self.wanted.values() if o.key.kind == "constraint" and o.parent == parent]
        return [f for f in found if f["type"] == "c" and " NO INHERIT" not in f["definition"]]

    def _alterations(self, member: SchemaObject) -> list[str]:
        if self.altered[member.key].renewed:
            made_of_it = self.dependants.get(member.key, ())
            staying = {k for k in made_of_it if k.kind in {"column", "type"} and k in self.wanted}
            making = self._creation(kinds()[member.key.kind], exact_facts_of(member))
            return renewal.carrying(member.key, making, self.now, self.wanted, staying - self.rebuilt)
        statements = list(self.altered[member.key].statements)
        if self._joins(member):
            attached = TABLE.attach(facts_of(member))
            statements = [s for s in statements if s not in attached]  # its turn comes later
        old, new = facts_of(self.now[member.key]), facts_of(member)
        if member.key.kind == "table" and (old.get("acl"), old["owner"]) != (new.get("acl"), new["owner"]):
            # Taking a privilege on a table takes it on each column: give the columns theirs again.
            for column in self.wanted.values():
                if column.key.kind == "column" and column.parent == member.key:
                    statements += COLUMN.grant_columns(facts_of(column), ())
        return statements

    def _creation(self, kind: Kind, facts: Facts) -> list[str]:
        return [*kind.make(facts), *kind.finish(facts), *self._belongings(kind, facts)]

    def _belongings(self, kind: Kind, facts: Facts) -> list[str]:
        own = [] if facts.get("owner") == self.creator else kind.own(facts)
        comment = kind.remark(facts) if facts.get("comment") is not None else []
        grants = kind.regrant(facts, self.granted) if self.granted else kind.grant(facts)
        return [*own, *comment, *grants]

    def _table(self, table: SchemaObject, columns: Sequence[SchemaObject], inlined: set[ObjectKey]) -> list[str]:
        kind, facts = kinds()[table.key.kind], exact_facts_of(table)
        described = [exact_facts_of(c) for c in columns]
        clauses = []
        for column, column_facts in zip(columns, described, strict=True):
            inlined.add(column.key)
            if column_facts["inherited"] and "bound" not in facts:
                continue
            clauses.append(COLUMN.clause(column_facts, self._plain_default(column, inlined)))
        statements = kind.make_with(facts, clauses)
        if "bound" in facts and ObjectKey("table", facts["parents"][0]) in self.new:
            statements += TABLE.attach(facts)
        statements += [*kind.finish(facts), *self._belongings(kind, facts)]
        for column_facts in described:
            if "bound" in facts:
                column_facts["inherited"] = False
            statements += COLUMN.finish(column_facts)
            statements += COLUMN.remark(column_facts) if "comment" in column_facts else []
        return statements

    def _plain_default(self, column: SchemaObject, inlined: set[ObjectKey]) -> str | None:
        """A default that needs nothing but its column stands in the column's clause."""
        key = ObjectKey("default", column.key.identity)
        default = self.wanted.get(key)
        if default is None or default.depends - {column.key, column.parent} - column.depends:
            return None
        inlined.add(key)
        return str(exact_facts_of(default)["expression"])


def _joined(old: SchemaObject, new: SchemaObject) -> bool:
    then, now = facts_of(old), facts_of(new)
    return bool(then.get("bound") != now.get("bound") or then.get("parents") != now.get("parents"))


def _differ(old: SchemaObject, new: SchemaObject) -> bool:
    return old is not new and old.definition != new.definition


def _granted_by_default(objects: Iterable[SchemaObject]) -> list[str]:
    entries = [e for o in objects if o.key.kind == "default_privileges" for e in o.facets["entries"]]
    return privileges.grantees(entries)
