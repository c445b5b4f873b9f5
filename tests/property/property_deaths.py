"""Runs the commands of an example with kills: after each the same command runs again, until it ends by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from property_kills import Ended, Kill, run
from property_users import Users
from property_world import Present, World, back, deploy

from deadly_words import DIED
from haulback.errors import Exit, HaulbackError
from haulback.model.schema import Schema
from haulback.pg.cluster import SUPERUSER, Cluster

# Words that a whole run says to the server; most take fewer, and then nobody dies.
WHOLE = {"deploy": 420, "rollback": 640}
_ORPHANS = "select count(*) from pg_stat_activity where datname = %s and application_name like 'haulback/%%'"


class Ending(HaulbackError):
    """What a command in a child ended with."""

    template = "{text}"

    def __init__(self, ended: Ended) -> None:
        super().__init__(text=ended.failure or ended.bug)
        self.exit_code = Exit(ended.exit)


@dataclass
class Deaths:
    """A way to run the commands.

    Attributes:
        cluster: that the killed server belongs to; nobody else uses it.
        kills: by command.
        small: whether ranges and batches have two rows.
        told: what happened, for a person.
        wrong: what must not happen whatever dies.
        struck: how many kills there were.
    """

    cluster: Cluster
    kills: dict[str, tuple[Kill, ...]]
    small: bool
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    struck: int = 0

    def deploy(
        self, made: World, users: Users, rehearsed: tuple[Schema, Schema], changes: tuple[str, ...]
    ) -> HaulbackError | None:
        return self._run("deploy", made, users, lambda present: deploy(made, present, rehearsed, changes))

    def back(self, made: World, users: Users) -> HaulbackError | None:
        return self._run("rollback", made, users, lambda present: back(made, present))

    def _run(
        self, name: str, made: World, users: Users, act: Callable[[Present], HaulbackError | None]
    ) -> HaulbackError | None:
        died = False
        for kill in (*self.kills[name], None):
            server = self.cluster.start()
            ended = run(act, users, server.pid, kill, WHOLE[name], small=self.small)
            self.told.append(f"{name}: {kill} -> {ended.status} exit {ended.exit} words {ended.words} {ended.failure}")
            self.struck += ended.struck
            if ended.status not in {0, DIED} or (ended.bug and not ended.struck):
                self.wrong.append(f"{name} ended with {ended.status}: {ended.bug}")
            if not ended.struck:
                return self._ending(ended, died=died)
            died = True
            self._after(made, users, kill)
        raise AssertionError(self.told)

    def _ending(self, ended: Ended, *, died: bool) -> HaulbackError | None:
        if not ended.exit:
            return None
        if died and ended.failure.startswith("NothingToRollBack"):
            return None  # the run that was killed had ended all but itself
        return Ending(ended)

    def _after(self, made: World, users: Users, kill: Kill | None) -> None:
        if kill is not None and kill.server:
            running = self.cluster.start()
            assert running.url() == made.server.url(), "the server came back elsewhere"
            users.connection.close()
            users.connect(made.connect())
        if kill is not None and kill.users:
            # What the dead one had sent may still commit; a user who writes meanwhile could not be told from it.
            with psycopg.connect(made.server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
                for _ in range(1000):
                    if connection.execute(_ORPHANS, [made.database]).fetchone() == (0,):
                        break
                    time.sleep(0.01)
            users.moment("after")
            users.moment("between", 99)
