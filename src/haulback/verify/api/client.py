"""A client of the REST API for probes: one request a connection, bounded in time and size, over TLS or loopback."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from haulback.verify._stage import NoAnswer

_TIMEOUT = 10.0  # seconds for each wait on the network
_LARGEST = 64 * 1024 * 1024  # bytes of an answer; an OpenAPI document of thousands of tables has a tenth
_DIGITS = 19  # that a count can have
_REST = "/rest/v1"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered.

    Attributes:
        document: its body as JSON; None where it is none.
        count: the number behind the slash of Content-Range; None where there is none.
    """

    status: int
    document: Any = None
    count: int | None = None

    @property
    def accepted(self) -> bool:
        return self.status < 300  # noqa: PLR2004 - HTTP's own classes

    @property
    def code(self) -> str:
        """PostgREST's code or SQLSTATE of a refusal; empty where there is none."""
        return str(self.document.get("code") or "") if isinstance(self.document, dict) else ""

    @property
    def told(self) -> str:
        """The status and what the API said about it."""
        said = self.document.get("message") if isinstance(self.document, dict) else None
        return " ".join(str(one) for one in (self.status, self.code, said) if one)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is below `/rest/v1`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    schema: str = ""
    prefer: str = ""
    accept: str = "application/json"


class Client:
    """The API at one address.

    Args:
        url: with or without `/rest/v1`.
        api_key: goes along with every request, where the API wants one beside the token.

    Raises:
        NoAnswer: the address is none, or tokens would go over the network in the clear.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise NoAnswer("the API address of the target is no address") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise NoAnswer("the API address of the target is no http or https address")
        if parts.scheme == "http" and not _loopback(host):
            raise NoAnswer("the API address of the target is not https, so tokens would go in the clear")
        self._host, self._port, self._secure = host, port, parts.scheme == "https"
        self._base = parts.path.rstrip("/").removesuffix(_REST) + _REST
        self._api_key = api_key

    def send(self, request: Request, token: str | None = None) -> Reply:
        """Sends one request and reads the answer.

        Raises:
            NoAnswer: there was none.
        """
        connection = self._connection()
        try:
            connection.request(
                request.method, self._target(request), self._body(request), self._headers(request, token)
            )
            answer = connection.getresponse()
            text = answer.read(_LARGEST + 1)
        except (OSError, http.client.HTTPException) as failure:
            # Its text may hold what was sent; the name of its class and the reason of the system do not.
            reason = getattr(failure, "strerror", None) or type(failure).__name__
            raise NoAnswer(f"the API does not answer: {reason} (does it run, and is api_url its address?)") from None
        except ValueError:
            raise NoAnswer("the API cannot be asked: a token or key of the target is no header") from None
        finally:
            connection.close()
        if len(text) > _LARGEST:
            raise NoAnswer("the API answers with more than can be read")
        return Reply(answer.status, _document(text), _count(answer.getheader("Content-Range")))

    def _connection(self) -> http.client.HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=_TIMEOUT, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)

    def _target(self, request: Request) -> str:
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{self._base}/{request.path}{query}"

    @staticmethod
    def _body(request: Request) -> bytes | None:
        return None if request.body is None else json.dumps(request.body).encode()

    def _headers(self, request: Request, token: str | None) -> dict[str, str]:
        headers = {"Accept": request.accept, "User-Agent": "haulback"}
        if key := self._api_key or token:
            headers["apikey"] = key
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.schema:
            profile = "Accept-Profile" if request.method in {"GET", "HEAD"} else "Content-Profile"
            headers[profile] = request.schema.encode().decode("latin-1")  # as UTF-8, byte by byte
        if request.prefer:
            headers["Prefer"] = request.prefer
        return headers


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _document(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _count(content_range: str | None) -> int | None:
    total = (content_range or "").rpartition("/")[2]
    return int(total) if len(total) < _DIGITS and total.isascii() and total.isdigit() else None
