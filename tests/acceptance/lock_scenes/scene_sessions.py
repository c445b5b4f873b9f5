"""Who is at work on the target while a scene plays: sessions that read or write again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from acceptance_site import Site


class Busy:
    """A session that runs one statement again and again.

    Attributes:
        done: how often it ran.
        failures: what the server refused it.
    """

    def __init__(self, site: Site, statement: str, every: float) -> None:
        self.done = 0
        self.failures: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, args=(site, statement, every), daemon=True)
        self._thread.start()

    def _go_on(self, site: Site, statement: str, every: float) -> None:
        with site.connect() as connection:
            while not self._over.wait(every):
                try:
                    connection.execute(statement)
                    self.done += 1
                except psycopg.Error as error:
                    self.failures.append(str(error))

    def end(self) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def busy(site: Site, statement: str, every: float = 0.02) -> Iterator[Busy]:
    made = Busy(site, statement, every)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def holding(site: Site, statement: str, application: str, user: str = "postgres") -> Iterator[psycopg.Connection]:
    """A session with an open transaction that ran `statement` and then does nothing."""
    connection = psycopg.connect(site.server.conninfo(user, site.database), application_name=application)
    try:
        connection.execute(statement)
        yield connection
    finally:
        connection.close()
