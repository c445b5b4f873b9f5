"""Every way from one table or view to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from haulback.gateway.schema.keys import ForeignKey, Keys, Views
from haulback.gateway.schema.model import Cardinality, Junction, Name, Relationship

_RANK = {
    Cardinality.ONE_TO_MANY: 0,
    Cardinality.MANY_TO_ONE: 1,
    Cardinality.ONE_TO_ONE: 2,
    Cardinality.MANY_TO_MANY: 3,
    Cardinality.COMPUTED: 4,
}


def relationships(
    keys: Keys,
    views: Views,
    primary_keys: Mapping[Name, tuple[str, ...]],
    computed: Iterable[Relationship],
    schemas: frozenset[str],
) -> dict[Name, tuple[Relationship, ...]]:
    """Returns the relationships of each table, in PostgREST's order.

    They stay inside one exposed schema: a request sees one schema only. A table whose relationships all lead through
    junctions that are not exposed has none, but is named: its errors say so. A function overrides those to the table
    that it is named like.
    """
    referring = [one for key in keys.foreign for one in _referring(key, views)]
    found = [*referring, *_through_junctions(referring, primary_keys), *map(_inverse, referring)]
    overriding = [one for one in computed if one.function and one.function.schema == one.table.schema]
    overridden = {(one.table, one.function) for one in overriding}
    by_table: dict[Name, list[Relationship]] = defaultdict(list)
    for one in found:
        if one.table.schema == one.foreign_table.schema and (one.table, one.foreign_table) not in overridden:
            reached = by_table[one.table]
            if one.junction is None or one.junction.table.schema in schemas:
                reached.append(one)
    for one in overriding:
        by_table[one.table].append(one)
    return {table: tuple(sorted(several, key=_order)) for table, several in by_table.items() if table.schema in schemas}


def _referring(key: ForeignKey, views: Views) -> Iterator[Relationship]:
    """From the table that holds a foreign key, and from the views that show it, to what it refers to."""
    source, target = key.source, key.target
    cardinality = Cardinality.ONE_TO_ONE if key.is_unique else Cardinality.MANY_TO_ONE
    sources = [(source.name, source.columns, False)]
    sources += [(shown.view, names, True) for shown in views.showing(source) for names in shown.choices()]
    targets = [(target.name, target.columns, False)]
    targets += [(shown.view, names, True) for shown in views.showing(target) for names in shown.choices()]
    for table, columns, table_is_view in sources:
        for foreign_table, foreign_columns, foreign_is_view in targets:
            yield Relationship(
                table=table,
                foreign_table=foreign_table,
                cardinality=cardinality,
                to_one=True,
                constraint=key.constraint,
                columns=tuple(zip(columns, foreign_columns, strict=True)),
                is_self=table == foreign_table,
                table_is_view=table_is_view,
                foreign_is_view=foreign_is_view,
            )


def _inverse(one: Relationship) -> Relationship:
    is_one_to_one = one.cardinality is Cardinality.ONE_TO_ONE
    return Relationship(
        table=one.foreign_table,
        foreign_table=one.table,
        cardinality=Cardinality.ONE_TO_ONE if is_one_to_one else Cardinality.ONE_TO_MANY,
        to_one=is_one_to_one,
        constraint=one.constraint,
        is_self=one.is_self,
        columns=tuple((foreign, own) for own, foreign in one.columns),
        is_parent=is_one_to_one,
        table_is_view=one.foreign_is_view,
        foreign_is_view=one.table_is_view,
    )


def _through_junctions(
    referring: Iterable[Relationship], primary_keys: Mapping[Name, tuple[str, ...]]
) -> Iterator[Relationship]:
    """Between two tables that a third refers to by two foreign keys, the columns of both being in its primary key."""
    by_junction: dict[Name, list[Relationship]] = defaultdict(list)
    for one in referring:
        # A one-to-one makes no junction.
        if one.cardinality is Cardinality.MANY_TO_ONE:
            key = primary_keys.get(one.table, ())
            if all(own in key for own, _ in one.columns):
                by_junction[one.table].append(one)
    for junction, several in by_junction.items():
        for source in several:
            for target in several:
                if source.constraint != target.constraint:
                    yield _through(junction, source, target)


def _through(junction: Name, source: Relationship, target: Relationship) -> Relationship:
    return Relationship(
        table=source.foreign_table,
        foreign_table=target.foreign_table,
        cardinality=Cardinality.MANY_TO_MANY,
        to_one=False,
        junction=Junction(
            table=junction,
            source_constraint=source.constraint,
            target_constraint=target.constraint,
            source_columns=tuple((foreign, own) for own, foreign in source.columns),
            target_columns=tuple((foreign, own) for own, foreign in target.columns),
        ),
        is_self=source.foreign_table == target.foreign_table,
        table_is_view=source.foreign_is_view,
        foreign_is_view=target.foreign_is_view,
    )


def _order(one: Relationship) -> tuple[object, ...]:
    """PostgREST's order, which clients see where a choice between several is put to them."""
    if one.junction is None:
        ways: tuple[object, ...] = (one.constraint, one.columns, one.is_parent)
    else:
        junction = one.junction
        constraints = (junction.source_constraint, junction.target_constraint)
        ways = (junction.table, *constraints, junction.source_columns, junction.target_columns)
    is_computed = one.function is not None
    return (is_computed, one.function or (), one.foreign_table, one.is_self, _RANK[one.cardinality], *ways)
