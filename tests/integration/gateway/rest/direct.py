"""Requests run straight from their plan, in a transaction as the gateway opens one, over one connection."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

import psycopg
from psycopg import pq, sql

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.refusing import refused
from haulback.gateway.rest.compiled import Statement, bound
from haulback.gateway.rest.outcome import lines_of, row_of
from haulback.gateway.rest.payload import Payload, looked_at
from haulback.gateway.rest.planned import Options, Planned, RequestShape, Row
from haulback.gateway.rest.planning import planned
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.schema.model import SchemaCache


@dataclass
class Direct:
    """A gateway without HTTP.

    Attributes:
        connection: in autocommit, of a role that may become `role`.
        before: SQL that runs in each transaction before its statement.
        by_field: whether a row may be made of the fields of its body.
    """

    connection: psycopg.Connection
    cache: SchemaCache = field(repr=False)
    options: Options = field(default_factory=Options)
    role: str = "anon"
    anonymous: str = "anon"
    claims: Mapping[str, object] = field(default_factory=dict)
    before: str | None = None
    by_field: bool = True

    def __call__(self, method: str, url: str, body: bytes = b"", **headers: str) -> Answer:
        given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        try:
            return self._answered(method, url, body, given)
        except Refusal as refusal:
            return refusal.answer()

    def _answered(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        path, _, query = url.partition("?")
        name = unquote(path.lstrip("/"))
        is_call = name.startswith("rpc/")
        shape, values = taken_apart(query, of_call=is_call and method in {"GET", "HEAD"})
        profile = headers.get("accept-profile" if method in {"GET", "HEAD"} else "content-profile")
        request = RequestShape(
            method,
            profile or self.cache.schemas[0],
            name.removeprefix("rpc/"),
            is_call,
            shape,
            prefer=headers.get("prefer", ""),
            accept=headers.get("accept", ""),
            content_type=headers.get("content-type", ""),
            range=headers.get("range", ""),
            by_profile=profile is not None or len(self.cache.schemas) > 1,
        )
        payload = Payload(body, None, is_object=False)
        if method in {"POST", "PATCH", "PUT"}:
            payload = looked_at(method, request.content_type, shape, body, is_call=is_call)
            request = request._replace(
                body_keys=payload.keys,
                body_is_object=payload.is_object,
                body_has_fields=self.by_field and payload.fields is not None,
            )
        plan = planned(request, self.cache, self.options)
        told = {
            "request.method": method,
            "request.path": path,
            "request.headers": json.dumps(headers),
            **self._settings(plan, request.schema),
        }
        row, estimate = self._ran(plan, told, values, payload)
        return plan.answer(row, estimate, values)

    def _ran(
        self, plan: Planned, settings: Mapping[str, str], values: Sequence[str], payload: Payload
    ) -> tuple[Row, int | None]:
        with self._transaction(plan) as finish:
            self._sql(_set(settings))
            if self.before:
                self._sql(self.before)
            result = self._statement(plan.main, values, payload)
            row = Row(None, 0, (), lines_of(result), None, None, None) if plan.is_explain else row_of(result)
            if plan.accepts is not None:
                plan.accepts(row)
            estimate = None
            if plan.estimate is not None:
                told = self._statement(plan.estimate, values, payload).get_value(0, 0)
                estimate = json.loads(told or b"[]")[0]["Plan"]["Plan Rows"]
            finish.append("ROLLBACK" if plan.rolled_back else "COMMIT")
            if plan.rolled_back:
                self._sql("SET CONSTRAINTS ALL IMMEDIATE")
        return row, estimate

    @contextmanager
    def _transaction(self, plan: Planned) -> Iterator[list[str]]:
        finish: list[str] = []
        self._sql("BEGIN READ ONLY" if plan.read_only else "BEGIN")
        try:
            yield finish
        except BaseException:
            self._sql("ROLLBACK")
            raise
        self._sql(finish[0])

    def _settings(self, plan: Planned, schema: str) -> Mapping[str, str]:
        path = ", ".join(sql.Identifier(name).as_string() for name in (schema, *self.options.extra_search_path))
        zone = {} if plan.time_zone is None else {"timezone": plan.time_zone}
        claims = json.dumps({**self.claims, "role": self.role})
        return {"search_path": path, "role": self.role, "request.jwt.claims": claims, **zone, **dict(plan.settings)}

    def _sql(self, text: str) -> pq.abc.PGresult:
        return self._checked(self.connection.pgconn.exec_(text.encode()))

    def _statement(self, statement: Statement, values: Sequence[str], payload: Payload) -> pq.abc.PGresult:
        given = bound(statement.binds, values, payload.body, payload.fields)
        return self._checked(
            self.connection.pgconn.exec_params(statement.sql.encode(), given, param_formats=statement.formats)
        )

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status not in {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}:
            return result
        told = {
            name: (result.error_field(name) or b"").decode(errors="replace")
            for name in (
                pq.DiagnosticField.SQLSTATE,
                pq.DiagnosticField.MESSAGE_PRIMARY,
                pq.DiagnosticField.MESSAGE_DETAIL,
                pq.DiagnosticField.MESSAGE_HINT,
            )
        }
        sqlstate, message, detail, hint = told.values()
        raise refused(sqlstate, message, detail or None, hint or None, authenticated=self.role != self.anonymous)


def _set(settings: Mapping[str, str]) -> str:
    calls = [
        f"set_config({sql.Literal(name).as_string()}, {sql.Literal(value).as_string()}, true)"
        for name, value in settings.items()
    ]
    return f"SELECT {', '.join(calls)}"
