"""Users: what they see, what they write at which moment, and a ledger of what must be there at the end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import psycopg
from hypothesis import strategies as st
from property_schema import Base, Table, q

Key = tuple[str, tuple[str, ...]]  # name of the table before, and the key's values as text
Row = dict[str, str | None]  # by the names before
Rows = dict[Key, Row]

PREFERENCES = (
    "set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres'; set extra_float_digits = 3;"
    " set bytea_output = 'hex'; set lock_timeout = '15ms'; set row_security = off"
)
MOMENTS = ("capture", "migrate", "statement", "statement", "after", "after", "after", "back", "filling", "filling")


@dataclass(frozen=True)
class Write:
    """One write of a user; what it names is taken modulo what there is. Or `text`, as it stands."""

    moment: str
    table: int
    way: str
    row: int
    column: int
    value: int
    number: int
    text: str = ""


@st.composite
def writes(draw: st.DrawFn) -> tuple[Write, ...]:
    return tuple(
        Write(
            draw(st.sampled_from(MOMENTS)),
            draw(st.integers(0, 3)),
            draw(st.sampled_from(("update", "update", "update", "delete", "insert"))),
            draw(st.integers(0, 9)),
            draw(st.integers(0, 9)),
            draw(st.integers(0, 9)),
            300 + number,
        )
        for number in range(draw(st.sampled_from((0, 0, 1, 2, 4, 8))))
    )


@dataclass
class Seen:
    """Where the tables from before are now, by object id or, once going back made them again, by name."""

    tables: dict[str, tuple[Table, int, dict[int, str]]]  # by name before: its oid, and names before by number

    @staticmethod
    def of(connection: psycopg.Connection, base: Base) -> Seen:
        found = {}
        for table in base.tables:
            rows = connection.execute(
                "select attrelid::int, attnum, attname from pg_attribute where attrelid = %s::regclass"
                " and attnum > 0 and not attisdropped order by attnum",
                [table.sql],
            ).fetchall()
            found[table.name] = (table, rows[0][0], {number: name for _, number, name in rows})
        return Seen(found)

    def where(self, connection: psycopg.Connection) -> dict[str, tuple[str, dict[str, str]]]:
        """By name before: the name now, and the columns' names now by those before."""
        back = connection.execute("select to_regclass('haulback.entry') is not null").fetchone() == (
            True,
        ) and connection.execute(
            "select exists (select from haulback.entry where step = 'going back' and event = 'done')"
        ).fetchone() == (True,)
        found = {}
        for name, (table, oid, numbers) in self.tables.items():
            rows = connection.execute(
                "select c.relname, a.attnum, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                " where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped and "
                + ("c.relname = %s" if back else "c.oid = %s"),
                [table.name if back else oid],
            ).fetchall()
            if rows:
                columns = {(one if back else numbers.get(number)): one for _, number, one in rows}
                found[name] = (rows[0][0], {was: now for was, now in columns.items() if was in numbers.values()})
        return found

    def rows(self, connection: psycopg.Connection) -> Rows:
        """Every row of every table with a key; of one without, how many there are of each."""
        found: Rows = {}
        for name, (now, columns) in self.where(connection).items():
            table = self.tables[name][0]
            if not set(table.key) <= columns.keys():
                continue
            names = list(columns)
            texts = ", ".join(f"t.{q(columns[one])}::text" for one in names)
            count: dict[tuple[str, ...], int] = defaultdict(int)
            for row in connection.execute(f"select {texts} from public.{q(now)} as t").fetchall():
                values = dict(zip(names, row, strict=True))
                if table.key:
                    found[name, tuple(values[one] for one in table.key)] = values
                else:
                    key = tuple("null" if values[one] is None else f"={values[one]}" for one in sorted(names))
                    count[key] += 1
                    found[name, (*key, f"#{count[key]}")] = values
        return found


@dataclass
class Owed:
    """What a user wrote of one row.

    Attributes:
        gone: whether it was deleted last.
        whole: whether it was inserted.
        columns: the values written last.
    """

    gone: bool = False
    whole: bool = False
    columns: Row = field(default_factory=dict)


