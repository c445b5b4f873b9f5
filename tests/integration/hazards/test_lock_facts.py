"""What the rules on locks claim, seen on a server: locks taken, tables read or written anew, and the safe rewrites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import scalar_row

from haulback.app.linting import levels
from haulback.hazards.facts import conversions, volatility
from haulback.hazards.facts.column_types import of_catalog
from haulback.hazards.facts.declared import Declared
from haulback.hazards.facts.locks import locks
from haulback.hazards.linting import lint, rules
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family
from haulback.hazards.scanning import Text, scan
from haulback.model.hazard import Known
from haulback.model.schema import compare
from haulback.model.target import Environment
from haulback.pg.catalog import reader

TABLES = """
create domain dom as text;
create domain strict as int check (value > 0);
create table other (id bigint primary key, a int);
create table t (id bigint primary key, a int, n numeric(10,2), v varchar(10), x text, d dom, nn int not null default 1);
create table p (id bigint not null, k int) partition by range (k);
create table p1 partition of p for values from (0) to (10);
create table p2 (id bigint not null, k int);
create table p3 (id bigint not null, k int, check (k is not null and k >= 20 and k < 30));
create index ti on t (a);
create materialized view m as select * from other;
create unique index on m (id);
insert into other select g, g from generate_series(1, 200) as g;
insert into t select g, g, 1, 'v', 'x', 'd' from generate_series(1, 200) as g;
insert into p2 select g, 11 from generate_series(1, 100) as g;
insert into p3 select g, 21 from generate_series(1, 100) as g;
"""

NO_TABLES = """
drop table if exists t, other, p, p1, p2, p3 cascade;
drop domain dom;
drop domain strict
"""

SEEN = """
select c.relname::text, pg_catalog.pg_relation_filenode(c.oid)::text,
    coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0),
    (select max(case l.mode when 'ShareLock' then 5 when 'ShareRowExclusiveLock' then 6 when 'ExclusiveLock' then 7
        when 'AccessExclusiveLock' then 8 end)
     from pg_catalog.pg_locks as l where l.pid = pg_catalog.pg_backend_pid() and l.relation = c.oid)
