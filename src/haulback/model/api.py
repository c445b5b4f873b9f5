"""How the API is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from haulback.model.auth import AuthSettings
from haulback.model.graphql import GraphQLSettings
from haulback.model.realtime import RealtimeSettings

HOISTED = ("statement_timeout", "plan_filter.statement_cost_limit", "default_transaction_isolation")


@dataclass(frozen=True)
class ApiSettings:
    """The table `[api]`.

    Attributes:
        serve: whether `haulback up` serves it too.
        host, port: where it listens; loopback unless somebody says otherwise.
        workers: processes.
        pool: connections to PostgreSQL of each worker that work alone; there is one more, which is shared.
        patience: seconds that a request waits for one of them.
        login: role that connections begin as; it may switch to the roles of tokens and has no rights of its own.
        password: of the login; from the environment or a file.
        auth_admin_password: of supabase_auth_admin, whom users are signed in as; from the environment or a file.
        anonymous: role of a request without a token; "" where there must be one.
        jwt_secret: secret, JWK or JWKS that tokens are verified with; from the environment or a file.
        audience: that tokens may be for; "" for any.
        max_rows: the most that a request gets; 0 for no bound.
        body: the most bytes of a body.
        aggregates: whether a query may aggregate.
        plan: whether a query may ask for its plan.
        tx_end: what `Prefer: tx=` may ask for, as PostgREST's db-tx-end.
        extra_search_path: schemas behind the exposed one.
        origins: that browsers may come from; none for any.
        pre_request: function that runs first in every transaction, with its schema; "" for none.
        app: settings of the app that statements may ask for, by name behind `app.settings.`.
        openapi: "follow-privileges", "ignore-privileges" or "disabled".
        openapi_url: that clients reach the REST API by, as the document says it; "" for host and port.
        openapi_security: whether the document tells of tokens.
        root_spec: function that answers at the root instead of the document; "" for none.
        legacy_names: whether an embed with an alias is known by the name of its table, too.
        errors: "verbose", or "minimal" for code and message alone.
        server_timing: whether answers say what took how long.
        trace_header: header of a request that goes back with its answer; "" for none.
        pre_config: function, with its schema, that sets more of PostgREST's settings whenever they are read; "" for
            none.
        hoisted: settings of a function that its transaction begins with.
        role_claim: where in the claims of a token its role stands, as a JSON path.
        access_log: "off", or how a line for each request is written: "text", "json".
        access_log_from: the smallest status that has a line.
        trusted_proxies: addresses and networks of proxies that are believed whom they ask for; none for none.
        proxy_header: that they say it in: "X-Forwarded-For", "Forwarded".
        graphql: how much a request of GraphQL may ask for.
        auth: how users are signed in, on development targets.
        realtime: what of Realtime is served.
    """

    serve: bool = True
    host: str = "127.0.0.1"
    port: int = 54321
    workers: int = 1
    pool: int = 10
    patience: float = 10.0
    login: str = "authenticator"
    password: str | None = field(default=None, repr=False)
    auth_admin_password: str | None = field(default=None, repr=False)
    anonymous: str = "anon"
    jwt_secret: str | None = field(default=None, repr=False)
    audience: str = ""
    max_rows: int = 1000
    body: int = 50 * 1024 * 1024
    aggregates: bool = False
    plan: bool = False
    tx_end: str = "commit"
    extra_search_path: tuple[str, ...] = ("public", "extensions")
    origins: tuple[str, ...] = ()
    pre_request: str = ""
    app: Mapping[str, str] = field(default_factory=dict)
    openapi: str = "follow-privileges"
    openapi_url: str = ""
    openapi_security: bool = False
    root_spec: str = ""
    legacy_names: bool = True
    errors: str = "verbose"
    server_timing: bool = False
    trace_header: str = ""
    pre_config: str = ""
    hoisted: tuple[str, ...] = HOISTED
    role_claim: str = "$.role"
    access_log: str = "off"
    access_log_from: int = 0
    trusted_proxies: tuple[str, ...] = ()
    proxy_header: str = "X-Forwarded-For"
    graphql: GraphQLSettings = field(default_factory=GraphQLSettings)
    auth: AuthSettings = field(default_factory=AuthSettings)
    realtime: RealtimeSettings = field(default_factory=RealtimeSettings)
