"""Who asks through proxies, as the proxies say it: `X-Forwarded-For`, or `Forwarded` (RFC 7239).

Each proxy writes behind what it got whom it got it from. So only the end of the header is the word of those who are
trusted, and what stands before the first stranger may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice

from haulback.gateway.http.headers import Headers

FORWARDED = "forwarded"
_UNKNOWN = "unknown"
_MOST = 32  # hops that are gone back
_LONGEST = 64  # characters of an address with its port
_IN_BRACKETS = re.compile(r"\[([^\]]*)\](?::\d{1,5})?")
_WITH_PORT = re.compile(r"([^:]*):\d{1,5}")
_PAIR = re.compile(
    r"""[ \t]*(?:(?P<name>[\w!#$%&'*+.^`|~-]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s",;]*))[ \t]*)?"""
    r"(?P<end>[,;]|\Z)"
)
_ESCAPED = re.compile(r"\\(.)")

Address = IPv4Address | IPv6Address


class _Unreadable(ValueError):
    """A header is not as RFC 7239 has it."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies whose word is taken.

    Attributes:
        trusted: where they are.
        header: that each of them writes, in lower case. Another one may be a client's, passed on as it came.
    """

    trusted: tuple[IPv4Network | IPv6Network, ...]
    header: str

    def client(self, peer: str, headers: Headers) -> str:
        """The nearest address that is no proxy's; the farthest proxy's where a proxy does not say whom it had it from.

        Args:
            peer: address of whoever connected.
            headers: of the request, whole: what a proxy says may be in the last of them.
        """
        at = _address(peer.partition("%")[0])
        if at is None or not self._trusts(at):
            return peer
        for hop in islice(self._hops(headers), _MOST):
            before = _address(hop)
            if before is None:
                break
            at = before
            if not self._trusts(at):
                break
        return str(at)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)

    def _hops(self, headers: Headers) -> Iterator[str]:
        """What the proxies say, the nearest first; "unknown" where that cannot be read.

        Line by line: a quote that a stranger leaves open hides nothing of what a proxy says in a line of its own.
        """
        for line in reversed(headers.every(self.header)):
            try:
                said = list(_elements(line)) if self.header == FORWARDED else line.split(",")
            except _Unreadable:
                said = [_UNKNOWN]  # where one element ends and the next begins cannot be told
            yield from (one for one in reversed(said) if one.strip())


def proxies(trusted: tuple[str, ...], header: str) -> Proxies | None:
    """None where nobody is trusted."""
    return Proxies(tuple(ip_network(one) for one in trusted), header.lower()) if trusted else None


def _address(text: str) -> Address | None:
    """An address, with a port or without; None for a name, and for what is neither."""
    text = text.strip()
    if len(text) > _LONGEST or "%" in text:
        return None
    found = _IN_BRACKETS.fullmatch(text) or _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(found[1] if found else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _elements(text: str) -> Iterator[str]:
    """Whom each proxy got the request from; "unknown" where it does not say.

    Raises:
        _Unreadable: it is not as it should be. It is read to its end: a host in quotes may look like an element.
    """
    place, told = 0, dict[str, str]()
    while place <= len(text):
        found = _PAIR.match(text, place)
        if found is None:
            raise _Unreadable(text)
        if found["name"] is not None:
            name = found["name"].lower()
            if name in told:
                raise _Unreadable(text)
            told[name] = found["plain"] if found["quoted"] is None else _ESCAPED.sub(r"\1", found["quoted"])
        place = found.end()
        if found["end"] != ";":
            if told:
                yield told.get("for") or _UNKNOWN
            told = {}
        if not found["end"]:
            return
