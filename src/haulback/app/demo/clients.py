"""The users of the demonstration: readers and writers under row-level security, in a process of their own.

Speaks by lines: `events` on stdin lets them use engagement_events too, `stop` ends them; then one JSON document
on stdout tells what they did.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field

import psycopg

_EVERY = 0.03  # seconds between two requests of one client
_CLIENTS = 3  # of each kind


@dataclass
class Seen:
    """What one client saw. Times in seconds."""

    requests: int = 0
    failed: list[str] = field(default_factory=list)
    longest: float = 0.0
    slow: int = 0
    notes: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


class Client:
    """One user agent: a session of its own, a request every few hundredths of a second."""

    def __init__(self, conninfo: str, people: list[str], *, writes: bool) -> None:
        self.seen = Seen()
        self._conninfo, self._people, self._writes = conninfo, people, writes

    def run(self, events: threading.Event, stop: threading.Event) -> None:
        chance = random.Random()  # noqa: S311 - spreads load, guards nothing
        with psycopg.connect(self._conninfo, autocommit=True, application_name="demo client") as connection:
            while not stop.is_set():
                person = chance.choice(self._people)
                table = "events" if events.is_set() and chance.random() < 0.7 else "notes"  # noqa: PLR2004 - a share
                begun = time.monotonic()
                try:
                    self._request(connection, person, table)
                except psycopg.Error as error:
                    self.seen.failed.append(f"{table}: {str(error).strip()}")
                took = time.monotonic() - begun
                self.seen.requests += 1
                self.seen.longest = max(self.seen.longest, took)
                self.seen.slow += took > 0.1  # noqa: PLR2004 - what a person notices
                time.sleep(_EVERY)

    def _request(self, connection: psycopg.Connection, person: str, table: str) -> None:
        """As the API makes it: role and claims for one transaction."""
        claims = json.dumps({"sub": person, "role": "authenticated"})
        own = str(uuid.uuid4())
        with connection.transaction():
            connection.execute(
                "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
                [claims],
            )
            if not self._writes:
                connection.execute(_READS[table])
            else:
                connection.execute(_WRITES[table], {"id": own, "user": person})
        # Only what was acknowledged counts: the commit came back.
        if self._writes:
            (self.seen.events if table == "events" else self.seen.notes).append(own)


_READS = {
    "notes": "select id, body, at from public.notes order by at desc limit 20",
    "events": 'select id, event_type, "timestamp" from public.engagement_events order by "timestamp" desc limit 20',
}
_WRITES = {
    "notes": "insert into public.notes (id, user_id, body) values (%(id)s, %(user)s, 'a note')",
    "events": "insert into public.engagement_events (id, user_id, event_type, value)"
    " values (%(id)s, %(user)s, 'app_open', '{\"from\": \"demo\"}')",
}


def main(conninfo: str, people: list[str]) -> None:
    """Runs until told to stop."""
    events, stop = threading.Event(), threading.Event()
    clients = [Client(conninfo, people, writes=number < _CLIENTS) for number in range(_CLIENTS * 2)]
    threads = [threading.Thread(target=client.run, args=(events, stop)) for client in clients]
    for thread in threads:
        thread.start()
    for line in sys.stdin:
        if line.strip() == "events":
            events.set()
        elif line.strip() == "stop":
            break
    stop.set()
    for thread in threads:
        thread.join()
    seen = [client.seen for client in clients]
    sys.stdout.write(
        json.dumps(
            {
                "requests": sum(one.requests for one in seen),
                "failed": [text for one in seen for text in one.failed],
                "longest": max(one.longest for one in seen),
                "slow": sum(one.slow for one in seen),
                "notes": [id_ for one in seen for id_ in one.notes],
                "events": [id_ for one in seen for id_ in one.events],
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
