"""A table with rows and people who write to it, and a file run on it as written and as rewritten."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from haulback.hazards.levels import Levels
from haulback.hazards.rewrites.rewriting import rewritten
from haulback.migrations import parse
from haulback.model.hazard import Known
from haulback.model.rewriting import Rewritten
from haulback.model.target import Environment
from haulback.pg.catalog.reader import read

PATH = Path("1.sql")


def safe(text: str, known: Known) -> Rewritten:
    """The file rewritten, as production has it."""
    return rewritten(text, PATH, known, Levels(Environment.PRODUCTION))


def known(connection: psycopg.Connection) -> Known:
    return Known(schema=read(connection), major=connection.info.server_version // 10000)


def run(connection: psycopg.Connection, text: str) -> None:
    """Runs a file as a deployment does: its units one by one."""
    for unit in parse.script(PATH, text).units:
        if unit.transactional:
            with connection.transaction():
                for one in unit.statements:
                    connection.execute(one.text.encode())
        else:
            connection.execute(unit.statements[0].text.encode())


@dataclass
class Writers:
    """What was written and acknowledged while a file ran."""

    inserted: list[int] = field(default_factory=list)
    updated: dict[int, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@contextmanager
def writing(conninfo: str, first: int, rows: int) -> Iterator[Writers]:
    """People insert rows above `first` and count others up, until the block ends."""
    told = Writers()
    over = threading.Event()

    def write() -> None:
        chance = random.Random(1)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            number = first
            while not over.wait(0.002):  # they leave the server some time for the others
                number += 1
                some = chance.randrange(1, rows)
                try:
                    connection.execute("insert into public.orders (id, note, total) values (%s, 'new', 1)", [number])
                    told.inserted.append(number)
                    connection.execute("update public.orders set counted = counted + 1 where id = %s", [some])
                    told.updated[some] = told.updated.get(some, 0) + 1
                except psycopg.Error as error:
                    told.refused.append(str(error))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while not (told.inserted or told.refused):
            over.wait(0.002)
        yield told
    finally:
        over.set()
        thread.join()


def require_kept(connection: psycopg.Connection, told: Writers) -> None:
    """Every acknowledged write is there, and nobody was refused."""
    assert told.refused == []
    found = {row[0] for row in connection.execute("select id from public.orders where note = 'new'")}
    assert found == set(told.inserted)
    counted = connection.execute("select id, counted from public.orders where counted > 0").fetchall()
    assert dict(counted) == told.updated
