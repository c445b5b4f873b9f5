"""What a server says of a failure, fit to be shown: without the values of rows."""

from __future__ import annotations

import os
import re

import psycopg

from haulback.errors import HaulbackError, one_line
from haulback.redact import redact

_QUOTED = re.compile(r'".*"', re.DOTALL)  # a value may hold quotes itself


def words(error: psycopg.Error) -> str:
    """The server's message on one line.

    Never the detail, which repeats values of the row; and where a value itself is what is wrong (class 22, such as
    `invalid input syntax for type integer: "…"`), not what the message quotes either.
    """
    text = (error.diag.message_primary or str(error) or type(error).__name__).strip()
    return (_QUOTED.sub('"…"', text) if isinstance(error, psycopg.DataError) else text).splitlines()[0]


def failure_words(failure: Exception) -> str:
    """Any failure that a recovery can meet, on one line: ours, the server's, or the system's."""
    if isinstance(failure, HaulbackError):
        return failure.message
    if isinstance(failure, psycopg.Error):
        return one_line(redact(words(failure)))
    if isinstance(failure, OSError) and failure.strerror:
        where = f"{os.fsdecode(failure.filename)}: " if failure.filename else ""
        return one_line(redact(f"{where}{failure.strerror}"))
    return one_line(redact(str(failure) or type(failure).__name__))
