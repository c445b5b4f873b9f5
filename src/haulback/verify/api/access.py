"""What is needed to ask a target's API: its address, what tokens are made of, and a record of what is put in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import psycopg

from haulback.model.role_path import ROLE, RolePath, UnplaceableRole
from haulback.verify._stage import NoAnswer
from haulback.verify.api.client import Client
from haulback.verify.api.graph import ReadGraphs

Sign = Callable[[Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class Said:
    """What the database says of its API, over what we were told.

    Attributes:
        schemas: that the API serves.
        role_path: where in the claims of a token its role stands.
    """

    schemas: tuple[str, ...]
    role_path: RolePath


@dataclass(frozen=True)
class Access:
    """How the API of a target is reached.

    Attributes:
        schemas: that the API serves.
        sign: makes a token of claims with the API's own secret; None where nobody knows the secret.
        api_key: of anon, which hosted APIs want with every request.
        graphs: tells what GraphQL calls things.
        role_path: where in the claims of a token its role stands; None where that is not known.
        asked: reads what the database says of it.
    """

    url: str
    schemas: tuple[str, ...]
    sign: Sign | None = field(default=None, repr=False)
    service_token: str | None = field(default=None, repr=False)
    user_token: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    graphs: ReadGraphs | None = None
    role_path: RolePath | None = ROLE
    asked: Callable[[psycopg.Connection], Said] | None = field(default=None, repr=False)

    def held(self, connection: psycopg.Connection) -> Access:
        """As it is by what the database says now; without a path to roles where that cannot be told."""
        if self.asked is None:
            return self
        try:
            said = self.asked(connection)
        except psycopg.Error:
            return replace(self, role_path=None)
        return replace(self, schemas=said.schemas, role_path=said.role_path)

    def signed(self, claims: Mapping[str, object], sign: Sign | None = None) -> str:
        """A token of claims, their role where the API looks for it.

        Args:
            claims: with `role`.
            sign: in the place of the API's own secret.

        Raises:
            NoAnswer: the API would find another role, or none, in any token.
        """
        sign, role = sign or self.sign, str(claims["role"])
        if sign is None:
            raise NoAnswer(f"no token of {role} can be signed (set HAULBACK_JWT_SECRET_FILE)")
        if self.role_path is None:
            raise NoAnswer(f"no token of {role} can be made: where the API looks for the role cannot be read")
        try:
            return sign(self.role_path.placed(claims, role))
        except UnplaceableRole:
            raise NoAnswer(f"no token says {role} where the API looks for the role (see api.role_claim)") from None

    def names(self, claims: Mapping[str, Any], role: str) -> bool:
        """Whether the API finds the role in these claims."""
        return self.role_path is not None and self.role_path.found(claims) == role

    def client(self) -> Client:
        """A client of it.

        Raises:
            NoAnswer: the address cannot be used.
        """
        return Client(self.url, self.api_key)


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows of one table that are put in place to be tried: a name for the record, and what each is known by."""

    unit: str
    schema: str
    table: str
    marks: tuple[Mapping[str, Any], ...]


class Ledger(Protocol):
    """Remembers rows across a crash."""

    def laying(self, laid: Laid) -> None:
        """Durable when it returns, before the first of the rows is there."""

    def removed(self, laid: Laid) -> None:
        """None of the rows is there any more."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a deployment made, changed or dropped, as plain names.

    Attributes:
        items: (kind, schema, name, column): kind is `table`, `column` or `function`, column empty but for columns.
    """

    items: frozenset[tuple[str, str, str, str]] = frozenset()

    @property
    def tables(self) -> tuple[tuple[str, str], ...]:
        """Schema and name of every table that is touched, itself or a part of it."""
        return tuple(sorted({(schema, name) for kind, schema, name, _ in self.items if kind != "function"}))

    @property
    def functions(self) -> tuple[tuple[str, str], ...]:
        """Schema and name of every function that is touched."""
        return tuple(sorted({(schema, name) for kind, schema, name, _ in self.items if kind == "function"}))


@dataclass(frozen=True, slots=True)
class Api:
    """What probes are given to ask the API with."""

    access: Access
    touched: Touched
    ledger: Ledger
