"""Where a target's API is: one address, and below it REST, GraphQL and Realtime."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from haulback.verify._stage import NoAnswer

REST, GRAPHQL, REALTIME = "/rest/v1", "/graphql/v1", "/realtime/v1"


class CannotAsk(NoAnswer):
    """Why nothing was asked at all: whether the API is well stays unknown."""


@dataclass(frozen=True, slots=True)
class Address:
    """One API; `path` is what stands before `/rest/v1`."""

    host: str
    port: int | None
    secure: bool
    path: str

    @classmethod
    def of(cls, url: str) -> Address:
        """The address that a URL is, with or without `/rest/v1`.

        Raises:
            CannotAsk: it is none, or tokens would go over the network in the clear.
        """
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise CannotAsk("the API address of the target is no address") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise CannotAsk("the API address of the target is no http or https address")
        if parts.scheme == "http" and not _loopback(host):
            raise CannotAsk("the API address of the target is not https, so tokens would go in the clear")
        return cls(host, port, parts.scheme == "https", parts.path.rstrip("/").removesuffix(REST))

    def websocket(self, key: str | None) -> str:
        """The address of Realtime's sockets; a key stands in it, so it must not be told."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port is not None else ""
        query = urlencode({**({"apikey": key} if key else {}), "vsn": "1.0.0"})
        return f"{'wss' if self.secure else 'ws'}://{host}{port}{self.path}{REALTIME}/websocket?{query}"


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
