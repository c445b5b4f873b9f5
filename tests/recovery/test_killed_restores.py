"""Promise 4 for `restore table` and `restore undo`: killed at any word between us and the server, one rerun ends it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from word_killer import Ended, Kill, run

from deadly_words import DIED
from haulback.app import backing_up, restore_undo, restoring
from haulback.app.restore_source import Request
from haulback.app.restore_undo import NothingToUndo
from haulback.capture.restoring import putting_back, taking_out
from haulback.config.policy import default_policy
from haulback.deploy.progress import Silent
from haulback.model.recovery import BackupSettings
from haulback.model.restore import How
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster

pytestmark = pytest.mark.timeout(900)

ROWS = """
create table public.parents (id int primary key);
insert into public.parents select g from generate_series(1, 9) as g;
create table public.orders (id int generated always as identity primary key,
  parent int not null references public.parents, note text);
create function public.shout() returns trigger language plpgsql as $$begin new.note := 'changed'; return new; end$$;
insert into public.orders (parent, note) select 1 + g % 9, 'note ' || g from generate_series(1, 40) as g;
create trigger shout before insert or update on public.orders for each row execute function public.shout();
create trigger always before insert or update on public.parents for each row execute function public.shout();
alter table public.parents enable always trigger always;
"""
HARM = """
delete from public.orders where id % 3 = 0;
alter table public.orders disable trigger shout;
update public.orders set note = 'other' where id % 4 = 1;
insert into public.orders (parent, note) values (1, 'newer');
alter table public.orders enable trigger shout;
"""
SUM = "select md5(string_agg(o::text, ',' order by id)) from public.orders as o where note <> 'newer'"
STATE = """
select (select array_agg(row(tgname, tgenabled)::text order by tgname) from pg_trigger
          where not tgisinternal and tgrelid in ('public.orders'::regclass, 'public.parents'::regclass)),
       (select array_agg(row(conname, convalidated)::text order by conname) from pg_constraint
          where conrelid = 'public.orders'::regclass),
       (select array_agg(rolname::text order by rolname) from pg_roles),
       (select count(*) from public.orders where note = 'newer'),
       nextval('public.orders_id_seq') > 41
"""
BOTH = frozenset({How.MISSING, How.CHANGED})


@dataclass
class Ground:
    """A server that gets killed, with a database in each of its states kept as a template."""

    cluster: Cluster
    settings: Settings
    backup: str = ""
    whole: str = ""
    harmed: str = ""
    state: tuple[object, ...] = ()

    @property
    def target(self) -> Target:
        running = self.cluster.start()
        parameters = {"host": str(running.socket_dir), "port": str(running.port), "user": "postgres", "dbname": "shop"}
        return Target("local", Environment.DEVELOPMENT, parameters, default_policy(Environment.DEVELOPMENT))

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.start().conninfo("postgres", "shop"), autocommit=True)

    def value(self, query: str) -> object:
        with self.connect() as connection:
            return connection.execute(query).fetchone()[0]

    def admin(self, *statements: str) -> None:
        with psycopg.connect(self.cluster.start().conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def keep(self, template: str) -> None:
        self.admin(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'shop'",
            f"create database {template} template shop owner postgres strategy file_copy",
        )

    def reset(self, template: str) -> None:
        self.admin(
            "drop database if exists shop with (force)",
            f"create database shop template {template} owner postgres strategy file_copy",
        )

    def restore(self) -> object:
        return restoring.restore_table(
            self.settings, self.target, Request("public.orders", self.backup, hows=BOTH), Silent()
        )

    def undo(self) -> object:
        return restore_undo.undo(self.settings, self.target, 1, Silent())

    def undo_again(self) -> None:
        try:
            self.undo()
        except NothingToUndo:  # the blow came when it had just ended
            assert self.value("select count(*) from haulback.restore_entry where event = 'undone'") == 1

    def has_begun(self, event: str) -> bool:
        with self.connect() as connection:
            if connection.execute("select to_regclass('haulback.restore_entry') is null").fetchone()[0]:
                return False
            query = "select exists (select from haulback.restore_entry where event = %s)"
            return connection.execute(query, [event]).fetchone()[0]

    def is_whole(self) -> None:
        assert self.value(SUM) == self.whole
        assert self.value("select count(*) from haulback.restore") == 1
        self.is_left_alone()

    def is_harmed(self) -> None:
        assert self.value(SUM) == self.harmed
        self.is_left_alone()

    def is_left_alone(self) -> None:
        with self.connect() as connection:
            assert connection.execute(STATE).fetchone() == self.state


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("restores")
    cluster = Cluster(folder / "home", "main", binaries.embedded())
    settings = Settings(
        folder, folder / "home", folder / "migrations", {}, "local", backups=BackupSettings(str(folder / "kept"))
    )
    it = Ground(cluster, settings)
    try:
        # A killed process leaves its writes to the kernel: what fsync adds is only safety from a power cut.
        it.admin(
            "alter system set fsync = off", "select pg_reload_conf()", "drop database if exists shop",
            "create database shop owner postgres template template0",
        )  # fmt: skip
        with it.connect() as connection:
            connection.execute(ROWS)
        it.backup = backing_up.take(settings, it.target, backing_up.Request(tables=("public.orders",)), Silent()).id
        it.whole = str(it.value(SUM))
        with it.connect() as connection:
            connection.execute(HARM)
            it.state = connection.execute(STATE).fetchone()
        it.harmed = str(it.value(SUM))
        it.keep("harmed")
        it.restore()
        it.keep("restored")
        yield it
    finally:
        cluster.destroy()


@pytest.fixture(autouse=True)
def in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (putting_back.put_back, taking_out.take_out):
        monkeypatch.setitem(one.__kwdefaults__, "batch", 7)
        monkeypatch.setitem(one.__kwdefaults__, "pause", 0.0)


def _killed(ground: Ground, template: str, kill: Kill) -> Ended:
    ground.reset(template)
    ended = run(ground.restore if template == "harmed" else ground.undo, kill)
    assert ended.status == (DIED if ended.struck and not kill.server else 0), ended
    assert not ended.bug, ended
    return ended


@pytest.mark.parametrize("who", ["we", "the server"])
@pytest.mark.parametrize("when", ["before", "sent"])
@pytest.mark.parametrize("what", ["harmed", "restored"])
def test_one_rerun_ends_it(ground: Ground, what: str, when: str, who: str) -> None:
    # Every n-th word, others in each run; all of them with HAULBACK_EVERY_WORD, which takes half an hour.
    step = 1 if os.environ.get("HAULBACK_EVERY_WORD") else {"we": 9, "the server": 17}[who]
    word = random.SystemRandom().randrange(step) + 1
    while True:
        ground.target  # noqa: B018 - starts it
        server = ground.cluster.start().pid if who == "the server" else 0
        ended = _killed(ground, what, Kill(word, when, server))
        if not ended.struck:
            assert not ended.failure, ended
            break
        if not ended.ours:  # the server's own words are for what had touched nothing
            assert not ground.has_begun("staged" if what == "harmed" else "undo begun"), ended
        if what == "harmed":
            ground.restore()
            ground.is_whole()
        else:
            ground.undo_again()
            ground.is_harmed()
        word += step
    assert word > 30  # there are more words than that to strike
