"""Random schemas and rows, as SQL."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from property_values import KEYED, KINDS, TYPES, Kind

TABLE_NAMES = (
    "plain",
    "two words",
    'quo"ted',
    "100%s",
    "naïve 漢字",
    "select",
    "a_name_of_more_than_forty_bytes_with_a_tail_of_its_own_",
)
COLUMN_NAMES = ("a", "b", "c c", 'd"q', "50%s", "Ünï", "order", "{e}", "t", "o", "k", "$1", "new", "is_there")
ACTIONS = ("no action", "restrict", "cascade", "set null", "set default")


def q(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    more: str = ""
    generated: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        key: names of its key; empty for none.
        primary: whether that is a primary key; else a unique index over columns that are not null.
        refers: (column, name of the table, action) of a foreign key.
        shape: plain, partitioned, child (inherits from the first table), forced (row security).
        trigger: none, stamp (sets the column `stamp`), log (writes into the table `log`).
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    primary: bool = True
    refers: tuple[str, str, str] | None = None
    shape: str = "plain"
    trigger: str = "none"
    more: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        return f"public.{q(self.name)}"

    @property
    def writable(self) -> tuple[Column, ...]:
        return tuple(one for one in self.columns if not one.generated)

    @property
    def values(self) -> tuple[Column, ...]:
        return tuple(one for one in self.writable if one.name not in self.key)

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)


def ddl(table: Table) -> list[str]:
    """The statements that make it."""
    parts = [f"{q(one.name)} {one.kind.type} {one.more}" for one in table.columns]
    if table.key and table.primary:
        parts.append(f"primary key ({', '.join(map(q, table.key))})")
    parts += table.more
    text = f"create table {table.sql} ({', '.join(parts)})"
    found = [text]
    if table.shape == "partitioned":
        first = table.key[0]
        found = [f"{text} partition by hash ({q(first)})"]
        found += [
            f"create table public.{q(f'{table.name[:20]} part {n}')} partition of {table.sql}"
            f" for values with (modulus 2, remainder {n})"
            for n in range(2)
        ]
    if table.key and not table.primary:
        found.append(f"create unique index on {table.sql} ({', '.join(map(q, table.key))})")
    if table.shape == "forced":
        found += [
            f"alter table {table.sql} enable row level security",
            f"alter table {table.sql} force row level security",
            f"create policy everything on {table.sql} using (true) with check (true)",
        ]
    if table.trigger == "stamp":
        found.append(
            f"create trigger stamped before insert or update on {table.sql}"
            " for each row execute function public.stamp()"
        )
    elif table.trigger == "log":
        found.append(
            f"create trigger logged after insert or update or delete on {table.sql}"
            " for each row execute function public.log_it()"
        )
    return found


PRELUDE = (
    TYPES
    + """
create sequence public.stamps;
create function public.stamp() returns trigger language plpgsql as
  $$ begin new.stamp := nextval('public.stamps'); return new; end $$;
create table public.log (id bigint generated always as identity primary key, what text);
create function public.log_it() returns trigger language plpgsql as
  $$ begin insert into public.log (what) values (tg_op || coalesce(new::text, old::text)); return null; end $$;
