"""A planned call as SQL: what the function returns becomes `pgrst_source`, which the rest of the query reads."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.quoting import literal, quoted
from haulback.gateway.rest.compiled import Body, FromPair, FromPairs
from haulback.gateway.rest.plan.calls import Call, FromForm, FromJson, FromQuery, Whole
from haulback.gateway.rest.plan.needs import filtered_columns, needed_columns
from haulback.gateway.rest.plan.node import Node
from haulback.gateway.rest.sql import names
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.bodies import CHOSEN
from haulback.gateway.rest.sql.reads import read_sql
from haulback.gateway.rest.sql.statement import Count, total_sql
from haulback.gateway.schema.model import Name, Parameter

_ALIAS = Name("", "pgrst_call")
_COUNT = "pg_catalog.count(*)"


def call_sql(call: Call, node: Node, binder: Binder, *, counts: bool, max_rows: int | None, body: str) -> str:
    """The main statement of a call.

    Args:
        call: the function with its arguments.
        node: what of the result is shown, read from pgrst_source.
        binder: of this statement.
        counts: whether all rows are counted, also those outside of the limit.
        max_rows: the most that are shown.
        body: an aggregate over `_postgrest_t`; it may read `pgrst_shown`, which those rows are called as well.
    """
    called = called_sql(call, node, binder)
    shown = read_sql(node, binder)
    count = _COUNT if call.routine.returns.is_set else "1"
    total = total_sql(node, Count.EXACT if counts else None, max_rows, binder)
    return (
        f"WITH pgrst_source AS ({called}), pgrst_shown AS ({shown}) "
        f"SELECT {count if total == _COUNT else total} AS total_result_set, {count} AS page_total, '' AS header, "
        f"{body} AS body, {CHOSEN}, NULL::int AS response_inserted FROM pgrst_shown AS _postgrest_t"
    )


def called_sql(call: Call, node: Node, binder: Binder) -> str:
    """SELECT … of what the function returns."""
    function = names.qualified(call.routine.name)
    arguments, source = _arguments(call, binder)
    if not call.routine.returns.is_composite:
        return f"SELECT {function}({arguments}) AS pgrst_scalar{f' FROM {source}' if source else ''}"
    lateral = f"{source}, LATERAL " if source else ""
    return f"SELECT {_columns(node)} FROM {lateral}{function}({arguments}) AS pgrst_call"


def _columns(node: Node) -> str:
    """Those that the rest of the query names: one that it computes of the row is computed here, where the row is."""
    needed = needed_columns(node)
    if not needed or needed == ("*",):
        return names.column(_ALIAS, "*")
    sorted_by = [one.column.name for one in node.order if one.of is None]
    return ", ".join([names.column(_ALIAS, name) for name in sorted({*needed, *filtered_columns(node), *sorted_by})])


def _arguments(call: Call, binder: Binder) -> tuple[str, str]:
    """The arguments, and what stands in FROM for them."""
    match call.arguments:
        case Whole(type_):
            return f"{binder.add(Body(binary=type_ == 'bytea'))}::{type_}", ""
        case FromQuery(parameters):
            return ", ".join([_from_pairs(one, pairs, binder) for one, pairs in parameters]), ""
        case FromForm(parameters):
            return ", ".join([_from_form(one, binder) for one in parameters]), ""
        case FromJson(parameters, is_object):
            if not parameters:
                return "", ""
            passed = ", ".join([_passed(one, f"pgrst_body.{quoted(one.name)}") for one in parameters])
            return passed, _payload(parameters, binder, is_object=is_object)


def _payload(parameters: Sequence[Parameter], binder: Binder, *, is_object: bool) -> str:
    typed = ", ".join([f"{quoted(one.name)} {one.type_max_length}" for one in parameters])
    body = f"{binder.add(Body())}::json"
    if is_object:
        return f"json_to_record({body}) AS pgrst_body({typed})"
    return f"(SELECT * FROM json_to_recordset({body}) AS pgrst_read({typed}) LIMIT 1) AS pgrst_body"


def _from_pairs(one: Parameter, pairs: tuple[int, ...], binder: Binder) -> str:
    """The value given last; every one of them where the parameter is variadic."""
    bind = FromPairs(pairs, _array) if one.variadic else FromPair(pairs[-1])
    return _passed(one, f"{binder.add(bind)}::{one.type_max_length}")


def _from_form(one: Parameter, binder: Binder) -> str:
    values = f"{binder.add(Body())}::json -> {literal(one.name)}"
    text = f"ARRAY(SELECT json_array_elements_text({values}))" if one.variadic else f"({values} ->> -1)"
    return _passed(one, f"{text}::{one.type_max_length}")


def _passed(one: Parameter, value: str) -> str:
    return f"{'VARIADIC ' if one.variadic else ''}{quoted(one.name)} := {value}"


def _array(values: Sequence[str]) -> str:
    escaped = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{" + ",".join([f'"{value}"' for value in escaped]) + "}"
