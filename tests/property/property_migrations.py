"""Random migrations over a random schema. A statement that the server refuses is left out before the test begins."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from property_schema import Base, Table, insert, literal, q
from property_values import KINDS

# What is known not to come back yet; see test_found.py.
EVERYTHING = os.environ.get("HAULBACK_EVERYTHING") == "1"


@dataclass(frozen=True)
class Change:
    """Statements in order.

    Attributes:
        parts: whether they run one by one, each in a transaction of its own.
        second: where a second file of the same deployment begins; 0 for none.
    """

    statements: tuple[str, ...]
    parts: bool = False
    second: int = 0

    @property
    def files(self) -> tuple[tuple[str, ...], ...]:
        both = (self.statements[: self.second], self.statements[self.second :])
        return tuple(one for one in both if one)

    def without(self, places: set[int]) -> Change:
        """The same but for the statements at some places."""
        left = tuple(one for place, one in enumerate(self.statements) if place not in places)
        return replace(self, statements=left, second=self.second - sum(place < self.second for place in places))


def _some(draw: st.DrawFn, alias: str = "t") -> str:
    """Which rows: all, or some that depend on the values."""
    return draw(
        st.sampled_from(
            (
                "true",
                "true",
                f"pg_catalog.hashtext({alias}::text) % 2 = 0",
                f"pg_catalog.hashtext({alias}::text) % 3 <> 0",
            )
        )
    )


def _new_value(draw: st.DrawFn, table: Table, name: str, number: int, alias: str = "t") -> str:
    column = table.column(name)
    if draw(st.booleans()):
        return column.kind.changed.format(f"{alias}.{q(name)}")
    return literal(draw, column, number)


def _update(draw: st.DrawFn, table: Table, number: int) -> str:
    columns = draw(st.lists(st.sampled_from(table.values), min_size=1, max_size=2, unique_by=lambda one: one.name))
    sets = ", ".join(f"{q(one.name)} = {_new_value(draw, table, one.name, number)}" for one in columns)
    return f"update {table.sql} as t set {sets} where {_some(draw)}"


def _update_key(draw: st.DrawFn, table: Table, number: int) -> str:
    one = table.column(draw(st.sampled_from(table.key)))
    if one.kind.type == "numeric" and not EVERYTHING:
        return "select 1"  # a key that only gets another scale
    value = "{} + 1000" if one.kind.type in ("int", "bigint") else one.kind.changed
    return f"update {table.sql} as t set {q(one.name)} = {value.format('t.' + q(one.name))} where {_some(draw)}"


def _delete(draw: st.DrawFn, table: Table, number: int) -> str:
    return f"delete from {table.sql} as t where {_some(draw)}"


def _insert(draw: st.DrawFn, table: Table, number: int) -> str:
    return insert(draw, table, 200 + number)


def _upsert(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.values))
    return (
        f"{insert(draw, table, draw(st.integers(0, 8)))} on conflict ({', '.join(map(q, table.key))})"
        f" do update set {q(one.name)} = excluded.{q(one.name)}"
    )


def _merge(draw: st.DrawFn, table: Table, number: int) -> str:
    on = " and ".join(f"t.{q(one)} = s.{q(one)}" for one in table.key)
    one = draw(st.sampled_from(table.values))
    return (
        f"merge into {table.sql} as t using (select * from {table.sql} as t where {_some(draw)}) as s on {on}"
        f" when matched and {_some(draw)} then delete"
        f" when matched then update set {q(one.name)} = {_new_value(draw, table, one.name, number)}"
    )


def _truncate(draw: st.DrawFn, table: Table, number: int) -> str:
    return f"truncate {table.sql}{draw(st.sampled_from((' cascade', ' restart identity cascade', '')))}"


def _moved(draw: st.DrawFn, table: Table, number: int) -> str:
    names = ", ".join(q(one.name) for one in table.writable)
    return (
        f"with gone as (delete from {table.sql} as t where {_some(draw)} returning *)"
        f" insert into {table.sql} ({names}) overriding system value select {names} from gone"
    )


def _add_column(draw: st.DrawFn, table: Table, number: int) -> str:
    kind = KINDS[draw(st.sampled_from(tuple(KINDS)))]
    more = draw(st.sampled_from(("", f"default {kind.literals[0]}", f"not null default {kind.literals[0]}")))
    return f"alter table {table.sql} add column {q(f'added {number}')} {kind.type} {more}"


def _drop_column(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.columns))
    return f"alter table {table.sql} drop column {q(one.name)} cascade"


def _rename_column(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.columns))
    return f"alter table {table.sql} rename column {q(one.name)} to {q(f'renamed {number}')}"


def _swap_columns(draw: st.DrawFn, table: Table, number: int) -> str:
    one, other = (draw(st.sampled_from(table.columns)) for _ in range(2))
    return (
        f"alter table {table.sql} rename column {q(one.name)} to swapping;"
        f" alter table {table.sql} rename column {q(other.name)} to {q(one.name)};"
        f" alter table {table.sql} rename column swapping to {q(other.name)}"
    )


# Types between which a value that a user writes has one text; what is made of the others need not be readable back.
RETYPES = {
    "int": ("bigint", "text", "text using 'n' || {}", "numeric", "int using -{}"),
    "bigint": ("numeric", "text", "text using 'n' || {}"),
    "text": ("varchar(200)", "varchar(200) using 'x' || {}", "int using length({})"),
    "numeric": ("text", "text using 'n' || {}", "float8", "numeric(20,2)"),
    "float8": ("text", "numeric(20,1) using nullif({}, 'NaN')::numeric(20,1)"),
    "boolean": ("text", "int using {}::int"),
    "uuid": ("text",),
    "date": ("text", "int using 1"),
    "jsonb": ("json", "text"),
}


def _retype(draw: st.DrawFn, table: Table, number: int) -> str:
    known = [one for one in table.values if one.kind.type in RETYPES]
    if not known:
        return _update(draw, table, number)
    one = draw(st.sampled_from(known))
    to = draw(st.sampled_from(RETYPES[one.kind.type])).format(q(one.name))
    return f"alter table {table.sql} alter column {q(one.name)} type {to}"


def _drop_table(draw: st.DrawFn, table: Table, number: int) -> str:
    return f"drop table {table.sql} cascade"


def _rename_table(draw: st.DrawFn, table: Table, number: int) -> str:
    return f"alter table {table.sql} rename to {q(f'renamed {number}')}"


def _create_table(draw: st.DrawFn, table: Table, number: int) -> str:
    return f"create table public.{q(f'new {number}')} as select * from {table.sql}"


def _replace_table(draw: st.DrawFn, table: Table, number: int) -> str:
    """The way of many files: a table is made anew under its own name."""
    name = q(f"old {number}")
    return (
        f"alter table {table.sql} rename to {name};"
        f" create table {table.sql} as select * from public.{name} as t where {_some(draw)}; drop table public.{name} cascade"
    )


def _not_null(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.values))
    return f"alter table {table.sql} alter column {q(one.name)} {draw(st.sampled_from(('set', 'drop')))} not null"


def _default(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.values))
    return f"alter table {table.sql} alter column {q(one.name)} set default {one.kind.literals[-1]}"


def _index(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.columns))
    return f"create {draw(st.sampled_from(('', 'unique ')))}index {q(f'index {number}')} on {table.sql} ({q(one.name)})"


def _check(draw: st.DrawFn, table: Table, number: int) -> str:
    one = draw(st.sampled_from(table.columns))
    return f"alter table {table.sql} add constraint {q(f'check {number}')} check ({q(one.name)} is not null) not valid"


def _drop_constraints(draw: st.DrawFn, table: Table, number: int) -> str:
    name = table.sql.replace("'", "''")
    return (
        "do $x$ declare c text; begin for c in select conname from pg_constraint"
        f" where conrelid = '{name}'::regclass and contype in ('u', 'c', 'f')"
        f" loop execute format('alter table {name} drop constraint %I', c); end loop; end $x$"
    )


def _session(draw: st.DrawFn, table: Table, number: int) -> str:
    return draw(
        st.sampled_from(
            (
                "set datestyle = 'German'",
                "set intervalstyle = 'sql_standard'",
                "set timezone = 'Asia/Kathmandu'",
                "set extra_float_digits = 0",
                "set search_path = ''",
                "set bytea_output = 'escape'",
            )
        )
    )


ROWS = (_update, _update, _update, _delete, _insert, _moved)
INSERTING = (_insert, _moved, _upsert, _update_key)
KEYED = (_update_key, _upsert, _merge)
SHAPES = (
    _truncate,
    _add_column,
    _drop_column,
    _retype,
    _retype,
    _rename_column,
    _swap_columns,
    _drop_table,
    _rename_table,
    _create_table,
    _replace_table,
    _not_null,
    _default,
    _index,
    _check,
    _drop_constraints,
    _session,
)


def _wrapped(draw: st.DrawFn, text: str, *, parts: bool) -> str:
    way = draw(st.integers(0, 9))
    if way == 3 and parts:  # no transaction of ours holds it
        return f"do $w$ begin execute $e${text}$e$; commit; end $w$"
    if way == 0:
        return f"do $w$ begin execute $e${text}$e$; end $w$"
    if way == 1 and "$x$" not in text:
        return f"do $w$ begin {text}; end $w$"
    if way == 2:  # what rolls back to a savepoint never happened
        return (
            f"do $w$ begin begin execute $e${text}$e$; raise exception 'never mind'; exception when raise_exception"
            f" then null; end; end $w$"
        )
    return text


@st.composite
def changes(draw: st.DrawFn, base: Base) -> Change:
    found: list[str] = []
    parts = draw(st.integers(0, 3)) == 0
    retyped: set[str] = set()
    for number in range(draw(st.integers(1, 5))):
        table = draw(st.sampled_from(base.tables))
        kinds = [*ROWS, *SHAPES] if draw(st.integers(0, 2)) == 0 else [*ROWS]
        if table.key:
            kinds += KEYED
        if not EVERYTHING and table.name == "log":
            kinds = [one for one in kinds if one is not _retype]  # triggers insert into it
        if not EVERYTHING and table.name in retyped:
            kinds = [one for one in kinds if one not in INSERTING]  # such a row stays, though nobody wrote it
        chosen = draw(st.sampled_from(kinds))
        if chosen is _retype:
            retyped.add(table.name)
        text = chosen(draw, table, number)
        found.append(_wrapped(draw, text, parts=parts))
    second = draw(st.integers(0, len(found))) if draw(st.integers(0, 2)) == 0 else 0
    return Change(tuple(found), parts, second)


def commits_by_itself(change: Change) -> bool:
    """Whether a block commits what it did: then only what the rehearsal saw is noted."""
    return any("; commit; end" in text for text in change.statements)
