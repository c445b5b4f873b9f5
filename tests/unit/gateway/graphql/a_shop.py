"""A small catalog, and what a role sees of it."""

from __future__ import annotations

from haulback.gateway.graphql.catalog import (
    Catalog,
    Category,
    Column,
    Enum,
    Function,
    Namespace,
    Parameter,
    Privileges,
    SqlType,
    Table,
    TablePrivileges,
    Volatility,
)
from haulback.gateway.graphql.types.schema import RoleSchema

_INT, _TEXT, _MOOD, _ROW = 23, 25, 90001, 90002

ITEM = Table(
    oid=1,
    schema="public",
    name="item",
    columns={
        "id": Column("id", 1, _INT, "integer", not_null=True),
        "body": Column("body", 2, _TEXT, "character varying(5)", max_length=5),
        "mood": Column("mood", 3, _MOOD, "mood"),
        "note": Column("note", 4, _TEXT, "text"),
    },
    primary_key=("id",),
    unique=(frozenset({"id"}),),
    row_type=_ROW,
    total_count=True,
)


def shop() -> RoleSchema:
    types = {
        _INT: SqlType(_INT, "pg_catalog", "int4", "integer"),
        _TEXT: SqlType(_TEXT, "pg_catalog", "text", "text"),
        _MOOD: SqlType(_MOOD, "public", "mood", "mood", Category.ENUM),
    }
    double = Function(2, "public", "double", (Parameter("n", _INT, "integer"),), _INT, volatility=Volatility.STABLE)
    catalog = Catalog(
        schemas={"public": Namespace("public")},
        tables={1: ITEM},
        types=types,
        enums={_MOOD: Enum(_MOOD, "public", "mood", ("very good", "bad"), {"very good": "GOOD"})},
        functions=(double,),
    )
    every = frozenset(ITEM.columns)
    allowed = TablePrivileges(select=True, delete=True, selectable=every, insertable=every, updatable=every)
    return RoleSchema(
        catalog,
        Privileges("anon", schemas=frozenset({"public", "pg_catalog"}), tables={1: allowed}, functions=frozenset({2})),
    )
