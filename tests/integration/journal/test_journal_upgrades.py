"""A journal that an older Haulback made, with captures in it, is brought up to date and loses nothing."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from haulback.clock import SystemClock
from haulback.journal import install
from haulback.journal.install import JournalIsNewer
from haulback.journal.journal import Journal

FIRST = (Path(__file__).parent / "fixtures" / "journal_1.sql").read_text(encoding="utf-8")
SHAPE = """
select c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid)
  from pg_constraint as c where c.connamespace = 'haulback'::regnamespace
union all
select a.attrelid::regclass::text, a.attname::text, format_type(a.atttypid, a.atttypmod) || a.attnotnull::text
  from pg_attribute as a join pg_class as t on t.oid = a.attrelid
 where t.relnamespace = 'haulback'::regnamespace and t.relkind = 'r' and a.attnum > 0 and not a.attisdropped
union all
select t.tgrelid::regclass::text, t.tgname::text, pg_get_triggerdef(t.oid)
  from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
 where c.relnamespace = 'haulback'::regnamespace and not t.tgisinternal
order by 1, 2, 3
"""
CAPTURED = """
insert into haulback.capture (deployment, keeps, kind, identity, attic_table, rows, checksum)
select d.id, 'before', 'copied table', 'public.orders', 'd1_2_orders', 3, 17 from haulback.deployment as d
"""


@pytest.fixture
def old(any_database):
    """A session on a database with the journal of version 1, a deployment and a capture."""
    with any_database.connect(autocommit=True) as connection:
        connection.execute(FIRST)
        Journal(connection).begin("a" * 64, {"migrations": []}, "prod", "production")
        connection.execute(CAPTURED)
        yield connection


def rows(connection) -> list[tuple]:
    """As version 1 had them; later ones add columns."""
    columns = "id, deployment, keeps, kind, identity, attic_table, detail, rows, checksum, progress, at"
    return connection.execute(f"select {columns} from haulback.capture order by id").fetchall()


def test_an_old_journal_is_brought_up_to_date_once_and_loses_nothing(old, any_database):
    before, deployment = rows(old), Journal(old).load()

    Journal(old).install()
    at = old.execute("select * from haulback.installation order by version").fetchall()
    Journal(old).install()
    Journal(old).upgrade()

    assert rows(old) == before
    assert Journal(old).load() == deployment
    assert old.execute("select * from haulback.installation order by version").fetchall() == at
    assert [version for version, _ in at] == [1, *sorted(install.upgrades())]


def test_an_upgraded_journal_is_what_a_new_one_is(old):
    Journal(old).install()
    upgraded = old.execute(SHAPE).fetchall()
    old.execute("drop schema haulback cascade")
    Journal(old).install()

    assert old.execute(SHAPE).fetchall() == upgraded
    assert install.version(old) == max(install.upgrades())


def test_the_new_kind_can_be_kept_and_an_unknown_one_still_not(old):
    Journal(old).upgrade()
    kind = (
        "insert into haulback.capture (deployment, keeps, kind, identity, attic_table) select id, 'before', %s, %s, %s"
    )
    old.execute(f"{kind} from haulback.deployment", ["changed rows", "public.orders", "d1_changes"])

    with pytest.raises(psycopg.errors.CheckViolation):
        old.execute(f"{kind} from haulback.deployment", ["loose rows", "x", "x"])


def test_an_upgrade_gives_way_to_an_open_erasure_and_comes_again(old, any_database):
    with any_database.connect() as erasing:
        erasing.execute("select count(*) from haulback.capture")
        clock = Ending(erasing)
        assert install.upgrade(old, clock) == tuple(sorted(install.upgrades()))
    assert clock.waits == 1


class Ending(SystemClock):
    """A clock whose first pause lets the other session end."""

    def __init__(self, other: psycopg.Connection) -> None:
        self.other, self.waits = other, 0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.waits += 1
        self.other.rollback()


def test_a_journal_of_a_newer_haulback_is_left_alone(old):
    old.execute("insert into haulback.installation (version) values (999)")

    with pytest.raises(JournalIsNewer, match="version 999"):
        Journal(old).install()
