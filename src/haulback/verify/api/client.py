"""A client of REST and GraphQL for probes: one request a connection, bounded in time and size, over TLS or loopback."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from haulback.verify._stage import NoAnswer
from haulback.verify.api.address import GRAPHQL, REST, Address, CannotAsk

TIMEOUT = 10.0  # seconds for each wait on the network
_LARGEST = 64 * 1024 * 1024  # bytes of an answer; an OpenAPI document of thousands of tables has a tenth
_DIGITS = 19  # that a count can have


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered.

    Attributes:
        document: its body as JSON; None where it is none.
        is_null: whether its body is JSON's null.
        count: the number behind the slash of Content-Range; None where there is none.
    """

    status: int
    document: Any = None
    count: int | None = None
    is_null: bool = False

    @property
    def accepted(self) -> bool:
        return self.status < 300  # noqa: PLR2004 - HTTP's own classes

    @property
    def code(self) -> str:
        """PostgREST's code or SQLSTATE of a refusal; empty where there is none."""
        return str(self.document.get("code") or "") if isinstance(self.document, dict) else ""

    @property
    def error(self) -> str:
        """What GraphQL says first of what went wrong; empty where it says nothing."""
        errors = self.document.get("errors") if isinstance(self.document, dict) else None
        first = errors[0] if isinstance(errors, list) and errors else {}
        return str(first.get("message") or "") if isinstance(first, dict) else ""

    @property
    def told(self) -> str:
        """The status and what the API said about it."""
        said = (self.document.get("message") or self.error) if isinstance(self.document, dict) else None
        return " ".join(str(one) for one in (self.status, self.code, said) if one)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is below `/rest/v1`, or what else `below` says."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    schema: str = ""
    prefer: str = ""
    accept: str = "application/json"
    below: str = REST


def graphql(query: str, variables: Mapping[str, Any] | None = None) -> Request:
    """A request to GraphQL."""
    return Request("POST", "", body={"query": query, "variables": dict(variables or {})}, below=GRAPHQL)


class Client:
    """The API at one address.

    Args:
        url: with or without `/rest/v1`.
        api_key: goes along with every request, where the API wants one beside the token.
        timeout: seconds for each wait on the network.

    Raises:
        CannotAsk: the address is none, or tokens would go over the network in the clear.
    """

    def __init__(self, url: str, api_key: str | None = None, timeout: float = TIMEOUT) -> None:
        self.address = Address.of(url)
        self.api_key = api_key
        self._timeout = timeout

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
            raise CannotAsk("the API cannot be asked: a token or key of the target is no header") from None
        finally:
            connection.close()
        if len(text) > _LARGEST:
            raise NoAnswer("the API answers with more than can be read")
        return Reply(answer.status, _document(text), _count(answer.getheader("Content-Range")), text == b"null")

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        if self.address.secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _target(self, request: Request) -> str:
        query = f"?{urlencode(request.query)}" if request.query else ""
        path = f"/{request.path}" if request.path or request.below == REST else ""
        return f"{self.address.path}{request.below}{path}{query}"

    @staticmethod
    def _body(request: Request) -> bytes | None:
        return None if request.body is None else json.dumps(request.body).encode()

    def _headers(self, request: Request, token: str | None) -> dict[str, str]:
        headers = {"Accept": request.accept, "User-Agent": "haulback"}
        if key := self.api_key or token:
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


def _document(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _count(content_range: str | None) -> int | None:
    total = (content_range or "").rpartition("/")[2]
    return int(total) if len(total) < _DIGITS and total.isascii() and total.isdigit() else None
