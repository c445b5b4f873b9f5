"""Writes down the requests that are served, for `haulback serve --record`."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from haulback.contract.recorded.lines import written
from haulback.contract.recorded.taking import key_of, taken
from haulback.errors import HaulbackError
from haulback.gateway.answer import Refusal
from haulback.gateway.auth.bearer import identified
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.request import Request

_LONGEST = 1 << 20  # bytes of a body
_MOST = 10_000  # requests that one process writes down


class CannotRecord(HaulbackError):
    template = "requests cannot be recorded in {file}: {reason}"
    hint_template = "Name another file, in a folder that is there and may be written."


class Recorder:
    """Adds each request that is new to a file, with the claims of its token in the token's place.

    Several processes may write to one file: a line goes out whole.

    Args:
        file: that lines are added to; only its owner can read it, since bodies hold what users wrote.
        tokens: that tell who asks.
        tell: takes a line for the log.

    Raises:
        CannotRecord: the file cannot be opened.
    """

    def __init__(self, file: Path, tokens: Tokens, tell: Callable[[str], None]) -> None:
        self._tokens, self._tell = tokens, tell
        self._known: set[bytes] = set()
        try:
            self._file: int | None = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as failure:
            raise CannotRecord(file=file, reason=failure.strerror or str(failure)) from failure

    def __call__(self, request: Request) -> None:
        if self._file is None or len(request.body) > _LONGEST:
            return
        line = self._line(request)
        digest = sha256(line).digest()
        if not line or digest in self._known:
            return
        self._known.add(digest)
        try:
            os.write(self._file, line)
        except OSError as failure:
            self._end(f"no more requests are recorded: {failure}")
        if len(self._known) >= _MOST:
            self._end(f"{_MOST} requests are recorded, and no more")

    def _line(self, request: Request) -> bytes:
        """Nothing for what is no request to the REST API, or comes with a token that is not good."""
        headers = [(name, request.headers.get(name)) for name in request.headers.names()]
        url = f"{request.path}?{request.query}"
        try:
            identity = identified(request.headers, key_of(request.query), self._tokens)
            found = taken(
                request.method, url, headers, request.body, "", identity.claims if identity.authenticated else {}
            )
            return written(found) if found else b""
        except (Refusal, ValueError):
            return b""

    def _end(self, told: str) -> None:
        self._tell(told)
        self._file = None
