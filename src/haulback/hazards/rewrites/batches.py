"""UPDATE in batches along the primary key: a DO block that commits after each, and runs again without harm."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.hazards import names
from haulback.hazards.facts import constraints, trees
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.volatility import volatile
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import standing, writing
from haulback.hazards.rewrites.known_table import KnownTable, fires_for, known_table, on_update
from haulback.hazards.rewrites.offer import NotOffered, Offer
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, enum

# Measured at 500 transactions a second: writers wait 11 ms at most for a batch of 2,000 rows, 55 ms for one of 10,000.
_ROWS = 2000
_PAUSE = 0.01  # seconds; lets writers and the log keep up

# Rows that come after `stop` was read need nothing; without it the block would run after those who write for ever.
_BLOCK = """\
do $haulback$
#variable_conflict use_column
declare
{declared}
begin
  select {key} into {stop} from {table} order by {descending} limit 1;
  select {key} into {first} from {table} order by {key} limit 1;
  while found loop
    select {key} into {last}
      from (select {key} from {table} where ({key}) >= ({first}) and ({key}) <= ({stop})
        order by {key} limit {rows}) as batch
      order by {descending} limit 1;
    {update};
    commit;
    perform pg_catalog.pg_sleep({pause});
    select {key} into {first} from {table} where ({key}) > ({last}) and ({key}) <= ({stop})
      order by {key} limit 1;
  end loop;{moved}