"""
)
LOG = Table("log", (Column("id", KINDS["bigint"]), Column("what", KINDS["text"])), ("id",))


@dataclass(frozen=True)
class Base:
    """A database to begin with: its tables, and rows as INSERT statements of which some may fail."""

    tables: tuple[Table, ...]
    rows: tuple[str, ...]

    @property
    def statements(self) -> list[str]:
        made = [text for table in self.tables if table.name != "log" for text in ddl(table)]
        made += [
            f"alter table {one.sql} add constraint {q(f'{one.name[:20]} refers')} foreign key ({q(one.refers[0])})"
            f" references public.{q(one.refers[1])} on delete {one.refers[2]} on update {one.refers[2]}"
            for one in self.tables
            if one.refers
        ]
        return made


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, ...]:
    names = draw(st.lists(st.sampled_from(TABLE_NAMES), min_size=1, max_size=3, unique=True))
    found: list[Table] = []
    for name in names:
        found.append(draw(table(name, tuple(found))))
    if any(one.trigger == "log" for one in found):
        found.append(LOG)
    return tuple(found)


@st.composite
def table(draw: st.DrawFn, name: str, earlier: tuple[Table, ...]) -> Table:
    count = draw(st.integers(2, 6))
    names = draw(st.lists(st.sampled_from(COLUMN_NAMES), min_size=count, max_size=count, unique=True))
    shape = draw(st.sampled_from(("plain",) * 5 + ("partitioned", "forced")))
    width = draw(st.sampled_from((1, 1, 1, 1, 2, 2, 0) if shape != "partitioned" else (1, 2)))
    width = min(width, count - 1)
    key_kinds = [draw(st.sampled_from(("int", "int", "int", *KEYED))) for _ in range(width)]
    columns: list[Column] = []
    for place, kind in enumerate(key_kinds):
        more = "not null"
        if kind in ("int", "bigint") and width == 1 and shape != "partitioned":
            more = draw(
                st.sampled_from(
                    ("not null",) * 3 + ("generated by default as identity", "generated always as identity")
                )
            )
        columns.append(Column(names[place], KINDS[kind], more))
    constraints: list[str] = []
    for one in names[width:]:
        kind = KINDS[draw(st.sampled_from(("int", "text", *KINDS)))]
        more = draw(st.sampled_from(("", "", "", "", "not null", f"default {kind.literals[0]}", "unique")))
        if more == "unique" and (not kind.keyed or shape == "partitioned"):
            more = ""
        columns.append(Column(one, kind, more))
    numbers = [one.name for one in columns if one.kind.type == "int" and one.name not in names[:width]]
    if numbers and draw(st.integers(0, 3)) == 0:
        constraints.append(f"constraint positive check ({q(numbers[0])} > -100000)")
    if draw(st.integers(0, 4)) == 0:
        columns.append(
            Column("computed", KINDS["text"], f"generated always as ({_computed(columns)}) stored", generated=True)
        )
    trigger = draw(st.sampled_from(("none", "none", "none", "stamp", "log")))
    if trigger == "stamp":
        columns.append(Column("stamp", KINDS["bigint"]))
    refers = None
    heads = [
        one
        for one in (*earlier,)
        if one.key and len(one.key) == 1 and one.primary and one.column(one.key[0]).kind.type == "int"
    ]
    if heads and numbers and draw(st.integers(0, 3)) > 0:
        refers = (numbers[0], draw(st.sampled_from(heads)).name, draw(st.sampled_from(ACTIONS)))
    elif numbers and width == 1 and key_kinds == ["int"] and shape != "partitioned" and draw(st.integers(0, 3)) == 0:
        refers = (numbers[0], name, draw(st.sampled_from(ACTIONS)))
    primary = shape == "partitioned" or refers is not None or draw(st.integers(0, 5)) > 0
    return Table(name, tuple(columns), tuple(names[:width]), primary, refers, shape, trigger, tuple(constraints))


def _computed(columns: list[Column]) -> str:
    for one in columns:
        if one.kind.type in ("int", "bigint", "text"):
            return f"{q(one.name)} || '!'" if one.kind.type == "text" else f"({q(one.name)} + 1)::text"
    return "'constant'"


def literal(draw: st.DrawFn, column: Column, number: int) -> str:
    """A value for a column: often one that others have, sometimes one of its own, sometimes null."""
    kind = column.kind
    way = draw(st.integers(0, 9))
    if way == 0 and "not null" not in column.more:
        return "null"
    if way <= 2 and kind.fresh:
        return kind.fresh(number)
    return draw(st.sampled_from(kind.literals))


def insert(draw: st.DrawFn, table: Table, number: int) -> str:
    """One row."""
    values = []
    for one in table.writable:
        if one.name in table.key and len(table.key) == 1 and one.kind.fresh:
            values.append(one.kind.fresh(number) if number >= 100 or one.kind.type != "int" else str(number))
        else:
            values.append(literal(draw, one, number))
    names = ", ".join(q(one.name) for one in table.writable)
    return f"insert into {table.sql} ({names}) overriding system value values ({', '.join(values)})"


@st.composite
def bases(draw: st.DrawFn) -> Base:
    found = draw(tables())
    rows = []
    for one in found:
        if one.name != "log":
            rows += [insert(draw, one, number) for number in range(draw(st.integers(0, 6)))]
    return Base(found, tuple(rows))
