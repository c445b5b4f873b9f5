"""Stand-ins for extensions, on servers of ours only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg

from haulback.deploy.progress import Progress
from haulback.pg.platform import extensions

_WAIT = "2s"  # for a lock that the migration's own transaction may hold


def preparing(operator: Callable[[], psycopg.Connection] | None, progress: Progress) -> Callable[[str], str]:
    """What is done with the text of each statement before it runs.

    On a server of ours an absent extension gets its stand-in first; what is returned is to be run instead, and
    is blank where nothing is left to do. Everywhere else a statement runs as it stands.
    """
    if operator is None:
        return lambda text: text

    def prepare(text: str) -> str:
        if "extension" not in text.lower() and "hnsw" not in text.lower() and "ivfflat" not in text.lower():
            return text
        with closing(operator()) as session:
            session.execute("select pg_catalog.set_config('lock_timeout', %s, false)", [_WAIT])
            prepared = extensions.prepare(session, text)
        for name in prepared.unknown:
            progress.note(f"nobody here knows the extension {name}: it got an empty stand-in")
        return prepared.text

    return prepare
