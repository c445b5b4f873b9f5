"""What values of the API's settings must be like, wherever they come from: a file, or the database."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv6Network, ip_network
from urllib.parse import urlsplit

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110: what the name of a header is made of
_SECRETS = frozenset(
    {"authorization", "apikey", "cookie", "proxy-authorization"}
)  # Headers that frame an answer: one that a client chose would have the rest of it read as another.
_FRAMING = frozenset({"connection", "content-length", "content-encoding", "set-cookie", "transfer-encoding", "upgrade"})
_LAST_PORT = 65535


def is_base_url(text: str) -> bool:
    """Whether it is where an API may be: http or https, a host, no user, no query."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and parts.username is None
        and not parts.query
        and not any(sign.isspace() for sign in text)
        and (port is None or 0 < port <= _LAST_PORT)
    )


def is_trace_header(text: str) -> bool:
    """Whether it is the name of a header that may go back to who sent it: it holds no secret, and frames nothing."""
    return _TOKEN.fullmatch(text) is not None and text.lower() not in _SECRETS | _FRAMING


def is_network(text: str) -> bool:
    """Whether it is an address or a network, whose bits behind its prefix are 0; IPv4 as IPv4."""
    with suppress(ValueError):
        network = ip_network(text)
        return not (isinstance(network, IPv6Network) and network.network_address.ipv4_mapped)
    return False
