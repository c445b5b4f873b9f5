"""Links of mails: where they begin, and where they may lead."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from haulback.gateway.accounts.asked import Asked
from haulback.model.auth import AuthSettings

_LONGEST = 2048  # characters
_NAMED = r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:{_NAMED}|\[[0-9a-fA-F:.]{{2,45}}\])(?::[0-9]{{1,5}})?")
_PLAIN_HOST = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*")
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_HERE = "127.0.0.1"

# What a client reads of an error in the address that it comes back to.
_ERRORS = {400: "invalid_request", 401: "unauthorized_client", 403: "access_denied", 500: "server_error"}


@dataclass(frozen=True)
class Links:
    """Makes links.

    Args:
        settings: what the project says of users.
        mount: path of this part.
    """

    settings: AuthSettings
    mount: str

    def destination(self, asked: Asked, wanted: str | None = None) -> str:
        """Where a link is to lead: to where the request says, where that is allowed, else to the site."""
        told = (wanted, asked.query().get("redirect_to"), asked.request.headers.get("referer"))
        return next((url for url in told if url and allowed(self.settings, url)), self.settings.site_url)

    def action(self, asked: Asked, token: str, kind: str, destination: str) -> str:
        """The link of a mail."""
        host = asked.request.headers.get("host")
        begin = f"http://{host if _HOST.fullmatch(host) else _HERE}{self.mount}/verify"
        return f"{begin}?{urlencode({'token': token, 'type': kind, 'redirect_to': destination})}"


def allowed(settings: AuthSettings, url: str) -> bool:
    """Whether a link may lead there: to the site, to this machine, or to what the project allows."""
    if len(url) > _LONGEST or _UNPRINTABLE.search(url):
        return False
    there, site = _split(url), _split(settings.site_url)
    if there is None or not _SCHEME.fullmatch(there.scheme):
        return False
    host = there.hostname or ""
    if site is not None and site.hostname == host and site.scheme == there.scheme and _same_port(site, there):
        return True
    if (address := _address(host)) is not None:
        return address.is_loopback
    return not _is_odd(there.scheme, host) and _is_listed(settings, url.partition("#")[0])


def _is_odd(scheme: str, host: str) -> bool:
    """Whether a browser may take a host for another than it looks like, as an address that is one number."""
    return host.isdecimal() or (scheme in {"http", "https"} and not _PLAIN_HOST.fullmatch(host))


def _is_listed(settings: AuthSettings, url: str) -> bool:
    return any(_pattern(one).fullmatch(url) for one in settings.redirects)


def with_fragment(url: str, told: Mapping[str, str]) -> str:
    """An address with what only the page there reads: what is behind the hash is not sent to servers."""
    return f"{url.partition('#')[0]}#{urlencode(sorted(told.items()))}"


def with_query(url: str, told: Mapping[str, str]) -> str:
    """An address with further parameters."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *told.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def failed(url: str, status: int, code: str, message: str, *, pkce: bool) -> str:
    """An address that tells what went wrong, in the fragment, and in the query for a client that proves possession."""
    told = {"error_code": code, "error_description": message}
    if status in _ERRORS:
        told["error"] = _ERRORS[status]
    return with_fragment(with_query(url, told) if pkce else url, told | {"sb": ""})


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return None
    return parts


def _same_port(site: SplitResult, there: SplitResult) -> bool:
    return site.port == there.port or _is_here(there.hostname or "")


def _is_here(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _pattern(glob: str) -> re.Pattern[str]:
    """`*` is anything within a part of a host or a path, `**` anything, `?` one character."""
    parts = re.split(r"(\*\*|\*|\?)", glob)
    meaning = {"**": ".*", "*": "[^./]*", "?": "[^./]"}
    return re.compile("".join(meaning.get(part) or re.escape(part) for part in parts))