end
$haulback$"""
_TIME = frozenset({"now", "statement_timestamp", "transaction_timestamp", "txid_current", "pg_current_xact_id"})
# A row whose key was changed meanwhile, from ahead of the batches to behind them, has been passed by.
_MOVED = """
  update {table} set {listed} where {where};"""
_UPDATE = """\
update {table} set {listed}
      where {range} and {where}"""


def filling(reading: Reading, seen: Seen, table: str, assignments: dict[str, str], where: str) -> str:
    """A DO block, without semicolon, that updates every row of a table for which `where` holds.

    Args:
        reading: of the file.
        seen: the statement that it follows or replaces; its relation is named as there.
        table: dotted.
        assignments: SQL by column.
        where: which rows are not done yet, as SQL; once a row is done it no longer holds.

    Raises:
        NotOffered: rows could be missed, or more would happen to them.
    """
    known = fit(reading, seen, table)
    if any(fires_for(one, frozenset(assignments)) for one in on_update(reading, seen, known)):
        raise NotOffered(f"a trigger of {table} would fire for every row that is filled")
    relation = writing.relation(seen.node.relation)
    listed = ", ".join(f"{names.identifier(column)} = {value}" for column, value in assignments.items())
    update = _UPDATE.format(table=relation, listed=listed, range=_range(known.key), where=where)
    return _block(relation, known.key, update, _MOVED.format(table=relation, listed=listed, where=where))


def fit(reading: Reading, seen: Seen, table: str) -> KnownTable:
    """The table, if its rows can be changed in batches when a statement of the file runs.

    Raises:
        NotOffered
    """
    standing.require_found(reading, seen)
    known = known_table(reading, table)
    standing.require_standing(reading, seen, known)
    if not known.key:
        raise NotOffered(f"{table} has no primary key to go along")
    if not known.is_plain:
        raise NotOffered(f"{table} is partitioned, inherited, unlogged, or hides rows from its owner")
    if any(standing.is_domain(reading, known.type_of(one)) for one in known.key):
        raise NotOffered(f"a column of the primary key of {table} is of a domain")
    if any(one.facets.get("enabled") != "D" for one in known.of("rule")):
        raise NotOffered(f"{table} has a rule")
    if known.object.facets.get("replica_identity") == "nothing":
        raise NotOffered(f"{table} has no replica identity: publications refuse its updates")
    return known


def of_update(reading: Reading, seen: Seen) -> Offer:
    """An UPDATE statement in batches: offered where doing a row twice does no more than doing it once."""
    try:
        return Offer(_in_batches(reading, seen) + ";")
    except NotOffered as reason:
        return Offer(reason=str(reason))


def _in_batches(reading: Reading, seen: Seen) -> str:
    node = seen.node
    table = names.relation(node.relation)
    known = fit(reading, seen, table)
    if reading.is_new(table, seen):
        raise NotOffered("the same file makes the table")
    _require_repeatable(reading, node, table)
    assigned = frozenset(one.res_target.name for one in node.target_list)
    if assigned & set(known.key):
        raise NotOffered("it changes the primary key that batches go along")
    fired = [one for one in on_update(reading, seen, known) if fires_for(one, assigned)]
    if any(not one.row or one.transition_rels for one in fired):
        raise NotOffered(f"a trigger of {table} fires once a statement, and would fire once a batch")
    if fired and not assigned & _null_before(node):
        raise NotOffered(f"a trigger of {table} fires for every row, and after a crash would fire again")
    _require_checked_by_row(known, assigned)
    alias = node.relation.alias.aliasname if node.relation.HasField("alias") else ""
    qualifier = f"{names.identifier(alias)}." if alias else f"{writing.relation(node.relation)}."
    copy = type(node)()
    copy.CopyFrom(node)
    range_ = grammar.parse(f"select 1 where {_range(known.key, qualifier)}")[0].where_clause
    if node.HasField("where_clause"):
        both = grammar.parse("select 1 where a and b")[0].where_clause
        both.bool_expr.args[0].CopyFrom(range_)
        both.bool_expr.args[1].CopyFrom(node.where_clause)
        copy.where_clause.CopyFrom(both)
    else:
        copy.where_clause.CopyFrom(range_)
    return _block(writing.relation(node.relation), known.key, writing.statement(copy))


def _require_repeatable(reading: Reading, node: Node, table: str) -> None:
    """Raises NotOffered where a second run over a row, after a crash, could come to something else."""
    if node.HasField("with_clause") or node.HasField("returning_clause"):
        raise NotOffered("it has a WITH or a RETURNING")
    if trees.inside(node, "CurrentOfExpr"):
        raise NotOffered("it follows a cursor")
    if any(volatile(reading, part) for part in (*node.from_clause, node.where_clause)):
        raise NotOffered("its FROM or WHERE comes to something else each time")
    sources = [one for part in (*node.from_clause, node) for one in trees.inside(part, "RangeVar")]
    if sum(names.relation(one) == table for one in sources) > 1:
        raise NotOffered("it reads the table that it changes, which a batch sees half changed")
    if views := sorted({names.relation(one) for one in sources if _is_view(reading, names.relation(one))}):
        raise NotOffered(f"it reads {views[0]}, a view, which a batch may see half changed")
    if any(one.val.HasField("multi_assign_ref") or one.indirection for one in _targets(node)):
        raise NotOffered("it assigns parts of columns, or several at once")
    assigned = {one.name for one in _targets(node)}
    done_once = _null_before(node)
    for one in _targets(node):
        read = _read(node, one.val) & assigned
        again = read - ({one.name} & done_once if read == {one.name} else set())
        if again:
            raise NotOffered(f"it computes {one.name} from {', '.join(sorted(again))}, which it assigns")
        each_time = volatile(reading, one.val) or one.val.HasField("set_to_default") or tells_time(one.val)
        if one.name not in done_once and each_time:
            raise NotOffered(f"{one.name} gets another value each time: add `and {one.name} is null`")


def _require_checked_by_row(known: KnownTable, assigned: frozenset[str]) -> None:
    """Raises NotOffered where the rows must fit together at the end only, which a batch does not reach."""
    table = names.of_catalog(known.object.key.identity)
    for one in known.of("constraint"):
        node = constraints.parsed(one)
        own = enum(node, "contype") == "CONSTR_FOREIGN" and names.relation(node.pktable) == table
        over = {*constraints.keys(node), *(names.words(node.pk_attrs) if own else ())}
        if (node.deferrable or own) and assigned & over:
            raise NotOffered(f"{names.bare(one.key.identity)} holds at the end only, not after each batch")


def _is_view(reading: Reading, name: str) -> bool:
    return reading.known.schema is not None and catalog(reading.known.schema).one("view", name) is not None


def tells_time(value: Node) -> bool:
    """Whether it gives the time of the transaction, of which every batch is one."""
    words = any("TIME" in enum(one, "op") for one in trees.inside(value, "SQLValueFunction"))
    return words or any(trees.called(one) in _TIME for one in trees.inside(value, "FuncCall"))


def _targets(node: Node) -> list[Node]:
    return [one.res_target for one in node.target_list]


def _null_before(node: Node) -> frozenset[str]:
    """The columns of which the WHERE says that they are null before: what is filled is not filled again."""
    found = set()
    for one in trees.conjuncts(node.where_clause) if node.HasField("where_clause") else ():
        if one.HasField("null_test") and enum(one.null_test, "nulltesttype") == "IS_NULL":
            argument = one.null_test.arg
            if argument.HasField("column_ref"):
                found |= _read(node, argument)
    return frozenset(found)


def _read(node: Node, expression: Node) -> set[str]:
    """The columns that an expression reads and that may be the changed table's: others are named with their table."""
    own = node.relation.alias.aliasname if node.relation.HasField("alias") else node.relation.relname
    found = set()
    for one in trees.inside(expression, "ColumnRef"):
        parts = [part.string.sval for part in one.fields if part.HasField("string")]
        if parts and (len(parts) == 1 or parts[-2] == own):
            found.add(parts[-1])
    return found


def _block(table: str, key: tuple[str, ...], update: str, moved: str = "") -> str:
    quoted = [names.identifier(one) for one in key]
    first, last, stop = (_variables(which, key) for which in ("first", "last", "stop"))
    declared = [
        f"  {variable} {table}.{column}%type;"
        for variables in (first, last, stop)
        for variable, column in zip(variables, quoted, strict=True)
    ]
    return _BLOCK.format(
        declared="\n".join(declared),
        table=table,
        key=", ".join(quoted),
        first=", ".join(first),
        last=", ".join(last),
        stop=", ".join(stop),
        descending=", ".join(f"{one} desc" for one in quoted),
        update=update,
        moved=moved,
        rows=_ROWS,
        pause=_PAUSE,
    )


def _range(key: Iterable[str], qualifier: str = "") -> str:
    """The rows of one batch; a comparison of rows goes along the index of a key of several columns."""
    listed = tuple(key)
    columns = ", ".join(f"{qualifier}{names.identifier(one)}" for one in listed)
    first, last = ", ".join(_variables("first", listed)), ", ".join(_variables("last", listed))
    return f"({columns}) >= ({first}) and ({columns}) <= ({last})"


def _variables(which: str, key: tuple[str, ...]) -> list[str]:
    """Names that no column has."""
    return [f"haulback_{which}_{number}" for number in range(1, len(key) + 1)]
