"""Values come back while users write, and every write of theirs stays, whatever it was."""

from __future__ import annotations

import random
import threading
import time

from haulback.capture import taking_back
from haulback.capture.copying import CopyAhead
from haulback.model.capture import Keeps, PlannedCopy
from haulback.pg.catalog.reader import read

ROWS = 3000


class Users:
    """Each thread has keys of its own, so that the last value it wrote is what must be there at the end."""

    def __init__(self, database, threads=3) -> None:
        self._database, self._over = database, threading.Event()
        self.wrote: dict[int, str | None] = {}
        self.deleted: set[int] = set()
        self.errors: list[Exception] = []
        self._threads = [threading.Thread(target=self._write, args=(i, threads)) for i in range(threads)]

    def _write(self, number: int, of: int) -> None:
        random_ = random.Random(number)
        keys = [key for key in range(1, ROWS + 1) if key % of == number and key % 5]
        try:
            with self._database.connect(autocommit=True) as one:
                while not self._over.is_set():
                    key = random_.choice(keys)
                    what = random_.random()
                    if what < 0.1:
                        one.execute("delete from public.things where id = %s", [key])
                        self.deleted.add(key)
                        self.wrote.pop(key, None)
                    elif what < 0.2 and key in self.deleted:
                        one.execute("insert into public.things (id) values (%s) on conflict do nothing", [key])
                        self.deleted.discard(key)
                        self.wrote[key] = None
                    elif key not in self.deleted:
                        # The transaction is held open for a moment, so that a batch has to wait for it. To null
                        # by way of a value: null for null is no write at all.
                        value = f"user {number} {random_.random()}"
                        with one.transaction():
                            one.execute("update public.things set name = %s where id = %s", [value, key])
                            if what > 0.7:
                                one.execute("update public.things set name = null where id = %s", [key])
                                value = None
                            time.sleep(0.001)
                        self.wrote[key] = value
        except Exception as error:  # noqa: BLE001 - told by the test
            self.errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_every_write_of_a_user_stays(work, deploy, any_database) -> None:
    work.execute("create table public.things (id int primary key, name text, other int default 0)")
    work.execute("insert into public.things (id, name) select i, 'old ' || i from generate_series(1, %s) i", [ROWS])
    before, deployment = read(work), deploy()
    ahead = CopyAhead(deployment, PlannedCopy("public.things", ("name",)), Keeps.BEFORE)
    ahead.arm(work)
    ahead.copy(work)
    with work.transaction():
        ahead.finish(work)
        work.execute("alter table public.things drop column name")
    taking_back.prepare(work, deployment, before)
    with work.transaction():
        taking_back.structure(work, deployment, before, [])
    with Users(any_database) as users:
        time.sleep(0.1)
        (filled,) = taking_back.fill(work, deployment, batch=100, pause=0.01, lock_timeout_ms=5000)
        time.sleep(0.05)
    assert users.errors == []
    assert filled.given + filled.kept + filled.gone == ROWS
    assert filled.kept > 0
    with work.transaction():
        taking_back.finish(work, deployment, before)
    now = dict(work.execute("select id, name from public.things").fetchall())
    for key in range(1, ROWS + 1):
        if key in users.deleted:
            assert key not in now
        elif key in users.wrote:
            assert now[key] == users.wrote[key]
        else:
            assert now[key] == f"old {key}"
