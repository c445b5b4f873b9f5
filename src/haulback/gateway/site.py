"""Which part answers which path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from haulback.gateway import cors
from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.http.request import Request
from haulback.gateway.rest.planned import Options

Respond = Callable[[Answer], None]


class Part(Protocol):
    """What answers below one mount point."""

    def handle(self, request: Request, path: str, respond: Respond) -> None:
        """Answers one request.

        Args:
            request: as it came.
            path: below the mount point, percent-encoded.
            respond: to be called once, now or later.
        """


class Site:
    """All parts by their mount points: `/rest/v1`, `/auth/v1`.

    Args:
        parts: by mount point.
        failed: told of an error that is ours.
    """

    def __init__(self, parts: Mapping[str, Part], failed: Callable[[BaseException], None]) -> None:
        self._parts = tuple(sorted(parts.items(), key=lambda entry: -len(entry[0])))
        self._failed = failed
        self._origins: tuple[str, ...] = ()
        self._trace_header = ""
        self._minimal = False

    def use(self, options: Options) -> None:
        """Answers as the options have it from now on."""
        self._origins = options.origins
        self._trace_header = options.trace_header
        self._minimal = options.minimal_errors

    def handle(self, request: Request, respond: Respond) -> None:
        """Answers one request, whatever happens."""
        headers = request.headers
        if self._trace_header and self._trace_header in headers.names():
            respond = _traced(respond, self._trace_header, headers.get(self._trace_header))
        asked_first = request.method == "OPTIONS" and cors.preflight(headers, self._origins)
        if asked_first:
            respond(asked_first)
            return
        if headers.get("origin"):
            plainly, origins = respond, self._origins
            respond = lambda answer: plainly(cors.shared(answer, headers, origins))  # noqa: E731 - shorter than a def
        try:
            for mount, part in self._parts:
                if request.path.startswith(mount):
                    rest = request.path[len(mount) :]
                    if not rest or rest[0] == "/":
                        part.handle(request, rest, respond)
                        return
            respond(Refusal(404, "PGRST125", "Invalid path specified in request URL").answer(minimal=self._minimal))
        except Exception as bug:  # noqa: BLE001 - one request's bug must not end the connection of others
            self._failed(bug)
            respond(Refusal(500, "PGRSTX00", "internal error of the gateway").answer(minimal=self._minimal))


def _traced(respond: Respond, name: str, value: str) -> Respond:
    """Answers that repeat a header of their request, unless they have one of that name."""

    def traced(answer: Answer) -> None:
        if not any(name == each.lower() for each, _ in answer.headers):
            answer = replace(answer, headers=(*answer.headers, (name, value)))
        respond(answer)

    return traced
