"""The end of a segment, put into libpq's buffer without being sent.

psycopg's `pipeline_sync` is libpq's PQpipelineSync, which sends at once: a system call for every request. libpq 17 has
PQsendPipelineSync, which leaves it to the next flush, so that requests that came in together go out together. psycopg
does not offer it (as of 3.3); it is looked up in the libpq that psycopg itself is linked to, and where it is not found
PQpipelineSync does the same with more calls.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGconn

_SINCE = 170000  # of libpq, as it numbers itself


def _found() -> Callable[[int], int] | None:
    extension = getattr(sys.modules.get(pq.PGconn.__module__), "__file__", None)
    if extension is None or pq.version() < _SINCE:
        return None
    try:
        # A library's handle knows the symbols of what it is linked to as well. PyDLL, because the call never waits.
        function = ctypes.PyDLL(extension).PQsendPipelineSync
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = (ctypes.c_void_p,), ctypes.c_int
    return function


_SEND = _found()
WAITS_FOR_FLUSH = _SEND is not None
"""Whether `sync` leaves the sending to the next flush."""


def sync(connection: PGconn) -> None:
    """Ends a segment.

    Raises:
        psycopg.OperationalError: the connection is gone.
    """
    if _SEND is None:
        connection.pipeline_sync()
    elif not _SEND(connection.pgconn_ptr or 0):  # type: ignore[attr-defined]
        raise psycopg.OperationalError(connection.error_message.decode(errors="replace"))