from pg_catalog.pg_class as c
where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind in ('r', 'p', 'm') and c.oid >= 16384
order by c.relname
"""


@dataclass(frozen=True)
class Effect:
    """What a statement did, by table: the strongest mode, from SHARE on; what it read; what it wrote anew."""

    locked: dict[str, int]
    read: set[str]
    written: set[str]


@pytest.fixture
def connection(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute("set timezone = 'Europe/Berlin'")
        connection.execute(TABLES)
        yield connection


def effect_of(connection, statement):
    before = {row[0]: row for row in connection.execute(SEEN)}
    connection.execute(statement)
    after = [row for row in connection.execute(SEEN) if row[0] in before]
    return Effect(
        {name: mode for name, _, _, mode in after if mode},
        {name for name, _, scans, _ in after if scans > before[name][2]},
        {name for name, node, _, _ in after if node != before[name][1]},
    )


def undone(connection, statement):
    """The effect of a statement that is taken back."""
    with connection.transaction(force_rollback=True):
        return effect_of(connection, statement)


def reading(text):
    seen, faults = scan(Path("one.sql"), text)
    assert not faults
    declared = Declared()
    declared.add(seen)
    return Reading(Path("one.sql"), text, seen, Known(), declared)


LOCKING = """
alter table t add column c int
alter table t add column c int references other
alter table t add foreign key (a) references other
alter table t add foreign key (a) references other not valid
alter table t add check (a > 0) not valid
alter table t add unique (a)
alter table t alter x set storage external
alter table t alter a set statistics 10
alter table t set (fillfactor = 50)
alter table t cluster on ti
alter table t disable trigger user
alter table t enable row level security
alter table t drop column a
alter table t rename a to aa
alter table t replica identity full
alter table t rename constraint t_pkey to key
alter table p attach partition p3 for values from (20) to (30)
alter table p detach partition p1
create table px partition of p for values from (50) to (60)
create table child (id bigint references other)
create policy po on t using (true)
create rule ru as on insert to t do nothing
create trigger tr before update on t for each row execute function suppress_redundant_updates_trigger()
create index on t (x)
cluster t using ti
truncate other
lock table t
lock table t in share row exclusive mode
lock table t in row exclusive mode
"""


def test_the_text_tells_the_locks_that_are_taken(connection):
    statements = LOCKING.strip().splitlines()
    measured = {one: undone(connection, one).locked for one in statements}
    told = {}
    for one in statements:
        found = {}
        for lock in locks(reading(one)):
            name = lock.table.removeprefix("public.")
            found[name] = max(found.get(name, 0), int(lock.mode))
        told[one] = found
    assert told == measured


READS = """
alter table t alter a set not null
alter table t add check (a > 0)
alter table t add column c int check (c > 0)
alter table t add foreign key (a) references other
alter table t add column c int default 1 references other
alter table p attach partition p2 for values from (10) to (20)
alter domain dom add check (value <> '')
alter domain dom set not null
alter table t add unique (a)
create index on t (x)
"""

WRITES = """
alter table t add column c uuid default gen_random_uuid()
alter table t add column c timestamptz default clock_timestamp()
alter table t add column c bigserial
alter table t add column c int generated always as identity
alter table t add column c int generated always as (a + 1) stored
alter table t add column c strict
alter table t alter a type bigint
alter table t alter x type text using upper(x)
alter table t set unlogged
cluster t using ti
refresh materialized view m
"""

DOES_NEITHER = """
alter table t add column c int default 1 not null
alter table t add column c timestamptz default now()
alter table t add column c int references other
alter table t add column c dom
alter table t alter nn set not null
alter table t add check (a > 0) not valid
alter table t add foreign key (a) references other not valid
alter table t alter v type varchar(20) using v::varchar(20)
alter table t alter x type text using x
alter table p attach partition p3 for values from (20) to (30)
alter domain dom add check (value <> '') not valid
drop index ti
create trigger tr before update on t for each row execute function suppress_redundant_updates_trigger()
"""


def test_what_is_said_to_read_or_write_does_and_the_rest_does_not(connection):
    def all_of(text):
        return {one: undone(connection, one) for one in text.strip().splitlines()}

    assert [one for one, effect in all_of(READS).items() if not effect.read or effect.written] == []
    assert [one for one, effect in all_of(WRITES).items() if not effect.written] == []
    assert [one for one, effect in all_of(DOES_NEITHER).items() if effect.read or effect.written] == []


TYPES = """
varchar(10) varchar(20) varchar text numeric(10,2) numeric(12,2) numeric(12,3) numeric(9,2) numeric int bigint
timestamp timestamp(3) timestamptz timestamptz(3) time(3) time bit(4) varbit(4) varbit cidr inet char(5) xml oid
"""


def test_a_change_of_type_writes_the_table_where_it_is_said_to(connection):
    listed = TYPES.split()
    measured, told = set(), set()
    for old in listed:
        with connection.transaction(force_rollback=True):
            connection.execute(f"create table one (c {old}); insert into one values (null)")
            for new in listed:
                try:
                    with connection.transaction(force_rollback=True):
                        written = "one" in effect_of(connection, f"alter table one alter c type {new}").written
                except psycopg.errors.DatatypeMismatch:
                    continue  # only with USING
                if written:
                    measured.add((old, new))
                if conversions.rewrites(of_catalog(old), of_catalog(new)):
                    told.add((old, new))
    assert told == measured


def test_the_functions_that_count_as_volatile_are(connection):
    rows = connection.cursor(row_factory=scalar_row).execute(
        "select proname from pg_catalog.pg_proc where proname = any(%s) and provolatile <> 'v'",
        [sorted(volatility.NAMES)],
    )
    assert rows.fetchall() == []


REWRITTEN = """
alter table t add constraint positive check (a > 0), add check (n > 0 and v <> '')
alter table t add column c int default 2 check (c > 0), add column e text
alter table t add foreign key (a) references other on delete cascade
alter table t add column c bigint default 1 references other deferrable initially deferred
alter table t add unique (a, v), alter x set default 'x'
alter table t add column c text unique, add constraint by_v unique nulls not distinct (id) include (v) deferrable
alter table t alter a set not null, alter x set not null
create unique index tn on t (id, n)
drop index ti
reindex table t
alter table p attach partition p2 for values from (10) to (20)
alter table p attach partition p2 for values from (10) to (maxvalue)
alter table p detach partition p1
"""


def rewritten(text, known):
    for _ in range(4):
        found = lint([Text(Path("one.sql"), text)], known, levels(Environment.PRODUCTION), squawk=False).hazards
        offered = [one.rewrite for one in found if one.rewrite and rules()[one.id].family is Family.LOCKS]
        if not offered:
            break
        text = offered[0]
    return text


def test_a_rewrite_ends_in_the_same_schema_and_reads_nothing_under_a_strong_lock(connection):
    schema = reader.read(connection)
    known = Known(schema=schema, major=schema.major)
    for statement in REWRITTEN.strip().splitlines():
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
            aim = reader.read(connection)
        text = rewritten(statement, known)
        assert text != statement
        for one in scan(Path("one.sql"), text)[0]:
            if one.name == "transaction_stmt":
                continue
            if not one.transactional:
                connection.execute(one.text)
                continue
            with connection.transaction():
                effect = effect_of(connection, one.text)
            assert not (effect.read | effect.written) & set(effect.locked), one.text
        assert compare(aim, reader.read(connection)).lines() == (), statement
        connection.execute(f"{NO_TABLES}; {TABLES}")


def test_a_view_refreshed_concurrently_can_be_read(connection):
    assert undone(connection, "refresh materialized view m").locked == {"m": 8}
    assert undone(connection, "refresh materialized view concurrently m").locked == {"m": 7}