@dataclass
class Ledger:
    """Every write of users so far.

    Attributes:
        owed: by row.
        values: everything that a column was ever seen to hold.
        unsure: columns that got a value which they had before: nobody can tell who wrote it.
    """

    owed: dict[Key, Owed] = field(default_factory=dict)
    values: dict[tuple[Key, str], set[str | None]] = field(default_factory=lambda: defaultdict(set))
    unsure: set[tuple[Key, str]] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def look(self, rows: Rows) -> None:
        for key, row in rows.items():
            for name, value in row.items():
                self.values[key, name].add(value)

    def note(self, before: Rows, after: Rows, moment: str, text: str) -> None:
        self.told.append(f"{moment}: {text}")
        self.look(before)
        for key in before.keys() | after.keys():
            old, new = before.get(key), after.get(key)
            if old == new:
                continue
            if new is None:
                self.owed[key] = Owed(gone=True)
                continue
            mine = self.owed.setdefault(key, Owed())
            if old is None:
                self.owed[key] = mine = Owed(whole=True)
            for name, value in new.items():
                if old is None or old.get(name) != value:
                    mine.gone = False
                    mine.columns[name] = value
                    if value in self.values[key, name]:
                        self.unsure.add((key, name))
        self.look(after)


class Users:
    """A session of the application."""

    def __init__(self, connection: psycopg.Connection, base: Base, planned: tuple[Write, ...]) -> None:
        self.base = base
        self.planned = list(planned)
        self.ledger = Ledger()
        self.connect(connection)
        self.seen = Seen.of(connection, base)
        self.before = self.seen.rows(connection)
        self.ledger.look(self.before)

    def connect(self, connection: psycopg.Connection) -> None:
        """Goes on in this session."""
        self.connection = connection
        # A transaction sees nobody else's commits: what differs at its end, the user wrote.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(PREFERENCES)

    def rows(self) -> Rows:
        rows = self.seen.rows(self.connection)
        self.ledger.look(rows)
        return rows

    def moment(self, name: str, most: int = 1) -> None:
        """Does the next writes planned for a moment."""
        for write in [one for one in self.planned if one.moment == name][:most]:
            self.planned.remove(write)
            self._do(write)

    def _do(self, write: Write) -> None:
        try:
            with self.connection.transaction():
                before = self.seen.rows(self.connection)
                text = write.text or self._text(write, before)
                if text is None:
                    return
                self.connection.execute(text.encode())
                after = self.seen.rows(self.connection)
        except psycopg.Error:
            return  # refused, or locked: then he wrote nothing
        self.ledger.note(before, after, write.moment, text)

    def _text(self, write: Write, rows: Rows) -> str | None:
        where = self.seen.where(self.connection)
        names = [one.name for one in self.base.tables if one.name in where]
        if not names:
            return None
        name = names[write.table % len(names)]
        table, (now, columns) = self.seen.tables[name][0], where[name]
        here = f"public.{q(now)}"
        if write.way == "insert":
            known = [one for one in table.writable if one.name in columns]
            values = [
                one.kind.fresh(write.number)
                if one.kind.fresh and (one.name in table.key or (write.value + place) % 2)
                else one.kind.literals[write.value % len(one.kind.literals)]
                for place, one in enumerate(known)
            ]
            listed = ", ".join(q(columns[one.name]) for one in known)
            return f"insert into {here} ({listed}) overriding system value values ({', '.join(values)})"
        mine = sorted(key for key in rows if key[0] == name)
        if not mine:
            return None
        key = mine[write.row % len(mine)]
        given = {one: rows[key][one] for one in (table.key or rows[key])}
        found = " and ".join(
            f"t.{q(columns[one])}::text is not distinct from {_quoted(value)}" for one, value in given.items()
        )
        only = (
            f"t.ctid = any (array(select t.ctid from {here} as t where {found} limit 1)) and " if not table.key else ""
        )
        if write.way == "delete":
            return f"delete from {here} as t where {only}{found}"
        known = [one for one in table.values if one.name in columns]
        if not known:
            return None
        one = known[write.column % len(known)]
        value = (
            one.kind.fresh(write.number)
            if one.kind.fresh and write.value % 3
            else one.kind.literals[write.value % len(one.kind.literals)]
        )
        return f"update {here} as t set {q(columns[one.name])} = {value} where {only}{found}"


def _quoted(value: str | None) -> str:
    return "null" if value is None else "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
