"""Says what kept a base backup from being made, by what the server or its program said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from haulback.backups.cluster_errors import MayNotReplicate, NoneFree, PagesDamaged, ServerFailed, SummariesMissing
from haulback.backups.engines._engine import Taking
from haulback.errors import HaulbackError
from haulback.pg.server_words import failure_words

_CAUSES: tuple[tuple[re.Pattern[str], type[HaulbackError]], ...] = (
    (re.compile(r"checksum (error|verification)"), PagesDamaged),
    (re.compile(r"WAL summaries"), SummariesMissing),
    (re.compile(r"slots are in use|max_replication_slots|max_wal_senders"), NoneFree),
    (re.compile(r"pg_hba\.conf|replication role|permission denied to (start|create)|walsender"), MayNotReplicate),
)


def cause(taking: Taking, reason: str) -> HaulbackError:
    """The error that a reason stands for."""
    kind = next((kind for pattern, kind in _CAUSES if pattern.search(reason)), ServerFailed)
    return kind(target=taking.target.name, reason=reason)


@contextmanager
def told(taking: Taking) -> Iterator[None]:
    """Names the cause where the driver alone would have the word."""
    try:
        yield
    except psycopg.Error as error:
        raise cause(taking, failure_words(error)) from error
