"""One request as it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """A whole request.

    Attributes:
        method: in upper case.
        path: percent-decoded, without the query.
        query: raw, without the question mark.
        headers: names in lower case, in order; values as latin-1.
        body: whole; b"" where there is none.
        client: address that it came from.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""
    client: str = ""
    _by_name: dict[str, str] | None = field(default=None, repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header; of several with one name all, joined by a comma."""
        if self._by_name is None:
            found: dict[str, str] = {}
            for key, value in self.headers:
                found[key] = f"{found[key]}, {value}" if key in found else value
            self._by_name = found
        return self._by_name.get(name)
