"""Which part answers which path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from haulback.gateway import cors
from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.http.request import Request

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
        origins: that browsers may come from; none for any.
        failed: told of an error that is ours.
    """

    def __init__(
        self, parts: Mapping[str, Part], origins: tuple[str, ...], failed: Callable[[BaseException], None]
    ) -> None:
        self._parts = tuple(sorted(parts.items(), key=lambda entry: -len(entry[0])))
        self._origins = origins
        self._failed = failed

    def handle(self, request: Request, respond: Respond) -> None:
        """Answers one request, whatever happens."""
        headers = request.headers
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
            respond(Refusal(404, "PGRST125", "Invalid path specified in request URL").answer())
        except Exception as bug:  # noqa: BLE001 - one request's bug must not end the connection of others
            self._failed(bug)
            respond(Refusal(500, "PGRSTX00", "internal error of the gateway").answer())
