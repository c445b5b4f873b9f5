"""What a server says of a failure, fit to be shown: without the values of rows."""

from __future__ import annotations

import re

import psycopg

_QUOTED = re.compile(r'".*"', re.DOTALL)  # a value may hold quotes itself


def words(error: psycopg.Error) -> str:
    """The server's message on one line.

    Never the detail, which repeats values of the row; and where a value itself is what is wrong (class 22, such as
    `invalid input syntax for type integer: "…"`), not what the message quotes either.
    """
    text = (error.diag.message_primary or str(error) or type(error).__name__).strip()
    return (_QUOTED.sub('"…"', text) if isinstance(error, psycopg.DataError) else text).splitlines()[0]
