"""What a request is before and after it is planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from haulback.gateway.answer import Answer
from haulback.gateway.rest.compiled import Statement
from haulback.gateway.rest.openapi.document import Server
from haulback.gateway.rest.shape import Shape
from haulback.model.api import HOISTED
from haulback.model.role_path import ROLE, RolePath


class RequestShape(NamedTuple):
    """All that a plan depends on, and the key that it is kept by.

    Attributes:
        method: GET, HEAD, POST, PATCH, PUT, DELETE.
        schema: exposed, chosen by a profile header or the default.
        name: of the table, or of the function where `is_call`.
        prefer, accept, content_type, range: headers as they came, "" where absent; range is `Range`.
        body_keys: what the payload brings, sorted, where `columns=` does not say it; None where nobody looked.
        body_is_object: whether it is one object rather than an array (or form fields) of them.
        body_has_fields: whether its values can be taken one by one, as they stand.
        by_profile: whether the schema was asked for by a header, so that the answer names it.
    """

    method: str
    schema: str
    name: str
    is_call: bool
    shape: Shape
    prefer: str = ""
    accept: str = ""
    content_type: str = ""
    range: str = ""
    body_keys: tuple[str, ...] | None = None
    body_is_object: bool = False
    body_has_fields: bool = False
    by_profile: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How this gateway is set: PostgREST's settings of the same names.

    Attributes:
        max_rows: the most that a request gets, or None (db-max-rows).
        aggregates: whether they are allowed (db-aggregates-enabled).
        plan: whether `application/vnd.pgrst.plan` is answered (db-plan-enabled).
        tx_end: "commit", "commit-allow-override", "rollback", "rollback-allow-override" (db-tx-end).
        extra_search_path: schemas behind the exposed one (db-extra-search-path).
        pre_request: function, with its schema, that runs first in every transaction (db-pre-request); "" for none.
        app: settings of the app, with their whole names (app.settings.*).
        server: what the OpenAPI document says of us (openapi-*).
        root_spec: function that answers at the root instead of that document (db-root-spec); "" for none.
        legacy_names: whether an embed with an alias is known by its own name, too (url-use-legacy-target-names).
        minimal_errors: whether errors are code and message alone (client-error-verbosity).
        server_timing: whether answers say what took how long (server-timing-enabled).
        trace_header: name, in lower case, of a header that goes back as it came (server-trace-header); "" for none.
        origins: that browsers may come from (server-cors-allowed-origins); none for any.
        anonymous: role of a request without a token (db-anon-role), or None where there must be one.
        audience: that a token may be for (jwt-aud), or None for every one.
        role_path: where in its claims the role stands (jwt-role-claim-key).
        pre_config: function, with its schema, that sets more of these (db-pre-config); "" for none.
        hoisted: settings of a function that its transaction begins with (db-hoisted-tx-settings).
    """

    max_rows: int | None = None
    aggregates: bool = False
    plan: bool = False
    tx_end: str = "commit"
    extra_search_path: tuple[str, ...] = ("public", "extensions")
    pre_request: str = ""
    app: tuple[tuple[str, str], ...] = ()
    server: Server = field(default_factory=Server)
    root_spec: str = ""
    legacy_names: bool = True
    minimal_errors: bool = False
    server_timing: bool = False
    trace_header: str = ""
    origins: tuple[str, ...] = ()
    anonymous: str | None = "anon"
    audience: str | None = None
    role_path: RolePath = ROLE
    pre_config: str = ""
    hoisted: tuple[str, ...] = HOISTED


@dataclass(frozen=True, slots=True)
class Row:
    """The one row that every main statement returns, its columns in this order.

    Attributes:
        total: rows without the limit, where they were counted.
        count: rows in the body, or affected.
        location: `column=eq.value` of the primary key of an inserted row, for the Location header; comes as a JSON
            array of texts, or as "" or null where there is none.
        headers, status: what the statement set as response.headers (JSON) and response.status.
        inserted: rows that an upsert inserted rather than changed.
    """

    total: int | None
    count: int
    location: tuple[str, ...]
    body: bytes
    headers: str | None
    status: str | None
    inserted: int | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A request of one shape, ready to be run with any values.

    Attributes:
        main: returns exactly one Row (or lines of a plan, where `is_explain`).
        estimate: EXPLAIN (FORMAT JSON) of the count, run after main where the planner's figure is wanted.
        read_only: whether its transaction is.
        settings: to be set beforehand, of the function that is called.
        isolation: of the transaction, where it is not read committed.
        time_zone: of `Prefer: timezone=`.
        rolled_back: whether the transaction is rolled back after its row was read.
        accepts: raises a Refusal where the row must not be committed (one object asked for and more came…); None
            where every row will do, so that the request may share a pipeline.
        answer: makes the answer of the row, given the planner's estimate where `estimate` was run and the values of
            the shape's pairs, which Content-Location repeats; a Refusal where the row cannot become one.
        is_explain: whether main's rows are lines of text, which with a line end behind each are the body of a row.
        is_call: whether a function is called, which may leave settings of the session behind.
        whole: main with the body as it is, where main is given its fields. PostgreSQL reads those before it looks at
            privileges, and in another order: where one of them is wrong, this one says what.
        only_inserts: whether main is the INSERT of one row into a table whose changes are logged.
    """

    main: Statement
    answer: Callable[[Row, int | None, Sequence[str]], Answer]
    estimate: Statement | None = None
    read_only: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    isolation: str | None = None
    time_zone: str | None = None
    rolled_back: bool = False
    accepts: Callable[[Row], None] | None = None
    is_explain: bool = False
    is_call: bool = False
    whole: Statement | None = None
    only_inserts: bool = False

    @property
    def needs_verdict(self) -> bool:
        """Whether its transaction cannot simply be committed, or not in the usual isolation."""
        return self.accepts is not None or self.rolled_back or self.isolation is not None

    @property
    def shareable(self) -> bool:
        """Whether it may run between statements of others."""
        return (self.read_only and not self.is_call) or self.only_inserts

    @property
    def resets(self) -> bool:
        """Whether the session must be set back afterwards."""
        return self.is_call
