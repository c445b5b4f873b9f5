"""Which path is answered by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.refused import Refused
from haulback.gateway.answer import Answer

Handler = Callable[[Asked], Awaitable[Answer]]

_NOT_HERE = "haulback serves sign-up, sign-in and users here, and knows no other provider"
# A mail that a scanner looks at without following its links must not spend them.
_NOT_FOR_HEAD = "/verify"


class Routes:
    """Finds handlers.

    Args:
        table: by path and method; a part of a path that is `*` names something.
    """

    def __init__(self, table: Mapping[str, Mapping[str, Handler]]) -> None:
        self._table = {tuple(path.split("/")[1:]): by_method for path, by_method in table.items()}

    def find(self, method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
        """What answers, and what the path names.

        Raises:
            Refused: nothing does.
        """
        parts = tuple(path.rstrip("/").split("/")[1:])
        for pattern, by_method in self._table.items():
            pairs = tuple(zip(pattern, parts, strict=False))
            if len(pattern) == len(parts) and all(wanted in ("*", part) for wanted, part in pairs):
                named = tuple(part for wanted, part in pairs if wanted == "*")
                return _of_method(by_method, method, path), named
        raise Refused(404, "not_found", _NOT_HERE)


def _of_method(by_method: Mapping[str, Handler], method: str, path: str) -> Handler:
    reads = method == "HEAD" and path.rstrip("/") != _NOT_FOR_HEAD
    handler = by_method.get("GET" if reads else method)
    if handler is None:
        raise Refused(405, "method_not_allowed", "Method not allowed")
    return handler
