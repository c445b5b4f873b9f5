"""Two indexes that say the same: each is written with every row, one of them for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names, once
from haulback.hazards.facts.declared import Declared
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("index_stmt"):
        first = _doubles(reading.declared).get(id(seen))
        if first:
            table = names.relation(seen.node.relation)
            yield Found(
                seen,
                f"the index {seen.node.idxname} of {table} says the same as {first}: every write pays for both",
                subject=table,
                advice=f"Leave it out, or drop {first}.",
            )


@once.for_each
def _doubles(declared: Declared) -> dict[int, str]:
    """By the identity of each superfluous index's statement the name of the index that was there before."""
    first: dict[tuple[object, ...], str] = {}
    found: dict[int, str] = {}
    for seen in declared.standing.indexes.values():
        form = _form(seen.node)
        if form is None:
            continue
        if form in first:
            found[id(seen)] = first[form]
        first.setdefault(form, seen.node.idxname)
    return found


def _form(node: Node) -> tuple[object, ...] | None:
    """All that an index of plain columns does; None for one of expressions or of some rows."""
    elements = [one.index_elem for one in node.index_params]
    if node.HasField("where_clause") or any(one.HasField("expr") or one.opclassopts for one in elements):
        return None
    keys = tuple(
        (one.name, tuple(names.words(one.collation)), tuple(names.words(one.opclass)), one.ordering, one.nulls_ordering)
        for one in elements
    )
    included = tuple(one.index_elem.name for one in node.index_including_params)
    return names.relation(node.relation), node.access_method, node.unique, node.nulls_not_distinct, keys, included


RULE = Rule("duplicate-index", "Two indexes say the same", Family.DESIGN, Level.NOTE, _find)
