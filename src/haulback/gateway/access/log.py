"""The access log of one worker."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from haulback.gateway.access import lines
from haulback.gateway.access.lines import Entry
from haulback.gateway.access.writer import Writer
from haulback.gateway.answer import Answer
from haulback.gateway.auth.bearer import role_of
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.request import Request


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """How requests are logged.

    Attributes:
        is_json: whether a line is a JSON object.
        least: the smallest status that has a line.
        descriptor: of the file that lines go to.
    """

    is_json: bool = False
    least: int = 0
    descriptor: int = 2


class AccessLog:
    """Writes a line for each request once it is answered.

    Args:
        settings: how.
        tokens: that know the roles of requests.
        loop: of the worker.
    """

    def __init__(self, settings: AccessSettings, tokens: Tokens, loop: asyncio.AbstractEventLoop) -> None:
        self._least = settings.least
        self._tokens = tokens
        self._line = lines.document if settings.is_json else lines.text
        self._writer = Writer(settings.descriptor, _left_out_json if settings.is_json else _left_out, loop)

    def answered(self, request: Request, answer: Answer, seconds: float) -> None:
        """Notes one request.

        Args:
            request: as it came, or as far as it could be read.
            answer: to it.
            seconds: from its arrival to the answer.
        """
        if answer.status >= self._least:
            role = role_of(request.headers, request.query, self._tokens)
            self._writer.add(self._line(Entry(time.time(), role, request, answer, seconds)))

    def close(self) -> None:
        """Writes what is left."""
        self._writer.close()


def _left_out(count: int) -> str:
    return f"{count} lines of the access log were left out: nobody read what was written before"


def _left_out_json(count: int) -> str:
    return json.dumps({"left_out": count}, separators=(",", ":"))
