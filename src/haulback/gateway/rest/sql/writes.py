"""A planned write as SQL: it becomes the rows of `pgrst_source`, which are counted and read back from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeGuard

from haulback.gateway.quoting import literal, quoted
from haulback.gateway.rest.compiled import Body, Field
from haulback.gateway.rest.plan.writes import Delete, Insert, Update, Values, Write, Written
from haulback.gateway.rest.sql import names
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.bodies import CHOSEN, NO_BODY
from haulback.gateway.rest.sql.conditions import condition_sql
from haulback.gateway.schema.model import Name

PAYLOAD = Name("", "pgrst_body")
_INSERTED = "nullif(current_setting('pgrst.inserted', true), '')::int"


def write_sql(write: Write, binder: Binder, *, rows: Callable[[], str] | None, body: str) -> str:
    """The main statement of POST, PATCH, PUT and DELETE.

    Args:
        write: what is written.
        binder: of this statement.
        rows: gives SELECT … of what is shown from pgrst_source, bound behind the write; None where nothing is.
        body: an aggregate over `_postgrest_t`; it may read `pgrst_shown`, which those rows are called as well.
    """
    if is_one_insert(write) and rows is None:
        return _one_row(write, binder, body)
    source = f"WITH pgrst_source AS ({written_sql(write, binder)})"
    shown = "pgrst_source" if rows is None else "pgrst_shown"
    if rows is not None:
        source += f", pgrst_shown AS ({rows()})"
    merges = isinstance(write, Insert) and write.merges
    return (
        f"{source} SELECT NULL::bigint AS total_result_set, pg_catalog.count(*) AS page_total, "
        f"{_location(write)} AS header, {body} AS body, {CHOSEN}, "
        f"{_INSERTED if merges else 'NULL::int'} AS response_inserted FROM {shown} AS _postgrest_t"
    )


def is_one_insert(write: Write) -> TypeGuard[Insert]:
    """Whether it is the INSERT of one row: unless rows are shown, that is the whole statement.

    Not where a rule makes something else of it, of which PostgreSQL lets be read back only what the rule returns.
    """
    return isinstance(write, Insert) and write.values.is_object and not write.merges and not write.is_ruled


def _one_row(write: Insert, binder: Binder, body: str) -> str:
    """The INSERT of one row that nobody reads, which says by itself what is to be said of it: a ninth less work.

    It says nothing where a trigger kept the row out. Nor where there is nothing to say but that it was inserted, which
    the server tells anyway.
    """
    if not write.chooses and not write.location and body == NO_BODY:
        return _insert(write, binder)
    location = f"json_build_array({_found_by(write)})::text" if write.location else "''"
    return (
        f"{_insert(write, binder)} RETURNING NULL::bigint AS total_result_set, 1 AS page_total, "
        f"{location} AS header, {body} AS body, {CHOSEN}, NULL::int AS response_inserted"
    )


def written_sql(write: Write, binder: Binder) -> str:
    """The INSERT, UPDATE or DELETE with its RETURNING."""
    match write:
        case Insert():
            return _insert(write, binder) + _returning(write)
        case Update():
            return _update(write, binder)
        case Delete():
            where = _where(condition_sql(write.conditions, write.table, binder))
            return f"DELETE FROM {names.qualified(write.table)}{where}{_returning(write)}"


def _insert(write: Insert, binder: Binder) -> str:
    columns = [quoted(one.name) for one in write.values.columns]
    into = f"{names.qualified(write.table)} ({', '.join(columns)})" if columns else names.qualified(write.table)
    if write.by_field:
        fields = [binder.add(Field(one.name, one.is_json)) for one in write.values.columns]
        return f"INSERT INTO {into} VALUES ({', '.join(fields)}){_on_conflict(write, columns)}"
    rows = f"SELECT {_shown(write.values)} FROM {payload_sql(write.values, binder)}"
    checks = [_counted(+1)] if write.merges else []
    if write.conditions:
        checks.append(condition_sql(write.conditions, PAYLOAD, binder))
    return f"INSERT INTO {into} {rows}{_where(' AND '.join(checks))}{_on_conflict(write, columns)}"


def _on_conflict(write: Insert, columns: Sequence[str]) -> str:
    if not write.conflict:
        return ""
    target = f" ON CONFLICT ({', '.join([quoted(name) for name in write.conflict])})"
    if not write.merges or not columns:
        return f"{target} DO NOTHING"
    changes = ", ".join([f"{name} = EXCLUDED.{name}" for name in columns])
    return f"{target} DO UPDATE SET {changes} WHERE {_counted(-1)}"


def _counted(step: int) -> str:
    """True, and counts: every row is taken for inserted until it turns out to be there.

    A counter, because whether a returned row is new cannot be told from the row where a view or a partition stands
    between.
    """
    return f"set_config('pgrst.inserted', (coalesce({_INSERTED}, 0) + {step})::text, true) IS NOT NULL"


def _update(write: Update, binder: Binder) -> str:
    table = names.qualified(write.table)
    if not write.values.columns:
        # Nothing to set is no UPDATE; the columns are there for what reads them.
        returned = ", ".join([names.column(Name("", write.table.name), name) for name in write.returning]) or "1"
        return f"SELECT {returned} FROM {table} WHERE false"
    rows = payload_sql(write.values, binder)
    changes = ", ".join([f"{quoted(one.name)} = {names.column(PAYLOAD, one.name)}" for one in write.values.columns])
    where = _where(condition_sql(write.conditions, write.table, binder))
    return f"UPDATE {table} SET {changes} FROM {rows}{where}{_returning(write)}"


def payload_sql(values: Values, binder: Binder) -> str:
    """The rows of the payload as `pgrst_body`, PostgreSQL reading them from one parameter."""
    if not values.columns:
        return (
            "(VALUES (1)) AS pgrst_body" if values.is_object else f"json_array_elements({_json(binder)}) AS pgrst_body"
        )
    defaults = values.may_lack and any(one.default for one in values.columns)
    if defaults:
        return f"({_with_defaults(values, binder)}) AS pgrst_body"
    function = "json_to_record" if values.is_object else "json_to_recordset"
    read, typed = f"{function}({_json(binder)})", _typed(values.columns)
    if not any(one.transform for one in values.columns):
        return f"{read} AS pgrst_body({typed})"
    entries = ", ".join([f"{_transformed(one)} AS {quoted(one.name)}" for one in values.columns])
    return f"(SELECT {entries} FROM {read} AS pgrst_read({typed})) AS pgrst_body"


def _with_defaults(values: Values, binder: Binder) -> str:
    parameter = _json(binder, "jsonb")
    elements = (
        f"(SELECT {parameter} AS it) AS one" if values.is_object else f"jsonb_array_elements({parameter}) AS _(it)"
    )
    # As PostgREST does, beside every element, whether it has a value or not: what a sequence gives shows.
    defaults = [f"{one.default} AS {_default(number)}" for number, one in enumerate(values.columns) if one.default]
    entries = ", ".join([_or_default(one, number) for number, one in enumerate(values.columns)])
    return (
        f"SELECT {entries} FROM (SELECT {', '.join(['it', *defaults])} FROM {elements}) AS pgrst_payload, "
        f"jsonb_to_record(pgrst_payload.it) AS pgrst_read({_typed(values.columns)})"
    )


def _or_default(one: Written, number: int) -> str:
    name = quoted(one.name)
    if one.default is None:
        return f"{_transformed(one)} AS {name}"
    given = f"pgrst_payload.it ? {literal(one.name)}"
    return f"CASE WHEN {given} THEN {_transformed(one)} ELSE pgrst_payload.{_default(number)} END AS {name}"


def _default(number: int) -> str:
    return f"default_{number}"


def _transformed(one: Written) -> str:
    name = f"pgrst_read.{quoted(one.name)}"
    return f"{one.transform}({name})" if one.transform else name


def _typed(columns: Sequence[Written]) -> str:
    return ", ".join([f"{quoted(one.name)} {one.type}" for one in columns])


def _shown(values: Values) -> str:
    return ", ".join([names.column(PAYLOAD, one.name) for one in values.columns])


def _json(binder: Binder, type_: str = "json") -> str:
    return f"{binder.add(Body())}::{type_}"


def _where(conditions: str) -> str:
    return f" WHERE {conditions}" if conditions else ""


def _returning(write: Write) -> str:
    # A 1 where nothing is read: the rows are counted all the same.
    entries = ", ".join([names.column(write.table, name) for name in write.returning])
    return f" RETURNING {entries or '1'}"


def _location(write: Write) -> str:
    if not isinstance(write, Insert) or not write.location:
        return "''"
    found_by = f"SELECT json_build_array({_found_by(write)})::text FROM pgrst_source"
    return f"CASE WHEN pg_catalog.count(*) = 1 THEN ({found_by}) END"


def _found_by(write: Insert) -> str:
    # As text a value would differ from what JSON says, which filters are made from.
    return ", ".join(
        [
            f"{literal(f'{name}=')} || coalesce('eq.' || (to_json({quoted(name)}) #>> '{{}}'), 'is.null')"
            for name in write.location
        ]
    )
